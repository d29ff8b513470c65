//! What a pool makes of a window.

use isospike_lane::Float;

/// What is made of the places of a window. Places outside the picture are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean: the sum from +0 upwards, times 1 / places.
    Average,
    /// The same sum.
    Sum,
    /// The largest; the first of several.
    Max,
}

impl Pooling {
    /// What a sum over a window of so many places is multiplied by.
    pub fn factor<F: Float>(self, places: usize) -> F {
        match self {
            Pooling::Average => F::from_f64(1.0 / places as f64),
            Pooling::Sum | Pooling::Max => F::from_f64(1.0),
        }
    }
}
