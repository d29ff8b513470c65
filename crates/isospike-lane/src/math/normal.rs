//! The inverse of the normal distribution function, from a probability or straight from a random word.
//!
//! Three regions as in M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution",
//! Appl. Statist. 37 (1988), 477-484: rational in ¼ − q² where |q| = |p − ½| ≤ 0.425, in r = √(−log p) beyond;
//! with minimax coefficients of our own (7/7, below 2^-53; for `f32` 4/3, below 2^-26, and one region for all
//! r). Lanes pick their coefficients, so there is one evaluation and one division for all of them.

use super::log::{join, log_normal, split_any};
use super::poly::{poly_lanes, single};
use crate::lane::{Int, Lane, Mask};

/// Where the central region ends.
const SPLIT: f64 = 0.425;

/// A rational function: numerator and denominator.
type Rational<const P: usize, const Q: usize> = ([f64; P], [f64; Q]);

/// z / q over SPLIT² − q².
const CENTRE64: Rational<8, 8> = (
    [
        3.387_132_872_796_366_5,
        133.137_708_091_374,
        1971.461_553_868_780_6,
        13_730.194_864_370_107,
        45_914.517_927_081_775,
        67_250.611_694_011_36,
        33_420.539_412_506_06,
        2508.111_935_413_716_8,
    ],
    [
        1.0,
        42.312_161_630_129_815,
        687.145_291_780_923_5,
        5393.653_914_345_972,
        21_210.646_416_864_47,
        39_299.813_024_708_65,
        28_721.245_008_702_877,
        5224.666_626_138_414,
    ],
);
/// z over r − 1.6, r ≤ 5.
const MIDDLE64: Rational<8, 8> = (
    [
        1.423_437_110_749_683_7,
        4.633_802_443_258_669,
        5.780_136_794_390_226,
        3.659_696_785_803_564_7,
        1.276_552_062_075_802_6,
        0.243_273_248_104_252_85,
        0.022_882_012_159_337_287,
        0.000_779_792_774_224_584_3,
    ],
    [
        1.0,
        2.055_625_592_336_675_7,
        1.680_939_278_812_585_9,
        0.692_837_471_973_974_2,
        0.148_999_953_687_856_15,
        0.015_304_606_481_125_103,
        0.000_551_304_255_467_777_3,
        1.051_028_897_266_466e-09,
    ],
);
/// z over r − 5, r ≤ 27.3.
const FAR64: Rational<8, 8> = (
    [
        6.657_904_643_501_104,
        5.462_183_295_773_19,
        1.783_624_599_120_298,
        0.296_211_496_392_927_65,
        0.026_482_782_059_958_843,
        0.001_239_156_415_551_213_2,
        2.700_203_742_686_24e-05,
        1.997_997_150_344_574_3e-07,
    ],
    [
        1.0,
        0.599_591_648_080_409_3,
        0.136_802_471_239_382_47,
        0.014_850_750_997_881_66,
        0.000_784_767_766_937_156_4,
        1.838_727_236_334_156e-05,
        1.412_788_123_943_415e-07,
        2.009_238_815_729_487_8e-15,
    ],
);
/// z / q over SPLIT² − q².
const CENTRE32: Rational<5, 4> = (
    [
        3.387_132_883_071_899_4,
        58.811_565_399_169_92,
        246.956_512_451_171_88,
        174.850_769_042_968_75,
        -26.407_112_121_582_03,
    ],
    [1.0, 20.368_480_682_373_047, 112.066_024_780_273_44, 147.305_664_062_5],
);
/// z over r − 1.6, r ≤ 10.25.
const TAIL32: Rational<5, 4> = (
    [
        1.423_437_118_530_273_4,
        3.116_208_314_895_63,
        1.968_146_085_739_135_7,
        0.445_049_762_725_830_1,
        0.029_222_406_446_933_746,
    ],
    [1.0, 0.989_478_766_918_182_4, 0.282_009_154_558_181_76, 0.020_658_988_505_601_883],
);

#[inline(always)]
fn blend<L: Lane, const K: usize>(m: L::Mask, t: [L; K], f: [f64; K]) -> [L; K] {
    std::array::from_fn(|i| L::select(m, t[i], L::lit(f[i])))
}

/// The quantile's magnitude: `q` = ½ − `tail` ≥ 0, `r` = √(−log tail). Without `far` the tail must not be below e^-25.
#[inline(always)]
fn magnitude<L: Lane>(q: L, r: L, far: bool) -> L {
    let central = q.le(L::lit(SPLIT));
    let (at, factor) = (L::lit(SPLIT * SPLIT) - q * q, L::select(central, q, L::lit(1.0)));
    if single::<L>() {
        let t = L::select(central, at, r - L::lit(1.6));
        let num = blend(central, CENTRE32.0.map(L::lit), TAIL32.0);
        let den = blend(central, CENTRE32.1.map(L::lit), TAIL32.1);
        factor * poly_lanes(t, num) / poly_lanes(t, den)
    } else {
        let mut t = L::select(central, at, r - L::lit(1.6));
        let mut num = blend(central, CENTRE64.0.map(L::lit), MIDDLE64.0);
        let mut den = blend(central, CENTRE64.1.map(L::lit), MIDDLE64.1);
        if far {
            let near = r.le(L::lit(5.0));
            t = L::select(near, t, r - L::lit(5.0));
            num = blend(near, num, FAR64.0);
            den = blend(near, den, FAR64.1);
        }
        factor * poly_lanes(t, num) / poly_lanes(t, den)
    }
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

/// (u + ½) 2^-32 as its distance from the nearer end and from the middle, each rounded once, and whether the nearer
/// end is 0. In cells from the end d the two are (2 d + 1) 2^-33 and (2^32 − 1 − 2 d) 2^-33.
#[inline(always)]
pub(crate) fn fold<L: Lane>(u: L::U32) -> ((L, L), L::Mask) {
    let lit = <L::U32 as Int>::lit;
    let lower = u.lt(lit(1 << 31));
    let twice = L::U32::select(lower, u, u.xor(lit(0xFFFF_FFFF))).shl(1);
    let unit = L::lit(2.0f64.powi(-33));
    let tail = L::from_u32(twice.or(lit(1))) * unit;
    let middle = L::from_u32(twice.xor(lit(0xFFFF_FFFF))) * unit;
    ((tail, middle), lower)
}
