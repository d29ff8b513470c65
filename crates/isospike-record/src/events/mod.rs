//! Spikes as sorted events.

mod npy;
mod npz;
mod reader;
mod spool;

pub use npy::SpikesNpy;
pub use npz::SpikesNpz;
pub use reader::Reader;
pub(crate) use spool::Spool;
