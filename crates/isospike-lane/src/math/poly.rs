//! Polynomials, and the constants both precisions share.
//!
//! Plain `#[inline(always)]` functions, no closures and no `array::map`: only what is inlined for
//! certain takes on the instruction set of its caller.

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

/// 2^n, for n a normal exponent.
pub(crate) const fn two_to(n: i32) -> f64 {
    f64::from_bits(((1023 + n) as u64) << 52)
}

/// 1.5 · 2^mantissa: adding it rounds to the nearest integer and leaves that integer in the low
/// bits.
#[inline(always)]
pub(super) fn magic<L: Lane>() -> f64 {
    if single::<L>() { 1.5 * const { two_to(23) } } else { 1.5 * const { two_to(52) } }
}

/// Exponent bias of the format.
#[inline(always)]
pub(super) fn bias<L: Lane>() -> f64 {
    if single::<L>() { 127.0 } else { 1023.0 }
}

/// The coefficients of a polynomial, lowest first.
pub(super) trait Coefficients<L: Lane>: Copy {
    /// How many; at most 32.
    const LEN: usize;
    /// The i-th.
    fn at(self, i: usize) -> L;
}

/// Constants, as `f64` bit patterns.
impl<L: Lane, const K: usize> Coefficients<L> for &[u64; K] {
    const LEN: usize = K;
    #[inline(always)]
    fn at(self, i: usize) -> L {
        L::lit(f64::from_bits(self[i]))
    }
}

/// The first set of coefficients where the mask is set, else the second, lane by lane.
#[derive(Clone, Copy)]
pub(super) struct Blend<M, A, B>(pub(super) M, pub(super) A, pub(super) B);

impl<L: Lane, A: Coefficients<L>, B: Coefficients<L>> Coefficients<L> for Blend<L::Mask, A, B> {
    const LEN: usize = {
        assert!(A::LEN == B::LEN);
        A::LEN
    };
    #[inline(always)]
    fn at(self, i: usize) -> L {
        L::select(self.0, self.1.at(i), self.2.at(i))
    }
}

/// c[0] + c[1] x + c[2] x² + ...
///
/// Estrin's scheme: pairs, pairs of pairs, ... so that the additions do not wait for each other.
/// The order is part of the bits. Unused powers are dead code.
#[inline(always)]
pub(super) fn poly<L: Lane, C: Coefficients<L>>(x: L, c: C) -> L {
    const { assert!(C::LEN > 0 && C::LEN <= 32) };
    let x2 = x * x;
    let x4 = x2 * x2;
    let x8 = x4 * x4;
    let mut sum = oct(x, x2, x4, c, (C::LEN - 1) / 8 * 8);
    if C::LEN > 24 {
        sum = oct(x, x2, x4, c, 16) + sum * x8;
    }
    if C::LEN > 16 {
        sum = oct(x, x2, x4, c, 8) + sum * x8;
    }
    if C::LEN > 8 {
        sum = oct(x, x2, x4, c, 0) + sum * x8;
    }
    sum
}

#[inline(always)]
fn pair<L: Lane, C: Coefficients<L>>(x: L, c: C, i: usize) -> L {
    if i + 1 < C::LEN { c.at(i) + c.at(i + 1) * x } else { c.at(i) }
}

#[inline(always)]
fn quad<L: Lane, C: Coefficients<L>>(x: L, x2: L, c: C, i: usize) -> L {
    let low = pair(x, c, i);
    if i + 2 < C::LEN { low + pair(x, c, i + 2) * x2 } else { low }
}

#[inline(always)]
fn oct<L: Lane, C: Coefficients<L>>(x: L, x2: L, x4: L, c: C, i: usize) -> L {
    let low = quad(x, x2, c, i);
    if i + 4 < C::LEN { low + quad(x, x2, c, i + 4) * x4 } else { low }
}

/// The polynomial of the lane's precision.
#[inline(always)]
pub(super) fn fit<L: Lane, const A: usize, const B: usize>(
    x: L,
    f32: &[u64; A],
    f64: &[u64; B],
) -> L {
    if single::<L>() { poly(x, f32) } else { poly(x, f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_evaluated_whole() {
        fn check<const K: usize>() {
            let c: [f64; K] = std::array::from_fn(|i| (i + 1) as f64);
            let horner = c.iter().rev().fold(0.0, |s, c| s * 2.0 + c);
            assert_eq!(poly(2.0f64, &c.map(f64::to_bits)), horner, "{K} coefficients");
        }
        macro_rules! all { ($($k:literal)*) => { $( check::<$k>(); )* } }
        all!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
    }
}
