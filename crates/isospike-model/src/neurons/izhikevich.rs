//! `izhikevich`: the quadratic neuron with recovery variable, and what it shares with its other
//! update form, [`Izhikevich2003`](super::Izhikevich2003).

use super::shared::{UNBOUNDED, at_least, below};
use crate::{About, Inputs, Model, Sign, params, slots};
use isospike_lane::{Lane, named};

/// Izhikevich's neuron by forward Euler (NEST `izhikevich`, `consistent_integration = true`).
#[derive(Clone, Copy, Debug)]
pub struct Izhikevich;

params! {
    /// Parameters of both forms.
    pub struct Params {
        a: 0.02, "1/ms", Any, "rate of the recovery variable";
        b: 0.2, "", Any, "sensitivity of the recovery variable to the potential";
        c: -65.0, "mV", Any, "reset potential";
        d: 8.0, "mV", Any, "jump of the recovery variable at a spike";
        V_th: 30.0, "mV", Any, "peak of the spike";
        V_min: UNBOUNDED, "mV", Any, "lower bound of the potential; none by default";
        I_e: 0.0, "pA", Any, "constant current";
    }
}

slots! {
    /// Constants of both forms.
    pub struct Const {
        h: "ms", "time step";
        half: "ms", "half the time step";
        ha: "", "dt a";
        b: "", "sensitivity of the recovery variable to the potential";
        c: "mV", "reset potential";
        d: "mV", "jump of the recovery variable";
        theta: "mV", "peak of the spike";
        v_min: "mV", "lower bound of the potential";
        i_e: "pA", "constant current";
    }
}

slots! {
    /// State of both forms.
    pub struct State {
        V_m: "mV", "membrane potential";
        U_m: "mV", "recovery variable";
    }
}

slots! {
    /// Port of `izhikevich`.
    pub struct Ports {
        syn: "mV", "jump of the potential";
    }
}

pub(super) fn derive(p: &Params, dt: f64) -> Const<f64> {
    Const {
        h: dt,
        half: dt * 0.5,
        ha: dt * p.a,
        b: p.b,
        c: p.c,
        d: p.d,
        theta: p.V_th,
        v_min: p.V_min,
        i_e: p.I_e,
    }
}

pub(super) fn initial(p: &Params) -> State<f64> {
    let v = -65.0; // NEST's, whatever c is
    State { V_m: v, U_m: p.b * v }
}

/// Lower bound, threshold and reset.
#[inline(always)]
pub(super) fn fire<L: Lane>(c: &Const<L>, s: &mut State<L>, v: L, u: L) -> L::Mask {
    let v = at_least(v, c.v_min);
    let spike = c.theta.le(v);
    s.V_m = L::select(spike, c.c, v);
    s.U_m = L::select(spike, u + c.d, u);
    spike
}

/// 0.04 v^2 + 5 v + 140 - u + I, in NEST's order.
#[inline(always)]
pub(super) fn slope<L: Lane>(v: L, u: L, current: L, i_e: L) -> L {
    L::lit(0.04) * v * v + L::lit(5.0) * v + L::lit(140.0) - u + current + i_e
}

impl Model for Izhikevich {
    const NAME: &'static str = "izhikevich";
    const ABOUT: About = About {
        summary: "Izhikevich's quadratic neuron with recovery variable, forward Euler.",
        equations: "\
dV/dt = 0.04 V^2 + 5 V + 140 - U + I_e + I, V jumps by the weight when a spike arrives
dU/dt = a (b V - U)
V >= V_th: spike, V = c, U = U + d
Forward Euler, both slopes from the state at the start of the step, then jumps, lower bound, threshold.",
        references: "Izhikevich (2003) IEEE Trans. Neural Netw. 14:1569",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = Ports<L>;
    const SIGNS: &'static [Sign] = &[Sign::Any];

    fn check(p: &Params) -> Result<(), String> {
        below(("c", p.c), ("V_th", p.V_th))
    }
    fn derive(p: &Params, dt: f64) -> Const<f64> {
        derive(p, dt)
    }
    fn initial(p: &Params) -> State<f64> {
        initial(p)
    }

    #[inline(always)]
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, Ports<L>>) -> L::Mask {
        let (v, u) = (s.V_m, s.U_m);
        let v_new = v + (c.h * slope(v, u, i.current, c.i_e) + i.ports.syn);
        let u_new = u + c.ha * (c.b * v - u);
        named!(v_new, u_new);
        fire(c, s, v_new, u_new)
    }
}
