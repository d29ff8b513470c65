//! `expm1`, `tanh` and the logistic function, on top of the exponential's pieces.

use super::exp::{parts, power_of_two, reduce, scale, tail};
use super::poly::{fit, pick, two_to};
use crate::lane::Lane;

/// e^x − 1, also for tiny x.
#[inline(always)]
pub(super) fn expm1<L: Lane>(x: L) -> L {
    let clamped = pick::<L>(89.0, 709.8).min(x);
    let clamped = pick::<L>(-20.0, -40.0).max(clamped);
    let (n, r) = reduce(clamped);
    let p = r + r * r * tail(r);
    // 2^n (p + 1) − 1 with half the power, so that the largest results are reached; 2^(n−1) − ½ is
    // exact where it matters, and zero for n = 0.
    let s = power_of_two(n - L::lit(1.0));
    let y = (s * p + (s - L::lit(0.5))) * L::lit(2.0);
    // Halving would cost subnormals their last bit, and −0 its sign.
    L::select(x.abs().lt(pick(two_to(-30), two_to(-60))), x, y)
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
/// With e = e^−|x| = 2^n (s + t) this is 1 / (1 + e) or e / (1 + e). The rounding of e and of 1 + e
/// would cost three ulp; their lost parts are put back to first order, for which a straight line is
/// good enough as 1 / (1 + e).
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
const TANH64: [u64; 11] = [
    0xBFD5_5555_5555_5555,
    0x3FC1_1111_1111_0FDA,
    0xBFAB_A1BA_1B9F_8F7C,
    0x3F96_64F4_875A_8D1B,
    0xBF82_26E3_2BF4_31B8,
    0x3F6D_6D33_1436_CC0A,
    0xBF57_D976_7C6A_D7D5,
    0x3F43_4C24_8342_F627,
    0xBF2E_BEE0_C6F9_3E3C,
    0x3F16_49A8_01BE_22A7,
    0xBEF5_8B40_7DAF_9134,
];
const TANH32: [u64; 5] = [
    0xBFD5_5555_4000_0000,
    0x3FC1_10FC_8000_0000,
    0xBFAB_99A8_0000_0000,
    0x3F95_CF31_0000_0000,
    0xBF7B_0319_C000_0000,
];
