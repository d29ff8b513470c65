//! What is known of a projection's weights before they are drawn.

use isospike_lane::precise::exp;
use isospike_net::{Connector, Projection, Shape};

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
    pub(super) fn of(p: &Projection) -> WeightStats {
        if let Connector::Edges(edges) = &p.connector
            && let Some(w) = &edges.weight
            && !w.is_empty()
        {
            return Self::known(w);
        }
        let (min, max) = p.weight.range();
        let largest = min.abs().max(max.abs());
        let (mean_abs, rms, median_abs) = match p.weight.shape {
            Shape::Constant(w) => (w.abs(), w.abs(), w.abs()),
            Shape::Uniform(..) => (largest, largest, (min + max).abs() / 2.0),
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
        let mut abs: Vec<f64> = w.iter().map(|w| w.abs()).collect();
        abs.sort_unstable_by(f64::total_cmp);
        let n = w.len() as f64;
        WeightStats {
            min: w.iter().copied().fold(f64::INFINITY, f64::min),
            max: w.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            mean_abs: abs.iter().sum::<f64>() / n,
            rms: (abs.iter().map(|w| w * w).sum::<f64>() / n).sqrt(),
            median_abs: abs[abs.len() / 2],
            fraction_bits: w.iter().map(|&w| fraction_bits(w)).max(),
        }
    }
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
    use super::fraction_bits;

    #[test]
    fn fraction_bits_are_the_binary_places() {
        for (w, f) in [(0.0, 0), (1.0, 0), (6.0, 0), (0.5, 1), (-0.75, 2), (24.00390625, 8)] {
            assert_eq!(fraction_bits(w), f, "{w}");
        }
    }
}
