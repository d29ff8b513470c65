//! What several nodes have in common.

use isospike_lane::{Lane, Math, named};

/// u / (1 - exp(-d u)), the rate of a Wong-Wang population; 1 / d at u = 0.
///
/// Close to 0 the quotient is 0 / 0, or nearly so. There it is (1 + y/2 + y^2/12) / d with y = d u:
/// the series goes on with y^4/720, which is below 1e-18 for |y| < 1e-4.
#[inline(always)]
pub(super) fn rate<L: Lane>(u: L, d: L) -> L {
    let y = d * u;
    let near = y.abs().lt(L::lit(1e-4));
    let series = L::lit(1.0) + y * L::lit(0.5) + y * y * L::lit(1.0 / 12.0);
    let above = L::select(near, series, u);
    let below = L::select(near, d, -(-y).expm1());
    named!(y, above, below);
    above / below
}

/// What the permittivity z of an Epileptor relaxes to: linear in x1, with a repulsion of z from
/// negative values, or sigmoidal if `modification` is set.
#[inline(always)]
pub(super) fn permittivity<L: Lane>(x1: L, z: L, x0: L, modification: L) -> L {
    let step = (L::lit(10.0) * (x1 + L::lit(0.5))).sigmoid();
    let sigmoidal = x0 + L::lit(3.0) * step;
    let below = z.min(L::lit(0.0));
    let square = below * below;
    let seventh = square * square * square * below;
    let linear = L::lit(4.0) * (x1 - x0) - L::lit(0.1) * seventh;
    named!(sigmoidal, linear);
    L::select(modification.gt(L::lit(0.5)), sigmoidal, linear)
}
