//! A step in a float format that is known as a type.

use crate::{Block, ModelRef};
use isospike_lane::Float;
use isospike_lane::isa::Isa;

/// `f32` or `f64`: the formats a state can have.
pub trait Real: Float {
    /// One step of a model, by [`step_f32`](crate::ModelDef::step_f32) or
    /// [`step_f64`](crate::ModelDef::step_f64).
    fn step(model: ModelRef, isa: Isa, block: Block<'_, '_, Self>);
}

impl Real for f32 {
    #[inline]
    fn step(model: ModelRef, isa: Isa, block: Block<'_, '_, f32>) {
        model.step_f32(isa, block);
    }
}

impl Real for f64 {
    #[inline]
    fn step(model: ModelRef, isa: Isa, block: Block<'_, '_, f64>) {
        model.step_f64(isa, block);
    }
}
