//! `linear`: growth or decay.

use crate::node::{Node, Span};
use crate::parameters;
use isospike_lane::Lane;
use isospike_model::{About, ParamInfo, slots};

/// A linear node, for tests and for networks that can be solved.
#[derive(Clone, Copy, Debug)]
pub struct Linear;

parameters! {
    /// Parameters of `linear`.
    pub struct Params {
        gamma: -10.0, "1/ms", Any, "rate of growth";
    }
}

slots! {
    /// State of `linear`.
    pub struct State {
        x: "", "activity";
    }
}

slots! {
    /// Inputs of `linear`.
    pub struct Inputs {
        c: "1/ms", "coupling through x";
    }
}

impl Node for Linear {
    const NAME: &'static str = "linear";
    const ABOUT: About = About {
        summary: "Linear growth or decay.",
        equations: "x' = gamma x + c",
        references: "The Virtual Brain, Linear",
    };
    type Params<L: Copy> = Params<L>;
    type State<L: Copy> = State<L>;
    type Inputs<L: Copy> = Inputs<L>;
    const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
    const SPANS: &'static [Span] = &[Span::of(-1.0, 1.0)];
    const SENDS: &'static [usize] = &[0];

    #[inline(always)]
    fn drift<L: Lane>(p: &Params<L>, s: &State<L>, c: &Inputs<L>) -> State<L> {
        State { x: p.gamma * s.x + c.c }
    }
}
