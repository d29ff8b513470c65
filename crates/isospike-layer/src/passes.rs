//! What runs passes.

use crate::{Backward, Forward, Layer, LayerError, Real};

/// A device that runs passes over layers. [`Real`] calls the method of a format.
pub trait Passes {
    /// Takes a layer through all steps.
    ///
    /// # Errors
    /// What [`Forward::check`] says, before anything is written. [`LayerError::NotFinite`] and
    /// [`LayerError::Overflow`] name the first step in which something went wrong, and the first
    /// neuron in it; what was written until then means nothing. [`LayerError::Device`] if the
    /// device fails, or has no such format.
    fn forward_f32(&self, layer: &Layer, pass: Forward<'_, f32>) -> Result<(), LayerError>;
    /// The same in f64.
    ///
    /// # Errors
    /// As in f32.
    fn forward_f64(&self, layer: &Layer, pass: Forward<'_, f64>) -> Result<(), LayerError>;
    /// Takes a layer back through all steps: the derivatives by its learned parameters, in the
    /// order of [`NeuronDef::learned`](crate::NeuronDef::learned).
    ///
    /// # Errors
    /// As forwards, with [`Backward::check`].
    fn backward_f32(&self, layer: &Layer, pass: Backward<'_, f32>) -> Result<Vec<f32>, LayerError>;
    /// The same in f64.
    ///
    /// # Errors
    /// As in f32.
    fn backward_f64(&self, layer: &Layer, pass: Backward<'_, f64>) -> Result<Vec<f64>, LayerError>;
}

impl dyn Passes + '_ {
    /// Takes a layer through all steps, in either format.
    ///
    /// # Errors
    /// As [`Passes::forward_f32`].
    pub fn forward<F: Real>(&self, layer: &Layer, pass: Forward<'_, F>) -> Result<(), LayerError> {
        F::forward(self, layer, pass)
    }

    /// Takes a layer back through all steps, in either format.
    ///
    /// # Errors
    /// As [`Passes::backward_f32`].
    pub fn backward<F: Real>(
        &self,
        layer: &Layer,
        pass: Backward<'_, F>,
    ) -> Result<Vec<F>, LayerError> {
        F::backward(self, layer, pass)
    }
}
