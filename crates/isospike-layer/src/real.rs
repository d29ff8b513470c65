//! A float format that is known as a type: what a layer can be computed in.

use crate::{NeuronRef, Rows, Slopes, SurrogateDef};
use isospike_lane::{Float, Half};

/// `f32`, or `f64` to check derivatives with.
pub trait Real: Float {
    /// The neuron's steps in this format.
    fn rows(neuron: NeuronRef) -> &'static dyn Rows<Self>;
    /// The surrogate in this format.
    fn slopes(surrogate: &dyn SurrogateDef) -> &dyn Slopes<Self>;
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
