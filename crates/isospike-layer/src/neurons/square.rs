//! The square law that the quadratic neurons share.

use isospike_lane::Lane;

/// (a0 (v - rest)) (v - critical)
#[inline(always)]
pub(super) fn drive<L: Lane>(v: L, a0: L, rest: L, critical: L) -> L {
    (a0 * (v - rest)) * (v - critical)
}

/// The derivative by v of v + drive / tau.
#[inline(always)]
pub(super) fn slope<L: Lane>(v: L, a0: L, rest: L, critical: L, tau: L) -> L {
    L::lit(1.0) + (a0 * (((L::lit(2.0) * v) - rest) - critical)) / tau
}
