//! Random variates from random words: uniform, Bernoulli, normal, exponential.
//!
//! Each takes a fixed number of words and gives a monotone function of the first, so that
//! antithetic and stratified draws stay possible.

use crate::lane::{Float, Int, Lane, Mask};
use crate::math::poly::two_to;
use crate::math::{log, normal as quantile};

/// Uniform on [0, 1): the upper 24 bits of the word, exact in both precisions.
#[inline(always)]
pub fn uniform<L: Lane>(u: L::U32) -> L {
    L::from_u32(u.shr(8)) * L::lit(two_to(-24))
}

/// Uniform on [0, 1) with 53 bits: 27 of the first word, 26 of the second. Exact in `f64` only.
#[inline(always)]
pub fn uniform53<L: Lane>(u: L::U32, v: L::U32) -> L {
    let hi = L::from_u32(u.shr(5)) * L::lit(67_108_864.0);
    (hi + L::from_u32(v.shr(6))) * L::lit(two_to(-53))
}

/// Standard normal: the quantile at the centre of the word's cell of width 2^-32.
///
/// Symmetric (`!u` gives the negative), at most 6.338 in magnitude, standard deviation 1 − 4·10^-9.
#[inline(always)]
pub fn normal<L: Lane>(u: L::U32) -> L {
    quantile::normal(u)
}

/// Exponential with mean 1: −log of the centre of the word's cell, so at most 22.9, with full
/// relative precision for small values. Falls as the word grows.
#[inline(always)]
pub fn exponential<L: Lane>(u: L::U32) -> L {
    log::exponential(u)
}

/// A fixed probability, compared with the word as an integer: true for `floor(p 2^32)` of the 2^32
/// words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bernoulli {
    threshold: u64,
}

impl Bernoulli {
    /// `p` is clamped to [0, 1]; NaN counts as 0.
    pub fn new(p: f64) -> Bernoulli {
        // The product is exact and the cast takes the integer part.
        Bernoulli { threshold: (p.clamp(0.0, 1.0) * 4_294_967_296.0) as u64 }
    }
    /// True when the word is below this, from 0 (never) to 2^32 (always).
    #[inline(always)]
    pub fn threshold(self) -> u64 {
        self.threshold
    }
    /// One trial per lane.
    #[inline(always)]
    pub fn draw<U: Int>(self, u: U) -> U::Mask {
        if self.threshold > u64::from(u32::MAX) {
            U::Mask::splat(true)
        } else {
            u.lt(U::lit(self.threshold as i64))
        }
    }
}

/// One trial with probability `p` that differs from lane to lane.
///
/// In `f64`, u < p 2^32. In `f32` the same with u cut off to its 24 leading bits first, which is
/// exact for p < 2^-8 and rounds p up to a multiple of 2^-24 beyond. Never for p ≤ 0 or NaN, always
/// for p ≥ 1.
#[inline(always)]
pub fn bernoulli<L: Lane>(p: L, u: L::U32) -> L::Mask {
    truncated::<L>(u).lt(p * L::lit(4_294_967_296.0))
}

/// The word as a float, cut off (never rounded up) to what the mantissa holds.
#[inline(always)]
pub(crate) fn truncated<L: Lane>(u: L::U32) -> L {
    if L::Scalar::MANTISSA < 32 {
        let lit = <L::U32 as Int>::lit;
        L::from_u32(L::U32::select(u.lt(lit(1 << 24)), u, u.and(lit(0xFFFF_FF00))))
    } else {
        L::from_u32(u)
    }
}
