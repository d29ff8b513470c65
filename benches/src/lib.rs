//! What the benches share: what is run, how a cell is measured and checked, how all is reported.
//!
//! `cargo xtask bench` runs the matrix (`src/bin/matrix.rs`): [`cases`] says what (single models
//! are in [`drives`]), [`targets`] where; [`measure`] times a cell once [`verdict`] has compared
//! its digest with others and with what is [`published`], [`traffic`] predicts the bytes it moves;
//! [`report`], [`machine`] and [`page`] write it down, beside a former run ([`baseline`]). The
//! criterion benches of the parts (`cargo bench -p isospike-benches`) lie in `benches/`.
//!
//! Architecture invariant: benches reach backends only through the facade's registry, so a new
//! backend appears in every table with its feature flag. They must never know how a backend
//! computes, and never print a number of a run whose digest was not compared.

pub mod baseline;
pub mod cases;
pub mod drives;
pub mod machine;
pub mod measure;
pub mod page;
mod plot;
pub mod published;
pub mod report;
pub mod synapses;
mod table;
pub mod targets;
pub mod traffic;
pub mod verdict;

pub use table::Table;
