//! From derivatives to steps.

use crate::maps::{Scale, Square};
use crate::{Parameter, TrainError};
use isospike_lane::Lane;
use isospike_layer::compute::{Array, Category, Computer, Elementwise};
use isospike_layer::{LayerError, Real, tree};

/// Changes parameters by their derivatives. It remembers by place: it must be given the same
/// parameters in the same order each time.
pub trait Optimiser<F: Real> {
    /// One step with a rate.
    ///
    /// # Errors
    /// Those of the device.
    fn step(
        &mut self,
        on: &Computer<F>,
        parameters: &mut [&mut Parameter<F>],
        rate: f64,
    ) -> Result<(), TrainError>;

    /// What it remembers.
    fn lasting(&mut self) -> Vec<&mut Array<F>>;

    /// Moves it to another device, as its network is moved.
    ///
    /// # Errors
    /// If that device has no room; nothing has moved then.
    fn move_to(&mut self, from: &Computer<F>, to: &Computer<F>) -> Result<(), TrainError> {
        let moved: Result<Vec<_>, _> =
            self.lasting().into_iter().map(|array| from.moved(array, to)).collect();
        self.lasting().into_iter().zip(moved?).for_each(|(array, moved)| *array = moved);
        Ok(())
    }
}

/// Zeros for parameters that have none yet.
fn remember<F: Real>(
    on: &Computer<F>,
    parameters: &[&mut Parameter<F>],
    all: &mut Vec<Array<F>>,
) -> Result<(), LayerError> {
    for p in &parameters[all.len()..] {
        all.push(on.zeros(Category::Optimiser, p.value.len())?);
    }
    Ok(())
}

/// Gradient descent, with momentum u = momentum u + g, p = p - rate u, and decay of weights,
/// g + decay p.
#[derive(Debug)]
pub struct Sgd<F> {
    /// Momentum.
    pub momentum: f64,
    /// Decay of weights.
    pub decay: f64,
    moved: Vec<Array<F>>,
}

impl<F: Real> Sgd<F> {
    /// With momentum and decay of weights.
    pub fn new(momentum: f64, decay: f64) -> Self {
        Sgd { momentum, decay, moved: Vec::new() }
    }
}

impl<F: Real> Optimiser<F> for Sgd<F> {
    fn step(
        &mut self,
        on: &Computer<F>,
        parameters: &mut [&mut Parameter<F>],
        rate: f64,
    ) -> Result<(), TrainError> {
        remember(on, parameters, &mut self.moved)?;
        let numbers = [self.momentum, self.decay, rate].map(F::from_f64);
        for (p, moved) in parameters.iter_mut().zip(&mut self.moved) {
            on.map(Descend, numbers, [&p.gradient], [&mut p.value, moved])?;
        }
        Ok(())
    }

    fn lasting(&mut self) -> Vec<&mut Array<F>> {
        self.moved.iter_mut().collect()
    }
}

struct Descend;

impl Elementwise<3, 1, 2> for Descend {
    const NAME: &'static str = "sgd";
    #[inline(always)]
    fn at<L: Lane>(numbers: [L; 3], [g]: [L; 1], [x, u]: [L; 2]) -> [L; 2] {
        let [momentum, decay, rate] = numbers;
        let u = momentum * u + (g + decay * x);
        [x - rate * u, u]
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
#[derive(Debug)]
pub struct Adam<F> {
    /// How slowly m and v change.
    pub betas: [f64; 2],
    /// Keeps a step finite where derivatives are 0.
    pub epsilon: f64,
    /// Decay of weights: AdamW.
    pub decay: f64,
    steps: [f64; 2],
    moments: [Vec<Array<F>>; 2],
}

impl<F> Default for Adam<F> {
    /// Betas 0.9 and 0.999, epsilon 1e-8, no decay.
    fn default() -> Self {
        let betas = [0.9, 0.999];
        Adam {
            betas,
            epsilon: 1e-8,
            decay: 0.0,
            steps: [1.0; 2],
            moments: [Vec::new(), Vec::new()],
        }
    }
}

impl<F: Real> Adam<F> {
    /// With decay of weights.
    pub fn with_decay(decay: f64) -> Self {
        Adam { decay, ..Adam::default() }
    }
}

impl<F: Real> Optimiser<F> for Adam<F> {
    fn step(
        &mut self,
        on: &Computer<F>,
        parameters: &mut [&mut Parameter<F>],
        rate: f64,
    ) -> Result<(), TrainError> {
        for moments in &mut self.moments {
            remember(on, parameters, moments)?;
        }
        let [b1, b2] = self.betas;
        self.steps = [self.steps[0] * b1, self.steps[1] * b2];
        let size = rate / (1.0 - self.steps[0]);
        let root = (1.0 - self.steps[1]).sqrt();
        let shrink = 1.0 - rate * self.decay;
        let numbers = [b1, b2, 1.0 - b1, 1.0 - b2, self.epsilon, size, root, shrink];
        let numbers = numbers.map(F::from_f64);
        let [m, v] = &mut self.moments;
        for (p, (m, v)) in parameters.iter_mut().zip(m.iter_mut().zip(v)) {
            on.map(Moments, numbers, [&p.gradient], [&mut p.value, m, v])?;
        }
        Ok(())
    }

    fn lasting(&mut self) -> Vec<&mut Array<F>> {
        self.moments.iter_mut().flatten().collect()
    }
}

struct Moments;

impl Elementwise<8, 1, 3> for Moments {
    const NAME: &'static str = "adam";
    #[inline(always)]
    fn at<L: Lane>(numbers: [L; 8], [g]: [L; 1], [x, m, v]: [L; 3]) -> [L; 3] {
        let [b1, b2, a1, a2, epsilon, size, root, shrink] = numbers;
        let m = b1 * m + a1 * g;
        let v = b2 * v + a2 * (g * g);
        [shrink * x - size * (m / (v.sqrt() / root + epsilon)), m, v]
    }
}

/// Shortens all derivatives together, if their norm is larger, to this norm. Returns what it was:
/// squares are summed parameter by parameter, then in pairs.
///
/// # Errors
/// If the norm is not positive.
pub fn clip_norm<F: Real>(
    on: &Computer<F>,
    parameters: &mut [&mut Parameter<F>],
    norm: f64,
) -> Result<F, TrainError> {
    if norm.is_nan() || norm <= 0.0 {
        return Err(TrainError::Value { field: "norm", value: norm, allowed: "must be > 0" });
    }
    let mut squares = Vec::new();
    for p in &mut *parameters {
        let mut square = on.room(Category::Work, p.gradient.len())?;
        on.map(Square, [], [&p.gradient], [&mut square])?;
        squares.push(on.total(&square)?);
    }
    let was = tree::pairs(squares).sqrt();
    let factor = F::from_f64(norm) / was;
    if factor < F::lit(1.0) {
        for p in parameters {
            on.map(Scale, [factor], [], [&mut p.gradient])?;
        }
    }
    Ok(was)
}

/// Brings every derivative between -most and most.
///
/// # Errors
/// If `most` is not positive.
pub fn clip_value<F: Real>(
    on: &Computer<F>,
    parameters: &mut [&mut Parameter<F>],
    most: f64,
) -> Result<(), TrainError> {
    if most.is_nan() || most <= 0.0 {
        return Err(TrainError::Value { field: "most", value: most, allowed: "must be > 0" });
    }
    for p in parameters {
        on.map(Within, [F::from_f64(most)], [], [&mut p.gradient])?;
    }
    Ok(())
}

struct Within;

impl Elementwise<1, 0, 1> for Within {
    const NAME: &'static str = "within";
    #[inline(always)]
    fn at<L: Lane>([most]: [L; 1], []: [L; 0], [g]: [L; 1]) -> [L; 1] {
        [g.min(most).max(-most)]
    }
}
