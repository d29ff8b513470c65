//! `kuramoto`: a phase.

use crate::node::{Node, Span};
use crate::parameters;
use isospike_lane::Lane;
use isospike_model::{About, ParamInfo, slots};

/// Kuramoto's phase oscillator.
#[derive(Clone, Copy, Debug)]
pub struct Kuramoto;

parameters! {
    /// Parameters of `kuramoto`.
    pub struct Params {
        omega: 1.0, "rad/ms", Any, "angular frequency";
    }
}

slots! {
    /// State of `kuramoto`.
    pub struct State {
        theta: "rad", "phase, which is never wrapped";
    }
}

slots! {
    /// Inputs of `kuramoto`.
    pub struct Inputs {
        c: "rad/ms", "what is added to the frequency";
    }
}

impl Node for Kuramoto {
    const NAME: &'static str = "kuramoto";
    const ABOUT: About = About {
        summary: "Phase oscillator.",
        equations: "\
theta' = omega + c; theta is never wrapped, so f32 loses it: after 60,000 rad a step of 0.1 is only
resolved to 4 %, which takes a minute at the default frequency. Use f64 for runs that long.
With c = a/N sum over j of w_ij sin(theta_j - theta_i) in Kuramoto's networks.",
        references: "Kuramoto (1975) Lect. Notes Phys. 39:420; The Virtual Brain, Kuramoto",
    };
    type Params<L: Copy> = Params<L>;
    type State<L: Copy> = State<L>;
    type Inputs<L: Copy> = Inputs<L>;
    const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
    const SPANS: &'static [Span] = &[Span::of(0.0, 2.0 * std::f64::consts::PI)];
    const SENDS: &'static [usize] = &[0];

    #[inline(always)]
    fn drift<L: Lane>(p: &Params<L>, _: &State<L>, c: &Inputs<L>) -> State<L> {
        State { theta: p.omega + c.c }
    }
}
