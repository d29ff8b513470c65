//! Spiking generalised linear models as statistics: how likely spike trains are, and which
//! couplings make them most likely.
//!
//! ```
//! use isospike_glm::{Couplings, Emission, Glm, Link, Trains};
//!
//! // neuron 1 spikes in the step after neuron 0, more often than not
//! let spikes = [(0, 0), (1, 1), (3, 0), (4, 1), (6, 0), (8, 1), (10, 0), (11, 1)];
//! let trains = Trains::new(2, 12, spikes)?;
//! let glm = Glm {
//!     link: Link::Sigmoid,
//!     emission: Emission::Bernoulli,
//!     scale: 1.0,
//!     coupling: vec![1.0],
//!     history: vec![],
//! };
//! let fit = glm.fit(&trains, &isospike_glm::FitOptions { ridge: 0.1, ..Default::default() })?;
//! assert!(fit.couplings.weight(0, 1) > 1.0);
//! # Ok::<(), isospike_glm::GlmError>(())
//! ```
//!
//! Architecture invariant: this crate knows the probability of spike trains. It must never know
//! networks, devices or backends.

mod error;
mod features;
mod fit;
mod glm;
mod lbfgs;
mod likelihood;
mod sums;
mod trains;
mod tune;

pub use error::GlmError;
pub use fit::{Fit, FitOptions};
pub use glm::{Emission, Glm, Link};
pub use likelihood::{Couplings, Likelihood};
pub use trains::Trains;
pub use tune::{Bounded, Measured, Next, Search, TuneError};
