//! The Neuromorphic Intermediate Representation (NIR): graphs of neurons, weights, pools and delays
//! that simulators exchange as HDF5 files (Pedersen et al. 2024, Nature Communications 15:8122).
//!
//! [`read`] and [`write`](write()) are files, [`Kind`] has all nodes of `nir` 1.0.8,
//! [`shapes`](shapes()) finds what goes along edges, and a [`Model`] runs a graph on a
//! [device](isospike_layer::compute::Computer), with the same bits on all. A graph has no time
//! step, no method and no kind of reset: [`Options`] say that. Times are seconds in most files.
//!
//! ```
//! use isospike_cpu::{Cpu, CpuDevice};
//! use isospike_nir::{Graph, Kind, Model, NeuronKind, Neurons, Options, Values, Watch};
//!
//! let leaky = Neurons::new(NeuronKind::Li, [
//!     ("tau", Values::filled(&[1], 1e-3)),
//!     ("r", Values::filled(&[1], 1.0)),
//!     ("v_leak", Values::filled(&[1], 0.0)),
//! ])?;
//! let graph = Graph::chain([
//!     ("input", Kind::Input { shape: vec![1] }),
//!     ("leaky", Kind::Neurons(leaky)),
//!     ("output", Kind::Output { shape: vec![1] }),
//! ]);
//! let on = CpuDevice::new(Cpu::with_threads(1))?.computer::<f64>();
//! let mut model = Model::new(&on, &graph, &Options { dt: 5e-4, ..Options::default() }, 1)?;
//! let v = model.run(3, &[("input", &[1.0; 3])], &[Watch::Output("output")])?;
//! assert_eq!(v, [[0.5, 0.75, 0.875]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Convolutions whose strides or paddings differ down and across run as windows that do not, with
//! copies before and after; those with a dilation or groups as larger or denser ones with zeros:
//! exact, if not the fastest. [`train`] makes graphs of networks that were trained, and back.
//!
//! Architecture invariant: this crate knows graphs of NIR, their files and what they mean. It must
//! never know which devices there are.

mod cells;
mod delay;
mod error;
mod flat;
mod graph;
mod hdf5;
mod kernels;
mod model;
mod neurons;
mod options;
mod order;
mod picture;
mod read;
mod schedule;
mod shapes;
pub mod train;
mod values;
mod work;
mod write;

pub use error::NirError;
pub use graph::{Conv, Graph, Kind, Node, Padding, Pool};
pub use model::{Model, Watch};
pub use neurons::{NeuronKind, Neurons};
pub use options::{Method, Options, Reset};
pub use read::read;
pub use shapes::{Shape, shapes};
pub use values::{Item, Stored, Tree, Values};
pub use write::write;
