//! Drives that need random words: Poisson input and noise current.

use crate::deliver::Acc;
use isospike_backend::plan::PoissonDrive;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Float, W, distribution};

/// Adds `count * weight` to the accumulators, the counts drawn from the words.
pub(crate) fn poisson<A: Acc>(
    isa: Isa,
    drive: &PoissonDrive,
    words: &[u32],
    sums: &mut [A],
    first: usize,
    batch: usize,
) {
    let weight = A::from_i64(drive.weight);
    match (&drive.table_of, &drive.tables[..]) {
        (None, [table]) => table.add(isa, words, weight, sums),
        (table_of, tables) => {
            for (i, (sum, &word)) in sums.iter_mut().zip(words).enumerate() {
                let table = table_of.as_ref().map_or(0, |of| {
                    of[(first + i / batch).min(of.len() - 1)] as usize // padding repeats the last
                });
                let count = tables[table].count(word);
                *sum = sum.add(A::from_i64(i64::from(count)).mul(weight));
            }
        }
    }
}

/// Adds `mean + std * normal(word)` to the currents.
pub(crate) fn noise<F: Float>(isa: Isa, mean: F, std: F, words: &[u32], current: &mut [F]) {
    dispatch(isa, Noise { mean, std, words, current });
}

struct Noise<'a, F> {
    mean: F,
    std: F,
    words: &'a [u32],
    current: &'a mut [F],
}

impl<F: Float> Kernel for Noise<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let current = self.current.chunks_exact_mut(N);
        for (words, current) in self.words.chunks_exact(N).zip(current) {
            let z: W<F, N> = distribution::normal(W::load(words));
            let x = W::load(current) + (W([self.mean; N]) + W([self.std; N]) * z);
            x.store(current);
        }
    }
}
