//! Networks: populations, projections, connectors, distributions, inputs.
//!
//! Everything random is drawn by counter, addressed by (projection, source, trial), so a network is the same on
//! every machine and thread count and any row of it can be made again on its own.
//!
//! Architecture invariant: this crate says what to simulate. It must never know devices.

mod network;

pub use network::*;
