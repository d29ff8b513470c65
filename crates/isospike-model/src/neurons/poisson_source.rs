//! `poisson_source`: spikes at random times with a constant rate.

use crate::slots::NoSlots;
use crate::{About, Inputs, Model, Sign, params, slots};
use isospike_lane::{Int, Lane, Mask, named, precise::exp};

/// A Poisson process, at most one spike per step.
#[derive(Clone, Copy, Debug)]
pub struct PoissonSource;

params! {
    /// Parameters of `poisson_source`.
    pub struct Params {
        rate: 0.0, "spikes/s", NonNegative, "mean rate";
    }
}

slots! {
    /// The probability of a spike in one step, as an integer out of 2^32 in two halves: f32 holds
    /// each exactly.
    pub struct Const {
        high: "", "floor(p 2^16)";
        low: "", "rest of p 2^32";
    }
}

impl Model for PoissonSource {
    const NAME: &'static str = "poisson_source";
    const ABOUT: About = About {
        summary: "Source of spikes at random times with a constant rate, independent per element.",
        equations: "\
Spikes in a step with probability 1 - exp(-rate dt), rounded to a multiple of 2^-32: a random word is
compared with an integer. At most one spike per step; injected currents have no effect.",
        references: "",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = NoSlots<L>;
    type Ports<L: Copy> = NoSlots<L>;
    const SIGNS: &'static [Sign] = &[];
    const DRAWS: usize = 1;

    fn derive(p: &Params, dt: f64) -> Const<f64> {
        let threshold = ((1.0 - exp(-p.rate * dt * 1e-3)) * 4_294_967_296.0).round();
        let high = (threshold / 65_536.0).floor();
        Const { high, low: threshold - high * 65_536.0 }
    }

    fn initial(_: &Params) -> NoSlots<f64> {
        NoSlots::default()
    }

    #[inline(always)]
    fn step<L: Lane>(c: &Const<L>, _: &mut NoSlots<L>, i: &Inputs<'_, L, NoSlots<L>>) -> L::Mask {
        let word = i.draws[0];
        let high = L::from_u32(word.shr(16));
        let low = L::from_u32(word.and(L::U32::lit(0xffff)));
        named!(high, low);
        high.lt(c.high).or(high.eq(c.high).and(low.lt(c.low)))
    }
}
