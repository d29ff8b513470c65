//! Weights that depend on the distance on a ring: every row is the first one, turned.

use crate::wiring::Row;
use isospike_lane::precise::exp;

/// The row of neuron 0.
#[derive(Debug)]
pub(crate) struct Ring {
    /// Neurons.
    n: u32,
    /// How far ahead the targets lie, ascending, from 1 to n - 1.
    ahead: Vec<u32>,
    weights: Vec<f64>,
}

impl Ring {
    pub(super) fn mexican_hat(n: u32, a: f64, sigma_1: f64, sigma_2: f64) -> Ring {
        let is_zero = |w: f64| w as f32 == 0.0;
        let bells = |d: u32| {
            let square = f64::from(d) * f64::from(d);
            [sigma_1, sigma_2].map(|sigma| exp(-square / (2.0 * sigma * sigma)))
        };
        // Bells fall with the distance: where both have vanished, they stay so.
        let by_distance: Vec<(u32, f64)> = (1..=n / 2)
            .map(|d| (d, bells(d)))
            .take_while(|(_, [x, y])| !(is_zero(*x) && is_zero(a * y)))
            .map(|(d, [x, y])| (d, x - a * y))
            .filter(|(_, w)| !is_zero(*w))
            .collect();
        let back = by_distance.iter().rev().map(|&(d, w)| (n - d, w)).filter(|b| 2 * b.0 != n);
        let (ahead, weights) = by_distance.iter().copied().chain(back).unzip();
        Ring { n, ahead, weights }
    }

    /// The weights of one row.
    pub(super) fn into_weights(self) -> Vec<f64> {
        self.weights
    }

    /// Synapses of each source.
    pub(super) fn degrees(&self) -> Vec<u32> {
        vec![self.ahead.len() as u32; self.n as usize]
    }

    pub(super) fn row(&self, source: u32, row: &mut Row) {
        // Targets beyond the last neuron begin again at the first, and come first.
        let to_end = self.n - source;
        let turn = self.ahead.partition_point(|&d| d < to_end);
        row.targets.clear();
        row.targets.extend(self.ahead[turn..].iter().map(|d| d - to_end));
        row.targets.extend(self.ahead[..turn].iter().map(|d| source + d));
        row.weights.clear();
        row.weights.extend_from_slice(&self.weights[turn..]);
        row.weights.extend_from_slice(&self.weights[..turn]);
    }
}
