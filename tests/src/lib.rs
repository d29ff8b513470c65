//! What the tests share: reference data, devices, runs.
//!
//! Architecture invariant: tests only; nothing depends on this.

pub mod activity;
pub mod bundled;
pub mod devices;
pub mod nest;
pub mod own;
pub mod pairs;
pub mod process;
pub mod run;
pub mod theory;
pub mod watch;

/// Where networks are kept that broke a property: as text, tried again by `devices.rs`.
pub fn broken() -> std::path::PathBuf {
    concat!(env!("CARGO_MANIFEST_DIR"), "/data/broken").into()
}
