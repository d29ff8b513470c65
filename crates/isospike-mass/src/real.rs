//! A float format that is known as a type: what a network can be computed in.

use crate::coupling::{Couple, CouplingRef};
use crate::erased::{Drift, NodeRef};
use isospike_lane::Float;

/// `f32` or `f64`.
pub trait Real: Float {
    /// The node in this format.
    fn drift(node: NodeRef) -> &'static dyn Drift<Self>;
    /// The coupling function in this format.
    fn couple(coupling: CouplingRef) -> &'static dyn Couple<Self>;
}

impl Real for f32 {
    fn drift(node: NodeRef) -> &'static dyn Drift<f32> {
        node
    }
    fn couple(coupling: CouplingRef) -> &'static dyn Couple<f32> {
        coupling
    }
}

impl Real for f64 {
    fn drift(node: NodeRef) -> &'static dyn Drift<f64> {
        node
    }
    fn couple(coupling: CouplingRef) -> &'static dyn Couple<f64> {
        coupling
    }
}
