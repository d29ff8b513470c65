//! `epileptor2d`: the Epileptor without its fast variables.

use super::shared::permittivity;
use crate::node::{Node, Span};
use crate::parameters;
use isospike_lane::{Lane, named};
use isospike_model::{About, ParamInfo, slots};

/// The Epileptor reduced to its first potential and the permittivity.
#[derive(Clone, Copy, Debug)]
pub struct Epileptor2d;

parameters! {
    /// Parameters of `epileptor2d`.
    pub struct Params {
        a: 1.0, "", Any, "cubic coefficient of x1";
        b: 3.0, "", Any, "quadratic coefficient of x1";
        c: 1.0, "", Any, "constant of x1";
        d: 5.0, "", Any, "quadratic coefficient of the recovery";
        r: 0.00035, "1/ms", Any, "rate of the permittivity";
        x0: -1.6, "", Any, "excitability";
        Iext: 3.1, "", Any, "input";
        slope: 0.0, "", Any, "linear coefficient of x1";
        Kvf: 0.0, "", Any, "weight of coupling on the very fast time scale";
        Ks: 0.0, "", Any, "weight of coupling on the slow time scale";
        tt: 1.0, "", Any, "scale of time";
        modification: 0.0, "", Within(0.0, 1.0), "1 for a sigmoidal permittivity, 0 for linear";
    }
}

slots! {
    /// State of `epileptor2d`.
    pub struct State {
        x1: "", "potential";
        z: "", "permittivity";
    }
}

slots! {
    /// Inputs of `epileptor2d`.
    pub struct Inputs {
        c: "", "coupling through x1";
    }
}

impl Node for Epileptor2d {
    const NAME: &'static str = "epileptor2d";
    const ABOUT: About = About {
        summary: "The Epileptor without its fast variables.",
        equations: "\
f = a x1^2 + (d - b) x1 if x1 < 0, else d x1 - slope - 0.6 (z - 4)^2
h = 4 (x1 - x0) - 0.1 min(z, 0)^7; x0 + 3 / (1 + exp(-10 (x1 + 0.5))) with modification
x1' = tt (c - z + Iext + Kvf c - f x1)
z' = tt r (h - z + Ks c)
The c next to Kvf and Ks is the input, the other one the parameter.",
        references: "Proix et al. (2014) J. Neurosci. 34:15009; The Virtual Brain, Epileptor2D",
    };
    type Params<L: Copy> = Params<L>;
    type State<L: Copy> = State<L>;
    type Inputs<L: Copy> = Inputs<L>;
    const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
    const SPANS: &'static [Span] = &[Span::of(-2.0, 1.0), Span::of(2.0, 5.0)];
    const SENDS: &'static [usize] = &[0];

    #[inline(always)]
    fn drift<L: Lane>(p: &Params<L>, s: &State<L>, c: &Inputs<L>) -> State<L> {
        let high = s.z - L::lit(4.0);
        let resting = p.a * (s.x1 * s.x1) + (p.d - p.b) * s.x1;
        let seizing = p.d * s.x1 - p.slope - L::lit(0.6) * (high * high);
        let f = L::select(s.x1.lt(L::lit(0.0)), resting, seizing);
        let h = permittivity(s.x1, s.z, p.x0, p.modification);
        named!(f, h);
        let x1 = p.tt * (p.c - s.z + p.Iext + p.Kvf * c.c - f * s.x1);
        let z = p.tt * p.r * (h - s.z + p.Ks * c.c);
        State { x1, z }
    }
}
