//! Networks of trainable spiking layers: weights, neurons, pictures, losses, optimisers.
//!
//! Activations are [`Tensor`]s `[T, B, ...]`: steps, items of a batch, features; the features of a
//! picture are `[height, width, channels]`. A [`Network`] is a row of [`Module`]s. It goes through
//! all steps of one layer before the next (`forward` of all steps at once) or step by step (a
//! `forward` for each step): the spikes of [`Network::infer`] are the same, since what a module
//! remembers stays in it until [`Network::reset`]. In training, normalisation takes the statistics
//! of each call, and a backward pass goes over the last call alone (truncated back-propagation).
//!
//! ```
//! use isospike_cpu::{Cpu, CpuDevice};
//! use isospike_layer::{Layer, neurons::Lif};
//! use isospike_train::{Adam, Network, Tensor, loss};
//!
//! let on = CpuDevice::new(Cpu::with_threads(1))?.computer();
//! let lif = Layer::new(&Lif::<false>);
//! let hidden = Network::new(&on, &[4], 1).linear(8)?.neurons(lif.clone())?;
//! let mut network = hidden.linear(2)?.neurons(lif)?;
//! let mut adam = Adam::<f32>::default();
//! let items = [[0.9, 0.1, 0.4, 0.3], [0.2, 0.8, 0.1, 0.9], [0.5, 0.5, 0.5, 0.1]];
//! let x = Tensor::repeated(4, 3, &[4], items.as_flattened())?;
//! for _ in 0..3 {
//!     network.reset();
//!     let spikes = network.forward(&x)?;
//!     let (loss, by_spikes) = loss::rate_mse(&spikes, &[0, 1, 0])?;
//!     network.backward(&by_spikes)?;
//!     network.step(&mut adam, 5e-3)?;
//!     assert!(loss.is_finite());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A network is on a [device](isospike_layer::compute::Computer): its arrays stay there, numbers
//! come back when they are asked for. All sums have one order
//! ([`Compute`](isospike_layer::compute::Compute)), so spikes, derivatives and weights after
//! training do not depend on the device or on the number of threads. No crate of tensors is used
//! underneath: those there are (candle, burn, ndarray with a BLAS) multiply matrices in an order
//! that depends on the machine's vectors and threads, with fused operations.
//!
//! Architecture invariant: this crate knows layers as wholes, losses and optimisers. It must never
//! know how neurons are stepped, nor which devices there are.

mod batch;
mod context;
mod crossover;
pub mod decode;
mod delay;
mod dropout;
pub mod encode;
mod error;
pub mod loss;
mod maps;
mod module;
mod network;
mod neurons;
mod norm;
mod optimiser;
mod plan;
mod pool;
mod recurrent;
mod report;
mod save;
mod schedule;
mod signal;
mod spike_statistics;
mod statistical;
mod table;
mod tensor;
mod total;
mod vectors;
mod weights;

pub use batch::{Batches, Halved, batch_process};
pub use context::{Context, Storage};
pub use crossover::{Crossover, Measured};
pub use delay::Delay;
pub use dropout::Dropout;
pub use error::TrainError;
pub use module::{Module, Parameter};
pub use network::Network;
pub use neurons::Neurons;
pub use norm::BatchNorm;
pub use optimiser::{Adam, Optimiser, Sgd, clip_norm, clip_value};
pub use plan::{Fit, Run, fit, plan};
pub use pool::Pool;
pub use recurrent::Recurrent;
pub use report::MemoryReport;
pub use schedule::Cosine;
pub use signal::Signal;
pub use spike_statistics::{LayerStatistics, decision, entropy};
pub use statistical::{StatisticalSnn, Statistics};
pub use table::Stored;
pub use tensor::Tensor;
pub use vectors::{Encoding, Near, VectorEngine};
pub use weights::Weights;
