//! What the benches share: which networks are run, how a whole run is measured and checked, how it
//! is reported.
//!
//! `cargo xtask bench` runs the matrix (`src/bin/matrix.rs`): [`cases`] says what, [`targets`]
//! where, [`measure`] times it, [`verdict`] compares digests before anything is printed, [`report`]
//! and [`machine`] write it down. The criterion benches of the parts (`cargo bench -p
//! isospike-benches`) lie in `benches/`.
//!
//! Architecture invariant: benches reach backends only through the facade's registry, so a new
//! backend appears in every table with its feature flag. They must never know how a backend
//! computes, and never print a number of a run whose digest was not compared.

pub mod cases;
pub mod machine;
pub mod measure;
pub mod report;
pub mod synapses;
pub mod targets;
pub mod verdict;
