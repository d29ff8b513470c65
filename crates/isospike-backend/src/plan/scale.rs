//! Fixed-point scales: how many accumulator units a weight of 1 is worth, per port.
//!
//! For each port the plan needs a k with sum|w| 2^k below 2^31 (or 2^63), the sum taken over
//! everything that can reach one target in one step. The sum is *estimated* here, from the
//! connectors' in-degrees and the weight distributions, high enough that the estimate practically
//! never fails; the *proof* comes when the synapses are made (`fill`), where the sums are counted
//! exactly (`sums`). Where a sum exceeds its estimate so far that it does not fit, k was chosen too
//! high: it is lowered and the synapses are made again. Both are the same on every machine.

use isospike_net::{Plasticity, Precision};

/// The integer type sums are kept in, one for the whole plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accumulator {
    /// 32 bits.
    I32,
    /// 64 bits.
    I64,
}

impl Accumulator {
    /// Largest sum it can hold.
    pub fn max(self) -> u64 {
        match self {
            Accumulator::I32 => i32::MAX as u64,
            Accumulator::I64 => i64::MAX as u64,
        }
    }
    /// Bytes.
    pub fn bytes(self) -> usize {
        match self {
            Accumulator::I32 => 4,
            Accumulator::I64 => 8,
        }
    }
}

/// What a projection or an input can bring to a port in one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    /// Estimated largest sum of |w| at one target.
    pub(super) sum: f64,
    /// Median |w|; 0 when there is none to protect.
    pub(super) median: f64,
    /// Who brings it.
    pub(super) from: Origin,
}

/// Who brings a load, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A projection of the network.
    Projection(usize),
    /// An input of the population.
    Input(usize),
}

/// Smallest share of the median weight that an accumulator unit must resolve: half a unit is at
/// most 2^-16 of it.
const RESOLUTION_BITS: i32 = 15;
/// k stays in the range where 2^k and 2^-k are normal numbers in f32.
pub(super) const K_RANGE: std::ops::RangeInclusive<i32> = -96..=96;

/// The k for a port, so that the sum of loads fits below `max`.
pub(super) fn exponent(loads: &[Load], max: u64) -> i32 {
    let sum: f64 = loads.iter().map(|l| l.sum).sum();
    if sum == 0.0 {
        return 0;
    }
    // floor(log2(max / sum)), by the exponent field: no library logarithm.
    let ratio = max as f64 / sum;
    let k = ((ratio.to_bits() >> 52) as i32) - 1023;
    k.clamp(*K_RANGE.start(), *K_RANGE.end())
}

/// Whether a port with exponent k resolves every load's median weight.
pub(super) fn resolves(loads: &[Load], k: i32) -> bool {
    loads.iter().all(|l| l.median == 0.0 || l.median * pow2(k) >= pow2(RESOLUTION_BITS))
}

/// 2^k exactly.
pub fn pow2(k: i32) -> f64 {
    assert!((-1022..=1023).contains(&k));
    f64::from_bits(((k + 1023) as u64) << 52)
}

/// A weight in accumulator units: the nearest integer, ties to even, and the ends of `i64` where it
/// lies beyond them.
#[inline]
pub(super) fn rint(x: f64) -> i64 {
    const MAGIC: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52
    if x.abs() < 2_251_799_813_685_248.0 {
        // without a library call where the sum trick is exact
        ((x + MAGIC) - MAGIC) as i64
    } else {
        x.round_ties_even() as i64
    }
}

/// Size of a weight in the proof. What [`rint`] could not hold counts as more than anything.
#[inline]
pub(super) fn size(units: i64) -> u64 {
    match units.unsigned_abs() {
        n if n >= i64::MAX as u64 => u64::MAX,
        n => n,
    }
}

/// The most units a plastic synapse may add at a port with exponent k: what `w_max` is worth in the
/// precision that weights are kept in. The proof counts it and a session clamps to it.
pub(super) fn plastic_bound(rule: &Plasticity, precision: Precision, k: i32) -> i64 {
    rint(precision.rounded(rule.w_max) * pow2(k))
}

/// A high estimate of the sum of |w| over about `mean_degree` synapses, whose number is `random` or
/// exact; no weight is above `max`.
pub(super) fn tail(mean_degree: f64, random: bool, mean: f64, rms: f64, max: f64) -> f64 {
    const SIGMAS: f64 = 10.0;
    let degree =
        if random { mean_degree + SIGMAS * mean_degree.sqrt() + SIGMAS } else { mean_degree };
    (degree * mean + SIGMAS * degree.sqrt() * rms).min(degree * max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_is_the_largest_that_fits() {
        for sum in [1e-3, 0.75, 1.0, 3.0, 350_000.0, 2e9] {
            let k = exponent(&[Load { sum, median: 0.0, from: Origin::Input(0) }], i32::MAX as u64);
            assert!(sum * pow2(k) <= f64::from(i32::MAX), "{sum}");
            assert!(sum * pow2(k + 1) > f64::from(i32::MAX), "{sum}");
        }
    }

    #[test]
    fn units_are_the_nearest_integer_or_too_many() {
        for (x, n) in [(0.5, 0i64), (1.5, 2), (-2.5, -2), (1e10 + 0.75, 10_000_000_001)] {
            assert_eq!((rint(x), size(rint(x))), (n, n.unsigned_abs()), "{x}");
        }
        let most = pow2(63) - 1024.0;
        assert_eq!(size(rint(most)), most as u64);
        for x in [pow2(63), 1e30, f64::MAX] {
            assert_eq!([size(rint(x)), size(rint(-x))], [u64::MAX; 2], "{x}");
        }
    }
}
