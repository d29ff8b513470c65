//! The bits of every function: the same on every instruction set, and the same as they were.

mod known;
mod ops;
mod same;
