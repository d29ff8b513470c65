//! Rates over time.

use isospike_lane::precise;
use std::f64::consts::PI;

/// From one rate to another along half a cosine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cosine {
    /// The first rate.
    pub first: f64,
    /// The last rate.
    pub last: f64,
    /// Steps in between.
    pub steps: usize,
}

impl Cosine {
    /// The rate of a step; the last one from then on.
    pub fn at(&self, step: usize) -> f64 {
        let part = step.min(self.steps) as f64 / self.steps.max(1) as f64;
        self.last + 0.5 * (self.first - self.last) * (1.0 + precise::cos(PI * part))
    }
}
