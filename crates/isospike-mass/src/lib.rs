//! Networks of neural masses: nodes whose state drifts, coupled with delays, in batches of lanes.
//!
//! A [`Network`] says what: a [`Node`] with parameters, a [`Connectome`], a
//! [coupling function](Coupling), an [`Integrator`], noise, and how many lanes of all that run side
//! by side. A [`Plan`] lays it out, and a [`Tile`] takes some lanes of it through time. Equations
//! are functions of [lanes](isospike_lane::Lane), so they run as SIMD and give themselves out as
//! graphs.
//!
//! ```
//! use isospike_lane::isa::Isa;
//! use isospike_mass::{Connectome, Network, Plan, Tile, models::JansenRit};
//! use ndarray::array;
//!
//! let weights = array![[0.0, 1.0], [1.0, 0.0]];
//! let network = Network::new(&JansenRit, Connectome::new(weights.view())?).dt(1.0)?.from_zero();
//! let plan = Plan::<f64>::new(network)?;
//! let mut tile = Tile::new(&plan, 0, Isa::detect());
//! tile.run(1000, |_| ());
//! // both columns do the same
//! assert_eq!(tile.state(1)[0], tile.state(1)[1]);
//! # Ok::<(), isospike_mass::MassError>(())
//! ```
//!
//! Architecture invariant: this crate knows nodes, coupling, integrators and tiles of lanes. It
//! must never know threads or drivers.

mod bundled;
mod connectome;
mod coupling;
pub mod couplings;
mod equations;
mod erased;
mod error;
mod file;
mod gather;
mod integrator;
pub mod models;
mod network;
mod node;
mod noise;
mod observe;
mod part;
mod plan;
mod pointwise;
mod predict;
mod real;
mod recipe;
mod row;
mod scan;
mod seam;
mod sheet;
mod sphere;
mod surface;
mod sweep;
mod tile;
mod values;
mod wiring;

pub use bundled::MASSES;
pub use connectome::{Connectome, Rounding};
pub use coupling::{Couple, Coupling, CouplingDef, CouplingRef, ReceiveRow, Received};
pub use equations::{Equation, noise_words};
pub use erased::{Drift, NodeDef, NodeRef, drift_at};
pub use error::MassError;
pub use file::{MassFile, matrix};
pub use integrator::Integrator;
pub use network::{CouplingStage, Network, Profile, Source};
pub use node::{Node, Span};
pub use noise::{NOISE, NoiseScale, noise_at};
pub use observe::{Observation, Observed, Reduce, Sink, Stage};
pub use part::{Part, Watch, assemble, assemble_state, spread, take};
pub use plan::{MassMemory, Plan};
pub use predict::{Prediction, Predictor, predict};
pub use real::Real;
pub use recipe::{NoiseRecipe, Recipe, Section, Wire};
pub use row::{CHUNK, Column, DriftRow, MOST, Then};
pub use seam::{MassRun, Masses};
pub use sphere::Sphere;
pub use surface::Surface;
pub use sweep::{Axis, SOBOL_AXES, Sweep};
pub use tile::Tile;
pub use values::Values;
