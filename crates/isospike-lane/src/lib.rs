//! Lanes: the arithmetic of isospike.
//!
//! [`Lane`] is the closed set of primitives that every backend computes exactly the same way; [`W`]
//! is N of them as SIMD, [`isa`] picks the instruction set at run time. The functions (`exp`,
//! `log`, ...) and random numbers are built from these primitives, once, here: [`Math`] on lanes,
//! [`precise`] on the host, [`random`] for the address of every draw, [`fill_draws`] for many at
//! once, [`distribution`] and [`mod@poisson`] for what to make of them. [`Half`] is what numbers
//! can be stored in, [`Stream`] how they are stored past the caches, [`Lines`] arrays that
//! vectors never straddle, [`huge_zeroed`] big ones.
//!
//! Architecture invariant: this crate knows numbers. It must never know threads, time or models.

pub mod distribution;
mod fill;
pub mod filter;
pub mod functions;
mod gather;
mod half;
mod huge;
pub mod isa;
mod lane;
mod lines;
pub mod math;
pub mod philox;
pub mod poisson;
pub mod precise;
pub mod primitives;
pub mod random;
mod scalar;
mod stream;
mod wide;

pub use fill::{GROUP, fill_draws, fill_draws_batch};
pub use gather::gather;
pub use half::Half;
pub use huge::{huge_room, huge_zeroed, try_huge_zeroed};
pub use lane::{Float, Int, Lane, Mask, Word};
pub use lines::{Line, Lines};
pub use math::Math;
pub use philox::philox4x32_10;
pub use poisson::PoissonTable;
pub use random::{Draw, Key, Purpose, word};
pub use stream::{LINE, Stream, prefetch};
pub use wide::{M, W};
