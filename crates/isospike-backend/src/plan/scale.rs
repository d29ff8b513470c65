//! Fixed-point scales: how many accumulator units a weight of 1 is worth, per port.
//!
//! For each port the plan needs a k with sum|w| 2^k below 2^31 (or 2^63), the sum taken over
//! everything that can reach one target in one step. The sum is *estimated* here, from the
//! connectors' in-degrees and the weight distributions, high enough that the estimate practically
//! never fails; the *proof* comes when the synapses are made (`tables`), where the sums are counted
//! exactly, and k is lowered if the estimate was too low. Both are the same on every machine.

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
}

/// Smallest share of the median weight that an accumulator unit must resolve: half a unit is at
/// most 2^-16 of it.
const RESOLUTION_BITS: i32 = 15;
/// k stays in the range where 2^k and 2^-k are normal numbers in f32.
const K_RANGE: std::ops::RangeInclusive<i32> = -96..=96;

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

/// A high estimate of the sum of |w| over `degree` expected synapses of random number.
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
            let k = exponent(&[Load { sum, median: 0.0 }], i32::MAX as u64);
            assert!(sum * pow2(k) <= f64::from(i32::MAX), "{sum}");
            assert!(sum * pow2(k + 1) > f64::from(i32::MAX), "{sum}");
        }
    }
}
