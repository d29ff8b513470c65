//! The logarithm of the gamma function for positive arguments.

use super::log::{join, split_any};
use super::poly::fit;
use crate::lane::Lane;

/// log Γ(x) for x > 0; ∞ at 0, NaN below.
///
/// Γ(x + 1) = x Γ(x) carries every x below 8.25 to y in [1.25, 2.25), where log Γ(y) = (y − 2) P(y
/// − 2); one logarithm of the product of the factors makes up for it. Above, Stirling's series.
#[inline(always)]
pub(super) fn lgamma<L: Lane>(x: L) -> L {
    let (zero, one) = (L::lit(0.0), L::lit(1.0));
    let stirling = L::lit(8.25).le(x);
    // Up: at most two factors. Down: at most six.
    let low = x.lt(L::lit(1.25));
    let lowest = x.lt(L::lit(0.25));
    let up = L::select(lowest, x * (one + x), x);
    let mut down = one;
    let mut last = zero;
    for i in 1..=6 {
        let t = x - L::lit(f64::from(i));
        let more = L::lit(1.25).le(t);
        down = L::select(more, down * t, down);
        last = L::select(more, L::lit(f64::from(i)), last);
    }
    // y, less 2.
    let d = L::select(low, L::select(lowest, x, x - one), (x - last) - L::lit(2.0));
    let product = L::select(low, up, down);
    let (k, f) = split_any(L::select(stirling, x, product));
    let log = join(k, f, zero);
    let near = d * fit(d, &GAMMA32, &GAMMA64) + L::select(low, -log, log);
    let w = one / x;
    let far = (x - L::lit(0.5)) * (log - one)
        + (L::lit(0.418_938_533_204_672_7) + w * fit(w * w, &STIRLING32, &STIRLING64));
    let y = L::select(stirling, far, near);
    let y = L::select(x.lt(L::lit(f64::INFINITY)), y, x);
    let edge = L::select(x.eq(zero), L::lit(f64::INFINITY), L::lit(f64::NAN));
    L::select(zero.lt(x), y, edge)
}

/// log Γ(2 + d) / d over d from −0.75 to 0.25.
const GAMMA64: [u64; 18] = [
    0x3FDB_0EE6_0720_93CF,
    0x3FD4_A34C_C4A6_0F9E,
    0xBFB1_3E00_1A55_81B1,
    0x3F95_1322_AC7D_D731,
    0xBF7E_404F_C1B1_E650,
    0x3F67_ADD6_EB81_61EC,
    0xBF53_8AC6_164F_5C76,
    0x3F40_B369_409B_143A,
    0xBF2D_3F9D_9014_90F6,
    0x3F1A_147C_0AC8_1FB8,
    0xBF07_91E2_B40A_8EB7,
    0x3EF5_13B2_ADDE_1CC4,
    0xBEE5_3392_3B40_79B5,
    0x3ED7_21CB_1469_FA13,
    0x3ED0_78D3_AAE8_8241,
    0x3EE6_90E2_31F2_6AF5,
    0x3EDF_4EE5_7953_8004,
    0x3EC9_57E1_43FC_A05A,
];
const GAMMA32: [u64; 9] = [
    0x3FDB_0EE6_0000_0000,
    0x3FD4_A34C_C000_0000,
    0xBFB1_3E01_A000_0000,
    0x3F95_1333_C000_0000,
    0xBF7E_3273_8000_0000,
    0x3F67_E3BB_C000_0000,
    0xBF55_BCAC_8000_0000,
    0x3EE2_C887_8000_0000,
    0xBF48_68C2_6000_0000,
];
/// Stirling's series over 1 / x².
const STIRLING64: [u64; 6] = [
    0x3FB5_5555_5555_5553,
    0xBF66_C16C_16BC_82F6,
    0x3F4A_019F_DEC3_3B42,
    0xBF43_80F5_7F86_8D99,
    0x3F4B_72DB_6BBC_CE7B,
    0xBF5B_429C_E571_30FA,
];
const STIRLING32: [u64; 2] = [0x3FB5_5555_0000_0000, 0xBF66_A943_2000_0000];
