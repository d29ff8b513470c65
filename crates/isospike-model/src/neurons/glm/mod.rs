//! Spiking generalised linear models: a linear predictor of filtered inputs and own spikes, a link,
//! and random emission.
//!
//! What a synapse does over time is the same for all synapses of a population, `W k(tau)`; so what
//! arrives is summed first, in whole units, and the sums of the last steps are filtered: each spike
//! costs its synapses once, whatever the length of the filter.
//!
#![doc = include_str!("SPIKEOMETRIC.md")]

mod bernoulli;
mod emission;
mod general;
mod link;
mod poisson;
mod rectified_lnp;
mod rectified_sam;
mod threshold_sam;

pub use bernoulli::BernoulliGlm;
pub use emission::{Bernoulli, Emission, Emitted, Poisson, Threshold};
pub use general::Glm;
pub use link::{Exp, Identity, Link, Relu, Sigmoid};
pub use poisson::PoissonGlm;
pub use rectified_lnp::RectifiedLnp;
pub use rectified_sam::RectifiedSam;
pub use threshold_sam::ThresholdSam;

use crate::{Dual, FilterInfo, Number, Of, Shown, slots};
use isospike_lane::{Lane, named};

slots! {
    /// State of a generalised linear model.
    pub struct State {
        spikes: "", "spikes in the last step";
        g: "", "linear predictor of the last step";
        rate: "", "expected spikes of the last step, a probability where there is at most one";
        clipped: "", "steps in which more was expected or drawn than a step can hold; stays at 2^24 (f16 2048, bf16 256)";
    }
}

slots! {
    /// Port of a generalised linear model.
    pub struct Ports {
        syn: "", "coupling";
    }
}

/// The slot of [`State`] that counts spikes.
const SPIKES: usize = 0;

const COUPLING: FilterInfo =
    FilterInfo { name: "coupling", of: Of::Port(0), doc: "what arrives, over the last steps" };
const HISTORY: FilterInfo =
    FilterInfo { name: "history", of: Of::State(SPIKES), doc: "own spikes of the last steps" };

impl State<f64> {
    /// No spike before the start.
    fn silent() -> Self {
        State { spikes: 0.0, g: 0.0, rate: 0.0, clipped: 0.0 }
    }
}

impl<L: Lane> State<L> {
    /// Emits spikes and takes down what was expected.
    #[inline(always)]
    fn emit<E: Emission>(&mut self, g: L, rate: L, draws: &[L::U32]) -> L::Mask {
        let Emitted { spikes, any, clipped } = E::emit(rate, draws);
        named!(spikes, any, clipped);
        let more = L::select(clipped, L::lit(1.0), L::lit(0.0));
        *self = State { spikes, g, rate, clipped: self.clipped + more };
        any
    }
}

/// `exp(-decay lag)` for so many lags.
fn exponential<N: Number>(length: f64, decay: N) -> Vec<N> {
    (0..length as u32).map(|lag| (-decay * N::lit(f64::from(lag))).exp()).collect()
}

/// The parameters of a table, by name.
fn fields<const P: usize>(p: &[Dual]) -> [Dual; P] {
    p.try_into().expect("as many parameters as the table has")
}

/// Longest filter that a parameter may ask for (steps).
const LONGEST: f64 = 65_536.0;

/// Checks a number of steps.
fn check_steps(name: &str, steps: f64) -> Result<(), String> {
    if steps.fract() == 0.0 && (0.0..=LONGEST).contains(&steps) {
        return Ok(());
    }
    Err(format!("{name} = {} must be a whole number of steps, at most {LONGEST}", Shown(steps)))
}
