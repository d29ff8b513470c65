//! What the expected spikes of a step are made of, with derivatives by parameters.

use crate::dual::{Dual, Number};

/// The drive of a neuron whose spikes are random, as numbers of which some vary with a parameter:
///
/// ```text
/// g(t) = coupling C(t) + history sum_k kernels[1][k] X(t - 1 - k) + b + E(t)
/// C(t) = sum_k kernels[0][k] I(t - k), or a(t) of an activation
/// a(t) = keep a(t - 1) + dt I(t)
/// ```
///
/// `I` is what arrives, `X` are the neuron's own spikes, `E` is injected. A model that gives it
/// ([`Model::drive`](crate::Model::drive)) can be tuned: it has state slots `g` and `spikes`, and
/// `activation`, with `keep a(t)` after step t, where `keep` is there.
#[derive(Clone, Debug)]
pub struct Drive {
    /// Gain of the coupling.
    pub coupling: Dual,
    /// Gain of the history.
    pub history: Dual,
    /// Background.
    pub b: Dual,
    /// What is kept of the activation in a step, for models that have one.
    pub keep: Option<Dual>,
    /// Kernels of the model's filters, newest first.
    pub kernels: Vec<Vec<Dual>>,
    /// From `g` to expected spikes.
    pub rate: Rate,
}

/// From the drive of a step to the spikes that are expected of it.
#[derive(Clone, Copy, Debug)]
pub enum Rate {
    /// `scale link(gain (g - theta))`, at most `most`.
    Link {
        /// The link function.
        link: fn(Dual) -> Dual,
        /// Expected spikes where the link is 1.
        scale: Dual,
        /// Gain of the link.
        gain: Dual,
        /// Threshold.
        theta: Dual,
        /// Most that can be expected: 1 where there is at most one spike.
        most: f64,
    },
    /// The probability that `g + b n > theta`, where n is Gaussian noise with probability `rho`,
    /// else 0; its square, if it is `squared`. `g` is the drive without the noise.
    Noise {
        /// Threshold.
        theta: Dual,
        /// Unit of the noise.
        b: Dual,
        /// Standard deviation of the noise.
        sigma: Dual,
        /// Probability of noise.
        rho: Dual,
        /// Whether the noise is squared.
        squared: bool,
    },
}

impl Rate {
    /// Expected spikes of a step.
    pub fn at(&self, g: Dual) -> Dual {
        match *self {
            Rate::Link { link, scale, gain, theta, most } => {
                let rate = scale * link(gain * (g - theta));
                if rate.value > most { Dual::lit(most) } else { rate }
            }
            Rate::Noise { theta, b, sigma, rho, squared } => {
                let (lit, above) = (Dual::lit, g.value > theta.value);
                let without = lit(if above { 1.0 } else { 0.0 });
                let unit = b * sigma;
                let with = match squared {
                    _ if unit.value == 0.0 => without,
                    false => {
                        let x = (g - theta) / unit;
                        // a negative b turns the noise around, which changes nothing
                        (if unit.value > 0.0 { x } else { -x }).normal_cdf()
                    }
                    true => {
                        // b n^2 lies above or below what is missing
                        let missing = (theta - g) / b;
                        let tail = |x: Dual| lit(2.0) * (-x.sqrt() / sigma).normal_cdf();
                        match (b.value > 0.0, missing.value > 0.0) {
                            (true, true) => tail(missing),
                            (true, false) => lit(1.0),
                            (false, true) => lit(1.0) - tail(missing),
                            (false, false) => lit(0.0),
                        }
                    }
                };
                rho * with + (lit(1.0) - rho) * without
            }
        }
    }
}
