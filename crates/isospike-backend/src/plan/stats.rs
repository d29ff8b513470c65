//! What is known of a projection's weights before they are drawn.

use isospike_lane::precise::exp;
use isospike_net::{Distribution, Shape, SynapseWeights};

/// Moments and bounds of a weight distribution.
#[derive(Clone, Copy, Debug)]
pub(super) struct WeightStats {
    /// Smallest weight that can occur.
    pub(super) min: f64,
    /// Largest weight that can occur.
    pub(super) max: f64,
    /// Mean |w|, or a bit more.
    pub(super) mean_abs: f64,
    /// Root mean square, or a bit more.
    pub(super) rms: f64,
    /// Median |w|, or a bit less.
    pub(super) median_abs: f64,
    /// The smallest f such that every weight is a multiple of 2^-f, when the weights are known.
    pub(super) fraction_bits: Option<u32>,
}

impl WeightStats {
    pub(super) fn of(weights: &SynapseWeights<'_>) -> WeightStats {
        match weights {
            SynapseWeights::Drawn(d) => Self::drawn(d),
            SynapseWeights::Listed(w) => Self::known(w),
        }
    }

    fn drawn(d: &Distribution) -> WeightStats {
        let (min, max) = d.range();
        let largest = min.abs().max(max.abs());
        let (mean_abs, rms, median_abs) = match d.shape {
            Shape::Constant(w) => (w.abs(), w.abs(), w.abs()),
            // |w| is folded at 0: its median is that of w, or half way out on both sides
            Shape::Uniform(..) => {
                (largest, largest, (0.5 * (min + max)).abs().max(0.25 * (max - min)))
            }
            Shape::Normal(mean, sd) => {
                (mean.abs() + sd, (mean * mean + sd * sd).sqrt(), mean.abs().max(0.6 * sd))
            }
            Shape::LogNormal(mu, sigma) => {
                let s2 = sigma * sigma;
                (exp(mu + s2 / 2.0), exp(mu + s2), exp(mu))
            }
        };
        let fraction_bits = if min == max { Some(fraction_bits(min)) } else { None };
        WeightStats {
            min,
            max,
            mean_abs: mean_abs.min(largest),
            rms: rms.min(largest),
            median_abs: median_abs.min(largest),
            fraction_bits,
        }
    }

    fn known(w: &[f64]) -> WeightStats {
        let n = w.len() as f64;
        WeightStats {
            min: w.iter().copied().fold(f64::INFINITY, f64::min),
            max: w.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            mean_abs: w.iter().map(|w| w.abs()).sum::<f64>() / n,
            rms: (w.iter().map(|w| w * w).sum::<f64>() / n).sqrt(),
            median_abs: median_abs(w),
            fraction_bits: w.iter().map(|&w| fraction_bits(w)).max(),
        }
    }
}

/// The upper median of |w|, found digit by digit of its bits (16 at a time, positive floats ascend
/// with their bits), so that nothing is copied.
fn median_abs(w: &[f64]) -> f64 {
    let (mut rank, mut prefix) = (w.len() / 2, 0u64);
    for shift in [48, 32, 16, 0] {
        let mut counts = vec![0usize; 1 << 16];
        let same = w.iter().map(|w| w.abs().to_bits() >> shift).filter(|b| b >> 16 == prefix);
        same.for_each(|b| counts[(b & 0xffff) as usize] += 1);
        let mut digit = 0;
        while rank >= counts[digit] {
            rank -= counts[digit];
            digit += 1;
        }
        prefix = prefix << 16 | digit as u64;
    }
    f64::from_bits(prefix)
}

/// The smallest f >= 0 such that w is a multiple of 2^-f.
fn fraction_bits(w: f64) -> u32 {
    if w == 0.0 {
        return 0;
    }
    let exponent = ((w.to_bits() >> 52) & 0x7ff) as i32 - 1075;
    let zeros = (w.to_bits() | 1 << 52).trailing_zeros().min(52) as i32;
    (-(exponent + zeros)).max(0) as u32
}

#[cfg(test)]
mod tests {
    use super::{fraction_bits, median_abs};

    #[test]
    fn fraction_bits_are_the_binary_places() {
        for (w, f) in [(0.0, 0), (1.0, 0), (6.0, 0), (0.5, 1), (-0.75, 2), (24.00390625, 8)] {
            assert_eq!(fraction_bits(w), f, "{w}");
        }
    }

    #[test]
    fn the_median_is_that_of_the_sorted_list() {
        for n in [1, 2, 3, 10, 1001] {
            let w: Vec<f64> = (0..n).map(|i| f64::from(i * 7919 % 31 - 15) * 1.1).collect();
            let mut sorted: Vec<f64> = w.iter().map(|w| w.abs()).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            assert_eq!(median_abs(&w), sorted[w.len() / 2], "{n}");
        }
    }
}
