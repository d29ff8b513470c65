//! The bits of every function: the same on every instruction set, and the same as they were.

// Powers of two, exact.
#![allow(clippy::disallowed_methods)]

mod known;
mod ops;
mod same;
