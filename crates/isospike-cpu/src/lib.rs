//! Runs plans on the CPU: one worker per thread, each owning blocks of neurons, spinning together
//! through the run.
//!
//! The way to read it: [`Cpu`] opens, `session` holds, `worker` runs the steps, `deliver` is the
//! hot loop, `update` advances neurons, `plastic` learns. `layer` is apart from all that: it takes
//! trainable layers through time.
//!
//! Architecture invariant: this crate executes. It must never know equations or other backends.

mod barrier;
mod block;
mod compute;
mod deliver;
mod device;
mod drive;
mod flight;
mod layer;
mod lines;
mod mass;
mod number;
mod past;
mod plastic;
mod session;
mod slots;
mod spikes;
mod state;
mod stored;
mod train;
mod update;
mod worker;

pub use device::{Cpu, CpuDevice};
pub use layer::Layers;
