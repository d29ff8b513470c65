//! What every backend must do, as a suite that any backend can run.
//!
//! [`main`] runs every case of [`groups`] on every device of a backend; a backend joins with a test
//! of five lines. Results are compared with [`plain`], the plainest backend there is, with bits
//! that are known, or with values worked out by hand; always exactly. [`strategy`] makes random
//! networks, [`hand`] parts of networks, [`plastic`] plastic ones, [`same`] runs two sessions side
//! by side.
//!
//! [`mod@guide`] walks through writing a backend; [`planted`] lists bugs that were put in on
//! purpose and the cases that caught them.
//!
//! Architecture invariant: a backend comes in as `&dyn Backend`. This crate must never know which
//! backends exist.

mod generators;
pub mod groups;
#[doc = include_str!("../WRITING-A-BACKEND.md")]
pub mod guide {}
pub mod hand;
mod harness;
pub mod passes;
pub mod plain;
#[doc = include_str!("../PLANTED-BUGS.md")]
pub mod planted {}
pub mod plastic;
pub mod same;
pub mod saved;
pub mod strategy;
mod target;

pub use harness::{Case, Expected, main, main_of};
pub use target::{Outcome, Target, Unsupported};
