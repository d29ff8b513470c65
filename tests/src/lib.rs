//! What the tests share: reference data, hand-made and random networks, a slow reference, runs.
//!
//! Architecture invariant: tests only; nothing depends on this.

pub mod activity;
pub mod bundled;
pub mod devices;
pub mod hand;
pub mod nest;
pub mod own;
pub mod pairs;
pub mod plastic;
pub mod process;
pub mod run;
pub mod slow;
pub mod strategy;
pub mod theory;
pub mod watch;
