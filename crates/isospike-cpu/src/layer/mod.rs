//! Trainable layers: the loops over time, forwards and backwards.
//!
//! Neurons do not know each other, so a piece of some thousand of them is taken through all steps
//! before the next piece: what they carry from step to step stays in the caches, and
//! inputs and spikes stream past. Threads take whole pieces, in any order, which no bit depends on;
//! what a layer learns is summed by [`isospike_layer::tree`].

mod backward;
mod columns;
mod forward;
mod pieces;
mod product;

use crate::device::CpuDevice;
use isospike_lane::isa::Isa;
use isospike_layer::{Backward, Forward, Layer, LayerError, Passes, Real};
use rayon::prelude::*;

/// Runs trainable layers on an opened CPU, with its threads and its instruction set.
#[derive(Clone, Copy)]
pub struct Layers<'a> {
    pub(crate) isa: Isa,
    pub(crate) pool: Option<&'a rayon::ThreadPool>,
}

impl CpuDevice {
    /// What runs trainable layers.
    pub fn layers(&self) -> Layers<'_> {
        Layers { isa: self.isa(), pool: self.pool() }
    }
}

impl Passes for Layers<'_> {
    fn forward_f32(&self, layer: &Layer, pass: Forward<'_, f32>) -> Result<(), LayerError> {
        self.forward(layer, pass)
    }
    fn forward_f64(&self, layer: &Layer, pass: Forward<'_, f64>) -> Result<(), LayerError> {
        self.forward(layer, pass)
    }
    fn backward_f32(&self, layer: &Layer, pass: Backward<'_, f32>) -> Result<Vec<f32>, LayerError> {
        self.backward(layer, pass)
    }
    fn backward_f64(&self, layer: &Layer, pass: Backward<'_, f64>) -> Result<Vec<f64>, LayerError> {
        self.backward(layer, pass)
    }
}

impl Layers<'_> {
    /// Takes a layer through all steps.
    ///
    /// # Errors
    /// As [`Passes::forward_f32`].
    pub fn forward<F: Real>(&self, layer: &Layer, pass: Forward<'_, F>) -> Result<(), LayerError> {
        forward::run(*self, layer, pass)
    }

    /// Takes a layer back through all steps: the derivatives by its learned parameters, in the
    /// order of [`NeuronDef::learned`](isospike_layer::NeuronDef::learned).
    ///
    /// # Errors
    /// As [`Passes::backward_f32`].
    pub fn backward<F: Real>(
        &self,
        layer: &Layer,
        pass: Backward<'_, F>,
    ) -> Result<Vec<F>, LayerError> {
        backward::run(*self, layer, pass)
    }

    /// Works through pieces, each thread with scratch memory of its own; results in the order of
    /// the pieces.
    pub(crate) fn each<P: Send, S, R: Send>(
        &self,
        pieces: Vec<P>,
        scratch: impl Fn() -> S + Sync + Send,
        work: impl Fn(&mut S, P) -> R + Sync + Send,
    ) -> Vec<R> {
        match self.pool {
            Some(pool) if pieces.len() > 1 => {
                pool.install(|| pieces.into_par_iter().map_init(scratch, work).collect())
            }
            _ => {
                let mut scratch = scratch();
                pieces.into_iter().map(|piece| work(&mut scratch, piece)).collect()
            }
        }
    }
}
