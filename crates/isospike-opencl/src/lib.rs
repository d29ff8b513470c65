//! Runs plans on OpenCL devices.
//!
//! The way to read it: [`OpenCl`] finds and opens devices, `driver` is what `isospike-gpu` asks of
//! one, `shim` stands between this program and an OpenCL library that may not be there. The kernels
//! are in `kernels-cl`.
//!
//! Architecture invariant: this crate drives OpenCL. It must never know equations or other
//! backends.

mod backend;
mod driver;
mod facts;
mod options;
mod shim;
#[cfg(test)]
mod trouble;
mod verdict;
#[cfg(test)]
mod watched;

pub use backend::OpenCl;
