//! `generic_2d_oscillator`: a cubic and a parabola.

use crate::node::{Node, Span};
use crate::parameters;
use isospike_lane::{Lane, named};
use isospike_model::{About, ParamInfo, slots};

/// Two variables with polynomial nullclines: a family around FitzHugh and Nagumo's equations.
#[derive(Clone, Copy, Debug)]
pub struct Generic2dOscillator;

parameters! {
    /// Parameters of `generic_2d_oscillator`.
    pub struct Params {
        tau: 1.0, "", Positive, "how much faster V is than W";
        I: 0.0, "", Any, "input";
        a: -2.0, "", Any, "constant of W";
        b: -10.0, "", Any, "linear coefficient of W";
        c: 0.0, "", Any, "quadratic coefficient of W";
        d: 0.02, "1/ms", Any, "rate of both variables";
        e: 3.0, "", Any, "quadratic coefficient of V";
        f: 1.0, "", Any, "cubic coefficient of V";
        g: 0.0, "", Any, "linear coefficient of V";
        alpha: 1.0, "", Any, "weight of W in V";
        beta: 1.0, "", Any, "decay of W";
        gamma: 1.0, "", Any, "weight of input and coupling";
    }
}

slots! {
    /// State of `generic_2d_oscillator`.
    pub struct State {
        V: "", "fast variable";
        W: "", "slow variable";
    }
}

slots! {
    /// Inputs of `generic_2d_oscillator`.
    pub struct Inputs {
        c0: "", "coupling through V";
    }
}

impl Node for Generic2dOscillator {
    const NAME: &'static str = "generic_2d_oscillator";
    const ABOUT: About = About {
        summary: "Two variables with polynomial nullclines.",
        equations: "\
V' = d tau (alpha W - f V^3 + e V^2 + g V + gamma (I + c0))
W' = d (a + b V + c V^2 - beta W) / tau",
        references: "FitzHugh (1961) Biophys. J. 1:445; Nagumo, Arimoto and Yoshizawa (1962) Proc. \
                     IRE 50:2061; The Virtual Brain, Generic2dOscillator",
    };
    type Params<L: Copy> = Params<L>;
    type State<L: Copy> = State<L>;
    type Inputs<L: Copy> = Inputs<L>;
    const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
    const SPANS: &'static [Span] = &[Span::of(-2.0, 4.0), Span::of(-6.0, 6.0)];
    const SENDS: &'static [usize] = &[0];

    #[inline(always)]
    fn drift<L: Lane>(p: &Params<L>, s: &State<L>, c: &Inputs<L>) -> State<L> {
        let square = s.V * s.V;
        let cubic = p.e * square - p.f * (square * s.V) + p.g * s.V;
        let parabola = p.a + p.b * s.V + p.c * square;
        named!(cubic, parabola);
        let v = p.d * p.tau * (p.alpha * s.W + cubic + p.gamma * (p.I + c.c0));
        let w = p.d * (parabola - p.beta * s.W) / p.tau;
        State { V: v, W: w }
    }
}
