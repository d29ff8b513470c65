//! `reduced_wong_wang`: the synaptic gating of a population.

use super::shared::rate;
use crate::node::{Node, Span};
use crate::parameters;
use isospike_lane::{Lane, named};
use isospike_model::{About, ParamInfo, slots};

/// Wong and Wang's population with NMDA synapses, as Deco and others reduced it.
#[derive(Clone, Copy, Debug)]
pub struct ReducedWongWang;

parameters! {
    /// Parameters of `reduced_wong_wang`.
    pub struct Params {
        a: 0.27, "kHz/nA", Any, "slope of the rate over the current";
        b: 0.108, "kHz", Any, "offset of the rate";
        d: 154.0, "ms", Positive, "how sharply the rate bends";
        gamma: 0.641, "", Any, "gating that a spike opens";
        tau_s: 100.0, "ms", Positive, "time constant of the gating";
        w: 0.6, "", Any, "weight of the population onto itself";
        J_N: 0.2609, "nA", Any, "synaptic coupling";
        I_o: 0.33, "nA", Any, "input";
    }
}

slots! {
    /// State of `reduced_wong_wang`.
    pub struct State {
        S: "", "share of open synapses";
    }
}

slots! {
    /// Inputs of `reduced_wong_wang`.
    pub struct Inputs {
        c: "", "coupling through S, in units of J_N";
    }
}

impl Node for ReducedWongWang {
    const NAME: &'static str = "reduced_wong_wang";
    const ABOUT: About = About {
        summary: "Synaptic gating of an excitatory population.",
        equations: "\
x = w J_N S + I_o + J_N c
H(u) = u / (1 - exp(-d u))
S' = -S / tau_s + (1 - S) gamma H(a x - b)
The share is held between 0 and 1.",
        references: "Wong and Wang (2006) J. Neurosci. 26:1314; Deco et al. (2013) J. Neurosci. \
                     33:11239; The Virtual Brain, ReducedWongWang",
    };
    type Params<L: Copy> = Params<L>;
    type State<L: Copy> = State<L>;
    type Inputs<L: Copy> = Inputs<L>;
    const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
    const SPANS: &'static [Span] = &[Span::of(0.0, 1.0).within(0.0, 1.0)];
    const SENDS: &'static [usize] = &[0];

    #[inline(always)]
    fn drift<L: Lane>(p: &Params<L>, s: &State<L>, c: &Inputs<L>) -> State<L> {
        let current = p.w * p.J_N * s.S + p.I_o + p.J_N * c.c;
        let spikes = rate(p.a * current - p.b, p.d);
        named!(current, spikes);
        State { S: (L::lit(1.0) - s.S) * spikes * p.gamma - s.S / p.tau_s }
    }
}
