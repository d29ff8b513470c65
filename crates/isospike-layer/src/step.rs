//! One step of one neuron, forwards and backwards: what rows repeat and graphs record.

use crate::neuron::{At, Neuron};
use crate::rule::Firing;
use isospike_lane::Lane;

/// Charges a neuron: h, and whether it fires. The potential afterwards is [`Neuron::reset`] of h.
#[inline(always)]
pub(crate) fn forward<N: Neuron, L: Lane>(
    c: &N::Const<L>,
    firing: &Firing<L>,
    v: L,
    hidden: &mut N::Hidden<L>,
    x: L,
) -> (L, L::Mask) {
    let h = N::charge(c, v, hidden, x);
    let fired = firing.fires(h);
    N::settle(c, h, fired, hidden);
    (h, fired)
}

/// The derivatives of the loss by what a step made.
#[derive(Clone, Copy)]
pub(crate) struct By<L> {
    /// By its spike.
    pub(crate) spike: L,
    /// By its potential, from outside.
    pub(crate) v: L,
    /// By its potential, from the step that follows.
    pub(crate) carry: L,
}

/// The derivatives by the input and by the potential before the step.
#[inline(always)]
pub(crate) fn backward<N: Neuron, L: Lane>(
    c: &N::Const<L>,
    firing: &Firing<L>,
    at: &At<L>,
    by: By<L>,
    hidden: &mut N::Hidden<L>,
    learned: &mut N::Learned<L>,
) -> (L, L) {
    let gh = by.spike * at.slope + N::reset_back(c, firing, at, by.v + by.carry, learned);
    N::back(c, at, gh, hidden, learned)
}

/// The potential before a step, from h of the step before it, or as it is if `settled`.
#[inline(always)]
pub(crate) fn before<N: Neuron, L: Lane>(
    c: &N::Const<L>,
    firing: &Firing<L>,
    before: L,
    settled: L::Mask,
) -> L {
    L::select(settled, before, N::reset(c, firing, before))
}
