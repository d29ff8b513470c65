//! Runs plans on NVIDIA GPUs.
//!
//! The way to read it: [`Cuda`] finds and opens devices, `library` sees whether there is a CUDA
//! driver to talk to, [`Nvrtc`] is the kernel compiler, `driver` is what `isospike-gpu` asks of a
//! device, `graph` turns many steps into one launch, `failure` tells errors apart. The kernels are
//! in `kernels-cu` ([`source`]). It was compiled, and run under an emulator; never on a GPU.
//!
//! Architecture invariant: this crate drives CUDA. It must never know equations or other backends.

mod backend;
mod driver;
mod facts;
mod failure;
mod graph;
mod library;
mod nvrtc;
mod options;
mod search;
mod sources;
mod verdict;

pub use backend::Cuda;
pub use nvrtc::Nvrtc;
pub use options::Target;
pub use sources::source;
