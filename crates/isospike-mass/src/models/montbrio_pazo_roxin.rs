//! `montbrio_pazo_roxin`: the exact mean field of quadratic integrate-and-fire neurons.

use crate::node::{Node, Span};
use crate::parameters;
use isospike_lane::{Lane, named};
use isospike_model::{About, ParamInfo, slots};

/// Montbrió, Pazó and Roxin's rate and mean potential of infinitely many neurons.
#[derive(Clone, Copy, Debug)]
pub struct MontbrioPazoRoxin;

parameters! {
    /// Parameters of `montbrio_pazo_roxin`.
    pub struct Params {
        tau: 1.0, "ms", Positive, "time constant";
        I: 0.0, "", Any, "input to all neurons";
        Delta: 1.0, "", NonNegative, "half width of the distribution of excitabilities";
        J: 15.0, "", Any, "synaptic weight within the population";
        eta: -5.0, "", Any, "centre of the distribution of excitabilities";
        cr: 1.0, "", Any, "weight of coupling through rates";
        cv: 0.0, "", Any, "weight of coupling through potentials";
    }
}

slots! {
    /// State of `montbrio_pazo_roxin`.
    pub struct State {
        r: "1/ms", "rate";
        V: "", "mean membrane potential";
    }
}

slots! {
    /// Inputs of `montbrio_pazo_roxin`.
    pub struct Inputs {
        c0: "", "coupling through rates";
        c1: "", "coupling through potentials";
    }
}

impl Node for MontbrioPazoRoxin {
    const NAME: &'static str = "montbrio_pazo_roxin";
    const ABOUT: About = About {
        summary: "Exact mean field of quadratic integrate-and-fire neurons.",
        equations: "\
r' = (Delta / (pi tau) + 2 r V) / tau
V' = (V^2 - (pi tau r)^2 + eta + J tau r + I + cr c0 + cv c1) / tau
The rate is held at 0 or above.",
        references: "Montbrió, Pazó and Roxin (2015) Phys. Rev. X 5:021028; \
                     The Virtual Brain, MontbrioPazoRoxin",
    };
    type Params<L: Copy> = Params<L>;
    type State<L: Copy> = State<L>;
    type Inputs<L: Copy> = Inputs<L>;
    const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
    const SPANS: &'static [Span] =
        &[Span::of(0.0, 2.0).within(0.0, f64::INFINITY), Span::of(-2.0, 1.5)];
    const SENDS: &'static [usize] = &[0, 1];

    #[inline(always)]
    fn drift<L: Lane>(p: &Params<L>, s: &State<L>, c: &Inputs<L>) -> State<L> {
        let decay = L::lit(1.0) / p.tau;
        let spread = p.Delta * L::lit(std::f64::consts::FRAC_1_PI) * decay;
        let spikes = p.tau * s.r;
        let angle = L::lit(std::f64::consts::PI) * spikes;
        let input = p.eta + p.J * spikes + p.I + p.cr * c.c0 + p.cv * c.c1;
        named!(decay, spread, angle, input);
        let r = decay * (spread + L::lit(2.0) * s.r * s.V);
        let v = decay * (s.V * s.V - angle * angle + input);
        State { r, V: v }
    }
}
