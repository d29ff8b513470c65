//! The inverse of the normal distribution function, from a probability or straight from a random
//! word.
//!
//! Three regions as in M. J. Wichura, "Algorithm AS 241: the percentage points of the normal
//! distribution", Appl. Statist. 37 (1988), 477-484: rational in ¼ − q² where |q| = |p − ½| ≤
//! 0.425, in r = √(−log p) beyond; with minimax coefficients of our own (7/7, below 2^-53; for
//! `f32` 4/3, below 2^-26, and one region for all r). Lanes pick their coefficients, so there is
//! one evaluation and one division for all of them.

use super::log::{join, log_normal, split_any};
use super::poly::{Blend, poly, single, two_to};
use crate::lane::{Int, Lane, Mask};

/// Where the central region ends.
const SPLIT: f64 = 0.425;

/// A rational function: numerator and denominator, as bit patterns.
type Rational<const P: usize, const Q: usize> = ([u64; P], [u64; Q]);

/// z / q over SPLIT² − q².
const CENTRE64: Rational<8, 8> = (
    [
        0x400B_18D9_1E9E_EF75,
        0x4060_A468_1ACC_9B12,
        0x409E_CDD8_A193_CF05,
        0x40CA_D118_F150_D062,
        0x40E6_6B50_92DB_D0BE,
        0x40F0_6B29_C97F_A8DF,
        0x40E0_5191_42DE_0413,
        0x40A3_9839_4F99_3A5B,
    ],
    [
        0x3FF0_0000_0000_0000,
        0x4045_27F4_E98C_3C9F,
        0x4085_7929_8EBC_BB8D,
        0x40B5_11A7_66EE_3A56,
        0x40D4_B6A9_5EE4_D71F,
        0x40E3_307A_044C_64D0,
        0x40DC_0C4F_AE38_FB86,
        0x40B4_68AA_A802_B726,
    ],
);
/// z over r − 1.6, r ≤ 5.
const MIDDLE64: Rational<8, 8> = (
    [
        0x3FF6_C665_FDE9_526B,
        0x4012_8903_81F7_AEFB,
        0x4017_1EDC_2E09_3FCB,
        0x400D_470F_1BC2_6BC8,
        0x3FF4_6CC1_DAE4_1C67,
        0x3FCF_2393_EA4C_BB1B,
        0x3F97_6E61_D790_69A4,
        0x3F49_8D60_3B42_0058,
    ],
    [
        0x3FF0_0000_0000_0000,
        0x4000_71EB_D49F_40D2,
        0x3FFA_E520_95D0_FD78,
        0x3FE6_2BB9_7D72_4A05,
        0x3FC3_126E_3418_F111,
        0x3F8F_5805_8284_438C,
        0x3F42_10AC_DFAA_239B,
        0x3E12_0E79_5667_CA69,
    ],
);
/// z over r − 5, r ≤ 27.3.
const FAR64: Rational<8, 8> = (
    [
        0x401A_A1B1_C13E_E527,
        0x4015_D946_93F0_69D4,
        0x3FFC_89B9_F299_0130,
        0x3FD2_F521_106D_3CF8,
        0x3F9B_1E4D_6B6B_212D,
        0x3F54_4D66_11E2_08D0,
        0x3EFC_504D_E1FD_DC98,
        0x3E8A_D110_E116_C5E1,
    ],
    [
        0x3FF0_0000_0000_0000,
        0x3FE3_2FDA_D2EE_B922,
        0x3FC1_82BE_4DFE_18AF,
        0x3F8E_6A12_0EDB_03EF,
        0x3F49_B71B_F26C_F46E,
        0x3EF3_47CB_BC43_E7A5,
        0x3E82_F64D_936D_6057,
        0x3CE2_18FD_4143_6EFC,
    ],
);
/// z / q over SPLIT² − q².
const CENTRE32: Rational<5, 4> = (
    [
        0x400B_18D9_2000_0000,
        0x404D_67E1_6000_0000,
        0x406E_DE9B_C000_0000,
        0x4065_DB39_8000_0000,
        0xC03A_6838_8000_0000,
    ],
    [0x3FF0_0000_0000_0000, 0x4034_5E54_C000_0000, 0x405C_0439_C000_0000, 0x4062_69C8_0000_0000],
);
/// z over r − 1.6, r ≤ 10.25.
const TAIL32: Rational<5, 4> = (
    [
        0x3FF6_C666_0000_0000,
        0x4008_EDFE_A000_0000,
        0x3FFF_7D86_C000_0000,
        0x3FDC_7BB2_0000_0000,
        0x3F9D_EC7A_8000_0000,
    ],
    [0x3FF0_0000_0000_0000, 0x3FEF_A9CF_6000_0000, 0x3FD2_0C70_2000_0000, 0x3F95_27A1_4000_0000],
);

/// The quantile's magnitude: `q` = ½ − `tail` ≥ 0, `r` = √(−log tail). Without `far` the tail must
/// not be below e^-25.
#[inline(always)]
fn magnitude<L: Lane>(q: L, r: L, far: bool) -> L {
    let central = q.le(L::lit(SPLIT));
    let at = L::lit(SPLIT * SPLIT) - q * q;
    let factor = L::select(central, q, L::lit(1.0));
    let t = L::select(central, at, r - L::lit(1.6));
    let (num, den) = if single::<L>() {
        let num = Blend(central, &CENTRE32.0, &TAIL32.0);
        let den = Blend(central, &CENTRE32.1, &TAIL32.1);
        (poly(t, num), poly(t, den))
    } else {
        let num = Blend(central, &CENTRE64.0, &MIDDLE64.0);
        let den = Blend(central, &CENTRE64.1, &MIDDLE64.1);
        if far {
            let near = r.le(L::lit(5.0));
            let t = L::select(near, t, r - L::lit(5.0));
            (poly(t, Blend(near, num, &FAR64.0)), poly(t, Blend(near, den, &FAR64.1)))
        } else {
            (poly(t, num), poly(t, den))
        }
    };
    factor * num / den
}

/// The z with Φ(z) = p.
#[inline(always)]
pub(super) fn inverse_normal<L: Lane>(p: L) -> L {
    let (zero, half, one) = (L::lit(0.0), L::lit(0.5), L::lit(1.0));
    let lower = p.lt(half);
    let tail = L::select(lower, p, one - p);
    let (k, f) = split_any(tail);
    let z = magnitude(half - tail, (-join(k, f, zero)).sqrt(), true);
    let z = L::select(lower, -z, z);
    let edge = L::select(p.eq(one), L::lit(f64::INFINITY), L::lit(f64::NAN));
    let edge = L::select(p.eq(zero), L::lit(f64::NEG_INFINITY), edge);
    L::select(zero.lt(p).and(p.lt(one)), z, edge)
}

/// The quantile at the centre of the word's cell, (u + ½) 2^-32.
#[inline(always)]
pub(crate) fn normal<L: Lane>(u: L::U32) -> L {
    let (tail, lower) = fold::<L>(u);
    let r = (-log_normal(tail.0)).sqrt();
    let z = magnitude(tail.1, r, false);
    L::select(lower, -z, z)
}

/// (u + ½) 2^-32 as its distance from the nearer end and from the middle, each rounded once, and
/// whether the nearer end is 0. In cells from the end d the two are (2 d + 1) 2^-33 and (2^32 − 1 −
/// 2 d) 2^-33.
#[inline(always)]
pub(crate) fn fold<L: Lane>(u: L::U32) -> ((L, L), L::Mask) {
    let lit = <L::U32 as Int>::lit;
    let lower = u.lt(lit(1 << 31));
    let twice = L::U32::select(lower, u, u.xor(lit(0xFFFF_FFFF))).shl(1);
    let unit = L::lit(two_to(-33));
    let tail = L::from_u32(twice.or(lit(1))) * unit;
    let middle = L::from_u32(twice.xor(lit(0xFFFF_FFFF))) * unit;
    ((tail, middle), lower)
}
