//! Polynomials, and the constants both precisions share.

use crate::lane::{Float, Lane};

/// Whether the lane is `f32`: a constant, so the other branch costs nothing.
#[inline(always)]
pub(super) fn single<L: Lane>() -> bool {
    L::Scalar::MANTISSA == 23
}

/// A constant for each precision. The values for `f32` are exact in `f32`.
#[inline(always)]
pub(super) fn pick<L: Lane>(f32: f64, f64: f64) -> L {
    L::lit(if single::<L>() { f32 } else { f64 })
}

/// 1.5 · 2^mantissa: adding it rounds to the nearest integer and leaves that integer in the low bits.
#[inline(always)]
pub(super) fn magic<L: Lane>() -> f64 {
    if single::<L>() { 12_582_912.0 } else { 6_755_399_441_055_744.0 }
}

/// Exponent bias of the format.
#[inline(always)]
pub(super) fn bias<L: Lane>() -> f64 {
    if single::<L>() { 127.0 } else { 1023.0 }
}

/// c[0] + c[1] x + c[2] x² + ...
#[inline(always)]
pub(super) fn poly<L: Lane, const K: usize>(x: L, c: [f64; K]) -> L {
    poly_lanes(x, c.map(L::lit))
}

/// The same with coefficients that may differ from lane to lane; at most 32 of them.
///
/// Estrin's scheme: pairs, pairs of pairs, ... so that the additions do not wait for each other. The order is part
/// of the bits. Unused powers are dead code.
#[inline(always)]
pub(super) fn poly_lanes<L: Lane, const K: usize>(x: L, c: [L; K]) -> L {
    const { assert!(K > 0 && K <= 32) };
    let x2 = x * x;
    let x4 = x2 * x2;
    let x8 = x4 * x4;
    let pair = |i: usize| if i + 1 < K { c[i] + c[i + 1] * x } else { c[i] };
    let quad = |i: usize| if i + 2 < K { pair(i) + pair(i + 2) * x2 } else { pair(i) };
    let oct = |i: usize| if i + 4 < K { quad(i) + quad(i + 4) * x4 } else { quad(i) };
    let mut sum = oct((K - 1) / 8 * 8);
    if K > 24 {
        sum = oct(16) + sum * x8;
    }
    if K > 16 {
        sum = oct(8) + sum * x8;
    }
    if K > 8 {
        sum = oct(0) + sum * x8;
    }
    sum
}

/// The polynomial of the lane's precision, its coefficients given as `f64` bit patterns.
#[inline(always)]
pub(super) fn fit<L: Lane, const A: usize, const B: usize>(
    x: L,
    f32: &[u64; A],
    f64: &[u64; B],
) -> L {
    if single::<L>() { poly(x, f32.map(f64::from_bits)) } else { poly(x, f64.map(f64::from_bits)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_evaluated_whole() {
        fn check<const K: usize>() {
            let c: [f64; K] = std::array::from_fn(|i| (i + 1) as f64);
            let horner = c.iter().rev().fold(0.0, |s, c| s * 2.0 + c);
            assert_eq!(poly(2.0f64, c), horner, "{K} coefficients");
        }
        macro_rules! all { ($($k:literal)*) => { $( check::<$k>(); )* } }
        all!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
    }
}
