//! `rectified_lnp`: rectified linear link, Poisson emission.

use super::{
    COUPLING, Emission, Link, Poisson, Ports, Relu, State, check_steps, exponential, fields,
};
use crate::{
    About, Counts, Drive, Dual, FilterInfo, Inputs, Model, Number, Rate, Sign, params, slots,
};
use isospike_lane::{Lane, named};

/// A rectified linear-nonlinear-Poisson model.
#[derive(Clone, Copy, Debug)]
pub struct RectifiedLnp;

params! {
    /// Parameters of `rectified_lnp`.
    pub struct Params {
        lambda_0: 9.8, "1/ms", NonNegative, "rate per unit above threshold";
        theta: -0.002, "", Any, "threshold";
        r: 0.025, "", Any, "scale of the coupling";
        b: 0.001, "", Any, "background";
        T: 200.0, "steps", NonNegative, "length of the coupling filter";
        tau: 10.0, "ms", Positive, "time constant of the coupling filter";
    }
}

slots! {
    /// Constants of `rectified_lnp`.
    pub struct Const {
        theta: "", "threshold";
        r: "", "scale of the coupling";
        b: "", "background";
        scale: "", "expected spikes of a step per unit above threshold";
    }
}

impl Model for RectifiedLnp {
    const NAME: &'static str = "rectified_lnp";
    const ABOUT: About = About {
        summary: "Linear-nonlinear-Poisson model with a rectified linear link.",
        equations: "\
g(t) = r sum_k coupling[k] I(t - k) + E(t) + b, coupling[k] = exp(-k dt/tau) for k < T
X(t) ~ Poisson(lambda_0 max(g(t) - theta, 0) dt), at most 15
I(t) is what arrives in step t, E the injected current.",
        references: "Sonstebo et al. (2023) JOSS 8:5451; Ocker et al. (2017) PLoS Comput. Biol. 13:e1005583",
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
        Const { theta: p.theta, r: p.r, b: p.b, scale: p.lambda_0 * dt }
    }
    fn kernel(p: &Params, dt: f64, _: usize) -> Vec<f64> {
        exponential(p.T, dt / p.tau)
    }
    fn drive(p: &[Dual], dt: f64) -> Option<Drive> {
        let [lambda_0, theta, r, b, T, tau] = fields(p);
        let (lit, ms) = (Dual::lit, Dual::lit(dt));
        let kernels = vec![exponential(T.value, ms / tau)];
        let (scale, most) = (lambda_0 * ms, f64::INFINITY);
        let rate = Rate::Link { link: Relu::dual, scale, gain: lit(1.0), theta, most };
        Some(Drive { coupling: r, history: lit(0.0), b, keep: None, kernels, rate })
    }
    fn initial(_: &Params) -> State<f64> {
        State::silent()
    }

    #[inline(always)]
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, Ports<L>>) -> L::Mask {
        let g = c.r * i.filtered[0] + i.current + c.b;
        let rate = c.scale * Relu::rate(g - c.theta);
        named!(g, rate);
        s.emit::<Poisson>(g, rate, i.draws)
    }
}
