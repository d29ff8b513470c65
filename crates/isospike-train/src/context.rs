//! What a pass runs on, and for.

use isospike_cpu::{CpuDevice, Layers};

/// The device of a pass, and whether the pass is part of training.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// What runs it.
    pub on: Layers<'a>,
    /// Whether modules keep what the backward pass needs, draw dropout masks and take statistics of
    /// the batch.
    pub training: bool,
}

impl<'a> Context<'a> {
    /// For training.
    pub fn training(device: &'a CpuDevice) -> Self {
        Context { on: device.layers(), training: true }
    }

    /// For use: nothing is kept, nothing is drawn.
    pub fn inference(device: &'a CpuDevice) -> Self {
        Context { on: device.layers(), training: false }
    }
}
