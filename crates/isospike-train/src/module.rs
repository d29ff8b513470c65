//! A part of a network.

use crate::{Context, Signal, TrainError};
use isospike_layer::Real;
use isospike_layer::compute::{Array, Category, Computer};
use std::any::Any;

/// Numbers that are learned.
#[derive(Debug)]
pub struct Parameter<F> {
    /// Its name within its module.
    pub name: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
    /// What it is now.
    pub value: Array<F>,
    /// The derivative of the loss by it, of the last backward pass.
    pub gradient: Array<F>,
}

impl<F: Real> Parameter<F> {
    /// With values; the derivative is 0.
    ///
    /// # Errors
    /// If the device has no room.
    pub fn new(
        on: &Computer<F>,
        name: &'static str,
        shape: &[usize],
        value: &[F],
    ) -> Result<Self, TrainError> {
        let gradient = on.zeros(Category::Weights, value.len())?;
        let value = on.array(Category::Weights, value)?;
        Ok(Parameter { name, shape: shape.to_vec(), value, gradient })
    }
}

/// A part of a network: what it makes of activations, and of derivatives on the way back. All
/// arrays of a module are on the device of its network. As [`Any`], it says which module it is.
pub trait Module<F: Real>: Any + Send {
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
    /// finite; a device may say so when something is read.
    fn forward(&mut self, on: &Context<'_, F>, x: Signal<F>) -> Result<Signal<F>, TrainError>;

    /// Takes derivatives back over the last forward pass. What it began with is taken for given:
    /// a pass over part of the steps is truncated back-propagation through time.
    ///
    /// # Errors
    /// Without such a forward pass, or if something is not finite.
    fn backward(&mut self, on: &Context<'_, F>, by_y: Signal<F>) -> Result<Signal<F>, TrainError>;

    /// The same where nobody asks for the derivatives by its inputs.
    ///
    /// # Errors
    /// As [`Module::backward`].
    fn learn(&mut self, on: &Context<'_, F>, by_y: Signal<F>) -> Result<(), TrainError> {
        self.backward(on, by_y).map(drop)
    }

    /// What is learned.
    fn parameters(&mut self) -> Vec<&mut Parameter<F>> {
        Vec::new()
    }

    /// What lasts from pass to pass beside parameters: running statistics, by name, and what a
    /// [`reset`](Module::reset) forgets, without one.
    fn lasting(&mut self) -> Vec<(Option<&'static str>, &mut Array<F>)> {
        Vec::new()
    }

    /// Forgets what was kept for a backward pass.
    fn forget(&mut self) {}

    /// Forgets what it remembers of earlier passes.
    fn reset(&mut self) {}
}
