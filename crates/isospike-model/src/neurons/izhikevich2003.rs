//! `izhikevich2003`: the quadratic neuron with recovery variable as its paper's program updates it.
//!
//! NEST switches between this form and `izhikevich` with `consistent_integration`. Here they are
//! two models: they differ in the operations of a step, not in a constant, so one model would have
//! to compute both and select.

use super::izhikevich::{Const, Params, State, derive, fire, initial, slope};
use super::shared::below;
use crate::{About, Inputs, Model, Sign, slots};
use isospike_lane::{Lane, named};

/// Izhikevich's neuron with the update of the 2003 paper (NEST `consistent_integration = false`).
#[derive(Clone, Copy, Debug)]
pub struct Izhikevich2003;

slots! {
    /// Port of `izhikevich2003`.
    pub struct Ports {
        syn: "pA", "current during one step";
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
        let u = s.U_m;
        let v = s.V_m;
        let v = v + c.half * (slope(v, u, i.current, c.i_e) + i.ports.syn);
        let v = v + c.half * (slope(v, u, i.current, c.i_e) + i.ports.syn);
        let u = u + c.ha * (c.b * v - u);
        named!(v, u);
        fire(c, s, v, u)
    }
}
