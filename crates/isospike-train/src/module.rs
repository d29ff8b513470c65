//! A part of a network.

use crate::{Context, Tensor, TrainError};
use isospike_layer::Real;

/// Numbers that are learned.
#[derive(Clone, Debug)]
pub struct Parameter<F> {
    /// Its name within its module.
    pub name: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
    /// What it is now.
    pub value: Vec<F>,
    /// The derivative of the loss by it, of the last backward pass.
    pub gradient: Vec<F>,
}

impl<F: Real> Parameter<F> {
    /// With values; the derivative is 0.
    pub fn new(name: &'static str, shape: &[usize], value: Vec<F>) -> Self {
        let gradient = vec![F::default(); value.len()];
        Parameter { name, shape: shape.to_vec(), value, gradient }
    }
}

/// A part of a network: what it makes of activations, and of derivatives on the way back.
pub trait Module<F: Real>: Send {
    /// Its kind, as error messages name it.
    fn name(&self) -> &'static str;

    /// The features it gives for features it is given.
    ///
    /// # Errors
    /// If it cannot be given these.
    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError>;

    /// Takes activations forwards. What it remembers of earlier passes, such as potentials, is what
    /// it begins with.
    ///
    /// # Errors
    /// If features or items are not those it was made for or began with, or something is not
    /// finite.
    fn forward(&mut self, on: &Context<'_>, x: Tensor<F>) -> Result<Tensor<F>, TrainError>;

    /// Takes derivatives back over the last forward pass. What it began with is taken for given:
    /// a pass over part of the steps is truncated back-propagation through time.
    ///
    /// # Errors
    /// Without such a forward pass, or if something is not finite.
    fn backward(&mut self, on: &Context<'_>, by_y: Tensor<F>) -> Result<Tensor<F>, TrainError>;

    /// What is learned.
    fn parameters(&mut self) -> Vec<&mut Parameter<F>> {
        Vec::new()
    }

    /// Forgets what it remembers of earlier passes.
    fn reset(&mut self) {}
}
