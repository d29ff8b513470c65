//! Filtered sums: a number that depends on the last values of another, newest first.

use crate::fill::GROUP;
use crate::isa::{Isa, Kernel, dispatch};
use crate::lane::{Float, Lane};

/// One more term of a filtered sum. It begins at 0 and goes from the newest value to the oldest:
/// `(((0 + k[0] x(t)) + k[1] x(t - 1)) + ...)`.
#[inline(always)]
pub fn term<L: Lane>(sum: L, k: L, x: L) -> L {
    sum + k * x
}

/// The weights of the last values, newest first.
#[derive(Clone, Copy, Debug)]
pub enum Weights<'a, F> {
    /// The same for all elements.
    Shared(&'a [F]),
    /// Each element's own, as many as there are slots: `[group][age][element of the group]`.
    Own(&'a [F]),
}

/// The filtered sums of elements side by side. `past` holds their last values in groups of 64, a
/// group's slots one after the other: `[group][slot][element of the group]`, as many slots as there
/// are weights. The newest values are in slot `newest`, those before in the slot before, around the
/// ring.
///
/// # Panics
/// If `out` is not whole groups, `past` and own weights are not as long as their slots say, or
/// there is no slot `newest`.
pub fn filter<F: Float>(
    isa: Isa,
    weights: Weights<'_, F>,
    newest: usize,
    past: &[F],
    out: &mut [F],
) {
    let slots = past.len() / out.len().max(1);
    assert!(out.len().is_multiple_of(GROUP) && past.len() == slots * out.len());
    assert!(out.is_empty() || newest < slots, "slot {newest} of {slots}");
    match weights {
        Weights::Shared(kernel) => {
            assert!(out.is_empty() || kernel.len() == slots, "{} for {slots} slots", kernel.len());
            dispatch(isa, Filter { kernel, newest, past, out });
        }
        Weights::Own(kernels) => {
            assert_eq!(kernels.len(), past.len(), "a weight for each value");
            dispatch(isa, OwnFilter { kernels, slots, newest, past, out });
        }
    }
}

struct Filter<'a, F> {
    kernel: &'a [F],
    newest: usize,
    past: &'a [F],
    out: &'a mut [F],
}

struct OwnFilter<'a, F> {
    kernels: &'a [F],
    slots: usize,
    newest: usize,
    past: &'a [F],
    out: &'a mut [F],
}

impl<F: Float> Kernel for OwnFilter<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let group = self.slots * GROUP;
        let groups = self.past.chunks_exact(group).zip(self.kernels.chunks_exact(group));
        for ((past, kernels), out) in groups.zip(self.out.as_chunks_mut::<GROUP>().0) {
            let (first, last) = past.as_chunks::<GROUP>().0.split_at(self.newest + 1);
            let mut sums = [F::default(); GROUP];
            let values = first.iter().rev().chain(last.iter().rev());
            for (k, x) in kernels.as_chunks::<GROUP>().0.iter().zip(values) {
                for i in 0..GROUP {
                    sums[i] = term(sums[i], k[i], x[i]);
                }
            }
            *out = sums;
        }
    }
}

impl<F: Float> Kernel for Filter<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let (recent, older) = self.kernel.split_at(self.newest + 1);
        let groups = self.past.chunks_exact(self.kernel.len() * GROUP);
        for (past, out) in groups.zip(self.out.as_chunks_mut::<GROUP>().0) {
            let (first, last) = past.as_chunks::<GROUP>().0.split_at(self.newest + 1);
            let mut sums = [F::default(); GROUP];
            let values = first.iter().rev().chain(last.iter().rev());
            for (&k, x) in recent.iter().chain(older).zip(values) {
                for i in 0..GROUP {
                    sums[i] = term(sums[i], k, x[i]);
                }
            }
            *out = sums;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_go_from_the_newest_value_to_the_oldest_around_the_ring() {
        let kernel = [0.5f32, -0.25, 3.1, 1e-7, 0.9];
        let taps = kernel.len();
        let value = |step: usize, i: usize| ((step * 7 + i * 13) % 29) as f32 * 0.37;
        let mut past = vec![0.0; 2 * GROUP * taps];
        for step in 0..23 {
            let newest = step % taps;
            for i in 0..2 * GROUP {
                past[i / GROUP * GROUP * taps + newest * GROUP + i % GROUP] = value(step, i);
            }
            for isa in Isa::ALL.iter().copied().filter(|isa| isa.available()) {
                let mut out = vec![0.0; 2 * GROUP];
                filter(isa, Weights::Shared(&kernel), newest, &past, &mut out);
                let own = |j: usize| kernel[j / GROUP % taps];
                let own: Vec<f32> = (0..2 * GROUP * taps).map(own).collect();
                let mut same = vec![1.0; 2 * GROUP];
                filter(isa, Weights::Own(&own), newest, &past, &mut same);
                assert_eq!(out, same, "{isa:?}, step {step}");
                for (i, &sum) in out.iter().enumerate() {
                    let ages = (0..taps).filter(|&age| age <= step);
                    let want = ages.fold(0.0, |sum, age| sum + kernel[age] * value(step - age, i));
                    assert_eq!(sum.to_bits(), want.to_bits(), "{isa:?}, step {step}, {i}");
                }
            }
        }
    }
}
