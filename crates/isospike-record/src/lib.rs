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
//! ```
//! use isospike_backend::Spike;
//! use isospike_record::stats::Rates;
//! use isospike_record::{Counts, Filter, Header, Population, Selection, Sink};
//!
//! let population = Population { name: "e".into(), first_id: 0, size: 100, sign: 1 };
//! let header = Header { dt_ms: 0.1, n_steps: 0, batch: 1, populations: vec![population] };
//!
//! // Ten neurons from the second 100 ms on, in rows of 1 ms.
//! let ten = Selection::all(&header).ids(0..10)?.steps(1000..u64::MAX)?.every(10)?;
//! let path = std::env::temp_dir().join("isospike-counts.npy");
//! let mut counts = Filter::new(&ten, Counts::create(&path, &ten)?);
//! let mut rates = Rates::new(&header, &Selection::all(&header));
//! for chunk in 0..20 {
//!     // As `Simulation::run_steps` hands them over.
//!     let spikes = [Spike { step: 100 * chunk + 7, lane: 0, id: 3 }];
//!     counts.push(&spikes, 100 * (chunk + 1))?;
//!     rates.push(&spikes, 100 * (chunk + 1))?;
//! }
//! assert_eq!(counts.finish()?.lost, 0);
//! assert_eq!(rates.result().spikes[3], 20);
//! # std::fs::remove_file(path).unwrap();
//! # Ok::<(), isospike_record::Error>(())
//! ```
//!
//! [`Probe`] is the like for state variables. Memory depends on neurons, lanes, bins and pairs as
//! each says, never on the length of a run, which is not bounded: steps are u64. How a run is cut
//! into chunks does not change a bit of any file or result. A dense record whose cells are too
//! small for what happened says how many spikes it lost ([`Finished`]).
//!
//! Every record can be put down and taken up again ([`Resume`]); a [`Checkpoint`] is a file with
//! the state of a session and the records of its run, and the run goes on from it to the same bits.
//!
//! Validation is done here: sinks refuse spikes that are out of order or not of their selection.
//!
//! Architecture invariant: this crate knows files and statistics. It must never know devices or
//! models.

mod checkpoint;
mod dense;
mod error;
mod events;
mod filter;
mod hdf5;
mod header;
mod npy;
mod npz;
mod probe;
mod saved;
mod selection;
mod sink;
mod sonata;
pub mod stats;

pub use checkpoint::{Checkpoint, CheckpointWriter};
pub use dense::{Bit, Bits, Byte, Cell, Counts, Dense};
pub use error::{Error, Result};
pub use events::{Reader, SpikesNpy, SpikesNpz};
pub use filter::Filter;
pub use header::{Header, Population};
pub use npy::Element;
pub use npz::NpzWriter;
pub use probe::Probe;
pub use saved::{Resume, Saved};
pub use selection::Selection;
pub use sink::{Finished, Sink};
pub use sonata::SpikesSonata;
