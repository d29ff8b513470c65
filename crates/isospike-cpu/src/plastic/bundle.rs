//! Synapses of one source that are updated together, so that the equations run on vectors.
//!
//! Every synapse goes through its own operations in its own order; only which synapses share a
//! vector is decided here, and that no result can tell.

use super::history::History;
use super::weights::Weights;
use crate::deliver::Acc;
use isospike_lane::Float;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_model::Stdp;
use std::array::from_fn;
use std::ops::Range;

/// Synapses in a bundle.
pub(super) const ROOM: usize = 128;
/// Synapses that the equations take at a time; divides `ROOM`.
const CHUNK: usize = 16;

/// Up to [`ROOM`] synapses of one source that end in one piece.
pub(super) struct Bundle<F> {
    len: usize,
    /// Where the weight lies.
    at: [usize; ROOM],
    weight: [F; ROOM],
    delay: [u32; ROOM],
    /// Entries of the history that the synapse has yet to see.
    next: [usize; ROOM],
    end: [usize; ROOM],
    /// Where its spike goes.
    out: [usize; ROOM],
    /// Postsynaptic trace after the last spike before, and steps since it.
    post: [F; ROOM],
    steps: [F; ROOM],
    /// Weight in accumulator units.
    units: [F; ROOM],
}

/// A presynaptic neuron as its synapses see it.
pub(super) struct Pre<F> {
    /// Time of its last spike, and trace just after it.
    pub(super) last: u64,
    pub(super) trace: F,
}

impl<F: Float> Bundle<F> {
    pub(super) fn new() -> Self {
        let (zero, none) = ([F::default(); ROOM], [0; ROOM]);
        Bundle {
            len: 0,
            at: none,
            weight: zero,
            delay: [0; ROOM],
            next: none,
            end: none,
            out: none,
            post: zero,
            steps: zero,
            units: zero,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.len == ROOM
    }

    /// Adds a synapse: its weight and where it lies, its delay, the entries it has yet to see.
    #[inline(always)]
    pub(super) fn push(&mut self, at: usize, weight: F, delay: u32, new: Range<usize>) {
        let k = self.len;
        (self.at[k], self.weight[k], self.delay[k]) = (at, weight, delay);
        (self.next[k], self.end[k]) = (new.start, new.end);
        self.len += 1;
    }

    /// Completes the synapse just added, for a source that fires: the postsynaptic trace and the
    /// steps since then, and where the spike goes.
    #[inline(always)]
    pub(super) fn aim(&mut self, post: F, steps: F, out: usize) {
        let k = self.len - 1;
        (self.post[k], self.steps[k], self.out[k]) = (post, steps, out);
    }

    /// Potentiates by all that is new, one postsynaptic spike of every synapse at a time.
    pub(super) fn potentiate(
        &mut self,
        isa: Isa,
        rule: &Stdp<F>,
        pre: &Pre<F>,
        history: &History<F>,
    ) {
        let (mut w, mut steps) = ([F::default(); ROOM], [F::default(); ROOM]);
        let mut some = [0u8; ROOM];
        let mut n = 0;
        for k in 0..self.len {
            some[n] = k as u8;
            n += usize::from(self.next[k] < self.end[k]);
        }
        while n > 0 {
            for (j, &k) in some[..n].iter().enumerate() {
                let k = usize::from(k);
                let arrival = history.time(self.next[k]) + u64::from(self.delay[k]);
                steps[j] = F::from_i64((arrival - pre.last) as i64);
                w[j] = self.weight[k];
            }
            let whole = n.next_multiple_of(CHUNK);
            let (w, steps) = (&mut w[..whole], &steps[..whole]);
            dispatch(isa, Potentiate { rule, trace: pre.trace, w, steps });
            let mut left = 0;
            for j in 0..n {
                let k = usize::from(some[j]);
                self.weight[k] = w[j];
                self.next[k] += 1;
                some[left] = k as u8;
                left += usize::from(self.next[k] < self.end[k]);
            }
            n = left;
        }
    }

    /// Depresses all.
    pub(super) fn depress(&mut self, isa: Isa, rule: &Stdp<F>, scale: F) {
        let whole = self.len.next_multiple_of(CHUNK);
        let (w, units) = (&mut self.weight[..whole], &mut self.units[..whole]);
        let (post, steps) = (&self.post[..whole], &self.steps[..whole]);
        dispatch(isa, Depress { rule, scale, w, post, steps, units });
    }

    /// Sends the weights on their way; none counts for more than `most` units, for which the
    /// accumulators were sized.
    pub(super) fn emit<A: Acc>(&self, pending: &mut [A], most: i64) {
        for (&out, units) in self.out[..self.len].iter().zip(&self.units) {
            let units = (units.to_f64() as i64).clamp(-most, most);
            pending[out] = pending[out].add(A::from_i64(units));
        }
    }

    /// Puts the weights back and empties the bundle; whether all are finite.
    ///
    /// # Safety
    /// The calling thread owns the block that the synapses end in.
    pub(super) unsafe fn store(&mut self, weights: &Weights<F>) -> bool {
        let mut finite = true;
        for (&at, &w) in self.at[..self.len].iter().zip(&self.weight) {
            finite &= w.is_finite();
            // SAFETY: this function's contract.
            unsafe { weights.set(at, w) };
        }
        self.len = 0;
        finite
    }
}

struct Potentiate<'a, F> {
    rule: &'a Stdp<F>,
    trace: F,
    w: &'a mut [F],
    steps: &'a [F],
}

impl<F: Float> Kernel for Potentiate<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let (w, steps) = (self.w.as_chunks_mut::<CHUNK>().0, self.steps.as_chunks::<CHUNK>().0);
        let rule = *self.rule;
        for (w, steps) in w.iter_mut().zip(steps) {
            let trace = from_fn(|i| self.trace * rule.decay_plus(steps[i]));
            *w = rule.potentiate(*w, trace);
        }
    }
}

struct Depress<'a, F> {
    rule: &'a Stdp<F>,
    /// Units of a weight of 1.
    scale: F,
    w: &'a mut [F],
    post: &'a [F],
    steps: &'a [F],
    units: &'a mut [F],
}

impl<F: Float> Kernel for Depress<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let (post, steps) = (self.post.as_chunks::<CHUNK>().0, self.steps.as_chunks::<CHUNK>().0);
        let w = self.w.as_chunks_mut::<CHUNK>().0;
        let units = self.units.as_chunks_mut::<CHUNK>().0;
        let rule = *self.rule;
        for (((w, units), post), steps) in w.iter_mut().zip(units).zip(post).zip(steps) {
            let trace = from_fn(|i| post[i] * rule.decay_minus(steps[i]));
            *w = rule.depress(*w, trace);
            *units = from_fn(|i| (rule.emitted(w[i]) * self.scale).rint());
        }
    }
}
