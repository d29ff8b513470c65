//! A step of a row of neurons, SIMD by [`isospike_lane::isa`].
//!
//! As in `isospike-model`, neurons run on one-wide lanes in a loop of constant length, which the
//! compiler turns into vectors of whatever the instruction set has.

use crate::chunk::{Edge, Rest, Whole};
use crate::neuron::{At, Neuron};
use crate::rule::Firing;
use crate::step::{By, backward, before, forward};
use isospike_lane::Float;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_model::Slots;

/// Numbers in a chunk.
const CHUNK: usize = 16;

/// What the neurons of a row read and write in a step. All slices are equally long.
pub struct ForwardRow<'a, 'h, F> {
    /// Inputs.
    pub x: &'a [F],
    /// Potentials: before the step, then after the reset.
    pub v: &'a mut [F],
    /// One slice per hidden value.
    pub hidden: &'a mut [&'h mut [F]],
    /// Potentials before the reset.
    pub h: &'a mut [F],
    /// 1 where a neuron fires, else 0.
    pub spikes: &'a mut [F],
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
    pub by_x: &'a mut [F],
}

/// A zero for every number that is finite, NaN otherwise: what to add up to see whether all are.
#[inline(always)]
fn trace<F: Float>(x: F) -> F {
    x + -x
}

/// A step of a row, chunk by chunk.
trait Step {
    type F: Float;
    /// Neurons of the row.
    fn len(&self) -> usize;
    /// Does the chunk that begins at `i`, and adds a trace of all that it made to `wild`.
    fn chunk<E: Edge>(&mut self, i: usize, wild: &mut [Self::F; CHUNK]);
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
    fn chunk<E: Edge>(&mut self, i: usize, wild: &mut [F; CHUNK]) {
        let (c, firing, row) = (&self.c, &self.firing, &mut self.row);
        let end = row.x.len().min(i + CHUNK);
        let x: [F; CHUNK] = E::load(&row.x[i..end]);
        let mut v: [F; CHUNK] = E::load(&row.v[i..end]);
        let mut hidden: N::Hidden<[F; CHUNK]> = Slots::from_fn(|k| E::load(&row.hidden[k][i..end]));
        let (mut h, mut spikes) = ([F::default(); CHUNK], [F::default(); CHUNK]);
        for j in 0..CHUNK {
            let mut own: N::Hidden<F> = Slots::from_fn(|k| hidden.at(k)[j]);
            let (charged, fired) = forward::<N, F>(c, firing, v[j], &mut own, x[j]);
            own.for_each(|k, x| hidden.at_mut(k)[j] = x);
            h[j] = charged;
            spikes[j] = F::select(fired, F::lit(1.0), F::lit(0.0));
            v[j] = firing.reset(charged);
            wild[j] = wild[j] + trace(charged);
            own.for_each(|_, x| wild[j] = wild[j] + trace(x));
        }
        E::store(&h, &mut row.h[i..end]);
        E::store(&spikes, &mut row.spikes[i..end]);
        E::store(&v, &mut row.v[i..end]);
        hidden.for_each(|k, x| E::store(&x, &mut row.hidden[k][i..end]));
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
    fn chunk<E: Edge>(&mut self, i: usize, wild: &mut [F; CHUNK]) {
        let (c, firing, row) = (&self.c, &self.firing, &mut self.row);
        let end = row.h.len().min(i + CHUNK);
        let load = |from: &[F]| -> [F; CHUNK] { E::load(&from[i..end]) };
        let (h, earlier, x, slope) = (load(row.h), load(row.before), load(row.x), load(row.slope));
        let (by_spikes, by_v) = (load(row.by_spikes), load(row.by_v));
        let mut carry = load(row.carry);
        let mut hidden: N::Hidden<[F; CHUNK]> = Slots::from_fn(|k| load(row.hidden[k]));
        let mut learned: N::Learned<[F; CHUNK]> = Slots::from_fn(|k| load(row.learned[k]));
        let mut by_x = [F::default(); CHUNK];
        for j in 0..CHUNK {
            let v = before(firing, earlier[j], row.settled);
            let at = At { v, x: x[j], h: h[j], slope: slope[j] };
            let by = By { spike: by_spikes[j], v: by_v[j], carry: carry[j] };
            let mut own: N::Hidden<F> = Slots::from_fn(|k| hidden.at(k)[j]);
            let mut sums: N::Learned<F> = Slots::from_fn(|k| learned.at(k)[j]);
            (by_x[j], carry[j]) = backward::<N, F>(c, firing, &at, by, &mut own, &mut sums);
            own.for_each(|k, x| hidden.at_mut(k)[j] = x);
            sums.for_each(|k, x| learned.at_mut(k)[j] = x);
            wild[j] = wild[j] + (trace(by_x[j]) + trace(carry[j]));
        }
        E::store(&carry, &mut row.carry[i..end]);
        E::store(&by_x, &mut row.by_x[i..end]);
        hidden.for_each(|k, x| E::store(&x, &mut row.hidden[k][i..end]));
        learned.for_each(|k, x| E::store(&x, &mut row.learned[k][i..end]));
    }
}

/// Every chunk of a row; false if something is not finite.
struct Chunks<T>(T);

impl<T: Step> Kernel for Chunks<T> {
    type Output = bool;
    #[inline(always)]
    fn run<const W: usize>(mut self) -> bool {
        let mut wild = [T::F::default(); CHUNK];
        let len = self.0.len();
        let whole = len / CHUNK * CHUNK;
        for i in (0..whole).step_by(CHUNK) {
            self.0.chunk::<Whole>(i, &mut wild);
        }
        if whole < len {
            self.0.chunk::<Rest>(whole, &mut wild);
        }
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
