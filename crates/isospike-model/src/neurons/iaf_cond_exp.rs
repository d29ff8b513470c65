//! `iaf_cond_exp`: leaky integrate-and-fire with exponentially decaying conductances.

use super::shared::{ConductancePorts as Ports, below, fire, refractory, steps};
use crate::exact::decay;
use crate::{About, Inputs, Model, Sign, params, slots};
use isospike_lane::{Lane, Math, named};

/// Leaky integrate-and-fire, exponential conductances (NEST `iaf_cond_exp`).
#[derive(Clone, Copy, Debug)]
pub struct IafCondExp;

params! {
    /// Parameters of `iaf_cond_exp`.
    pub struct Params {
        C_m: 250.0, "pF", Positive, "membrane capacitance";
        g_L: 16.6667, "nS", Positive, "leak conductance";
        E_L: -70.0, "mV", Any, "leak reversal potential";
        V_th: -55.0, "mV", Any, "threshold";
        V_reset: -60.0, "mV", Any, "reset potential";
        t_ref: 2.0, "ms", NonNegative, "refractory period";
        E_ex: 0.0, "mV", Any, "excitatory reversal potential";
        E_in: -85.0, "mV", Any, "inhibitory reversal potential";
        tau_syn_ex: 0.2, "ms", Positive, "time constant of the excitatory conductance";
        tau_syn_in: 2.0, "ms", Positive, "time constant of the inhibitory conductance";
        I_e: 0.0, "pA", Any, "constant current";
    }
}

slots! {
    /// Moments of the conductances over one step, in units of C_m/dt; potentials relative to `E_L`.
    pub struct Const {
        leak: "", "g_L dt/C_m";
        mean_ex: "1/nS", "mean of the decaying g_ex, times dt/C_m";
        mean_in: "1/nS", "mean of the decaying g_in, times dt/C_m";
        moment_ex: "1/nS", "first moment of the decaying g_ex, times dt/C_m";
        moment_in: "1/nS", "first moment of the decaying g_in, times dt/C_m";
        end_ex: "", "exp(-dt/tau_syn_ex)";
        end_in: "", "exp(-dt/tau_syn_in)";
        e_ex: "mV", "E_ex - E_L";
        e_in: "mV", "E_in - E_L";
        per_pa: "mV/pA", "dt/C_m";
        i_e: "pA", "constant current";
        theta: "mV", "V_th - E_L";
        v_reset: "mV", "V_reset - E_L";
        steps_ref: "steps", "refractory steps";
    }
}

slots! {
    /// State of `iaf_cond_exp`.
    pub struct State {
        V_m: "mV", "membrane potential";
        g_ex: "nS", "excitatory conductance";
        g_in: "nS", "inhibitory conductance";
        refractory: "", "refractory steps left";
    }
}

impl Model for IafCondExp {
    const NAME: &'static str = "iaf_cond_exp";
    const ABOUT: About = About {
        summary: "Leaky integrate-and-fire neuron with exponentially decaying synaptic conductances.",
        equations: "\
C_m dV_m/dt = -g_L (V_m - E_L) - g_ex (V_m - E_ex) - g_in (V_m - E_in) + I_e + I
tau_syn dg/dt = -g, g_ex jumps by the weight, g_in by minus the (negative) weight when a spike arrives
V_m >= V_th: spike, V_m = V_reset for t_ref, conductances go on
Scheme: conductances exactly; the potential by the Magnus expansion of fourth order: exp of the mean
conductance over the step, and one commutator. Order: potential, decay, arrivals, threshold.
One exp per step. NEST integrates the same equations adaptively.",
        references: "Meffin, Burkitt & Grayden (2004) J. Comput. Neurosci. 16:159; \
            Blanes, Casas, Oteo & Ros (2009) Phys. Rep. 470:151 (Magnus)",
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
        let (ex, inh) = (decay(p.tau_syn_ex, dt), decay(p.tau_syn_in, dt));
        let per_pa = dt / p.C_m;
        Const {
            leak: p.g_L * per_pa,
            mean_ex: ex.mean * per_pa,
            mean_in: inh.mean * per_pa,
            moment_ex: ex.moment * per_pa,
            moment_in: inh.moment * per_pa,
            end_ex: ex.end,
            end_in: inh.end,
            e_ex: p.E_ex - p.E_L,
            e_in: p.E_in - p.E_L,
            per_pa,
            i_e: p.I_e,
            theta: p.V_th - p.E_L,
            v_reset: p.V_reset - p.E_L,
            steps_ref: steps(p.t_ref, dt),
        }
    }

    fn initial(p: &Params) -> State<f64> {
        State { V_m: p.E_L, g_ex: 0.0, g_in: 0.0, refractory: 0.0 }
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
        // dV/dt = b - a V over one step, as moments: mean (a0, b0) and first (a1, b1).
        let (ex, inh) = (s.g_ex * c.mean_ex, s.g_in * c.mean_in);
        let a0 = c.leak + ex + inh;
        let b0 = ex * c.e_ex + inh * c.e_in + (c.i_e + i.current) * c.per_pa;
        let (ex, inh) = (s.g_ex * c.moment_ex, s.g_in * c.moment_in);
        let a1 = ex + inh;
        let b1 = ex * c.e_ex + inh * c.e_in;
        let v_inf = (b0 + (a0 * b1 - a1 * b0)) / a0;
        named!(free, left, a0, b0, a1, b1, v_inf);
        let v = v_inf + (s.V_m - v_inf) * (-a0).exp();
        let v = L::select(free, v, s.V_m);
        named!(v);
        s.g_ex = s.g_ex * c.end_ex + i.ports.ex;
        s.g_in = s.g_in * c.end_in - i.ports.inh;
        let spike;
        (spike, s.V_m, s.refractory) = fire(v, left, c.theta, c.v_reset, c.steps_ref);
        spike
    }
}
