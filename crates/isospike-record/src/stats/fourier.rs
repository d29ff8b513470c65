//! The discrete Fourier transform of a power of two of numbers.
//!
//! Libraries choose instructions, and with them roundings, by machine; this one adds and multiplies
//! in one order everywhere.

use isospike_lane::precise::{cos, sin};

/// Transforms of one length.
pub(super) struct Fourier {
    /// cos and sin of -2π k/n for k below n/2.
    turns: Vec<(f64, f64)>,
}

impl Fourier {
    /// For n numbers, a power of two.
    pub(super) fn new(n: usize) -> Fourier {
        let turn = |k: usize| {
            let angle = std::f64::consts::TAU * (k as f64 / n as f64);
            (cos(angle), -sin(angle))
        };
        Fourier { turns: (0..n / 2).map(turn).collect() }
    }

    /// X_k = Σ x_j e^(-2πi jk/n) in place, by the algorithm of Cooley and Tukey: numbers in the
    /// order of their reversed bits, then sums of two, four, ...
    pub(super) fn transform(&self, x: &mut [(f64, f64)]) {
        let n = x.len();
        let shift = usize::BITS - n.ilog2();
        for i in 0..n {
            let j = i.reverse_bits().checked_shr(shift).unwrap_or(0);
            if i < j {
                x.swap(i, j);
            }
        }
        let mut half = 1;
        while half < n {
            let stride = n / (2 * half);
            for block in x.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                let turns = self.turns.iter().step_by(stride);
                for ((a, b), &(c, s)) in low.iter_mut().zip(high).zip(turns) {
                    let t = (b.0 * c - b.1 * s, b.0 * s + b.1 * c);
                    *b = (a.0 - t.0, a.1 - t.1);
                    *a = (a.0 + t.0, a.1 + t.1);
                }
            }
            half *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sum_it_stands_for() {
        for n in [1usize, 2, 8, 64] {
            let x: Vec<_> =
                (0..n).map(|j| ((j * j % 7) as f64 - 3.0, (j * 5 % 11) as f64)).collect();
            let mut fast = x.clone();
            Fourier::new(n).transform(&mut fast);
            for (k, found) in fast.iter().enumerate() {
                let mut sum = (0.0, 0.0);
                for (j, (re, im)) in x.iter().enumerate() {
                    let angle = std::f64::consts::TAU * ((j * k % n) as f64 / n as f64);
                    let (c, s) = (cos(angle), -sin(angle));
                    sum = (sum.0 + re * c - im * s, sum.1 + re * s + im * c);
                }
                let far = (found.0 - sum.0).abs().max((found.1 - sum.1).abs());
                assert!(far < 1e-11, "{n}, {k}: {found:?} is not {sum:?}");
            }
        }
    }
}
