//! What every backend must do, as a suite that any backend can run.
//!
//! [`main`] runs every case of [`groups`] on every device of a backend; a backend joins with a test
//! of five lines. Results are compared with [`plain`], the plainest backend there is, with bits
//! that are known, or with values worked out by hand; always exactly. [`strategy`] makes random
//! networks, [`hand`] parts of networks, [`same`] runs two sessions side by side.
//!
//! `docs/writing-a-backend.md` walks through writing a backend; its last part lists bugs that were
//! planted and the cases that caught them.
//!
//! Architecture invariant: a backend comes in as `&dyn Backend`. This crate must never know which
//! backends exist.

pub mod groups;
pub mod hand;
mod harness;
pub mod plain;
pub mod same;
pub mod saved;
pub mod strategy;
mod target;

pub use harness::{Case, Expected, main};
pub use target::{Outcome, Target, Unsupported};
