//! A float format that is known as a type: what a layer can be computed in.

use crate::compute::{MapDef, MapRows};
use crate::{Backward, Forward, Layer, LayerError, NeuronRef, Passes, Rows, Slopes, SurrogateDef};
use isospike_lane::{Float, Half};

/// `f32`, or `f64` to check derivatives with.
pub trait Real: Float {
    /// The neuron's steps in this format.
    fn rows(neuron: NeuronRef) -> &'static dyn Rows<Self>;
    /// The surrogate in this format.
    fn slopes(surrogate: &dyn SurrogateDef) -> &dyn Slopes<Self>;
    /// A map in this format.
    fn map_rows<'a>(map: &'a dyn MapDef) -> &'a (dyn MapRows<Self> + 'a);
    /// A forward pass in this format.
    ///
    /// # Errors
    /// As [`Passes::forward_f32`].
    fn forward(
        on: &(dyn Passes + '_),
        layer: &Layer,
        pass: Forward<'_, Self>,
    ) -> Result<(), LayerError>;
    /// A backward pass in this format.
    ///
    /// # Errors
    /// As [`Passes::backward_f32`].
    fn backward(
        on: &(dyn Passes + '_),
        layer: &Layer,
        pass: Backward<'_, Self>,
    ) -> Result<Vec<Self>, LayerError>;
    /// Numbers from 16-bit ones; both are equally long.
    fn decode(format: Half, from: &[u16], to: &mut [Self]);
    /// The nearest 16-bit numbers; both are equally long.
    fn encode(format: Half, from: &[Self], to: &mut [u16]);
}

impl Real for f32 {
    fn rows(neuron: NeuronRef) -> &'static dyn Rows<f32> {
        neuron
    }
    fn slopes(surrogate: &dyn SurrogateDef) -> &dyn Slopes<f32> {
        surrogate
    }
    fn map_rows<'a>(map: &'a dyn MapDef) -> &'a (dyn MapRows<f32> + 'a) {
        map
    }
    fn forward(
        on: &(dyn Passes + '_),
        layer: &Layer,
        pass: Forward<'_, f32>,
    ) -> Result<(), LayerError> {
        on.forward_f32(layer, pass)
    }
    fn backward(
        on: &(dyn Passes + '_),
        layer: &Layer,
        pass: Backward<'_, f32>,
    ) -> Result<Vec<f32>, LayerError> {
        on.backward_f32(layer, pass)
    }
    fn decode(format: Half, from: &[u16], to: &mut [f32]) {
        format.decode_all(from, to);
    }
    fn encode(format: Half, from: &[f32], to: &mut [u16]) {
        format.encode_all(from, to);
    }
}

impl Real for f64 {
    fn rows(neuron: NeuronRef) -> &'static dyn Rows<f64> {
        neuron
    }
    fn slopes(surrogate: &dyn SurrogateDef) -> &dyn Slopes<f64> {
        surrogate
    }
    fn map_rows<'a>(map: &'a dyn MapDef) -> &'a (dyn MapRows<f64> + 'a) {
        map
    }
    fn forward(
        on: &(dyn Passes + '_),
        layer: &Layer,
        pass: Forward<'_, f64>,
    ) -> Result<(), LayerError> {
        on.forward_f64(layer, pass)
    }
    fn backward(
        on: &(dyn Passes + '_),
        layer: &Layer,
        pass: Backward<'_, f64>,
    ) -> Result<Vec<f64>, LayerError> {
        on.backward_f64(layer, pass)
    }
    fn decode(format: Half, from: &[u16], to: &mut [f64]) {
        for (to, &bits) in to.iter_mut().zip(from) {
            *to = format.decode(bits).into();
        }
    }
    fn encode(format: Half, from: &[f64], to: &mut [u16]) {
        for (to, &x) in to.iter_mut().zip(from) {
            *to = format.encode(format.nearest(x) as f32);
        }
    }
}
