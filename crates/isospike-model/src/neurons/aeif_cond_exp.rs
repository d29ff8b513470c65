//! `aeif_cond_exp`: the adaptive exponential integrate-and-fire neuron (AdEx) with conductances.

use super::shared::{ConductancePorts as Ports, below, refractory, steps};
use crate::exact::decay;
use crate::{About, Inputs, Model, Sign, params, slots};
use isospike_lane::{Lane, Mask, Math, named, precise};

/// Adaptive exponential integrate-and-fire, exponential conductances (NEST `aeif_cond_exp`).
#[derive(Clone, Copy, Debug)]
pub struct AeifCondExp;

params! {
    /// Parameters of `aeif_cond_exp`.
    pub struct Params {
        C_m: 281.0, "pF", Positive, "membrane capacitance";
        g_L: 30.0, "nS", Positive, "leak conductance";
        E_L: -70.6, "mV", Any, "leak reversal potential";
        V_th: -50.4, "mV", Any, "threshold of the exponential upstroke";
        Delta_T: 2.0, "mV", NonNegative, "slope of the upstroke; 0 makes V_th a sharp threshold";
        V_peak: 0.0, "mV", Any, "where a spike is cut off";
        V_reset: -60.0, "mV", Any, "reset potential";
        t_ref: 0.0, "ms", NonNegative, "refractory period";
        a: 4.0, "nS", Any, "subthreshold adaptation";
        b: 80.5, "pA", Any, "jump of the adaptation current at a spike";
        tau_w: 144.0, "ms", Positive, "time constant of the adaptation current";
        E_ex: 0.0, "mV", Any, "excitatory reversal potential";
        E_in: -85.0, "mV", Any, "inhibitory reversal potential";
        tau_syn_ex: 0.2, "ms", Positive, "time constant of the excitatory conductance";
        tau_syn_in: 2.0, "ms", Positive, "time constant of the inhibitory conductance";
        I_e: 0.0, "pA", Any, "constant current";
    }
}

slots! {
    /// Constants of the split step; potentials relative to `E_L`.
    pub struct Const {
        half_v: "mV/pA", "half a step over C_m";
        half_w: "", "half a step over tau_w";
        g_l: "nS", "leak conductance";
        a: "nS", "subthreshold adaptation";
        b: "pA", "jump of the adaptation current";
        mean_ex: "", "mean of a decaying g_ex over one step";
        mean_in: "", "mean of a decaying g_in over one step";
        end_ex: "", "exp(-dt/tau_syn_ex)";
        end_in: "", "exp(-dt/tau_syn_in)";
        e_ex: "mV", "E_ex - E_L";
        e_in: "mV", "E_in - E_L";
        i_e: "pA", "constant current";
        slope: "mV", "Delta_T";
        per_slope: "1/mV", "1/Delta_T, 0 if that is 0";
        offset: "", "log(g_L dt/C_m) - (V_th - E_L)/Delta_T";
        peak_time: "", "steps from V_peak to the singularity of the upstroke";
        v_peak: "mV", "V_peak - E_L";
        v_reset: "mV", "V_reset - E_L";
        drive_reset: "pA", "leak and upstroke current at V_reset";
        after_spike: "mV/pA", "dt/C_m, or 0 with a refractory period";
        steps_ref: "steps", "refractory steps";
    }
}

slots! {
    /// State of `aeif_cond_exp`.
    pub struct State {
        V_m: "mV", "membrane potential";
        w: "pA", "adaptation current";
        g_ex: "nS", "excitatory conductance";
        g_in: "nS", "inhibitory conductance";
        refractory: "", "refractory steps left";
    }
}

impl Model for AeifCondExp {
    const NAME: &'static str = "aeif_cond_exp";
    const ABOUT: About = About {
        summary: "Adaptive exponential integrate-and-fire neuron (AdEx) with exponential conductances.",
        equations: "\
C_m dV_m/dt = -g_L (V_m - E_L) + g_L Delta_T exp((V_m - V_th)/Delta_T)
              - g_ex (V_m - E_ex) - g_in (V_m - E_in) - w + I_e + I
tau_w dw/dt = a (V_m - E_L) - w
tau_syn dg/dt = -g, g_ex jumps by the weight, g_in by minus the (negative) weight when a spike arrives
V_m >= V_peak: spike, V_m = V_reset for t_ref, w = w + b; w and the conductances go on
Scheme, second order: conductances exactly, their mean over the step acts on V_m; Strang splitting:
half a step of the linear part (midpoint rule), a whole step of the exponential current, which alone
has the solution V(t) = V - Delta_T log(1 - z t/dt), z = g_L dt/C_m exp((V - V_th)/Delta_T), half a
step of the linear part. The upstroke so keeps its finite blow-up time at any dt: V_m passes V_peak
a fraction 1/z of the step after its start, and without refractory period the rest of the step is
spent above V_reset. One exp and one log per step. NEST integrates the same equations adaptively.",
        references: "Brette & Gerstner (2005) J. Neurophysiol. 94:3637; Strang (1968) SIAM J. Numer. Anal. 5:506",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = Ports<L>;
    const SIGNS: &'static [Sign] = &[Sign::Positive, Sign::Negative];

    fn check(p: &Params) -> Result<(), String> {
        below(("V_reset", p.V_reset), ("V_peak", p.V_peak))?;
        if p.Delta_T == 0.0 {
            return below(("V_reset", p.V_reset), ("V_th", p.V_th));
        }
        if p.V_peak < p.V_th {
            return below(("V_th", p.V_th), ("V_peak", p.V_peak));
        }
        Ok(())
    }

    fn derive(p: &Params, dt: f64) -> Const<f64> {
        let (ex, inh) = (decay(p.tau_syn_ex, dt), decay(p.tau_syn_in, dt));
        let steps_ref = steps(p.t_ref, dt);
        let upstroke = p.Delta_T > 0.0;
        let z1 = p.g_L * dt / p.C_m; // z at V_th
        let above_th = |v: f64| (v - p.V_th) / p.Delta_T;
        let v_reset = p.V_reset - p.E_L;
        Const {
            half_v: 0.5 * dt / p.C_m,
            half_w: 0.5 * dt / p.tau_w,
            g_l: p.g_L,
            a: p.a,
            b: p.b,
            mean_ex: ex.mean,
            mean_in: inh.mean,
            end_ex: ex.end,
            end_in: inh.end,
            e_ex: p.E_ex - p.E_L,
            e_in: p.E_in - p.E_L,
            i_e: p.I_e,
            slope: p.Delta_T,
            per_slope: if upstroke { 1.0 / p.Delta_T } else { 0.0 },
            // Without upstroke exp(offset) is as good as 0, in range of every precision.
            offset: if upstroke { precise::log(z1) + above_th(p.E_L) } else { -80.0 },
            peak_time: if upstroke { precise::exp(-above_th(p.V_peak)) / z1 } else { 0.0 },
            v_peak: if upstroke { p.V_peak } else { p.V_th } - p.E_L,
            v_reset,
            drive_reset: if upstroke {
                p.g_L * (p.Delta_T * precise::exp(above_th(p.V_reset)) - v_reset)
            } else {
                -p.g_L * v_reset
            },
            after_spike: if steps_ref == 0.0 { dt / p.C_m } else { 0.0 },
            steps_ref,
        }
    }

    fn initial(p: &Params) -> State<f64> {
        State { V_m: p.E_L, w: 0.0, g_ex: 0.0, g_in: 0.0, refractory: 0.0 }
    }
    fn from_user(p: &Params, s: State<f64>) -> State<f64> {
        State { V_m: s.V_m - p.E_L, ..s }
    }
    fn to_user(p: &Params, s: State<f64>) -> State<f64> {
        State { V_m: s.V_m + p.E_L, ..s }
    }

    #[inline(always)]
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, Ports<L>>) -> L::Mask {
        let (zero, one) = (L::lit(0.0), L::lit(1.0));
        let (free, left) = refractory(s.refractory);
        let (g_ex, g_in) = (s.g_ex * c.mean_ex, s.g_in * c.mean_in);
        let current = c.i_e + i.current;
        let linear = Linear {
            g: c.g_l + g_ex + g_in,
            drive: g_ex * c.e_ex + g_in * c.e_in + current,
            a: c.a,
            half_v: L::select(free, c.half_v, zero), // V stays while refractory, w does not
            half_w: c.half_w,
        };
        let (v, w) = linear.half_step(s.V_m, s.w);

        let z = (v * c.per_slope + c.offset).exp();
        let passage = one / z - c.peak_time; // when V passes V_peak, in steps
        let crosses = passage.le(one).and(free);
        let remains = L::select(crosses.not().and(free), one - z, one);
        let (v_end, w_end) = linear.half_step(v - c.slope * remains.log(), w);

        let spike = crosses.or(c.v_peak.le(v_end).and(free));
        let rest = one - L::select(crosses, passage.max(zero), one);
        let w_spike = w + c.b;
        let i_reset = c.drive_reset
            + (g_ex * (c.e_ex - c.v_reset) + g_in * (c.e_in - c.v_reset) + current - w_spike);
        let v_spike = c.v_reset + rest * (c.after_spike * i_reset);
        let w_spike = w_spike + c.half_w * (c.a * c.v_reset - w_spike);
        named!(free, left, g_ex, g_in, current, v, w, z, passage, crosses, remains, v_end, w_end);
        named!(spike, rest, i_reset, v_spike, w_spike);

        s.V_m = L::select(spike, v_spike, v_end);
        s.w = L::select(spike, w_spike, w_end);
        s.refractory = L::select(spike, c.steps_ref, left);
        s.g_ex = s.g_ex * c.end_ex + i.ports.ex;
        s.g_in = s.g_in * c.end_in - i.ports.inh;
        spike
    }
}

/// The equations without upstroke, conductances frozen.
struct Linear<L> {
    g: L,
    drive: L,
    a: L,
    half_v: L,
    half_w: L,
}

impl<L: Lane> Linear<L> {
    /// Half a step by the midpoint rule.
    #[inline(always)]
    fn half_step(&self, v: L, w: L) -> (L, L) {
        let half = L::lit(0.5);
        let (dv, dw) = self.change(v, w);
        let (dv, dw) = self.change(v + half * dv, w + half * dw);
        (v + dv, w + dw)
    }
    /// Slopes times half a step.
    #[inline(always)]
    fn change(&self, v: L, w: L) -> (L, L) {
        (self.half_v * (self.drive - self.g * v - w), self.half_w * (self.a * v - w))
    }
}
