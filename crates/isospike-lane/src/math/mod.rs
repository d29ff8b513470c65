//! Elementary functions from primitives alone: the same bits on every backend.
//!
//! No branches, no tables, no fused multiply-add; separate multiplications and additions, and selects. Error bounds
//! are measured (`tests/ulp.rs`) against correctly rounded values, in units in the last place of the result.

mod exp;
mod hyperbolic;
pub(crate) mod log;
pub(crate) mod normal;
mod poly;

use crate::lane::Lane;

/// Elementary functions on lanes.
///
/// NaN gives NaN, as a class. Results in the subnormal range are rounded gradually.
pub trait Math: Lane {
    /// e^x.
    #[inline(always)]
    fn exp(self) -> Self {
        exp::exp(self)
    }
    /// e^x − 1.
    #[inline(always)]
    fn expm1(self) -> Self {
        hyperbolic::expm1(self)
    }
    /// Natural logarithm: −∞ at zero, NaN below.
    #[inline(always)]
    fn log(self) -> Self {
        log::log(self)
    }
    /// log(1 + x).
    #[inline(always)]
    fn log1p(self) -> Self {
        log::log1p(self)
    }
    /// Hyperbolic tangent.
    #[inline(always)]
    fn tanh(self) -> Self {
        hyperbolic::tanh(self)
    }
    /// The logistic function 1 / (1 + e^−x).
    #[inline(always)]
    fn sigmoid(self) -> Self {
        hyperbolic::sigmoid(self)
    }
    /// The z with Φ(z) = p: −∞ at 0, ∞ at 1, NaN outside.
    #[inline(always)]
    fn inverse_normal(self) -> Self {
        normal::inverse_normal(self)
    }
}

impl<L: Lane> Math for L {}
