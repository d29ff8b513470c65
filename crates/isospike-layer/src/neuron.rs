//! What a trainable neuron is: its charge as a function of lanes, and the derivative of it.

use crate::rule::Firing;
use isospike_lane::Lane;
use isospike_model::{About, ParamSet, Slots};

/// A step as the backward pass sees it.
#[derive(Clone, Copy, Debug)]
pub struct At<L> {
    /// The potential before the step.
    pub v: L,
    /// The input of the step; only where [`Neuron::READS_INPUT`] says so.
    pub x: L,
    /// The potential after charging, before the reset.
    pub h: L,
    /// The slope of the surrogate.
    pub slope: L,
}

/// A neuron, written once for all lanes.
///
/// Firing and reset are not its business: they are the same for almost all neurons, and the
/// [`Rule`](crate::Rule) has them. All functions are straight-line code, as those of
/// [`isospike_model::Model`]: they run as SIMD and are traced for devices.
pub trait Neuron: Copy + Send + Sync + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Summary, equations, references.
    const ABOUT: About;
    /// Parameters; time is counted in steps, potentials have no unit.
    type Params: ParamSet;
    /// Constants made of the parameters, computed in f64 and rounded once.
    type Const<L: Copy>: Slots<L>;
    /// What it remembers beside its potential; 0 in the beginning.
    type Hidden<L: Copy>: Slots<L>;
    /// Parameters that can be learned, by their names. All neurons of a layer share them.
    type Learned<L: Copy>: Slots<L>;
    /// Whether [`Neuron::back`] reads [`At::x`]: then inputs must be kept for the backward pass.
    const READS_INPUT: bool = false;

    /// Constants. The leak, if there is one, goes to `rest`: where a hard reset goes, else 0.
    fn derive(p: &Self::Params, rest: f64) -> Self::Const<f64>;

    /// The potential h before firing, from the potential before the step and the input.
    fn charge<L: Lane>(c: &Self::Const<L>, v: L, hidden: &mut Self::Hidden<L>, x: L) -> L;

    /// What firing does to the hidden state; h is the potential before the reset.
    #[inline(always)]
    fn settle<L: Lane>(_: &Self::Const<L>, _h: L, _fired: L::Mask, _: &mut Self::Hidden<L>) {}

    /// The potential after the reset, from h: as the rule says, unless the neuron scales it.
    #[inline(always)]
    fn reset<L: Lane>(_: &Self::Const<L>, firing: &Firing<L>, h: L) -> L {
        firing.reset(h)
    }

    /// From the derivative of the loss by the potential after the reset, `gv`: that by h. What the
    /// reset says of learned parameters is added to `learned`.
    #[inline(always)]
    fn reset_back<L: Lane>(
        _: &Self::Const<L>,
        firing: &Firing<L>,
        at: &At<L>,
        gv: L,
        _: &mut Self::Learned<L>,
    ) -> L {
        gv * firing.keeps(at.h, at.slope)
    }

    /// From the derivative of the loss by h, `gh`: that by x and that by v before the step.
    ///
    /// `hidden` holds the derivative by the hidden state after the step, and then that by the state
    /// before it. What the step says of learned parameters is added to `learned`.
    fn back<L: Lane>(
        c: &Self::Const<L>,
        at: &At<L>,
        gh: L,
        hidden: &mut Self::Hidden<L>,
        learned: &mut Self::Learned<L>,
    ) -> (L, L);

    /// From the sums of what [`Neuron::back`] added over all neurons and steps: the derivative by
    /// the learned parameters.
    #[inline(always)]
    fn learn<L: Lane>(_: &Self::Const<L>, sums: Self::Learned<L>) -> Self::Learned<L> {
        sums
    }
}
