//! `poisson_glm`: exponential link, Poisson emission.

use super::{
    COUPLING, Emission, Exp, Link, Poisson, Ports, State, check_steps, exponential, fields,
};
use crate::{
    About, Counts, Drive, Dual, FilterInfo, Inputs, Model, Number, Rate, Sign, params, slots,
};
use isospike_lane::{Lane, Math, named};

/// A Poisson GLM.
#[derive(Clone, Copy, Debug)]
pub struct PoissonGlm;

params! {
    /// Parameters of `poisson_glm`.
    pub struct Params {
        alpha: 15.9, "ms", Positive, "time between spikes where the link is 1";
        beta: 10.0, "", Any, "gain of the link";
        r: 0.025, "", Any, "scale of the coupling";
        b: 0.001, "", Any, "background";
        T: 200.0, "steps", NonNegative, "length of the coupling filter";
        tau: 10.0, "ms", Positive, "time constant of the coupling filter";
    }
}

slots! {
    /// Constants of `poisson_glm`.
    pub struct Const {
        beta: "", "gain of the link";
        r: "", "scale of the coupling";
        b: "", "background";
        scale: "", "expected spikes of a step where the link is 1";
    }
}

impl Model for PoissonGlm {
    const NAME: &'static str = "poisson_glm";
    const ABOUT: About = About {
        summary: "GLM with an exponential link and Poisson counts.",
        equations: "\
g(t) = r sum_k coupling[k] I(t - k) + E(t) + b, coupling[k] = exp(-k dt/tau) for k < T
X(t) ~ Poisson(exp(beta g(t)) dt/alpha), at most 15
I(t) is what arrives in step t, E the injected current.",
        references: "Sonstebo et al. (2023) JOSS 8:5451",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = Ports<L>;
    const SIGNS: &'static [Sign] = &[Sign::Any];
    const DRAWS: usize = Poisson::DRAWS;
    const FILTERS: &'static [FilterInfo] = &[COUPLING];
    const COUNTS: Option<Counts> = Poisson::COUNTS;

    fn check(p: &Params) -> Result<(), String> {
        check_steps("T", p.T)
    }
    fn derive(p: &Params, dt: f64) -> Const<f64> {
        Const { beta: p.beta, r: p.r, b: p.b, scale: dt / p.alpha }
    }
    fn kernel(p: &Params, dt: f64, _: usize) -> Vec<f64> {
        exponential(p.T, dt / p.tau)
    }
    fn drive(p: &[Dual], dt: f64) -> Option<Drive> {
        let [alpha, beta, r, b, T, tau] = fields(p);
        let (lit, ms) = (Dual::lit, Dual::lit(dt));
        let kernels = vec![exponential(T.value, ms / tau)];
        let (scale, most) = (ms / alpha, f64::INFINITY);
        let rate = Rate::Link { link: Exp::dual, scale, gain: beta, theta: lit(0.0), most };
        Some(Drive { coupling: r, history: lit(0.0), b, keep: None, kernels, rate })
    }
    fn initial(_: &Params) -> State<f64> {
        State::silent()
    }

    #[inline(always)]
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, Ports<L>>) -> L::Mask {
        let g = c.r * i.filtered[0] + i.current + c.b;
        let rate = c.scale * (c.beta * g).exp();
        named!(g, rate);
        s.emit::<Poisson>(g, rate, i.draws)
    }
}
