//! `sup_hopf`: the normal form of a supercritical Hopf bifurcation.

use crate::node::{Node, Span};
use crate::parameters;
use isospike_lane::{Lane, named};
use isospike_model::{About, ParamInfo, slots};

/// An oscillator on either side of a supercritical Hopf bifurcation: Stuart and Landau's.
#[derive(Clone, Copy, Debug)]
pub struct SupHopf;

parameters! {
    /// Parameters of `sup_hopf`.
    pub struct Params {
        a: -0.5, "1/ms", Any, "growth of small oscillations; a limit cycle if above 0";
        omega: 1.0, "rad/ms", Any, "angular frequency";
    }
}

slots! {
    /// State of `sup_hopf`.
    pub struct State {
        x: "", "real part";
        y: "", "imaginary part";
    }
}

slots! {
    /// Inputs of `sup_hopf`.
    pub struct Inputs {
        c0: "1/ms", "coupling through x";
        c1: "1/ms", "coupling through y";
    }
}

impl Node for SupHopf {
    const NAME: &'static str = "sup_hopf";
    const ABOUT: About = About {
        summary: "Normal form of a supercritical Hopf bifurcation.",
        equations: "\
x' = (a - x^2 - y^2) x - omega y + c0
y' = (a - x^2 - y^2) y + omega x + c1",
        references: "Kuznetsov (1998) Elements of Applied Bifurcation Theory; Deco et al. (2017) \
                     Sci. Rep. 7:3095; The Virtual Brain, SupHopf",
    };
    type Params<L: Copy> = Params<L>;
    type State<L: Copy> = State<L>;
    type Inputs<L: Copy> = Inputs<L>;
    const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
    const SPANS: &'static [Span] = &[Span::of(-5.0, 5.0), Span::of(-5.0, 5.0)];
    const SENDS: &'static [usize] = &[0, 1];

    #[inline(always)]
    fn drift<L: Lane>(p: &Params<L>, s: &State<L>, c: &Inputs<L>) -> State<L> {
        let growth = p.a - s.x * s.x - s.y * s.y;
        named!(growth);
        let x = growth * s.x - p.omega * s.y + c.c0;
        let y = growth * s.y + p.omega * s.x + c.c1;
        State { x, y }
    }
}
