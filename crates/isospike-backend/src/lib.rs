//! The seam between what is simulated and what runs it.
//!
//! [`Plan`] turns a network into data that any backend executes to the same bits; [`Backend`],
//! [`Device`] and [`Session`] are what a backend implements; [`SessionExt`] is what everybody then
//! gets for free.
//!
//! Architecture invariant: this crate must never know rayon, OpenCL or CUDA.

mod device;
pub mod digest;
mod error;
pub mod memory;
pub mod parts;
pub mod plan;
mod session_ext;
mod spike;

pub use device::{Backend, Capability, Device, DeviceInfo, Devices, Needs, Refused, Session};
pub use digest::SpikeDigest;
pub use error::{Error, ErrorKind, Result};
pub use memory::MemoryPlan;
pub use plan::{Measured, Plan, PlanOptions, Slot};
pub use session_ext::{SessionExt, Snapshot};
pub use spike::Spike;
