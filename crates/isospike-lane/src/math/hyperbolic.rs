//! `expm1`, and `tanh` and the logistic function on top of the exponentials.

use super::exp::{exp, power_of_two, reduce, tail};
use super::poly::pick;
use crate::lane::Lane;

/// e^x − 1, also for tiny x.
#[inline(always)]
pub(super) fn expm1<L: Lane>(x: L) -> L {
    let clamped = pick::<L>(89.0, 709.8).min(x);
    let clamped = pick::<L>(-20.0, -40.0).max(clamped);
    let (n, r) = reduce(clamped);
    let p = r + r * r * tail(r);
    // 2^n (p + 1) − 1 with half the power, so that the largest results are reached; 2^(n−1) − ½ is exact where it
    // matters, and zero for n = 0.
    let s = power_of_two(n - L::lit(1.0));
    let y = (s * p + (s - L::lit(0.5))) * L::lit(2.0);
    // Halving would cost subnormals their last bit, and −0 its sign.
    L::select(x.abs().lt(pick(2.0f64.powi(-30), 2.0f64.powi(-60))), x, y)
}

/// Hyperbolic tangent. With t = e^(±2|x|) − 1: −t / (t + 2) below 1, 1 − 2 / (t + 2) above (fdlibm).
#[inline(always)]
pub(super) fn tanh<L: Lane>(x: L) -> L {
    let a = x.abs();
    let two = a + a;
    let large = a.ge(L::lit(1.0));
    let t = expm1(L::select(large, two, -two));
    let z = L::select(large, L::lit(2.0), -t) / (t + L::lit(2.0));
    L::select(large, L::lit(1.0) - z, z).copysign(x)
}

/// 1 / (1 + e^−x), with full relative precision for x far below zero.
#[inline(always)]
pub(super) fn sigmoid<L: Lane>(x: L) -> L {
    let e = exp(-x.abs());
    L::select(x.lt(L::lit(0.0)), e, L::lit(1.0)) / (L::lit(1.0) + e)
}
