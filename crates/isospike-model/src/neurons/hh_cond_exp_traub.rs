//! `hh_cond_exp_traub`: Hodgkin-Huxley with the currents of Traub & Miles, and conductances.

use super::shared::{ConductancePorts as Ports, refractory, steps};
use crate::exact::decay;
use crate::{About, Inputs, Model, Sign, params, slots};
use isospike_lane::{Lane, Mask, Math, named};

/// Hodgkin-Huxley after Traub & Miles, exponential conductances (NEST `hh_cond_exp_traub`).
#[derive(Clone, Copy, Debug)]
pub struct HhCondExpTraub;

params! {
    /// Parameters of `hh_cond_exp_traub`.
    pub struct Params {
        C_m: 200.0, "pF", Positive, "membrane capacitance";
        g_L: 10.0, "nS", Positive, "leak conductance";
        g_Na: 20000.0, "nS", NonNegative, "peak sodium conductance";
        g_K: 6000.0, "nS", NonNegative, "peak potassium conductance";
        E_L: -60.0, "mV", Any, "leak reversal potential";
        E_Na: 50.0, "mV", Any, "sodium reversal potential";
        E_K: -90.0, "mV", Any, "potassium reversal potential";
        V_T: -63.0, "mV", Any, "shift of the rates; spikes are seen above V_T + 30";
        t_ref: 2.0, "ms", NonNegative, "no second spike is reported for this long";
        E_ex: 0.0, "mV", Any, "excitatory reversal potential";
        E_in: -80.0, "mV", Any, "inhibitory reversal potential";
        tau_syn_ex: 5.0, "ms", Positive, "time constant of the excitatory conductance";
        tau_syn_in: 10.0, "ms", Positive, "time constant of the inhibitory conductance";
        I_e: 0.0, "pA", Any, "constant current";
    }
}

slots! {
    /// Conductances in units of C_m/dt; potentials relative to `V_T`.
    pub struct Const {
        h: "ms", "time step";
        g_na: "", "peak sodium conductance";
        g_k: "", "peak potassium conductance";
        g_l: "", "leak conductance";
        mean_ex: "1/nS", "mean of a decaying g_ex over one step";
        mean_in: "1/nS", "mean of a decaying g_in over one step";
        end_ex: "", "exp(-dt/tau_syn_ex)";
        end_in: "", "exp(-dt/tau_syn_in)";
        e_na: "mV", "E_Na - V_T";
        e_k: "mV", "E_K - V_T";
        e_ex: "mV", "E_ex - V_T";
        e_in: "mV", "E_in - V_T";
        i_l: "mV", "leak and constant current at V_T";
        per_pa: "mV/pA", "dt/C_m";
        steps_ref: "steps", "refractory steps";
    }
}

slots! {
    /// State of `hh_cond_exp_traub`.
    pub struct State {
        V_m: "mV", "membrane potential";
        Act_m: "", "sodium activation";
        Inact_h: "", "sodium inactivation";
        Act_n: "", "potassium activation";
        g_ex: "nS", "excitatory conductance";
        g_in: "nS", "inhibitory conductance";
        refractory: "", "steps until a spike can be seen again";
    }
}

impl Model for HhCondExpTraub {
    const NAME: &'static str = "hh_cond_exp_traub";
    const ABOUT: About = About {
        summary: "Hodgkin-Huxley neuron with the currents of Traub & Miles and exponential conductances.",
        equations: "\
C_m dV_m/dt = -g_Na m^3 h (V_m - E_Na) - g_K n^4 (V_m - E_K) - g_L (V_m - E_L)
              - g_ex (V_m - E_ex) - g_in (V_m - E_in) + I_e + I
dx/dt = alpha_x (1 - x) - beta_x x for x = m, h, n; with u = V_m - V_T
alpha_m = 0.32 (13 - u)/(exp((13 - u)/4) - 1)   beta_m = 0.28 (u - 40)/(exp((u - 40)/5) - 1)
alpha_h = 0.128 exp((17 - u)/18)                beta_h = 4/(1 + exp((40 - u)/5))
alpha_n = 0.032 (15 - u)/(exp((15 - u)/5) - 1)  beta_n = 0.5 exp((10 - u)/40)
tau_syn dg/dt = -g, g_ex jumps by the weight, g_in by minus the (negative) weight when a spike arrives
Spike: V_m >= V_T + 30 and falling, at most one in t_ref; nothing is reset.
Scheme, second order: staggered exponential Euler. The gates stand half a step before the potential:
first each gate exactly over one step at the rates of V_m, then V_m exactly over one step with the
new gates and the mean synaptic conductances. Conductances exactly. Six exps per step.
NEST integrates the same equations adaptively. Gates start, as NEST's, in equilibrium at u = E_L.",
        references: "Traub & Miles (1991) Neuronal Networks of the Hippocampus; Brette et al. (2007) \
            J. Comput. Neurosci. 23:349; Rush & Larsen (1978) IEEE Trans. Biomed. Eng. 25:389",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = Ports<L>;
    const SIGNS: &'static [Sign] = &[Sign::Positive, Sign::Negative];

    fn derive(p: &Params, dt: f64) -> Const<f64> {
        let (ex, inh) = (decay(p.tau_syn_ex, dt), decay(p.tau_syn_in, dt));
        let per_pa = dt / p.C_m;
        Const {
            h: dt,
            g_na: p.g_Na * per_pa,
            g_k: p.g_K * per_pa,
            g_l: p.g_L * per_pa,
            mean_ex: ex.mean * per_pa,
            mean_in: inh.mean * per_pa,
            end_ex: ex.end,
            end_in: inh.end,
            e_na: p.E_Na - p.V_T,
            e_k: p.E_K - p.V_T,
            e_ex: p.E_ex - p.V_T,
            e_in: p.E_in - p.V_T,
            i_l: (p.g_L * (p.E_L - p.V_T) + p.I_e) * per_pa,
            per_pa,
            steps_ref: steps(p.t_ref, dt),
        }
    }

    fn initial(p: &Params) -> State<f64> {
        // NEST evaluates the rates at E_L without subtracting V_T.
        let r = rates(p.E_L);
        State {
            V_m: p.E_L,
            Act_m: r.m.0 / (r.m.0 + r.m.1),
            Inact_h: r.h.0 / (r.h.0 + r.h.1),
            Act_n: r.n.0 / (r.n.0 + r.n.1),
            g_ex: 0.0,
            g_in: 0.0,
            refractory: 0.0,
        }
    }
    fn from_user(p: &Params, s: State<f64>) -> State<f64> {
        State { V_m: s.V_m - p.V_T, ..s }
    }
    fn to_user(p: &Params, s: State<f64>) -> State<f64> {
        State { V_m: s.V_m + p.V_T, ..s }
    }

    #[inline(always)]
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, Ports<L>>) -> L::Mask {
        let (free, left) = refractory(s.refractory);
        let u = s.V_m;
        let r = rates(u);
        let (m, h, n) =
            (relax(s.Act_m, r.m, c.h), relax(s.Inact_h, r.h, c.h), relax(s.Act_n, r.n, c.h));
        let n2 = n * n;
        let (na, k) = (c.g_na * (m * m * m * h), c.g_k * (n2 * n2));
        let (ex, inh) = (s.g_ex * c.mean_ex, s.g_in * c.mean_in);
        let g = c.g_l + na + k + ex + inh;
        let drive = c.i_l + i.current * c.per_pa + na * c.e_na + k * c.e_k;
        let v_inf = (drive + ex * c.e_ex + inh * c.e_in) / g;
        let v = v_inf + (u - v_inf) * (-g).exp();

        let spike = free.and(L::lit(30.0).le(v)).and(v.lt(u));
        named!(free, left, m, h, n, n2, na, k, ex, inh, g, drive, v_inf, v, spike);
        (s.V_m, s.Act_m, s.Inact_h, s.Act_n) = (v, m, h, n);
        s.g_ex = s.g_ex * c.end_ex + i.ports.ex;
        s.g_in = s.g_in * c.end_in - i.ports.inh;
        s.refractory = L::select(spike, c.steps_ref, left);
        spike
    }
}

/// Opening and closing rate of each gate (1/ms).
struct Rates<L> {
    m: (L, L),
    h: (L, L),
    n: (L, L),
}

const EXP_0_25: f64 = 1.2840254166877414;
const EXP_3: f64 = 20.085536923187668;
const EXP_3_25: f64 = 25.790339917193062;
const EXP_8: f64 = 2980.9579870417283;

/// The rates at `u` = V - V_T. Five of the six exponentials are powers of exp(-u/40).
#[inline(always)]
fn rates<L: Lane>(u: L) -> Rates<L> {
    let over_40 = (u * L::lit(-1.0 / 40.0)).exp();
    let over_20 = over_40 * over_40;
    let over_10 = over_20 * over_20;
    let over_5 = over_10 * over_10;
    let over_4 = over_5 * over_20;

    let open_m = ratio((L::lit(13.0) - u) * L::lit(0.25), L::lit(EXP_3_25) * over_4);
    // x/(exp(x) - 1) at -y is its value at y times exp(y).
    let exp_y = L::lit(EXP_8) * over_5;
    let close_m = ratio((L::lit(40.0) - u) * L::lit(0.2), exp_y) * exp_y;
    let open_n = ratio((L::lit(15.0) - u) * L::lit(0.2), L::lit(EXP_3) * over_5);
    named!(over_40, over_20, over_10, over_5, over_4, exp_y, open_m, close_m, open_n);
    Rates {
        m: (L::lit(0.32 * 4.0) * open_m, L::lit(0.28 * 5.0) * close_m),
        h: (
            L::lit(0.128) * ((L::lit(17.0) - u) * L::lit(1.0 / 18.0)).exp(),
            L::lit(4.0) / (L::lit(1.0) + exp_y),
        ),
        n: (L::lit(0.032 * 5.0) * open_n, L::lit(0.5) * (L::lit(EXP_0_25) * over_40)),
    }
}

/// x/(exp(x) - 1), given exp(x); its Taylor series where the difference loses digits.
#[inline(always)]
fn ratio<L: Lane>(x: L, exp_x: L) -> L {
    let one = L::lit(1.0);
    let x2 = x * x;
    let series = one - L::lit(0.5) * x + x2 * (L::lit(1.0 / 12.0) - x2 * L::lit(1.0 / 720.0));
    L::select(x.abs().lt(L::lit(0.1)), series, x / (exp_x - one))
}

/// A gate after one step at constant rates.
#[inline(always)]
fn relax<L: Lane>(x: L, (open, close): (L, L), h: L) -> L {
    let rate = open + close;
    let x_inf = open / rate;
    x_inf + (x - x_inf) * (-(h * rate)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use isospike_lane::precise::exp;

    #[test]
    fn constants() {
        assert_eq!([EXP_0_25, EXP_3, EXP_3_25, EXP_8], [0.25, 3.0, 3.25, 8.0].map(exp));
    }

    /// The rates as they are printed in the paper.
    #[test]
    fn rates_from_two_exponentials() {
        for k in -3700..12_000 {
            let u = f64::from(k) * 0.01 + 0.003;
            let ratio = |x: f64| x / (exp(x) - 1.0);
            let want = [
                0.32 * 4.0 * ratio((13.0 - u) / 4.0),
                0.28 * 5.0 * ratio((u - 40.0) / 5.0),
                0.128 * exp((17.0 - u) / 18.0),
                4.0 / (1.0 + exp((40.0 - u) / 5.0)),
                0.032 * 5.0 * ratio((15.0 - u) / 5.0),
                0.5 * exp((10.0 - u) / 40.0),
            ];
            let r = rates(u);
            for (got, want) in [r.m.0, r.m.1, r.h.0, r.h.1, r.n.0, r.n.1].into_iter().zip(want) {
                assert!((got / want - 1.0).abs() < 1e-9, "{got} against {want} at {u}");
            }
        }
    }

    #[test]
    fn rates_at_the_removable_singularities() {
        assert_eq!(rates(13.0).m.0, 0.32 * 4.0);
        assert_eq!(rates(15.0).n.0, 0.032 * 5.0);
        assert!((rates(40.0).m.1 / (0.28 * 5.0) - 1.0).abs() < 1e-15);
        assert!(rates(13.0_f32 - 1e-6).m.0.is_finite());
    }
}
