//! What drives neurons from outside: Poisson input, stimuli, noise current.

use crate::deliver::Acc;
use isospike_backend::plan::{PoissonDrive, StimulusPlan};
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Float, Key, W, distribution};

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

/// Adds a stimulus to the currents of neurons from `first` on, `[neuron][lane]`.
pub(crate) fn stimulate<F: Float>(
    stimulus: &StimulusPlan,
    keys: &[Key],
    step: u64,
    first: usize,
    current: &mut [F],
) {
    let batch = keys.len();
    for (lane, &key) in keys.iter().enumerate() {
        let now = stimulus.at(step, lane, key);
        for (i, current) in current[lane..].iter_mut().step_by(batch).enumerate() {
            let value = now.of(first + i);
            let gain = match &stimulus.gain {
                isospike_net::Column::Uniform(x) => *x,
                isospike_net::Column::Each(xs) => xs[(first + i).min(xs.len() - 1)],
            };
            *current = *current + F::from_f64(gain) * F::from_f64(value);
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
