//! From derivatives to steps.

use crate::total::total;
use crate::{Parameter, TrainError};
use isospike_lane::Lane;
use isospike_layer::Real;

/// Changes parameters by their derivatives. It remembers by place: it must be given the same
/// parameters in the same order each time.
pub trait Optimiser<F: Real> {
    /// One step with a rate.
    fn step(&mut self, parameters: &mut [&mut Parameter<F>], rate: f64);
}

/// Gradient descent, with momentum u = momentum u + g, p = p - rate u, and decay of weights,
/// g + decay p.
#[derive(Clone, Debug, Default)]
pub struct Sgd<F> {
    /// Momentum.
    pub momentum: f64,
    /// Decay of weights.
    pub decay: f64,
    moved: Vec<Vec<F>>,
}

impl<F: Real> Sgd<F> {
    /// With momentum and decay of weights.
    pub fn new(momentum: f64, decay: f64) -> Self {
        Sgd { momentum, decay, moved: Vec::new() }
    }
}

impl<F: Real> Optimiser<F> for Sgd<F> {
    fn step(&mut self, parameters: &mut [&mut Parameter<F>], rate: f64) {
        let [momentum, decay, rate] = [self.momentum, self.decay, rate].map(F::from_f64);
        self.moved.resize(parameters.len(), Vec::new());
        for (p, moved) in parameters.iter_mut().zip(&mut self.moved) {
            moved.resize(p.value.len(), F::default());
            for ((x, &g), u) in p.value.iter_mut().zip(&p.gradient).zip(moved) {
                *u = momentum * *u + (g + decay * *x);
                *x = *x - rate * *u;
            }
        }
    }
}

/// Adam, and AdamW where weights decay. Kingma & Ba 2015, doi:10.48550/arXiv.1412.6980;
/// Loshchilov & Hutter 2019, doi:10.48550/arXiv.1711.05101. Weights first become
/// (1 - rate decay) p.
///
/// | | |
/// |---|---|
/// | m | beta1 m + (1 - beta1) g |
/// | v | beta2 v + (1 - beta2) g^2 |
/// | p | p - rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon) |
#[derive(Clone, Debug)]
pub struct Adam<F> {
    /// How slowly m and v change.
    pub betas: [f64; 2],
    /// Keeps a step finite where derivatives are 0.
    pub epsilon: f64,
    /// Decay of weights: AdamW.
    pub decay: f64,
    steps: [f64; 2],
    moments: Vec<[Vec<F>; 2]>,
}

impl<F> Default for Adam<F> {
    /// Betas 0.9 and 0.999, epsilon 1e-8, no decay.
    fn default() -> Self {
        let betas = [0.9, 0.999];
        Adam { betas, epsilon: 1e-8, decay: 0.0, steps: [1.0; 2], moments: Vec::new() }
    }
}

impl<F: Real> Adam<F> {
    /// With decay of weights.
    pub fn with_decay(decay: f64) -> Self {
        Adam { decay, ..Adam::default() }
    }
}

impl<F: Real> Optimiser<F> for Adam<F> {
    fn step(&mut self, parameters: &mut [&mut Parameter<F>], rate: f64) {
        let [b1, b2] = self.betas;
        self.steps = [self.steps[0] * b1, self.steps[1] * b2];
        let size = F::from_f64(rate / (1.0 - self.steps[0]));
        let root = F::from_f64((1.0 - self.steps[1]).sqrt());
        let shrink = F::from_f64(1.0 - rate * self.decay);
        let [b1, b2, a1, a2, epsilon] = [b1, b2, 1.0 - b1, 1.0 - b2, self.epsilon].map(F::from_f64);
        self.moments.resize_with(parameters.len(), Default::default);
        for (p, [m, v]) in parameters.iter_mut().zip(&mut self.moments) {
            m.resize(p.value.len(), F::default());
            v.resize(p.value.len(), F::default());
            let moments = m.iter_mut().zip(v);
            for ((x, &g), (m, v)) in p.value.iter_mut().zip(&p.gradient).zip(moments) {
                *m = b1 * *m + a1 * g;
                *v = b2 * *v + a2 * (g * g);
                *x = shrink * *x - size * (*m / (v.sqrt() / root + epsilon));
            }
        }
    }
}

/// Shortens all derivatives together, if their norm is larger, to this norm. Returns what it was.
///
/// # Errors
/// If the norm is not positive.
pub fn clip_norm<F: Real>(
    parameters: &mut [&mut Parameter<F>],
    norm: f64,
) -> Result<F, TrainError> {
    if norm.is_nan() || norm <= 0.0 {
        return Err(TrainError::Value { field: "norm", value: norm, allowed: "must be > 0" });
    }
    let squares = parameters.iter().flat_map(|p| p.gradient.iter().map(|&g| g * g));
    let was = total(squares).sqrt();
    let factor = F::from_f64(norm) / was;
    if factor < F::lit(1.0) {
        let all = parameters.iter_mut().flat_map(|p| &mut p.gradient);
        all.for_each(|g| *g = *g * factor);
    }
    Ok(was)
}

/// Brings every derivative between -most and most.
///
/// # Errors
/// If `most` is not positive.
pub fn clip_value<F: Real>(
    parameters: &mut [&mut Parameter<F>],
    most: f64,
) -> Result<(), TrainError> {
    if most.is_nan() || most <= 0.0 {
        return Err(TrainError::Value { field: "most", value: most, allowed: "must be > 0" });
    }
    let most = F::from_f64(most);
    let all = parameters.iter_mut().flat_map(|p| &mut p.gradient);
    all.for_each(|g| *g = Lane::max(Lane::min(*g, most), -most));
    Ok(())
}
