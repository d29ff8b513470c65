//! The error function and its complement.

use super::double::{two_product, two_sum};
use super::exp::{parts, scale};
use super::poly::{fit, pick};
use crate::lane::Lane;

/// erf x for |x| ≤ 1.
#[inline(always)]
fn small<L: Lane>(x: L) -> L {
    x + x * fit(x * x, &ERF32, &ERF64)
}

/// erfc a for a ≥ 0: e^(−a²) times (1 + 2a) erfcx(a) / (1 + 2a), where the numerator, as a
/// polynomial in (a − K) / (a + K), is smooth over the whole half-line (Schonfelder 1978; M. M.
/// Shepherd and J. G. Laframboise, Math. Comp. 36 (1981) 249). a² enters the exponential with its
/// rounding error.
#[inline(always)]
fn complement<L: Lane>(a: L) -> L {
    // Zero from here on.
    let a = pick::<L>(11.0, 28.0).min(a);
    let (square, error) = two_product(a, a);
    let (n, head, rest) = parts(-square, -error);
    let k = pick::<L>(2.0, 4.0);
    let t = (a - k) / (a + k);
    // Numerator and denominator with what rounding takes from them, and a correction of the
    // quotient to first order.
    let first = pick::<L>(f64::from_bits(ERFCX32.0), f64::from_bits(ERFCX64.0));
    let more = t * fit(t, &ERFCX32.1, &ERFCX64.1);
    let p = first + more;
    let p_low = more - (p - first);
    let (d, d_low) = two_sum(L::lit(1.0), a + a);
    let q = p / d;
    let (back, error) = two_product(q, d);
    let fix = ((((p - back) - error) + p_low) - q * d_low) / d;
    scale(head * q + (head * fix + rest * q), n)
}

/// Error function.
#[inline(always)]
pub(super) fn erf<L: Lane>(x: L) -> L {
    let a = x.abs();
    let large = L::lit(1.0) - complement(a);
    L::select(a.lt(L::lit(1.0)), small(a), large).copysign(x)
}

/// 1 − erf x, with full relative precision far out.
#[inline(always)]
pub(super) fn erfc<L: Lane>(x: L) -> L {
    let a = x.abs();
    let tail = complement(a);
    let tail = L::select(x.lt(L::lit(0.0)), L::lit(2.0) - tail, tail);
    L::select(a.lt(L::lit(0.45)), L::lit(1.0) - small(x), tail)
}

/// erf(x) / x − 1 over x².
const ERF64: [u64; 12] = [
    0x3FC0_6EBA_8214_DB68,
    0xBFD8_1274_6B03_79B5,
    0x3FBC_E2F2_1A04_0B02,
    0xBF9B_82CE_311F_7069,
    0x3F75_65BC_CF90_8894,
    0xBF4C_02DB_03FF_6859,
    0x3F1F_9A2B_B4BB_A0E4,
    0xBEEF_4CA5_BB28_56D7,
    0x3EBB_9807_F233_8879,
    0xBE85_C0BC_3130_E1C1,
    0x3E4D_73D7_44D5_602C,
    0xBE0A_C1A4_196D_EACB,
];
const ERF32: [u64; 7] = [
    0x3FC0_6EBA_8000_0000,
    0xBFD8_1274_0000_0000,
    0x3FBC_E2D5_2000_0000,
    0xBF9B_7FEC_4000_0000,
    0x3F75_42FE_C000_0000,
    0xBF4A_5197_A000_0000,
    0x3F14_C5CB_4000_0000,
];
/// (1 + 2a) erfcx(a) over (a − 4) / (a + 4): the first coefficient and the others.
const ERFCX64: (u64, [u64; 21]) = (
    0x3FF3_BA59_16E9_FD7F,
    [
        0xBFC1_DF1A_D154_A2A8,
        0x3F8F_7F5D_F66F_B87F,
        0x3FB1_6ECE_FCFA_6921,
        0xBFB9_DDB2_3C3D_BDB1,
        0x3FB7_FEE0_04DE_923B,
        0xBFB0_FB06_DFF6_6C3C,
        0x3FA3_079E_DFAD_7751,
        0xBF90_9623_852D_565F,
        0x3F74_9C67_194F_B0B1,
        0xBF48_D4AC_37EB_8937,
        0xBF2A_1DEB_467B_B6B6,
        0x3F23_BE2E_C952_9DC2,
        0xBEF9_95F9_495A_1DBF,
        0xBEE7_8F5B_7F1B_BF4F,
        0x3ED7_F290_41A1_D675,
        0x3E95_0FC2_06E7_3264,
        0xBEAB_8747_5FC7_90BA,
        0x3E6D_96AF_B763_9B9F,
        0x3E7B_4544_1A63_D61A,
        0xBE41_2394_68A8_8172,
        0xBE41_F799_08E6_AA9D,
    ],
);
/// The same over (a − 2) / (a + 2).
const ERFCX32: (u64, [u64; 9]) = (
    0x3FF4_6E80_E000_0000,
    [
        0xBFB7_BF61_8000_0000,
        0xBFC5_407F_E000_0000,
        0x3FC4_FFC6_6000_0000,
        0xBFAB_C133_A000_0000,
        0xBF80_82F9_8000_0000,
        0x3F81_B340_8000_0000,
        0x3F55_A5B4_0000_0000,
        0xBF54_4FE7_4000_0000,
        0xBF3A_C60A_6000_0000,
    ],
);
