//! The bundled networks with overrides.

use isospike::Network;
use isospike::net::Loader;

/// A bundled network at some scale with `--set` arguments.
pub fn load(name: &str, scale: f64, overrides: &[&str]) -> Network {
    let overrides = overrides.iter().map(|o| (*o).to_owned()).collect();
    let scale = (scale != 1.0).then_some(scale);
    let loader = Loader { scale, overrides, ..Loader::default() };
    loader.load(name).unwrap_or_else(|e| panic!("{name}: {e}"))
}
