//! `log`: k ln 2 + log(1 + f) with 1 + f between √½ and √2.

use super::exp::{ln2_hi, ln2_lo};
use super::normal::fold;
use super::poly::{bias, fit, magic, single};
use crate::lane::{Float, Int, Lane};

/// x = 2^k (1 + f), for normal positive finite x.
#[inline(always)]
pub(super) fn split<L: Lane>(x: L) -> (L, L) {
    split_biased(x, L::lit(magic::<L>() + bias::<L>()))
}

#[inline(always)]
fn split_biased<L: Lane>(x: L, offset: L) -> (L, L) {
    // Bits of 1.0 and of √½: adding their difference carries into the exponent exactly when m ≥ √½
    // · 2.
    let (one, root, mask, magic) = if single::<L>() {
        (0x3F80_0000, 0x3F35_04F3, 0x007F_FFFF, 0x4B40_0000)
    } else {
        (0x3FF0 << 48, 0x3FE6_A09E_667F_3BCD, 0x000F_FFFF_FFFF_FFFF, 0x4338 << 48)
    };
    let lit = <L::Bits as Int>::lit;
    let b = x.to_bits().wrapping_add(lit(one - root));
    let e = b.shr(L::Scalar::MANTISSA);
    let m = L::from_bits(b.and(lit(mask)).wrapping_add(lit(root)));
    (L::from_bits(e.wrapping_add(lit(magic))) - offset, m - L::lit(1.0))
}

/// The same for subnormal x too.
#[inline(always)]
pub(super) fn split_any<L: Lane>(x: L) -> (L, L) {
    let (smallest, up, by) = if single::<L>() {
        (f64::from(f32::MIN_POSITIVE), f64::from(1u32 << 25), 25.0)
    } else {
        (f64::MIN_POSITIVE, (1u64 << 54) as f64, 54.0)
    };
    let low = x.lt(L::lit(smallest));
    let offset = magic::<L>() + bias::<L>();
    let offset = L::select(low, L::lit(offset + by), L::lit(offset));
    split_biased(L::select(low, x * L::lit(up), x), offset)
}

/// k ln 2 + log(1 + f + c) for tiny c, below 1 ulp.
///
/// With s = f / (2 + f), log(1 + f) = 2 atanh s = f − f²/2 + s (f²/2 + R(s²)): the leading terms
/// are exact or nearly so, and the rounding of the rest is small beside them (fdlibm's arrangement;
/// our coefficients).
#[inline(always)]
pub(super) fn join<L: Lane>(k: L, f: L, c: L) -> L {
    let half = L::lit(0.5) * f * f;
    let s = f / (L::lit(2.0) + f);
    let rest = s * (half + series(s * s)) + (k * ln2_lo() + c);
    k * ln2_hi() - ((half - rest) - f)
}

/// 2 atanh(s) / s − 2 as a function of z = s², for |s| ≤ 0.1716.
#[inline(always)]
pub(super) fn series<L: Lane>(z: L) -> L {
    z * fit(z, &LOG32, &LOG64)
}

const LOG64: [u64; 7] = [
    0x3FE5_5555_5555_5558,
    0x3FD9_9999_9999_528E,
    0x3FD2_4924_92E0_147C,
    0x3FCC_71C6_2CE9_3507,
    0x3FC7_462B_B6A8_E452,
    0x3FC3_9FD7_EE01_761F,
    0x3FC2_B631_D618_3FB1,
];
const LOG32: [u64; 3] = [0x3FE5_5555_C000_0000, 0x3FD9_97B8_A000_0000, 0x3FD2_EF9D_C000_0000];

/// Logarithm of a normal positive finite number.
#[inline(always)]
pub(super) fn log_normal<L: Lane>(x: L) -> L {
    let (k, f) = split(x);
    join(k, f, L::lit(0.0))
}

/// Natural logarithm, below 1 ulp.
#[inline(always)]
pub(super) fn log<L: Lane>(x: L) -> L {
    let (k, f) = split_any(x);
    domain(x, x, join(k, f, L::lit(0.0)))
}

/// The values outside the interior: −∞ at x = 0, NaN below, `same` at infinity.
#[inline(always)]
fn domain<L: Lane>(x: L, same: L, y: L) -> L {
    let y = L::select(x.lt(L::lit(f64::INFINITY)), y, same);
    let edge = L::select(x.eq(L::lit(0.0)), L::lit(f64::NEG_INFINITY), L::lit(f64::NAN));
    L::select(L::lit(0.0).lt(x), y, edge)
}

/// log(1 + x), below 1 ulp, also for tiny x.
#[inline(always)]
pub(super) fn log1p<L: Lane>(x: L) -> L {
    let one = L::lit(1.0);
    let u = one + x;
    let (k, f) = split(u);
    // What the sum lost; where k = 0, x itself is f and nothing is lost.
    let lost = L::select(one.lt(x), one - (u - x), x - (u - one));
    let inner = k.eq(L::lit(0.0));
    let f = L::select(inner, x, f);
    let c = L::select(inner, L::lit(0.0), lost / u);
    let y = join(k, f, c);
    // Keeps −0.
    domain(u, x, L::select(x.eq(L::lit(0.0)), x, y))
}

/// −log((u + ½) 2^-32), from the tail that is exact: through 1 − t in the upper half.
#[inline(always)]
pub(crate) fn exponential<L: Lane>(u: L::U32) -> L {
    let one = L::lit(1.0);
    let ((t, _), lower) = fold::<L>(u);
    let (k, f) = split(t);
    // 1 − t = 2^0 (1 − t) or 2^-1 (1 + (1 − 2 t)), chosen as `split` would.
    let near = t.lt(L::lit(0.29));
    let k = L::select(lower, k, L::select(near, L::lit(0.0), -one));
    let f = L::select(lower, f, L::select(near, -t, one - (t + t)));
    -join(k, f, L::lit(0.0))
}
