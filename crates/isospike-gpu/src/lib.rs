//! What OpenCL and CUDA share on the host: everything but the driver.
//!
//! The way to read it: [`Driver`] is what a backend implements, `layout` says where everything of a
//! plan lies in device memory, `memory` allocates and fills it, `text` puts the kernels together,
//! [`GpuSession`] runs them, `slots` reads and writes what the kernels know. [`sweep`](fn@sweep)
//! asks a device whether it computes every primitive exactly. What plasticity adds is in `learning`
//! (where it lies), `rules` (equations) and `plastic_slots`. `layer` runs trainable layers,
//! `compute` has arrays and what is done to them, `mass` runs networks of neural masses.
//!
//! A step is a fixed list of launches whose arguments never change, because the step number lives
//! on the device: `list` (who spiked a delay ago), `deliver` (their synapses), `update` (the
//! neurons, one launch per kind of model), `learn` (the plastic synapses of who spiked). So many
//! steps are enqueued without the host; where there are stimuli, as many as a ring of their values
//! has room for, which the host fills in one write before it enqueues them.
//!
//! Architecture invariant: this crate lays out and enqueues. It must never know OpenCL or CUDA.

mod clock;
mod compile;
mod compute;
mod driver;
mod heap;
mod kind;
mod launches;
mod layer;
mod layout;
mod learning;
mod mass;
mod memory;
mod modules;
mod notes;
mod number;
mod plastic_slots;
mod rules;
mod session;
mod slots;
mod spikes;
mod sweep;
mod tables;
mod text;
mod train;

pub use compile::compile;
pub use compute::GpuCompute;
pub use driver::{Arg, Driver, Shape, Size};
pub use layer::GpuLayers;
pub use mass::GpuMasses;
pub use modules::Modules;
pub use session::GpuSession;
pub use sweep::{Wrong, exact, sweep};
