//! Sums and products with their rounding errors (Dekker 1971, Knuth), on lanes.

use super::poly::pick;
use crate::lane::Lane;

/// a + b = sum + error, exactly.
#[inline(always)]
pub(super) fn two_sum<L: Lane>(a: L, b: L) -> (L, L) {
    let s = a + b;
    let v = s - a;
    (s, (a - (s - v)) + (b - v))
}

/// a − b = difference + error, exactly.
#[inline(always)]
pub(super) fn two_difference<L: Lane>(a: L, b: L) -> (L, L) {
    let s = a - b;
    let v = s - a;
    (s, (a - (s - v)) - (b + v))
}

/// a b = product + error, exactly unless something overflows or underflows.
#[inline(always)]
pub(super) fn two_product<L: Lane>(a: L, b: L) -> (L, L) {
    let halves = |x: L| {
        let t = x * pick(4_097.0, 134_217_729.0);
        let hi = t - (t - x);
        (hi, x - hi)
    };
    let p = a * b;
    let ((ah, al), (bh, bl)) = (halves(a), halves(b));
    (p, al * bl - (((p - ah * bh) - al * bh) - ah * bl))
}
