//! isospike: spiking networks with the same bits on every backend.
//!
//! Architecture invariant: this is the facade. It knows which backends exist and holds every `cfg`
//! on features; it must never know how anything is computed.

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

mod choice;
mod computer;
mod devices;
mod divergence;
mod ensemble;
mod footprint;
mod micro_batch;
mod options;
mod places;
pub mod resident;
mod room;
mod simulation;
mod spikeometric;
mod tune;
mod verify;
mod verify_masses;
mod weights;

pub use choice::{AUTO, Choice, PassedOver};
pub use computer::{OnDevices, computer, computer_for};
pub use devices::{DeviceOptions, backends, open};
pub use divergence::{Divergence, first_divergence};
pub use ensemble::Ensemble;
pub use footprint::{Footprint, Resident, footprint};
pub use isospike_backend as backend;
pub use isospike_backend::{
    Error, ErrorKind, MemoryPlan, Plan, Result, SessionExt, Snapshot, Spike,
};
pub use isospike_lane as lane;
pub use isospike_layer as layer;
pub use isospike_mass as mass;
pub use isospike_model as model;
pub use isospike_net as net;
pub use isospike_net::{Network, Precision};
pub use isospike_train as train;
pub use micro_batch::{MicroBatch, MicroBatches, merge};
pub use options::{MAX_THREADS_PER_CORE, Options, Progress};
pub use places::{Place, places};
pub use room::{Change, Count, Fit, Remedy, Room};
pub use simulation::{Simulation, steps_in};
pub use spikeometric::Spikeometric;
pub use tune::{Tunable, Tuned, Tuning, tune};
pub use verify::{Ran, Run, Verdict, Verification, verify};
pub use verify_masses::{masses_digest, verify_masses};
pub use weights::Weights;
