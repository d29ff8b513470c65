//! The largest network that fits, and the size at which a network has so many neurons or synapses.

use super::search::{Tried, largest};
use super::{Room, is_too_large};
use isospike_backend::{Error, ErrorKind, Measured, Result};
use isospike_lane::precise::{exp, log};
use isospike_net::Network;
use serde::Serialize;
use std::sync::Arc;

/// A size of a network that fits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// Size relative to the network's own.
    pub scale: f64,
    /// Neurons and sources.
    pub n_neurons: u64,
    /// Synapses.
    pub n_synapses: u64,
    /// Bytes of its plan.
    pub total_bytes: u64,
}

/// What a size is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Neurons and sources.
    Neurons,
    /// Synapses.
    Synapses,
}

/// Digits of a scale that is looked for.
const DIGITS: u32 = 3;
/// Scales between two powers of ten.
const PER_TEN: usize = 9 * 10usize.pow(DIGITS - 1);
/// The least scale: one in ten thousand.
const LEAST: i32 = -4;
/// Powers of ten between the least scale and the largest.
const TENS: usize = 12;

impl Room {
    /// The largest scale of three digits at which a network fits, below `below` where that is
    /// given; `None` if it is too large at every size. `network` makes it at a scale:
    /// [`Network::scale`], or a [`Loader`](isospike_net::Loader).
    ///
    /// # Errors
    /// `Invalid` if the room has no limit; what `network` says if it has one size only.
    pub fn largest_scale(
        &self,
        network: impl Fn(f64) -> Result<Network>,
        below: Option<f64>,
    ) -> Result<Option<Fit>> {
        if self.limit_bytes().is_none() {
            let message = "there is no memory limit: every size fits";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let attempt = |k| {
            let scale = scale(k);
            let measured = network(scale).and_then(|n| {
                let n = Arc::new(n);
                Ok((n.neurons(), self.measure(n)?))
            });
            match measured {
                Ok((n_neurons, Measured { n_synapses, memory, .. })) => {
                    let total_bytes = memory.total_bytes();
                    Tried::Fits(Fit { scale, n_neurons, n_synapses, total_bytes })
                }
                Err(e) if is_too_large(&e) => Tried::TooLarge,
                // What is not even valid has fewer neurons than a degree asks for.
                Err(_) => Tried::Invalid,
            }
        };
        let one = PER_TEN * LEAST.unsigned_abs() as usize;
        let n = match below {
            Some(below) => (0..PER_TEN * TENS).take_while(|&k| scale(k) < below).count(),
            // The first power of ten at which it does not fit, so that no larger one is tried.
            None => {
                let mut tens = (one..PER_TEN * TENS).step_by(PER_TEN);
                let no = tens.find(|&k| !matches!(attempt(k), Tried::Fits(_)));
                no.unwrap_or(PER_TEN * TENS)
            }
        };
        // Said once, before data files are read again and again: some networks have one size only.
        if let Some(k) = (0..n).next_back() {
            network(scale(k))?;
        }
        Ok(largest(n, attempt).map(|(_, fit)| fit))
    }

    /// How many lanes of a network's batch fit at once, the first ones; `None` if not even one.
    pub fn largest_batch(&self, network: &Arc<Network>) -> Option<usize> {
        let attempt = |k| {
            match self.measure(network.lanes(0..=k)) {
                Ok(_) => Tried::Fits(()),
                // Nothing but too many lanes is wrong with a network that is valid.
                Err(_) => Tried::TooLarge,
            }
        };
        largest(network.lane_seeds.len(), attempt).map(|(k, ())| k + 1)
    }

    /// The scale, of four digits, at which a network has about so many neurons or synapses: within
    /// 1 %, where sizes, which are whole numbers, allow it.
    ///
    /// # Errors
    /// As `network` and [`Room::measure`] say of the sizes on the way.
    pub fn scale_for(
        &self,
        network: impl Fn(f64) -> Result<Network>,
        count: Count,
        target: f64,
    ) -> Result<f64> {
        const TRIES: usize = 12;
        /// Relative to the target.
        const CLOSE: f64 = 0.003;
        /// The longest step, a factor of 1,000, in logarithms.
        const STRIDE: f64 = 6.9;
        let n_at = |scale: f64| {
            let network = Arc::new(network(scale)?);
            let n = match count {
                Count::Neurons => network.neurons(),
                Count::Synapses => self.measure(network)?.n_synapses,
            };
            Ok::<f64, Error>((n as f64).max(1.0))
        };
        // The number goes with a power of the scale, from 1 to 2 for synapses: a secant in
        // logarithms finds it in a few steps.
        let wanted = log(target.max(1.0));
        let off = |n: f64| (log(n) - wanted).abs();
        let (mut at, mut power) = ((1.0, n_at(1.0)?), 1.5);
        let mut best = at;
        for _ in 0..TRIES {
            let step = (wanted - log(at.1)) / power;
            let scale = digits(at.0 * exp(step.clamp(-STRIDE, STRIDE)), 4);
            if off(best.1) < CLOSE || scale == at.0 {
                break;
            }
            let next = (scale, n_at(scale)?);
            if next.1 != at.1 {
                power = ((log(next.1) - log(at.1)) / (log(next.0) - log(at.0))).clamp(0.5, 3.0);
            }
            at = next;
            if off(at.1) < off(best.1) {
                best = at;
            }
        }
        Ok(best.0)
    }
}

/// The scales that are tried, ascending.
fn scale(k: usize) -> f64 {
    let (digits, tens) = (PER_TEN / 9 + k % PER_TEN, k / PER_TEN);
    let power = LEAST + tens as i32 - (DIGITS as i32 - 1);
    format!("{digits}e{power}").parse().expect("a number")
}

/// A number rounded to so many digits.
fn digits(x: f64, n: usize) -> f64 {
    format!("{x:.*e}", n - 1).parse().expect("a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_have_three_digits() {
        let one = PER_TEN * LEAST.unsigned_abs() as usize;
        let of = [0, 1, PER_TEN - 1, PER_TEN, one, one + 1].map(scale);
        assert_eq!(of, [1e-4, 1.01e-4, 9.99e-4, 1e-3, 1.0, 1.01]);
        assert_eq!([0.123_456, 99_999.0].map(|x| digits(x, 4)), [0.1235, 1e5]);
    }
}
