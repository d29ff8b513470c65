//! What the tests share: reference data, small networks, runs.
//!
//! Architecture invariant: tests only; nothing depends on this.

pub mod nest;
pub mod run;
pub mod strategy;
