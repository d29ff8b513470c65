//! The equations: the [`Model`] trait, every neuron model, parameter tables with units.
//!
//! A model is one function generic over [`isospike_lane::Lane`]. [`ModelDef`] is its erased form,
//! made by a blanket impl: SIMD stepping for the CPU, tables for everybody else.
//!
//! Architecture invariant: this crate must never know backends or do I/O.

#![allow(non_snake_case)] // NEST's parameter names: C_m, V_th, E_L

mod block;
mod drive;
mod dual;
mod erased;
mod exact;
mod forward;
pub mod limits;
mod model;
pub mod neurons;
mod real;
mod shown;
mod slots;
mod stdp;

pub use block::{ALIGN, Block, Column, Sums};
pub use drive::{Drive, Rate};
pub use dual::{Dual, Number};
pub use erased::{ModelDef, ModelRef};
pub use forward::{Forward, Seen};
pub use limits::{MAX_COUNT, MAX_DRAWS, MAX_FILTERS, MAX_SLOTS};
pub use model::{About, Counts, FilterInfo, Inputs, Model, Of, Sign};
pub use real::Real;
pub use shown::Shown;
pub use slots::{NoSlots, ParamInfo, ParamSet, Range, SlotInfo, Slots};
pub use stdp::{Plasticity, Stdp, StdpRule};

use neurons::glm::{Bernoulli, Exp, Glm, Identity, Poisson, Relu, Sigmoid, Threshold};

/// All bundled models. A static, since every crate that used a constant would compile them again.
pub static MODELS: &[ModelRef] = &[
    &neurons::IafPscDelta,
    &neurons::IafPscExp,
    &neurons::IafPscAlpha,
    &neurons::IafCondExp,
    &neurons::AeifCondExp,
    &neurons::HhCondExpTraub,
    &neurons::Izhikevich,
    &neurons::Izhikevich2003,
    &neurons::PoissonSource,
    &neurons::glm::BernoulliGlm,
    &neurons::glm::PoissonGlm,
    &neurons::glm::RectifiedLnp,
    &neurons::glm::ThresholdSam,
    &neurons::glm::RectifiedSam,
    &Glm::<Sigmoid, Bernoulli>::MODEL,
    &Glm::<Exp, Bernoulli>::MODEL,
    &Glm::<Relu, Bernoulli>::MODEL,
    &Glm::<Identity, Bernoulli>::MODEL,
    &Glm::<Sigmoid, Poisson>::MODEL,
    &Glm::<Exp, Poisson>::MODEL,
    &Glm::<Relu, Poisson>::MODEL,
    &Glm::<Identity, Poisson>::MODEL,
    &Glm::<Identity, Threshold>::MODEL,
];

/// The bundled model with this name.
pub fn by_name(name: &str) -> Option<ModelRef> {
    MODELS.iter().copied().find(|m| m.name() == name)
}
