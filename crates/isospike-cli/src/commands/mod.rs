//! The commands, one file or folder each, and what several of them do.

mod devices;
mod diff;
mod fit;
mod masses;
mod micro_batch;
mod models;
mod network;
mod networks;
mod plot;
mod run;
mod run_nir;
mod size;
mod sweep;
mod tune;
mod verify;

pub(crate) use devices::devices;
pub(crate) use diff::diff;
pub(crate) use masses::{ARRAYS, MassArgs, What, observe};
pub(crate) use models::models;
pub(crate) use networks::networks;
pub(crate) use plot::plot;
pub(crate) use run::run;
pub(crate) use run_nir::NirArgs;
pub(crate) use size::size;
pub(crate) use sweep::{FILES as SWEEP, sweep};
pub(crate) use tune::tune;
pub(crate) use verify::verify;
