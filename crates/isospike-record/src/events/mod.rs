//! Spikes as sorted events.

mod column;
mod npy;
mod npz;
mod reader;

pub use npy::SpikesNpy;
pub use npz::SpikesNpz;
pub use reader::Reader;
