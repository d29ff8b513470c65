//! `reduced_wong_wang_exc_inh`: the synaptic gating of two populations.

use super::shared::rate;
use crate::node::{Node, Span};
use crate::parameters;
use isospike_lane::{Lane, named};
use isospike_model::{About, ParamInfo, slots};

/// Wong and Wang's populations as Deco and others reduced them: excitatory with NMDA synapses,
/// inhibitory with GABA synapses.
#[derive(Clone, Copy, Debug)]
pub struct ReducedWongWangExcInh;

parameters! {
    /// Parameters of `reduced_wong_wang_exc_inh`.
    pub struct Params {
        a_e: 310.0, "Hz/nA", Any, "slope of the rate over the current, excitatory";
        b_e: 125.0, "Hz", Any, "offset of the rate, excitatory";
        d_e: 0.16, "s", Positive, "how sharply the rate bends, excitatory";
        gamma_e: 0.000641, "s/ms", Any, "gating that a spike opens, excitatory";
        tau_e: 100.0, "ms", Positive, "time constant of the gating, excitatory";
        w_p: 1.4, "", Any, "weight of the excitatory population onto itself";
        J_N: 0.15, "nA", Any, "excitatory synaptic coupling";
        W_e: 1.0, "", Any, "share of the input, excitatory";
        a_i: 615.0, "Hz/nA", Any, "slope of the rate over the current, inhibitory";
        b_i: 177.0, "Hz", Any, "offset of the rate, inhibitory";
        d_i: 0.087, "s", Positive, "how sharply the rate bends, inhibitory";
        gamma_i: 0.001, "s/ms", Any, "gating that a spike opens, inhibitory";
        tau_i: 10.0, "ms", Positive, "time constant of the gating, inhibitory";
        J_i: 1.0, "nA", Any, "inhibitory synaptic coupling";
        W_i: 0.7, "", Any, "share of the input, inhibitory";
        I_o: 0.382, "nA", Any, "input to both";
        I_ext: 0.0, "nA", Any, "input to the excitatory population alone";
        G: 2.0, "", Any, "weight of coupling";
        lambda: 0.0, "", Any, "share of coupling that inhibitory neurons get";
    }
}

slots! {
    /// State of `reduced_wong_wang_exc_inh`.
    pub struct State {
        S_e: "", "share of open excitatory synapses";
        S_i: "", "share of open inhibitory synapses";
    }
}

slots! {
    /// Inputs of `reduced_wong_wang_exc_inh`.
    pub struct Inputs {
        c: "", "coupling through S_e, in units of G J_N";
    }
}

impl Node for ReducedWongWangExcInh {
    const NAME: &'static str = "reduced_wong_wang_exc_inh";
    const ABOUT: About = About {
        summary: "Synaptic gating of an excitatory and an inhibitory population.",
        equations: "\
x_e = w_p J_N S_e - J_i S_i + W_e I_o + G J_N c + I_ext
x_i = J_N S_e - S_i + W_i I_o + lambda G J_N c
H_k(u) = u / (1 - exp(-d_k u))
S_e' = -S_e / tau_e + (1 - S_e) gamma_e H_e(a_e x_e - b_e)
S_i' = -S_i / tau_i + gamma_i H_i(a_i x_i - b_i)
The shares are held between 0 and 1.",
        references: "Deco et al. (2014) J. Neurosci. 34:7886; The Virtual Brain, \
                     ReducedWongWangExcInh",
    };
    type Params<L: Copy> = Params<L>;
    type State<L: Copy> = State<L>;
    type Inputs<L: Copy> = Inputs<L>;
    const PARAMS: &'static [ParamInfo] = Params::<f64>::TABLE;
    const SPANS: &'static [Span] =
        &[Span::of(0.0, 1.0).within(0.0, 1.0), Span::of(0.0, 1.0).within(0.0, 1.0)];
    const SENDS: &'static [usize] = &[0];

    #[inline(always)]
    fn drift<L: Lane>(p: &Params<L>, s: &State<L>, c: &Inputs<L>) -> State<L> {
        let far = p.G * p.J_N * c.c;
        let near = p.J_N * s.S_e;
        let x_e = p.w_p * near - p.J_i * s.S_i + p.W_e * p.I_o + far + p.I_ext;
        let x_i = near - s.S_i + p.W_i * p.I_o + p.lambda * far;
        let h_e = rate(p.a_e * x_e - p.b_e, p.d_e);
        let h_i = rate(p.a_i * x_i - p.b_i, p.d_i);
        named!(x_e, x_i, h_e, h_i);
        let e = (L::lit(1.0) - s.S_e) * h_e * p.gamma_e - s.S_e / p.tau_e;
        let i = h_i * p.gamma_i - s.S_i / p.tau_i;
        State { S_e: e, S_i: i }
    }
}
