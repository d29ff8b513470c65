//! `expm1`, `tanh` and the logistic function, on top of the exponential's pieces.

use super::exp::{parts, power_of_two, reduce, scale, tail};
use super::poly::{fit, pick};
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

/// Hyperbolic tangent: odd polynomial below 0.55, 1 − 2 / (e^2|x| + 1) above.
#[inline(always)]
pub(super) fn tanh<L: Lane>(x: L) -> L {
    let one = L::lit(1.0);
    let a = x.abs();
    let z = a * a;
    let small = a + a * z * fit(z, &TANH32, &TANH64);
    // Beyond 22 the result rounds to 1; the limit keeps the power of two in range.
    let (n, r) = reduce(L::lit(44.0).min(a + a));
    let e = power_of_two(n) * (one + (r + r * r * tail(r)));
    let large = one - L::lit(2.0) / (e + one);
    L::select(a.lt(L::lit(0.55)), small, large).copysign(x)
}

/// 1 / (1 + e^−x), with full relative precision for x far below zero.
///
/// With e = e^−|x| = 2^n (s + t) this is 1 / (1 + e) or e / (1 + e). The rounding of e and of 1 + e would
/// cost three ulp; their lost parts are put back to first order, for which a straight line is good enough as 1 / (1 + e).
#[inline(always)]
pub(super) fn sigmoid<L: Lane>(x: L) -> L {
    let (zero, one) = (L::lit(0.0), L::lit(1.0));
    let (n, s, t) = parts(-pick::<L>(104.0, 746.0).min(x.abs()), zero);
    let power = power_of_two(pick::<L>(-40.0, -80.0).max(n));
    let e = power * s;
    let d = one + e;
    let lost = ((one - d) + e) + power * t;
    let below = x.lt(zero);
    let q = L::select(below, s, one) / d;
    let fix = L::select(below, t, zero) - q * lost;
    let q = q + fix * (L::lit(1.457) - L::lit(0.5) * d);
    scale(q, L::select(below, n, zero))
}

/// (tanh a / a − 1) / a² over a², a ≤ 0.55.
const TANH64: [u64; 9] = [
    0xBFD5_5555_5555_54B7,
    0x3FC1_1111_110E_7386,
    0xBFAB_A1BA_17FB_7C15,
    0x3F96_64F3_8CC0_A57E,
    0xBF82_26C1_54AF_B9BE,
    0x3F6D_680A_A8D7_E113,
    0xBF57_9DDB_DE90_A9D9,
    0x3F41_B415_9F1A_0205,
    0xBF22_83BD_5CB7_424B,
];
const TANH32: [u64; 4] =
    [0xBFD5_5553_8000_0000, 0x3FC1_0F84_0000_0000, 0xBFAB_37A0_6000_0000, 0x3F91_BCE6_8000_0000];
