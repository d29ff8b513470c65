//! `wilson_cowan`: an excitatory and an inhibitory population.

use crate::node::{Node, Span};
use crate::parameters;
use isospike_lane::{Lane, Math, named};
use isospike_model::{About, ParamInfo, slots};

/// Wilson and Cowan's excitatory and inhibitory population.
#[derive(Clone, Copy, Debug)]
pub struct WilsonCowan;

parameters! {
    /// Parameters of `wilson_cowan`.
    pub struct Params {
        c_ee: 12.0, "", Any, "weight, excitatory to excitatory";
        c_ei: 4.0, "", Any, "weight, inhibitory to excitatory";
        c_ie: 13.0, "", Any, "weight, excitatory to inhibitory";
        c_ii: 11.0, "", Any, "weight, inhibitory to inhibitory";
        tau_e: 10.0, "ms", Positive, "time constant, excitatory";
        tau_i: 10.0, "ms", Positive, "time constant, inhibitory";
        a_e: 1.2, "", Any, "steepness of the sigmoid, excitatory";
        b_e: 2.8, "", Any, "input at the middle of the sigmoid, excitatory";
        c_e: 1.0, "", Any, "height of the sigmoid, excitatory";
        theta_e: 0.0, "", Any, "threshold, excitatory";
        a_i: 1.0, "", Any, "steepness of the sigmoid, inhibitory";
        b_i: 4.0, "", Any, "input at the middle of the sigmoid, inhibitory";
        c_i: 1.0, "", Any, "height of the sigmoid, inhibitory";
        theta_i: 0.0, "", Any, "threshold, inhibitory";
        r_e: 1.0, "", Any, "refractory share, excitatory";
        r_i: 1.0, "", Any, "refractory share, inhibitory";
        k_e: 1.0, "", Any, "largest activity, excitatory";
        k_i: 1.0, "", Any, "largest activity, inhibitory";
        P: 0.0, "", Any, "input, excitatory";
        Q: 0.0, "", Any, "input, inhibitory";
        alpha_e: 1.0, "", Any, "scale of the input, excitatory";
        alpha_i: 1.0, "", Any, "scale of the input, inhibitory";
        shift_sigmoid: 1.0, "", Within(0.0, 1.0), "1 to shift sigmoids to 0 without input, else 0";
    }
}

slots! {
    /// State of `wilson_cowan`.
    pub struct State {
        E: "", "share of excitatory neurons that are active";
        I: "", "share of inhibitory neurons that are active";
    }
}

slots! {
    /// Inputs of `wilson_cowan`.
    pub struct Inputs {
        c: "", "coupling through E, to the excitatory population";
    }
}

impl Node for WilsonCowan {
    const NAME: &'static str = "wilson_cowan";
    const ABOUT: About = About {
        summary: "An excitatory and an inhibitory population.",
        equations: "\
S_k(x) = c_k (1 / (1 + exp(-a_k (x - b_k))) - 1 / (1 + exp(a_k b_k)));
         the second term only with shift_sigmoid
x_e = alpha_e (c_ee E - c_ei I + P - theta_e + c)
x_i = alpha_i (c_ie E - c_ii I + Q - theta_i)
E' = (-E + (k_e - r_e E) S_e(x_e)) / tau_e
I' = (-I + (k_i - r_i I) S_i(x_i)) / tau_i",
        references: "Wilson and Cowan (1972) Biophys. J. 12:1; The Virtual Brain, WilsonCowan",
    };
    type Params<L: Copy> = Params<L>;
    type State<L: Copy> = State<L>;
    type Inputs<L: Copy> = Inputs<L>;
    const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
    const SPANS: &'static [Span] = &[Span::of(0.0, 1.0), Span::of(0.0, 1.0)];
    const SENDS: &'static [usize] = &[0];

    #[inline(always)]
    fn drift<L: Lane>(p: &Params<L>, s: &State<L>, c: &Inputs<L>) -> State<L> {
        let shifted = p.shift_sigmoid.gt(L::lit(0.5));
        let response = |x: L, a: L, b: L, c: L| {
            let rest = L::select(shifted, (-(a * b)).sigmoid(), L::lit(0.0));
            c * ((a * (x - b)).sigmoid() - rest)
        };
        let x_e = p.alpha_e * (p.c_ee * s.E - p.c_ei * s.I + p.P - p.theta_e + c.c);
        let x_i = p.alpha_i * (p.c_ie * s.E - p.c_ii * s.I + p.Q - p.theta_i);
        let s_e = response(x_e, p.a_e, p.b_e, p.c_e);
        let s_i = response(x_i, p.a_i, p.b_i, p.c_i);
        named!(x_e, x_i, s_e, s_i);
        let e = ((p.k_e - p.r_e * s.E) * s_e - s.E) / p.tau_e;
        let i = ((p.k_i - p.r_i * s.I) * s_i - s.I) / p.tau_i;
        State { E: e, I: i }
    }
}
