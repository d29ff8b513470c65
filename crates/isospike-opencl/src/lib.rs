//! x
mod shim;
