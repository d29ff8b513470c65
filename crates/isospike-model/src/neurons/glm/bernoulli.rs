//! `bernoulli_glm`: sigmoid link, Bernoulli emission, absolute and relative refractoriness.

use super::{
    Bernoulli, COUPLING, Emission, HISTORY, Link, Ports, Sigmoid, State, check_steps, exponential,
    fields,
};
use crate::{About, Drive, Dual, FilterInfo, Inputs, Model, Number, Rate, Sign, params, slots};
use isospike_lane::{Lane, Math, named};

/// A Bernoulli GLM.
#[derive(Clone, Copy, Debug)]
pub struct BernoulliGlm;

params! {
    /// Parameters of `bernoulli_glm`.
    pub struct Params {
        theta: 5.0, "", Any, "threshold";
        r: 1.0, "", Any, "scale of coupling and refractoriness";
        coupling_window: 5.0, "steps", NonNegative, "length of the coupling filter";
        alpha: 0.2, "1/ms", Any, "decay of the coupling filter, its magnitude counts";
        abs_ref_scale: 3.0, "steps", NonNegative, "absolute refractory period";
        abs_ref_strength: -100.0, "", Any, "history filter in it";
        rel_ref_scale: 7.0, "steps", NonNegative, "relative refractory period, its last step included";
        rel_ref_strength: -30.0, "", Any, "history filter where it begins";
        beta: 0.5, "1/ms", Any, "decay of the history filter, its magnitude counts";
    }
}

slots! {
    /// Constants of `bernoulli_glm`.
    pub struct Const {
        theta: "", "threshold";
        r: "", "scale of coupling and refractoriness";
        dt: "", "probability where the link is 1";
    }
}

impl Model for BernoulliGlm {
    const NAME: &'static str = "bernoulli_glm";
    const ABOUT: About = About {
        summary: "GLM with at most one spike per step, refractory after each.",
        equations: "\
g(t) = r (sum_k history[k] X(t - 1 - k) + sum_k coupling[k] I(t - k)) + E(t)
P(spike in step t) = dt/ms / (1 + exp(theta - g(t))), at most 1
coupling[k] = exp(-|alpha| dt k) for k < coupling_window
history[k] = abs_ref_strength for k < abs_ref_scale, then
rel_ref_strength exp(-|beta| dt (k - abs_ref_scale)) for k <= abs_ref_scale + rel_ref_scale
I(t) is what arrives in step t, E the injected current, X the neuron's own spikes. The history filter
is as long as max(coupling_window, abs_ref_scale + rel_ref_scale) allows.",
        references: "Sonstebo et al. (2023) JOSS 8:5451; Das & Fiete (2020) Nat. Neurosci. 23:1286",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = Ports<L>;
    const SIGNS: &'static [Sign] = &[Sign::Any];
    const DRAWS: usize = Bernoulli::DRAWS;
    const FILTERS: &'static [FilterInfo] = &[COUPLING, HISTORY];

    fn check(p: &Params) -> Result<(), String> {
        check_steps("coupling_window", p.coupling_window)?;
        check_steps("abs_ref_scale", p.abs_ref_scale)?;
        check_steps("rel_ref_scale", p.rel_ref_scale)?;
        check_steps("abs_ref_scale + rel_ref_scale", p.abs_ref_scale + p.rel_ref_scale)
    }
    fn derive(p: &Params, dt: f64) -> Const<f64> {
        Const { theta: p.theta, r: p.r, dt }
    }
    fn kernel(p: &Params, dt: f64, filter: usize) -> Vec<f64> {
        if filter == 0 {
            return exponential(p.coupling_window, p.alpha.abs() * dt);
        }
        let scales = [p.coupling_window, p.abs_ref_scale, p.rel_ref_scale];
        refractory(scales, p.abs_ref_strength, p.rel_ref_strength, p.beta.abs() * dt)
    }
    fn drive(p: &[Dual], dt: f64) -> Option<Drive> {
        let [theta, r, window, alpha, abs, abs_strength, rel, rel_strength, beta] = fields(p);
        let (lit, ms) = (Dual::lit, Dual::lit(dt));
        let scales = [window, abs, rel].map(Number::value);
        let kernels = vec![
            exponential(window.value, alpha.abs() * ms),
            refractory(scales, abs_strength, rel_strength, beta.abs() * ms),
        ];
        let rate = Rate::Link { link: Sigmoid::dual, scale: ms, gain: lit(1.0), theta, most: 1.0 };
        Some(Drive { coupling: r, history: r, b: lit(0.0), keep: None, kernels, rate })
    }
    fn initial(_: &Params) -> State<f64> {
        State::silent()
    }

    #[inline(always)]
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, Ports<L>>) -> L::Mask {
        let [coupling, history] = [i.filtered[0], i.filtered[1]];
        let g = c.r * (history + coupling) + i.current;
        let rate = (g - c.theta).sigmoid() * c.dt;
        named!(g, rate);
        s.emit::<Bernoulli>(g, rate, i.draws)
    }
}

/// The history filter: absolute, then relative refractoriness. Scales are the length of the
/// coupling filter, and the absolute and relative refractory period, in steps; the decay is per
/// step.
fn refractory<N: Number>(scales: [f64; 3], abs_strength: N, rel_strength: N, decay: N) -> Vec<N> {
    let [window, abs, rel] = scales;
    let length = window.max(abs + rel).min(abs + rel + 1.0);
    let lags = (0..length as u32).map(f64::from);
    lags.map(|lag| match lag - abs {
        early if early < 0.0 => abs_strength,
        late => rel_strength * (-decay * N::lit(late)).exp(),
    })
    .collect()
}
