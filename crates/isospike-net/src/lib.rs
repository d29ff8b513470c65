//! Networks: populations, projections, connectors, distributions, inputs.
//!
//! Everything random is drawn by counter, addressed by (projection, source, trial), so a network is
//! the same on every machine and thread count and any row of it can be made again on its own.
//!
//! * [`Network`] and its parts are plain data; [`Network::validate`] says what is wrong with one.
//! * [`Wiring`] makes the synapses of a projection row by row; a [`Generator`] makes weights too.
//! * [`Network::build`] builds one in Rust, [`Loader`] reads one from a TOML file ([`mod@format`]).
//! * [`DatasetReader`] reads connectivity from folders, [`Edges::from_matrix`] from an array.
//! * [`Network::param_table`] and [`Network::initial_table`] give the values of each neuron.
//!
//! Architecture invariant: this crate says what to simulate. It must never know devices.

mod builder;
mod bundled;
mod counts;
mod distinct;
mod draw;
mod error;
mod file;
mod filtered;
#[doc = include_str!("../FORMAT.md")]
pub mod format {}
mod generator;
mod kernel;
mod matrix;
mod network;
pub mod par;
mod sampler;
mod scale;
mod stimulus;
mod tables;
mod transpose;
pub mod units;
mod validate;
mod weights;
mod wiring;

pub use builder::{ModelName, NetworkBuilder, NeuronsBuilder, ProjectionBuilder};
pub use bundled::{BUNDLED, bundled};
pub use error::NetError;
pub use file::{Connectivity, DatasetReader, Loader, NetworkFile, apply_overrides};
pub use generator::Generator;
pub use isospike_lane::Half;
pub use isospike_model::{Plasticity, StdpRule};
pub use kernel::Kernel;
pub use network::*;
pub use scale::{Degrees, Scaling, Weights};
pub use stimulus::{Course, Function, Stimulus};
pub use tables::Column;
pub use validate::{MAX_DELAY_STEPS, MAX_LANES, MIN_MASS};
pub use weights::SynapseWeights;
pub use wiring::{Row, Wiring};
