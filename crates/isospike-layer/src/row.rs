//! A step of a row of neurons, SIMD by [`isospike_lane::isa`].
//!
//! As in `isospike-model`, neurons run on one-wide lanes in a loop of constant length, which the
//! compiler turns into vectors of whatever the instruction set has.

use crate::neuron::{At, Neuron};
use crate::out::Out;
use crate::rule::Firing;
use crate::step::{By, backward, before, forward};
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Float, prefetch};
use isospike_model::Slots;
use std::ops::Range;

/// Numbers in a chunk: arrays of constant length become registers.
const CHUNK: usize = 16;
/// Numbers in a chunk of what is left.
const SMALL: usize = 4;

/// What the neurons of a row read and write in a step. All slices are equally long.
pub struct ForwardRow<'a, 'h, F> {
    /// Inputs.
    pub x: &'a [F],
    /// Potentials: before the step, then after the reset.
    pub v: &'a mut [F],
    /// One slice per hidden value.
    pub hidden: &'a mut [&'h mut [F]],
    /// Potentials before the reset.
    pub h: Out<'a, F>,
    /// 1 where a neuron fires, else 0.
    pub spikes: Out<'a, F>,
    /// The inputs of the step that follows, to be fetched meanwhile; empty if they are near.
    pub ahead: &'a [F],
}

/// What the neurons of a row read and write in a step backwards. All slices are equally long.
pub struct BackwardRow<'a, 'h, 'l, F> {
    /// h of the step.
    pub h: &'a [F],
    /// h of the step before, or if `settled` potentials as the step found them.
    pub before: &'a [F],
    /// Whether `before` has been through the reset already.
    pub settled: bool,
    /// Inputs; anything where the neuron does not read them.
    pub x: &'a [F],
    /// Slopes of the surrogate.
    pub slope: &'a [F],
    /// Derivatives by the spikes of the step.
    pub by_spikes: &'a [F],
    /// Derivatives by the potentials after the step.
    pub by_v: &'a [F],
    /// Derivatives by the potentials from the steps that follow, then those by the potentials
    /// before the step.
    pub carry: &'a mut [F],
    /// The same for hidden values, one slice each.
    pub hidden: &'a mut [&'h mut [F]],
    /// Sums for the learned parameters, one slice each.
    pub learned: &'a mut [&'l mut [F]],
    /// Derivatives by the inputs.
    pub by_x: Out<'a, F>,
    /// What the step that follows reads, to be fetched meanwhile; empty if it is near.
    pub ahead: [&'a [F]; 2],
}

/// A zero for every number that is finite, NaN otherwise: what to add up to see whether all are.
#[inline(always)]
fn trace<F: Float>(x: F) -> F {
    x + -x
}

/// The chunk of C numbers that begins at `i`.
#[inline(always)]
fn load<F: Float, const C: usize>(from: &[F], i: usize) -> [F; C] {
    *from[i..].first_chunk().expect("a whole chunk")
}

/// Writes the chunk that begins at `i`.
#[inline(always)]
fn store<F: Float, const C: usize>(chunk: &[F; C], to: &mut [F], i: usize) {
    *to[i..].first_chunk_mut().expect("a whole chunk") = *chunk;
}

/// A step of a row, chunk by chunk.
trait Step {
    type F: Float;
    /// Neurons of the row.
    fn len(&self) -> usize;
    /// Neurons before the first with which whole chunks should begin.
    fn head(&self) -> usize;
    /// Does the chunk of C neurons that begins at `i`, and adds a trace of all that it made to
    /// `wild`.
    fn chunk<const C: usize>(&mut self, i: usize, wild: &mut [Self::F; CHUNK]);
}

struct Ahead<'a, 'h, N: Neuron, F: Float> {
    c: N::Const<F>,
    firing: Firing<F>,
    row: ForwardRow<'a, 'h, F>,
}

impl<N: Neuron, F: Float> Step for Ahead<'_, '_, N, F> {
    type F = F;
    #[inline(always)]
    fn len(&self) -> usize {
        self.row.x.len()
    }
    #[inline(always)]
    fn head(&self) -> usize {
        self.row.spikes.head().or(self.row.h.head()).unwrap_or(0)
    }
    #[inline(always)]
    fn chunk<const C: usize>(&mut self, i: usize, wild: &mut [F; CHUNK]) {
        let (c, firing, row) = (&self.c, &self.firing, &mut self.row);
        prefetch(row.ahead, i);
        let (x, mut v): ([F; C], [F; C]) = (load(row.x, i), load(row.v, i));
        let mut hidden: N::Hidden<[F; C]> = Slots::from_fn(|k| load(row.hidden[k], i));
        let (mut h, mut spikes) = ([F::default(); C], [F::default(); C]);
        for j in 0..C {
            let mut own: N::Hidden<F> = Slots::from_fn(|k| hidden.at(k)[j]);
            let (charged, fired) = forward::<N, F>(c, firing, v[j], &mut own, x[j]);
            own.for_each(|k, x| hidden.at_mut(k)[j] = x);
            h[j] = charged;
            spikes[j] = F::select(fired, F::lit(1.0), F::lit(0.0));
            v[j] = N::reset(c, firing, charged);
            wild[j] = wild[j] + trace(charged);
            own.for_each(|_, x| wild[j] = wild[j] + trace(x));
        }
        row.h.store(&h, i);
        row.spikes.store(&spikes, i);
        store(&v, row.v, i);
        hidden.for_each(|k, x| store(&x, row.hidden[k], i));
    }
}

struct Back<'a, 'h, 'l, N: Neuron, F: Float> {
    c: N::Const<F>,
    firing: Firing<F>,
    row: BackwardRow<'a, 'h, 'l, F>,
}

impl<N: Neuron, F: Float> Step for Back<'_, '_, '_, N, F> {
    type F = F;
    #[inline(always)]
    fn len(&self) -> usize {
        self.row.h.len()
    }
    #[inline(always)]
    fn head(&self) -> usize {
        self.row.by_x.head().unwrap_or(0)
    }
    #[inline(always)]
    fn chunk<const C: usize>(&mut self, i: usize, wild: &mut [F; CHUNK]) {
        let (c, firing, row) = (&self.c, &self.firing, &mut self.row);
        row.ahead.iter().for_each(|ahead| prefetch(ahead, i));
        let load = |from: &[F]| -> [F; C] { load(from, i) };
        let (h, earlier, x, slope) = (load(row.h), load(row.before), load(row.x), load(row.slope));
        let (by_spikes, by_v) = (load(row.by_spikes), load(row.by_v));
        let mut carry = load(row.carry);
        let mut hidden: N::Hidden<[F; C]> = Slots::from_fn(|k| load(row.hidden[k]));
        let mut learned: N::Learned<[F; C]> = Slots::from_fn(|k| load(row.learned[k]));
        let mut by_x = [F::default(); C];
        for j in 0..C {
            let v = before::<N, F>(c, firing, earlier[j], row.settled);
            let at = At { v, x: x[j], h: h[j], slope: slope[j] };
            let by = By { spike: by_spikes[j], v: by_v[j], carry: carry[j] };
            let mut own: N::Hidden<F> = Slots::from_fn(|k| hidden.at(k)[j]);
            let mut sums: N::Learned<F> = Slots::from_fn(|k| learned.at(k)[j]);
            (by_x[j], carry[j]) = backward::<N, F>(c, firing, &at, by, &mut own, &mut sums);
            own.for_each(|k, x| hidden.at_mut(k)[j] = x);
            sums.for_each(|k, x| learned.at_mut(k)[j] = x);
            wild[j] = wild[j] + (trace(by_x[j]) + trace(carry[j]));
        }
        row.by_x.store(&by_x, i);
        store(&carry, row.carry, i);
        hidden.for_each(|k, x| store(&x, row.hidden[k], i));
        learned.for_each(|k, x| store(&x, row.learned[k], i));
    }
}

/// Every chunk of a row; false if something is not finite.
struct Chunks<T>(T);

impl<T: Step> Chunks<T> {
    /// Does neurons in chunks of C, as long as there are so many.
    #[inline(always)]
    fn some<const C: usize>(&mut self, at: Range<usize>, wild: &mut [T::F; CHUNK]) -> usize {
        let mut i = at.start;
        while at.end - i >= C {
            self.0.chunk::<C>(i, wild);
            i += C;
        }
        i
    }
    /// Does less than a whole chunk.
    #[inline(always)]
    fn few(&mut self, at: Range<usize>, wild: &mut [T::F; CHUNK]) {
        let done = self.some::<SMALL>(at.clone(), wild);
        self.some::<1>(done..at.end, wild);
    }
}

impl<T: Step> Kernel for Chunks<T> {
    type Output = bool;
    #[inline(always)]
    fn run<const W: usize>(mut self) -> bool {
        let mut wild = [T::F::default(); CHUNK];
        let len = self.0.len();
        let head = self.0.head().min(len);
        self.few(0..head, &mut wild);
        let whole = self.some::<CHUNK>(head..len, &mut wild);
        self.few(whole..len, &mut wild);
        wild.iter().all(|x| x.is_finite())
    }
}

/// Constants from a slice in slot order.
pub(crate) fn constants<N: Neuron, F: Float>(c: &[F]) -> N::Const<F> {
    Slots::from_fn(|k| c[k])
}

/// Advances a row by a step; false if something is not finite.
pub(crate) fn run_forward<N: Neuron, F: Float>(
    isa: Isa,
    c: &[F],
    firing: &Firing<F>,
    row: ForwardRow<'_, '_, F>,
) -> bool {
    dispatch(isa, Chunks(Ahead::<N, F> { c: constants::<N, F>(c), firing: *firing, row }))
}

/// Takes a row back by a step; false if something is not finite.
pub(crate) fn run_backward<N: Neuron, F: Float>(
    isa: Isa,
    c: &[F],
    firing: &Firing<F>,
    row: BackwardRow<'_, '_, '_, F>,
) -> bool {
    dispatch(isa, Chunks(Back::<N, F> { c: constants::<N, F>(c), firing: *firing, row }))
}
