//! Emission: from a rate to spikes.

use crate::{Counts, MAX_COUNT};
use isospike_lane::distribution::bernoulli;
use isospike_lane::poisson::poisson_up_to;
use isospike_lane::{Lane, Mask};

/// What a step emits.
pub struct Emitted<L: Lane> {
    /// How many spikes.
    pub spikes: L,
    /// Whether there is one.
    pub any: L::Mask,
    /// Whether there should have been more than there can be.
    pub clipped: L::Mask,
}

/// How spikes are drawn.
pub trait Emission: Copy + Send + Sync + 'static {
    /// Names of the general model, by [`super::Link::INDEX`].
    const NAMES: [&'static str; 4];
    /// Random words per step.
    const DRAWS: usize;
    /// Where there can be more than one spike per step.
    const COUNTS: Option<Counts>;
    /// Most spikes that can be expected of a step; none where spikes are not random.
    const MOST: Option<f64>;
    /// Draws the spikes of a step from what is expected of it.
    fn emit<L: Lane>(rate: L, draws: &[L::U32]) -> Emitted<L>;
}

/// One spike with probability `rate`, or none.
#[derive(Clone, Copy, Debug)]
pub struct Bernoulli;

/// A Poisson count with mean `rate`, at most [`MAX_COUNT`].
#[derive(Clone, Copy, Debug)]
pub struct Poisson;

/// One spike where the rate is above 0.
#[derive(Clone, Copy, Debug)]
pub struct Threshold;

/// One spike or none.
#[inline(always)]
fn once<L: Lane>(any: L::Mask, clipped: L::Mask) -> Emitted<L> {
    Emitted { spikes: L::select(any, L::lit(1.0), L::lit(0.0)), any, clipped }
}

impl Emission for Bernoulli {
    const NAMES: [&'static str; 4] = [
        "glm_sigmoid_bernoulli",
        "glm_exp_bernoulli",
        "glm_relu_bernoulli",
        "glm_identity_bernoulli",
    ];
    const DRAWS: usize = 1;
    const COUNTS: Option<Counts> = None;
    const MOST: Option<f64> = Some(1.0);

    #[inline(always)]
    fn emit<L: Lane>(rate: L, draws: &[L::U32]) -> Emitted<L> {
        once(bernoulli(rate, draws[0]), L::lit(1.0).lt(rate))
    }
}

impl Emission for Poisson {
    const NAMES: [&'static str; 4] =
        ["glm_sigmoid_poisson", "glm_exp_poisson", "glm_relu_poisson", "glm_identity_poisson"];
    const DRAWS: usize = 1;
    const COUNTS: Option<Counts> = Some(Counts { slot: super::SPIKES, most: MAX_COUNT });
    const MOST: Option<f64> = Some(f64::INFINITY);

    #[inline(always)]
    fn emit<L: Lane>(rate: L, draws: &[L::U32]) -> Emitted<L> {
        const BEYOND: u32 = MAX_COUNT + 1;
        let most = L::lit(f64::from(MAX_COUNT));
        let drawn = poisson_up_to::<L, BEYOND>(rate, draws[0]);
        let clipped = most.lt(drawn);
        let spikes = L::select(clipped, most, drawn);
        Emitted { spikes, any: L::lit(0.0).lt(spikes), clipped }
    }
}

impl Emission for Threshold {
    const NAMES: [&'static str; 4] =
        ["glm_sigmoid_threshold", "glm_exp_threshold", "glm_relu_threshold", "glm_threshold"];
    const DRAWS: usize = 0;
    const COUNTS: Option<Counts> = None;
    const MOST: Option<f64> = None;

    #[inline(always)]
    fn emit<L: Lane>(rate: L, _: &[L::U32]) -> Emitted<L> {
        once(L::lit(0.0).lt(rate), L::Mask::splat(false))
    }
}
