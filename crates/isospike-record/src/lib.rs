//! Recording that never fills memory: files that grow by chunks, and statistics of a stream.
//!
//! A run hands out its spikes in chunks. A [`Sink`] takes them; a [`Selection`] says which neurons,
//! lanes and steps it is about and how many steps make a row, and [`Filter`] stands in front of a
//! sink whose selection is not everything.
//!
//! | sink | what comes of it |
//! |---|---|
//! | [`SpikesNpz`], [`SpikesNpy`] | sorted events: step, lane, id |
//! | [`Counts`] | u8 `[rows, neurons]`, mapped by NumPy |
//! | [`Bits`] | bits `[rows, neurons]`, mapped by NumPy |
//! | [`SpikesSonata`] | HDF5 in SONATA's layout |
//! | [`stats::Totals`], [`stats::Rates`] | spikes and rates, by population and by neuron |
//! | [`stats::Intervals`] | mean and variation of the intervals of each neuron |
//! | [`stats::Psth`] | rates over time, or over a period |
//! | [`stats::Correlations`] | pairwise correlations of counts |
//! | [`stats::Spectrum`] | power spectrum of a population's count |
//!
//! [`Probe`] is the like for state variables. Memory depends on neurons, lanes, bins and pairs as
//! each says, never on the length of a run, which is not bounded: steps are u64. How a run is cut
//! into chunks does not change a bit of any file or result. A dense record whose cells are too
//! small for what happened says how many spikes it lost ([`Finished`]).
//!
//! Validation is done here: sinks refuse spikes that are out of order or not of their selection.
//!
//! Architecture invariant: this crate knows files and statistics. It must never know devices or
//! models.

mod dense;
mod error;
mod events;
mod filter;
mod hdf5;
mod header;
mod npy;
mod npz;
mod probe;
mod selection;
mod sink;
mod sonata;
pub mod stats;

pub use dense::{Bit, Bits, Byte, Cell, Counts, Dense};
pub use error::{Error, Result};
pub use events::{Reader, SpikesNpy, SpikesNpz};
pub use filter::Filter;
pub use header::{Header, Population};
pub use npy::Element;
pub use npz::NpzWriter;
pub use probe::Probe;
pub use selection::Selection;
pub use sink::{Finished, Sink};
pub use sonata::SpikesSonata;
