//! `iaf_psc_exp`: leaky integrate-and-fire with exponential synaptic currents.

use super::shared::{CurrentPorts as Ports, below, fire, refractory, steps};
use crate::exact::propagator_exp;
use crate::{About, Inputs, Model, Sign, params, slots};
use isospike_lane::{Lane, named, precise::exp};

/// Leaky integrate-and-fire, exponential currents, exact integration (NEST `iaf_psc_exp`).
#[derive(Clone, Copy, Debug)]
pub struct IafPscExp;

params! {
    /// Parameters of `iaf_psc_exp`.
    pub struct Params {
        C_m: 250.0, "pF", Positive, "membrane capacitance";
        tau_m: 10.0, "ms", Positive, "membrane time constant";
        E_L: -70.0, "mV", Any, "resting potential";
        V_th: -55.0, "mV", Any, "threshold";
        V_reset: -70.0, "mV", Any, "reset potential";
        t_ref: 2.0, "ms", NonNegative, "refractory period";
        tau_syn_ex: 2.0, "ms", Positive, "time constant of excitatory currents";
        tau_syn_in: 2.0, "ms", Positive, "time constant of inhibitory currents";
        I_e: 0.0, "pA", Any, "constant current";
    }
}

slots! {
    /// Propagators and thresholds; potentials relative to `E_L`.
    pub struct Const {
        p22: "", "exp(-dt/tau_m)";
        p21_ex: "mV/pA", "excitatory current to potential over one step";
        p21_in: "mV/pA", "inhibitory current to potential over one step";
        p20: "mV/pA", "constant current to potential over one step";
        p11_ex: "", "exp(-dt/tau_syn_ex)";
        p11_in: "", "exp(-dt/tau_syn_in)";
        theta: "mV", "V_th - E_L";
        v_reset: "mV", "V_reset - E_L";
        steps_ref: "steps", "refractory steps";
        i_e: "pA", "constant current";
    }
}

slots! {
    /// State of `iaf_psc_exp`.
    pub struct State {
        V_m: "mV", "membrane potential";
        I_syn_ex: "pA", "excitatory synaptic current";
        I_syn_in: "pA", "inhibitory synaptic current";
        refractory: "", "refractory steps left";
    }
}

impl Model for IafPscExp {
    const NAME: &'static str = "iaf_psc_exp";
    const ABOUT: About = About {
        summary: "Leaky integrate-and-fire neuron with exponentially decaying synaptic currents.",
        equations: "\
C_m dV_m/dt = -C_m (V_m - E_L)/tau_m + I_syn_ex + I_syn_in + I_e + I
tau_syn dI_syn/dt = -I_syn, I_syn jumps by the weight when a spike arrives
V_m >= V_th: spike, V_m = V_reset for t_ref, currents go on
Integrated exactly (propagators). Order in a step: potential, decay of currents, arrivals, threshold.
NEST's stochastic threshold (rho, delta) and its filtered current input (receptor 1) are not supported.",
        references: "Rotter & Diesmann (1999) Biol. Cybern. 81:381; Diesmann et al. (2001) Neurocomputing 38:565",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = Ports<L>;
    const SIGNS: &'static [Sign] = &[Sign::Positive, Sign::Negative];

    fn check(p: &Params) -> Result<(), String> {
        below(("V_reset", p.V_reset), ("V_th", p.V_th))
    }

    fn derive(p: &Params, dt: f64) -> Const<f64> {
        let p22 = exp(-dt / p.tau_m);
        Const {
            p22,
            p21_ex: propagator_exp(p.tau_syn_ex, p.tau_m, p.C_m, dt),
            p21_in: propagator_exp(p.tau_syn_in, p.tau_m, p.C_m, dt),
            p20: p.tau_m / p.C_m * (1.0 - p22),
            p11_ex: exp(-dt / p.tau_syn_ex),
            p11_in: exp(-dt / p.tau_syn_in),
            theta: p.V_th - p.E_L,
            v_reset: p.V_reset - p.E_L,
            steps_ref: steps(p.t_ref, dt),
            i_e: p.I_e,
        }
    }

    fn initial(p: &Params) -> State<f64> {
        State { V_m: p.E_L, I_syn_ex: 0.0, I_syn_in: 0.0, refractory: 0.0 }
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
        let v = s.V_m * c.p22
            + s.I_syn_ex * c.p21_ex
            + s.I_syn_in * c.p21_in
            + (c.i_e + i.current) * c.p20;
        let v = L::select(free, v, s.V_m);
        named!(free, left, v);
        s.I_syn_ex = s.I_syn_ex * c.p11_ex + i.ports.ex;
        s.I_syn_in = s.I_syn_in * c.p11_in + i.ports.inh;
        let spike;
        (spike, s.V_m, s.refractory) = fire(v, left, c.theta, c.v_reset, c.steps_ref);
        spike
    }
}
