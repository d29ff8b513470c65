//! `iaf_psc_delta`: leaky integrate-and-fire whose potential jumps when a spike arrives.

use super::shared::{UNBOUNDED, at_least, below, fire, refractory, steps};
use crate::{About, Inputs, Model, Sign, params, slots};
use isospike_lane::{Lane, named, precise::exp};

/// Leaky integrate-and-fire, delta synapses, exact integration (NEST `iaf_psc_delta`).
#[derive(Clone, Copy, Debug)]
pub struct IafPscDelta;

params! {
    /// Parameters of `iaf_psc_delta`.
    pub struct Params {
        C_m: 250.0, "pF", Positive, "membrane capacitance";
        tau_m: 10.0, "ms", Positive, "membrane time constant";
        E_L: -70.0, "mV", Any, "resting potential";
        V_th: -55.0, "mV", Any, "threshold";
        V_reset: -70.0, "mV", Any, "reset potential";
        V_min: UNBOUNDED, "mV", Any, "lower bound of the potential; none by default";
        t_ref: 2.0, "ms", NonNegative, "refractory period";
        I_e: 0.0, "pA", Any, "constant current";
    }
}

slots! {
    /// Propagators and thresholds; potentials relative to `E_L`.
    pub struct Const {
        p33: "", "exp(-dt/tau_m)";
        p30: "mV/pA", "constant current to potential over one step";
        theta: "mV", "V_th - E_L";
        v_reset: "mV", "V_reset - E_L";
        v_min: "mV", "V_min - E_L";
        steps_ref: "steps", "refractory steps";
        i_e: "pA", "constant current";
    }
}

slots! {
    /// State of `iaf_psc_delta`.
    pub struct State {
        V_m: "mV", "membrane potential";
        refractory: "", "refractory steps left";
    }
}

slots! {
    /// Port of `iaf_psc_delta`.
    pub struct Ports {
        syn: "mV", "jump of the potential";
    }
}

impl Model for IafPscDelta {
    const NAME: &'static str = "iaf_psc_delta";
    const ABOUT: About = About {
        summary: "Leaky integrate-and-fire neuron whose potential jumps when a spike arrives.",
        equations: "\
C_m dV_m/dt = -C_m (V_m - E_L)/tau_m + I_e + I, V_m jumps by the weight when a spike arrives
V_m >= V_th: spike, V_m = V_reset for t_ref; spikes that arrive meanwhile are lost
Integrated exactly (propagators). Order in a step: potential, jumps, lower bound, threshold.
NEST's refractory_input, which keeps what arrives in t_ref for later, is not supported.",
        references: "Rotter & Diesmann (1999) Biol. Cybern. 81:381; Brunel (2000) J. Comput. Neurosci. 8:183",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = Ports<L>;
    const SIGNS: &'static [Sign] = &[Sign::Any];

    fn check(p: &Params) -> Result<(), String> {
        below(("V_reset", p.V_reset), ("V_th", p.V_th))
    }

    fn derive(p: &Params, dt: f64) -> Const<f64> {
        let p33 = exp(-dt / p.tau_m);
        Const {
            p33,
            p30: 1.0 / p.C_m * (1.0 - p33) * p.tau_m,
            theta: p.V_th - p.E_L,
            v_reset: p.V_reset - p.E_L,
            v_min: p.V_min - p.E_L,
            steps_ref: steps(p.t_ref, dt),
            i_e: p.I_e,
        }
    }

    fn initial(p: &Params) -> State<f64> {
        State { V_m: p.E_L, refractory: 0.0 }
    }
    fn from_user(p: &Params, s: State<f64>) -> State<f64> {
        State { V_m: s.V_m - p.E_L, ..s }
    }
    fn to_user(p: &Params, s: State<f64>) -> State<f64> {
        State { V_m: s.V_m + p.E_L, ..s }
    }

    #[inline(always)]
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, Ports<L>>) -> L::Mask {
        let (free, left) = refractory(s.refractory);
        let v = c.p30 * (i.current + c.i_e) + c.p33 * s.V_m + i.ports.syn;
        let v = L::select(free, at_least(v, c.v_min), s.V_m);
        named!(free, left, v);
        let spike;
        (spike, s.V_m, s.refractory) = fire(v, left, c.theta, c.v_reset, c.steps_ref);
        spike
    }
}
