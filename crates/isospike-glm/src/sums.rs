//! Long sums in an order that is fixed and that vectors can keep.

/// Partial sums of a dot product.
const PARTS: usize = 16;

/// `sum_t a[t] b[t]`: 16 partial sums, then these in order.
#[inline]
pub(crate) fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    let mut parts = [0.0; PARTS];
    for (a, b) in a.as_chunks::<PARTS>().0.iter().zip(b.as_chunks::<PARTS>().0) {
        for i in 0..PARTS {
            parts[i] += a[i] * b[i];
        }
    }
    parts.iter().sum()
}

/// `to[t] += k from[t]`
#[inline]
pub(crate) fn add_scaled<const N: usize>(to: &mut [f64; N], k: f64, from: &[f64; N]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += k * from;
    }
}
