//! `epileptor`: seizures that begin and end by themselves.

use super::shared::permittivity;
use crate::node::{Node, Span};
use crate::parameters;
use isospike_lane::{Lane, named};
use isospike_model::{About, ParamInfo, slots};

/// Jirsa's Epileptor in six dimensions: two populations, a slow permittivity and a filter.
#[derive(Clone, Copy, Debug)]
pub struct Epileptor;

parameters! {
    /// Parameters of `epileptor`.
    pub struct Params {
        a: 1.0, "", Any, "cubic coefficient of x1";
        b: 3.0, "", Any, "quadratic coefficient of x1";
        c: 1.0, "", Any, "constant of y1";
        d: 5.0, "", Any, "quadratic coefficient of y1";
        r: 0.00035, "1/ms", Any, "rate of the permittivity";
        x0: -1.6, "", Any, "excitability";
        Iext: 3.1, "", Any, "input to the first population";
        slope: 0.0, "", Any, "linear coefficient of x1";
        Iext2: 0.45, "", Any, "input to the second population";
        tau: 10.0, "ms", Positive, "time constant of y2";
        aa: 6.0, "", Any, "linear coefficient of y2";
        bb: 2.0, "", Any, "weight of the filter in the second population";
        Kvf: 0.0, "", Any, "weight of coupling on the very fast time scale";
        Kf: 0.0, "", Any, "weight of coupling on the fast time scale";
        Ks: 0.0, "", Any, "weight of coupling on the slow time scale";
        tt: 1.0, "", Any, "scale of time";
        modification: 0.0, "", Within(0.0, 1.0), "1 for a sigmoidal permittivity, 0 for linear";
    }
}

slots! {
    /// State of `epileptor`.
    pub struct State {
        x1: "", "potential of the first population";
        y1: "", "recovery of the first population";
        z: "", "permittivity";
        x2: "", "potential of the second population";
        y2: "", "recovery of the second population";
        g: "", "filtered x1";
    }
}

slots! {
    /// Inputs of `epileptor`.
    pub struct Inputs {
        c0: "", "coupling through x1";
        c1: "", "coupling through x2";
    }
}

impl Node for Epileptor {
    const NAME: &'static str = "epileptor";
    const ABOUT: About = About {
        summary: "Seizures that begin and end by themselves, in six dimensions.",
        equations: "\
f = b x1 - a x1^2 if x1 < 0, else slope - x2 + 0.6 (z - 4)^2
h = 4 (x1 - x0) - 0.1 min(z, 0)^7; x0 + 3 / (1 + exp(-10 (x1 + 0.5))) with modification
x1' = tt (y1 - z + Iext + Kvf c0 + f x1)
y1' = tt (c - d x1^2 - y1)
z' = tt r (h - z + Ks c0)
x2' = tt (x2 - x2^3 - y2 + Iext2 + bb g - 0.3 (z - 3.5) + Kf c1)
y2' = tt (aa max(x2 + 0.25, 0) - y2) / tau
g' = -0.01 tt (g - 0.1 x1)
The potential that an electrode sees is x2 - x1.",
        references: "Jirsa et al. (2014) Brain 137:2210; The Virtual Brain, Epileptor",
    };
    type Params<L: Copy> = Params<L>;
    type State<L: Copy> = State<L>;
    type Inputs<L: Copy> = Inputs<L>;
    const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
    const SPANS: &'static [Span] = &[
        Span::of(-2.0, 1.0),
        Span::of(-20.0, 2.0),
        Span::of(2.0, 5.0),
        Span::of(-2.0, 0.0),
        Span::of(0.0, 2.0),
        Span::of(-1.0, 1.0),
    ];
    const SENDS: &'static [usize] = &[0, 3];
    const SHOWS: (usize, Option<usize>) = (3, Some(0));

    #[inline(always)]
    fn drift<L: Lane>(p: &Params<L>, s: &State<L>, c: &Inputs<L>) -> State<L> {
        let zero = L::lit(0.0);
        let square = s.x1 * s.x1;
        let high = s.z - L::lit(4.0);
        let resting = p.b * s.x1 - p.a * square;
        let seizing = p.slope - s.x2 + L::lit(0.6) * (high * high);
        let f = L::select(s.x1.lt(zero), resting, seizing);
        let burst = p.aa * (s.x2 + L::lit(0.25)).max(zero);
        let h = permittivity(s.x1, s.z, p.x0, p.modification);
        named!(f, burst, h);
        let x1 = p.tt * (s.y1 - s.z + p.Iext + p.Kvf * c.c0 + f * s.x1);
        let y1 = p.tt * (p.c - p.d * square - s.y1);
        let z = p.tt * p.r * (h - s.z + p.Ks * c.c0);
        let input = p.Iext2 + p.bb * s.g - L::lit(0.3) * (s.z - L::lit(3.5)) + p.Kf * c.c1;
        let x2 = p.tt * (s.x2 - s.x2 * s.x2 * s.x2 - s.y2 + input);
        let y2 = p.tt * (burst - s.y2) / p.tau;
        let g = p.tt * (L::lit(-0.01) * (s.g - L::lit(0.1) * s.x1));
        State { x1, y1, z, x2, y2, g }
    }
}
