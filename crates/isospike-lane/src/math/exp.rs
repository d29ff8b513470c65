//! `exp`: 2^n e^r with |r| ≤ ln 2 / 2.

use super::poly::{bias, fit, magic, pick};
use crate::lane::{Float, Int, Lane};

use std::f64::consts::LOG2_E as LOG2E;

/// x = n ln 2 + r, for |x| up to about 2^10.
///
/// ln 2 is split so that n times its upper part is exact (Cody and Waite, 1980).
#[inline(always)]
pub(super) fn reduce<L: Lane>(x: L) -> (L, L) {
    let n = (x * L::lit(LOG2E) + L::lit(magic::<L>())) - L::lit(magic::<L>());
    (n, (x - n * ln2_hi()) - n * ln2_lo())
}

/// The upper 40 (f32: 15) bits of ln 2.
#[inline(always)]
pub(super) fn ln2_hi<L: Lane>() -> L {
    pick(f64::from_bits(0x3FE6_2E40_0000_0000), f64::from_bits(0x3FE6_2E42_FEFA_4000))
}

/// The rest of ln 2.
#[inline(always)]
pub(super) fn ln2_lo<L: Lane>() -> L {
    pick(f64::from_bits(0x3EB7_F7D1_C000_0000), f64::from_bits(0xBD48_432A_1B0E_2634))
}

/// (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2; relative error of e^r below 2^-57 (f32: 2^-28). Minimax,
/// by Sollya's `fpminimax`.
#[inline(always)]
pub(super) fn tail<L: Lane>(r: L) -> L {
    fit(r, &EXP32, &EXP64)
}

const EXP64: [u64; 10] = [
    0x3FE0_0000_0000_000A,
    0x3FC5_5555_5555_54FD,
    0x3FA5_5555_5555_06A4,
    0x3F81_1111_1112_6ECB,
    0x3F56_C16C_1847_F532,
    0x3F2A_01A0_12ED_B8A3,
    0x3EFA_0199_942C_C288,
    0x3EC7_1DF1_B087_28BA,
    0x3E92_8AE1_AD62_37FC,
    0x3E5A_D900_F74B_92C4,
];
const EXP32: [u64; 5] = [
    0x3FDF_FFFF_A000_0000,
    0x3FC5_5549_2000_0000,
    0x3FA5_55A2_8000_0000,
    0x3F81_2398_E000_0000,
    0x3F56_94AC_4000_0000,
];

/// y 2^n for integer n, |n| below twice the largest exponent, rounded once if the result is
/// subnormal.
///
/// Two factors, because 2^n itself may lie outside the range. Adding the magic number plus the bias
/// leaves the biased exponent in the low bits, from where a shift puts it into place.
#[inline(always)]
pub(super) fn scale<L: Lane>(y: L, n: L) -> L {
    let b = L::lit(magic::<L>() + bias::<L>());
    let t1 = n * L::lit(0.5) + b;
    let t2 = (n - (t1 - b)) + b;
    (y * exponent(t1)) * exponent(t2)
}

/// 2^n for n a normal exponent.
#[inline(always)]
pub(super) fn power_of_two<L: Lane>(n: L) -> L {
    exponent(n + L::lit(magic::<L>() + bias::<L>()))
}

#[inline(always)]
fn exponent<L: Lane>(t: L) -> L {
    L::from_bits(t.to_bits().shl(L::Scalar::MANTISSA))
}

/// e^x, below 1 ulp.
#[inline(always)]
pub(super) fn exp<L: Lane>(x: L) -> L {
    // Beyond these the result is infinite or zero all the same. The order of the operands lets NaN
    // through.
    let x = pick::<L>(89.0, 709.8).min(x);
    let x = pick::<L>(-104.0, -746.0).max(x);
    let (n, r) = reduce(x);
    scale(L::lit(1.0) + (r + r * r * tail(r)), n)
}

/// (n, head, rest) with e^(x + low) = 2^n (head + rest), good to about 2^-6 ulp: for what is built
/// on top.
#[inline(always)]
pub(super) fn parts<L: Lane>(x: L, low: L) -> (L, L, L) {
    let n = (x * L::lit(LOG2E) + L::lit(magic::<L>())) - L::lit(magic::<L>());
    let hi = x - n * ln2_hi();
    let lo = n * ln2_lo() - low;
    let r = hi - lo;
    let lost = (hi - r) - lo;
    let sum = L::lit(1.0) + r;
    let rest = ((L::lit(1.0) - sum) + r) + (r * r * tail(r) + (lost + lost * r));
    let head = sum + rest;
    (n, head, rest - (head - sum))
}
