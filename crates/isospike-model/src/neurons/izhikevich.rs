//! `izhikevich` and `izhikevich2003`: the quadratic two-variable neuron in its two published update forms.
//!
//! NEST switches between the forms with `consistent_integration`. Here they are two models: they differ in the
//! operations of a step, not in a constant, so one model would have to compute both and select.

use super::shared::{UNBOUNDED, at_least, below};
use crate::{About, Inputs, Model, Sign, params, slots};
use isospike_lane::Lane;

/// Izhikevich's neuron by forward Euler (NEST `izhikevich`, `consistent_integration = true`).
#[derive(Clone, Copy, Debug)]
pub struct Izhikevich;

/// Izhikevich's neuron with the update of the 2003 paper (NEST `consistent_integration = false`).
#[derive(Clone, Copy, Debug)]
pub struct Izhikevich2003;

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
    pub struct JumpPorts {
        syn: "mV", "jump of the potential";
    }
}

slots! {
    /// Port of `izhikevich2003`.
    pub struct CurrentPort {
        syn: "pA", "current during one step";
    }
}

fn derive(p: &Params, dt: f64) -> Const<f64> {
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

fn initial(p: &Params) -> State<f64> {
    let v = -65.0; // NEST's, whatever c is
    State { V_m: v, U_m: p.b * v }
}

/// Lower bound, threshold and reset.
#[inline(always)]
fn fire<L: Lane>(c: &Const<L>, s: &mut State<L>, v: L, u: L) -> L::Mask {
    let v = at_least(v, c.v_min);
    let spike = c.theta.le(v);
    s.V_m = L::select(spike, c.c, v);
    s.U_m = L::select(spike, u + c.d, u);
    spike
}

/// 0.04 v^2 + 5 v + 140 - u + I, in NEST's order.
#[inline(always)]
fn slope<L: Lane>(v: L, u: L, current: L, i_e: L) -> L {
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
    type Ports<L: Copy> = JumpPorts<L>;
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
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, JumpPorts<L>>) -> L::Mask {
        let (v, u) = (s.V_m, s.U_m);
        let v_new = v + (c.h * slope(v, u, i.current, c.i_e) + i.ports.syn);
        let u_new = u + c.ha * (c.b * v - u);
        fire(c, s, v_new, u_new)
    }
}

impl Model for Izhikevich2003 {
    const NAME: &'static str = "izhikevich2003";
    const ABOUT: About = About {
        summary: "Izhikevich's quadratic neuron with the update of the 2003 paper (dt = 1 ms there).",
        equations: "\
V += dt/2 (0.04 V^2 + 5 V + 140 - U + I), twice, then U += dt a (b V - U) with the new V
I = I_e + current + the weights that arrive in this step
V >= V_th: spike, V = c, U = U + d
The paper's program tests the threshold at the start of a millisecond and adds the weights of those who
fired to I of the same millisecond. Here the test closes the step before: a spike stamped t - 1 with
delay 1 enters I of step t. Trajectories are the same; a recorded potential is the one after the reset,
and the paper's millisecond is the time of the spike plus one step.",
        references: "Izhikevich (2003) IEEE Trans. Neural Netw. 14:1569",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = CurrentPort<L>;
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
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, CurrentPort<L>>) -> L::Mask {
        let u = s.U_m;
        let v = s.V_m;
        let v = v + c.half * (slope(v, u, i.current, c.i_e) + i.ports.syn);
        let v = v + c.half * (slope(v, u, i.current, c.i_e) + i.ports.syn);
        let u = u + c.ha * (c.b * v - u);
        fire(c, s, v, u)
    }
}
