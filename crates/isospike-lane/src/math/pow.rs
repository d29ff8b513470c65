//! `pow`: e^(y log x) with the logarithm in twice the precision.

use super::double::{two_product, two_sum};
use super::exp::{ln2_hi, ln2_lo, parts, scale};
use super::log::split_any;
use super::poly::{fit, pick, single, two_to};
use crate::lane::{Lane, Mask};

/// log x = hi + lo for positive finite x: 2 s + ⅔ s³ + ..., the first two terms and s itself with
/// their errors, so that what is left out is some 2^-66 (f32: 2^-33) of it.
#[inline(always)]
fn log_double<L: Lane>(x: L) -> (L, L) {
    let (k, f) = split_any(x);
    let two = L::lit(2.0);
    let d = two + f;
    let d_low = f - (d - two);
    let s = f / d;
    let (p, e) = two_product(s, d);
    // 1 / d = (1 − s) / 2.
    let s_low = (((f - p) - e) - s * d_low) * (L::lit(0.5) - L::lit(0.5) * s);
    let (z, z_low) = two_product(s, s);
    let z_low = z_low + two * s * s_low;
    let (cube, e) = two_product(s, z);
    let cube_low = e + (s * z_low + s_low * z);
    let third = pick::<L>(f64::from(2.0f32 / 3.0), 2.0 / 3.0);
    let third_low = pick::<L>(2.0 / 3.0 - f64::from(2.0f32 / 3.0), THIRD_LOW);
    let (b, e) = two_product(cube, third);
    let b_low = e + (cube_low * third + cube * third_low);
    let (sum, e1) = two_sum(k * ln2_hi(), two * s);
    let (sum, e2) = two_sum(sum, b);
    let rest = cube * z * fit(z, &POW32, &POW64);
    let low = (e1 + e2) + (two * s_low + (b_low + (k * ln2_lo() + rest)));
    let hi = sum + low;
    (hi, low - (hi - sum))
}

/// x^y with the special values of IEEE 754.
#[inline(always)]
pub(super) fn pow<L: Lane>(x: L, y: L) -> L {
    let (zero, one, inf) = (L::lit(0.0), L::lit(1.0), L::lit(f64::INFINITY));
    let a = x.abs();
    let (hi, lo) = log_double(a);
    // No larger power changes the result, and products stay finite.
    let bound = if single::<L>() { two_to(34) } else { two_to(66) };
    let power = L::lit(-bound).max(L::lit(bound).min(y));
    let (p, e) = two_product(power, hi);
    let low = e + power * lo;
    let limit = pick::<L>(110.0, 760.0);
    let low = L::select(p.abs().lt(limit), low, zero);
    let p = (-limit).max(limit.min(p));
    let (n, head, rest) = parts(p, low);
    let r = scale(head + rest, n);

    // The order matters: what follows overrides what came before.
    let integer = y.rint().eq(y);
    let r = L::select(x.lt(zero).and(integer.not()), L::lit(f64::NAN), r);
    let positive = zero.lt(y);
    let r = L::select(a.eq(zero), L::select(positive, zero, inf), r);
    let r = L::select(a.eq(inf), L::select(positive, inf, zero), r);
    let half = y * L::lit(0.5);
    let odd = integer.and(half.rint().eq(half).not());
    let r = L::select(odd, r.copysign(x), r);
    let r = L::select(x.eq(x).and(y.eq(y)), r, L::lit(f64::NAN));
    L::select(x.eq(one).or(y.eq(zero)), one, r)
}

/// 2/3 − its nearest `f64`.
const THIRD_LOW: f64 = f64::from_bits(0x3C85_5555_5555_5555);

/// (2 atanh(s) / s − 2 − ⅔ z) / z² over z = s².
const POW64: [u64; 8] = [
    0x3FD9_9999_9999_999A,
    0x3FD2_4924_9249_22FF,
    0x3FCC_71C7_1C74_C23E,
    0x3FC7_45D1_73D2_F462,
    0x3FC3_B13A_9AC6_1C5F,
    0x3FC1_1155_7B63_A9FC,
    0x3FBE_0181_0919_0E80,
    0x3FBD_AB3B_4480_06B3,
];
const POW32: [u64; 3] = [0x3FD9_999A_4000_0000, 0x3FD2_479E_E000_0000, 0x3FCD_818B_C000_0000];
