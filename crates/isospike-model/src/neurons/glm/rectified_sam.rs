//! `rectified_sam`: synaptic activation, rectified linear link, Poisson emission.

use super::{Emission, Link, Poisson, Ports, Relu, fields};
use crate::{About, Counts, Drive, Dual, Inputs, Model, Number, Rate, Sign, params, slots};
use isospike_lane::{Lane, named};

/// A rectified synaptic activation model.
#[derive(Clone, Copy, Debug)]
pub struct RectifiedSam;

params! {
    /// Parameters of `rectified_sam`.
    pub struct Params {
        lambda_0: 1.0861, "1/ms", NonNegative, "rate per unit above threshold";
        theta: -0.0137, "", Any, "threshold";
        r: 0.025, "", Any, "scale of the coupling";
        b: 0.001, "", Any, "background";
        tau: 10.0, "ms", Positive, "time constant of the activation";
    }
}

slots! {
    /// Constants of `rectified_sam`.
    pub struct Const {
        theta: "", "threshold";
        r: "", "scale of the coupling";
        b: "", "background";
        scale: "", "expected spikes of a step per unit above threshold";
        keep: "", "1 - dt/tau";
        dt: "", "activation per spike and unit of weight";
    }
}

slots! {
    /// State of `rectified_sam`.
    pub struct State {
        spikes: "", "spikes in the last step";
        g: "", "linear predictor of the last step";
        rate: "", "expected spikes of the last step";
        clipped: "", "steps in which more than 15 spikes were drawn";
        activation: "", "weighted activation of all synapses that the next step begins with";
    }
}

impl Model for RectifiedSam {
    const NAME: &'static str = "rectified_sam";
    const ABOUT: About = About {
        summary: "Synaptic activation model with a rectified linear link and Poisson counts.",
        equations: "\
s(t) = (1 - dt/tau) s(t - 1) + dt/ms I(t)
g(t) = r s(t) + E(t) + b
X(t) ~ Poisson(lambda_0 max(g(t) - theta, 0) dt), at most 15
I(t) is what arrives in step t, s the activation of all synapses times their weights, E the injected current.",
        references: "Sonstebo et al. (2023) JOSS 8:5451",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = Ports<L>;
    const SIGNS: &'static [Sign] = &[Sign::Any];
    const DRAWS: usize = Poisson::DRAWS;
    const COUNTS: Option<Counts> = Poisson::COUNTS;

    fn derive(p: &Params, dt: f64) -> Const<f64> {
        let (theta, r, b) = (p.theta, p.r, p.b);
        Const { theta, r, b, scale: p.lambda_0 * dt, keep: 1.0 - dt / p.tau, dt }
    }
    fn drive(p: &[Dual], dt: f64) -> Option<Drive> {
        let [lambda_0, theta, r, b, tau] = fields(p);
        let (lit, ms) = (Dual::lit, Dual::lit(dt));
        let keep = Some(lit(1.0) - ms / tau);
        let (scale, most) = (lambda_0 * ms, f64::INFINITY);
        let rate = Rate::Link { link: Relu::dual, scale, gain: lit(1.0), theta, most };
        Some(Drive { coupling: r, history: lit(0.0), b, keep, kernels: Vec::new(), rate })
    }
    fn initial(_: &Params) -> State<f64> {
        State { spikes: 0.0, g: 0.0, rate: 0.0, clipped: 0.0, activation: 0.0 }
    }

    #[inline(always)]
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, Ports<L>>) -> L::Mask {
        let activation = s.activation + c.dt * i.ports.syn;
        let g = c.r * activation + i.current + c.b;
        let rate = c.scale * Relu::rate(g - c.theta);
        named!(activation, g, rate);
        let mut common = super::State { spikes: s.spikes, g, rate: s.rate, clipped: s.clipped };
        let any = common.emit::<Poisson>(g, rate, i.draws);
        let super::State { spikes, g, rate, clipped } = common;
        *s = State { spikes, g, rate, clipped, activation: c.keep * activation };
        any
    }
}
