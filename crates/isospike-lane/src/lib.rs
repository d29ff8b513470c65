//! Lanes: the arithmetic of isospike.
//!
//! [`Lane`] is the closed set of primitives that every backend computes exactly the same way; [`W`] is
//! N of them as SIMD, [`isa`] picks the instruction set at run time. The functions (`exp`, `log`, ...) and
//! random numbers are built from these primitives, once, here.
//!
//! Architecture invariant: this crate knows numbers. It must never know threads, time or models.

pub mod isa;
mod lane;
pub mod precise;
mod scalar;
mod wide;

pub use lane::{Float, Int, Lane, Mask, Word};
pub use wide::{M, W};
