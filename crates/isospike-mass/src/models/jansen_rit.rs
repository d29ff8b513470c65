//! `jansen_rit`: three populations of a cortical column.

use crate::node::{Node, Span};
use crate::parameters;
use isospike_lane::{Lane, Math, named};
use isospike_model::{About, ParamInfo, slots};

/// Jansen and Rit's column of pyramidal cells, excitatory and inhibitory interneurons.
#[derive(Clone, Copy, Debug)]
pub struct JansenRit;

parameters! {
    /// Parameters of `jansen_rit`.
    pub struct Params {
        A: 3.25, "mV", Any, "largest excitatory postsynaptic potential";
        B: 22.0, "mV", Any, "largest inhibitory postsynaptic potential";
        a: 0.1, "1/ms", Positive, "rate of excitatory synapses";
        b: 0.05, "1/ms", Positive, "rate of inhibitory synapses";
        v0: 5.52, "mV", Any, "potential at half of the largest rate";
        nu_max: 0.0025, "1/ms", NonNegative, "half of the largest rate";
        r: 0.56, "1/mV", Any, "steepness of the sigmoid";
        J: 135.0, "", Any, "synapses between populations";
        a_1: 1.0, "", Any, "share of synapses, pyramidal to excitatory";
        a_2: 0.8, "", Any, "share of synapses, excitatory to pyramidal";
        a_3: 0.25, "", Any, "share of synapses, pyramidal to inhibitory";
        a_4: 0.25, "", Any, "share of synapses, inhibitory to pyramidal";
        mu: 0.22, "1/ms", Any, "mean input";
    }
}

slots! {
    /// State of `jansen_rit`: three potentials and their derivatives.
    pub struct State {
        y0: "mV", "what pyramidal cells send to interneurons";
        y1: "mV", "excitatory potential of pyramidal cells";
        y2: "mV", "inhibitory potential of pyramidal cells";
        y3: "mV/ms", "derivative of y0";
        y4: "mV/ms", "derivative of y1";
        y5: "mV/ms", "derivative of y2";
    }
}

slots! {
    /// Inputs of `jansen_rit`.
    pub struct Inputs {
        c: "1/ms", "rate that is added to mu";
    }
}

impl Node for JansenRit {
    const NAME: &'static str = "jansen_rit";
    const ABOUT: About = About {
        summary: "Cortical column of pyramidal cells and two kinds of interneurons.",
        equations: "\
S(v) = 2 nu_max / (1 + exp(r (v0 - v)))
y0' = y3, y1' = y4, y2' = y5
y3' = A a S(y1 - y2) - 2 a y3 - a^2 y0
y4' = A a (mu + a_2 J S(a_1 J y0) + c) - 2 a y4 - a^2 y1
y5' = B b a_4 J S(a_3 J y0) - 2 b y5 - b^2 y2
The potential that an EEG sees is y1 - y2.",
        references: "Jansen and Rit (1995) Biol. Cybern. 73:357; The Virtual Brain, JansenRit",
    };
    type Params<L: Copy> = Params<L>;
    type State<L: Copy> = State<L>;
    type Inputs<L: Copy> = Inputs<L>;
    const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
    const SPANS: &'static [Span] = &[
        Span::of(-1.0, 1.0),
        Span::of(-500.0, 500.0),
        Span::of(-50.0, 50.0),
        Span::of(-6.0, 6.0),
        Span::of(-20.0, 20.0),
        Span::of(-500.0, 500.0),
    ];
    const SENDS: &'static [usize] = &[1];
    const SHOWS: (usize, Option<usize>) = (1, Some(2));

    #[inline(always)]
    fn drift<L: Lane>(p: &Params<L>, s: &State<L>, c: &Inputs<L>) -> State<L> {
        let two = L::lit(2.0);
        let most = two * p.nu_max;
        // what is added to 1 is lost long before -80 and need not become a subnormal number
        let rate = |v: L| {
            let below = (p.r * (p.v0 - v)).max(L::lit(-80.0));
            most / (L::lit(1.0) + below.exp())
        };
        let pyramidal = rate(s.y1 - s.y2);
        let excitatory = rate(p.a_1 * p.J * s.y0);
        let inhibitory = rate(p.a_3 * p.J * s.y0);
        named!(pyramidal, excitatory, inhibitory);
        let y3 = p.A * p.a * pyramidal - two * p.a * s.y3 - p.a * p.a * s.y0;
        let input = p.mu + p.a_2 * p.J * excitatory + c.c;
        let y4 = p.A * p.a * input - two * p.a * s.y4 - p.a * p.a * s.y1;
        let y5 = p.B * p.b * p.a_4 * p.J * inhibitory - two * p.b * s.y5 - p.b * p.b * s.y2;
        State { y0: s.y3, y1: s.y4, y2: s.y5, y3, y4, y5 }
    }
}
