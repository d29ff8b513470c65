//! `glm_LINK_EMISSION`: any filters, any link, any emission.

use super::{COUPLING, Emission, HISTORY, Link, Ports, State, fields};
use crate::{
    About, Counts, Drive, Dual, FilterInfo, Inputs, Model, Number, Rate, Sign, params, slots,
};
use isospike_lane::{Lane, named};
use std::marker::PhantomData;

/// A generalised linear model whose filters are given with the network.
#[derive(Clone, Copy, Debug)]
pub struct Glm<K, E>(PhantomData<(K, E)>);

impl<K, E> Glm<K, E> {
    /// The model.
    pub const MODEL: Glm<K, E> = Glm(PhantomData);
}

params! {
    /// Parameters of the general model.
    pub struct Params {
        theta: 0.0, "", Any, "threshold";
        b: 0.0, "", Any, "background";
        r: 1.0, "", Any, "scale of the coupling";
        beta: 1.0, "", Any, "gain of the link";
        scale: 1.0, "1/ms", NonNegative, "rate where the link is 1";
    }
}

slots! {
    /// Constants of the general model.
    pub struct Const {
        theta: "", "threshold";
        b: "", "background";
        r: "", "scale of the coupling";
        beta: "", "gain of the link";
        scale: "", "expected spikes of a step where the link is 1";
    }
}

impl<K: Link, E: Emission> Model for Glm<K, E> {
    const NAME: &'static str = E::NAMES[K::INDEX];
    const ABOUT: About = About {
        summary: "Generalised linear model with the filters, link and emission of your choice.",
        equations: "\
g(t) = r sum_k coupling[k] I(t - k) + sum_k history[k] X(t - 1 - k) + b + E(t)
rate(t) = scale link(beta (g(t) - theta)) dt
I(t) is what arrives in step t, E the injected current, X the neuron's own spikes; filters are arrays,
newest first, given as filters.coupling and filters.history. Bernoulli: one spike with probability
rate. Poisson: as many as a Poisson draw says, at most 15. Threshold: one spike where beta (g - theta) > 0,
whatever the link. Identity emits as relu does, nothing at a negative rate, but state keeps that rate.",
        references: "Pillow et al. (2008) Nature 454:995; Gerstner et al. (2014) Neuronal Dynamics, ch. 9",
    };
    type Params = Params;
    type Const<L: Copy> = Const<L>;
    type State<L: Copy> = State<L>;
    type Ports<L: Copy> = Ports<L>;
    const SIGNS: &'static [Sign] = &[Sign::Any];
    const DRAWS: usize = E::DRAWS;
    const FILTERS: &'static [FilterInfo] = &[COUPLING, HISTORY];
    const COUNTS: Option<Counts> = E::COUNTS;

    fn derive(p: &Params, dt: f64) -> Const<f64> {
        Const { theta: p.theta, b: p.b, r: p.r, beta: p.beta, scale: p.scale * dt }
    }
    fn drive(p: &[Dual], dt: f64) -> Option<Drive> {
        let [theta, b, r, beta, scale] = fields(p);
        let (kernels, scale) = (vec![Vec::new(); 2], scale * Dual::lit(dt));
        let rate = Rate::Link { link: K::dual, scale, gain: beta, theta, most: E::MOST? };
        Some(Drive { coupling: r, history: Dual::lit(1.0), b, keep: None, kernels, rate })
    }
    fn initial(_: &Params) -> State<f64> {
        State::silent()
    }

    #[inline(always)]
    fn step<L: Lane>(c: &Const<L>, s: &mut State<L>, i: &Inputs<'_, L, Ports<L>>) -> L::Mask {
        let [coupling, history] = [i.filtered[0], i.filtered[1]];
        let g = c.r * coupling + history + c.b + i.current;
        let rate = c.scale * K::rate(c.beta * (g - c.theta));
        named!(g, rate);
        s.emit::<E>(g, rate, i.draws)
    }
}
