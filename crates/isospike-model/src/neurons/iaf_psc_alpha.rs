//! `iaf_psc_alpha`: leaky integrate-and-fire with alpha-shaped synaptic currents.

use super::shared::{CurrentPorts as Ports, UNBOUNDED, at_least, below, fire, refractory, steps};
use crate::exact::{expm1, propagator_alpha, propagator_exp};
use crate::{About, Inputs, Model, Sign, params, slots};
use isospike_lane::{Lane, named, precise::exp};

/// Leaky integrate-and-fire, alpha currents, exact integration (NEST `iaf_psc_alpha`).
#[derive(Clone, Copy, Debug)]
pub struct IafPscAlpha;

params! {
    /// Parameters of `iaf_psc_alpha`.
    pub struct Params {
        C_m: 250.0, "pF", Positive, "membrane capacitance";
        tau_m: 10.0, "ms", Positive, "membrane time constant";
        E_L: -70.0, "mV", Any, "resting potential";
        V_th: -55.0, "mV", Any, "threshold";
        V_reset: -70.0, "mV", Any, "reset potential";
        V_min: UNBOUNDED, "mV", Any, "lower bound of the potential; none by default";
        t_ref: 2.0, "ms", NonNegative, "refractory period";
        tau_syn_ex: 2.0, "ms", Positive, "rise time of excitatory currents";
        tau_syn_in: 2.0, "ms", Positive, "rise time of inhibitory currents";
        I_e: 0.0, "pA", Any, "constant current";
    }
}

slots! {
    /// Propagators and thresholds; potentials relative to `E_L`.
    pub struct Const {
        leak: "", "exp(-dt/tau_m) - 1";
        p30: "mV/pA", "constant current to potential over one step";
        p31_ex: "mV ms/pA", "slope of the excitatory current to potential";
        p32_ex: "mV/pA", "excitatory current to potential";
        p31_in: "mV ms/pA", "slope of the inhibitory current to potential";
        p32_in: "mV/pA", "inhibitory current to potential";
        p11_ex: "", "exp(-dt/tau_syn_ex)";
        p21_ex: "ms", "slope to excitatory current";
        p11_in: "", "exp(-dt/tau_syn_in)";
        p21_in: "ms", "slope to inhibitory current";
        rise_ex: "1/ms", "e/tau_syn_ex: makes the weight the peak of the current";
        rise_in: "1/ms", "e/tau_syn_in";
        theta: "mV", "V_th - E_L";
        v_reset: "mV", "V_reset - E_L";
        v_min: "mV", "V_min - E_L";
        steps_ref: "steps", "refractory steps";
        i_e: "pA", "constant current";
    }
}

slots! {
    /// State of `iaf_psc_alpha`.
    pub struct State {
        V_m: "mV", "membrane potential";
        I_syn_ex: "pA", "excitatory synaptic current";
        I_syn_in: "pA", "inhibitory synaptic current";
        dI_ex: "pA/ms", "slope variable of the excitatory current";
        dI_in: "pA/ms", "slope variable of the inhibitory current";
        refractory: "", "refractory steps left";
    }
}

impl Model for IafPscAlpha {
    const NAME: &'static str = "iaf_psc_alpha";
    const ABOUT: About = About {
        summary: "Leaky integrate-and-fire neuron with alpha-shaped synaptic currents.",
        equations: "\
C_m dV_m/dt = -C_m (V_m - E_L)/tau_m + I_syn_ex + I_syn_in + I_e + I
dI_syn/dt = dI - I_syn/tau_syn, d(dI)/dt = -dI/tau_syn, dI jumps by weight e/tau_syn when a spike
arrives, so that the weight is the peak of the current, reached after tau_syn
V_m >= V_th: spike, V_m = V_reset for t_ref, currents go on
Integrated exactly (propagators). Order in a step: potential, lower bound, currents, arrivals, threshold.",
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
        let leak = expm1(-dt / p.tau_m);
        let (p11_ex, p11_in) = (exp(-dt / p.tau_syn_ex), exp(-dt / p.tau_syn_in));
        Const {
            leak,
            p30: -p.tau_m / p.C_m * leak,
            p31_ex: propagator_alpha(p.tau_syn_ex, p.tau_m, p.C_m, dt),
            p32_ex: propagator_exp(p.tau_syn_ex, p.tau_m, p.C_m, dt),
            p31_in: propagator_alpha(p.tau_syn_in, p.tau_m, p.C_m, dt),
            p32_in: propagator_exp(p.tau_syn_in, p.tau_m, p.C_m, dt),
            p11_ex,
            p21_ex: dt * p11_ex,
            p11_in,
            p21_in: dt * p11_in,
            rise_ex: std::f64::consts::E / p.tau_syn_ex,
            rise_in: std::f64::consts::E / p.tau_syn_in,
            theta: p.V_th - p.E_L,
            v_reset: p.V_reset - p.E_L,
            v_min: p.V_min - p.E_L,
            steps_ref: steps(p.t_ref, dt),
            i_e: p.I_e,
        }
    }

    fn initial(p: &Params) -> State<f64> {
        State { V_m: p.E_L, I_syn_ex: 0.0, I_syn_in: 0.0, dI_ex: 0.0, dI_in: 0.0, refractory: 0.0 }
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
        // leak * V + V is more accurate than exp(-dt/tau_m) * V, and NEST's order.
        let v = c.p30 * (i.current + c.i_e)
            + c.p31_ex * s.dI_ex
            + c.p32_ex * s.I_syn_ex
            + c.p31_in * s.dI_in
            + c.p32_in * s.I_syn_in
            + c.leak * s.V_m
            + s.V_m;
        let v = L::select(free, at_least(v, c.v_min), s.V_m);
        named!(free, left, v);
        s.I_syn_ex = c.p21_ex * s.dI_ex + c.p11_ex * s.I_syn_ex;
        s.dI_ex = s.dI_ex * c.p11_ex + c.rise_ex * i.ports.ex;
        s.I_syn_in = c.p21_in * s.dI_in + c.p11_in * s.I_syn_in;
        s.dI_in = s.dI_in * c.p11_in + c.rise_in * i.ports.inh;
        let spike;
        (spike, s.V_m, s.refractory) = fire(v, left, c.theta, c.v_reset, c.steps_ref);
        spike
    }
}
