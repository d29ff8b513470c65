//! `sin` and `cos`: x = n π/2 + r by Cody and Waite, |r| ≤ π/4.

use super::double::two_difference;
use super::poly::{fit, magic, single};
use crate::lane::{Int, Lane};
use std::f64::consts::FRAC_2_PI;

/// The largest |x| in `f32`: n has 16 bits there.
pub const TRIG_LIMIT_F32: f64 = 1e5;
/// The largest |x| in `f64`: n has 20 bits there.
pub const TRIG_LIMIT_F64: f64 = 1e6;

/// π/2 in pieces; n times each but the last is exact.
const HALF_PI64: [u64; 3] = [0x3FF9_21FB_5440_0000, 0x3DD0_B461_1A60_0000, 0x3BA3_198A_2E03_7073];
const HALF_PI32: [u64; 6] = [
    0x3FF9_2000_0000_0000,
    0x3F3F_A000_0000_0000,
    0x3EB5_4000_0000_0000,
    0x3E11_0000_0000_0000,
    0x3D86_8000_0000_0000,
    0x3CF8_4698_A000_0000,
];

/// (r, what r lost to rounding, quadrant). The first differences are exact; the middle ones are
/// exact where they cancel, and otherwise their errors are carried along.
#[inline(always)]
fn reduce<L: Lane>(x: L) -> (L, L, L::Bits) {
    let t = x * L::lit(FRAC_2_PI) + L::lit(magic::<L>());
    let n = t - L::lit(magic::<L>());
    let part = |bits: u64| n * L::lit(f64::from_bits(bits));
    let (mut r, mut lost) = (x, L::lit(0.0));
    let (exact, middle, last) = if single::<L>() {
        (&HALF_PI32[..2], &HALF_PI32[2..5], HALF_PI32[5])
    } else {
        (&HALF_PI64[..1], &HALF_PI64[1..2], HALF_PI64[2])
    };
    for &bits in exact {
        r = r - part(bits);
    }
    for &bits in middle {
        let (sum, error) = two_difference(r, part(bits));
        (r, lost) = (sum, lost + error);
    }
    let last = part(last) - lost;
    let sum = r - last;
    (sum, (r - sum) - last, t.to_bits())
}

/// The sine of x + `quarter` π/2; NaN beyond the limit, where the reduction would lose its meaning.
#[inline(always)]
fn wave<L: Lane>(x: L, quarter: i64) -> L {
    let lit = <L::Bits as Int>::lit;
    let (r, low, quadrant) = reduce(x);
    let quadrant = quadrant.wrapping_add(lit(quarter));
    let z = r * r;
    let sine = r + (r * z * fit(z, &SIN32, &SIN64) + low);
    let half = L::lit(0.5) * z;
    let w = L::lit(1.0) - half;
    let cosine = w + (((L::lit(1.0) - w) - half) + (z * z * fit(z, &COS32, &COS64) - r * low));
    let even = quadrant.and(lit(1)).eq(lit(0));
    // Adding 0 has lost the sign of −0.
    let sine = sine.copysign(r);
    let y = L::select(even, sine, cosine);
    let top = if single::<L>() { 30 } else { 62 };
    let y = L::from_bits(y.to_bits().xor(quadrant.and(lit(2)).shl(top)));
    let limit = L::lit(if single::<L>() { TRIG_LIMIT_F32 } else { TRIG_LIMIT_F64 });
    L::select(x.abs().le(limit), y, L::lit(f64::NAN))
}

/// Sine.
#[inline(always)]
pub(super) fn sin<L: Lane>(x: L) -> L {
    wave(x, 0)
}

/// Cosine.
#[inline(always)]
pub(super) fn cos<L: Lane>(x: L) -> L {
    wave(x, 1)
}

/// (sin r / r − 1) / r² over r².
const SIN64: [u64; 6] = [
    0xBFC5_5555_5555_5555,
    0x3F81_1111_1111_0C7A,
    0xBF2A_01A0_19E9_EAF2,
    0x3EC7_1DE3_7AE5_8898,
    0xBE5A_E601_D507_9AC4,
    0x3DE5_E103_3FED_3EC8,
];
const SIN32: [u64; 3] = [0xBFC5_5555_2000_0000, 0x3F81_10BE_4000_0000, 0xBF29_AB29_6000_0000];
/// (cos r − 1 + r²/2) / r⁴ over r².
const COS64: [u64; 6] = [
    0x3FA5_5555_5555_5555,
    0xBF56_C16C_16C1_68C8,
    0x3EFA_01A0_19F3_7922,
    0xBE92_7E4F_A01E_48DF,
    0x3E21_EEB5_6AB2_F1A3,
    0xBDA9_0729_F536_7692,
];
const COS32: [u64; 3] = [0x3FA5_5555_4000_0000, 0xBF56_C129_C000_0000, 0x3EF9_BC61_4000_0000];
