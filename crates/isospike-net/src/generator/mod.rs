//! Connections of a population with itself that come with their weights.

mod drawn;
mod ring;

use crate::draw::Stream;
use crate::wiring::Row;
use crate::{Distribution, SynapseWeights};
use drawn::Drawn;
use ring::Ring;
use std::borrow::Cow;

/// How a matrix of weights is made, row by row: the entry of row i and column j is the weight from
/// neuron i to neuron j of a population of n neurons, 0 where they are not connected. Nobody is
/// connected with itself.
///
/// They are those of Spikeometric 1.0.3 (Sønstebø, Brunborg & Lepperød 2023,
/// doi:10.21105/joss.05451), drawn from counters instead of a generator's state: a network is the
/// same on every machine, and follows from its seed alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Generator {
    /// Normal weights under Dale's rule. H, a matrix of n/2 rows and n columns, is drawn, and of
    /// its entries the part 2 (1 - sparsity) is kept. Neuron k < n/2 excites with what is positive
    /// in row k of H, neuron k + n/2 inhibits with what is negative there: their targets are
    /// disjoint, and together all that was kept. n must be even.
    Normal {
        /// Mean of H.
        mean: f64,
        /// Standard deviation of H, above 0.
        std: f64,
        /// Part of all pairs that is not connected, from 0.5 to 1.
        sparsity: f64,
        /// Whether H is divided by √n (Glorot & Bengio 2010).
        glorot: bool,
    },
    /// Uniform weights. Where `low` is `-high`, Dale's rule holds: they are made from H as the
    /// normal ones. Otherwise each pair is connected with probability 1 - sparsity.
    Uniform {
        /// Smallest weight.
        low: f64,
        /// Largest weight, above `low`.
        high: f64,
        /// Part of all pairs that is not connected: from 0 to 1, under Dale's rule from 0.5.
        sparsity: f64,
    },
    /// Mexican hat: neurons lie on a ring, and the weight at distance d = min(|i - j|, n - |i - j|)
    /// is exp(-d²/(2 sigma_1²)) - a exp(-d²/(2 sigma_2²)) in the unit of the port. Pairs so far
    /// apart that it vanishes in single precision are not connected.
    MexicanHat {
        /// Height of the second bell.
        a: f64,
        /// Width of the first (neurons), above 0.
        sigma_1: f64,
        /// Width of the second (neurons), above 0.
        sigma_2: f64,
    },
}

impl Generator {
    /// Its name in network files.
    pub const fn name(&self) -> &'static str {
        match self {
            Generator::Normal { .. } => "normal",
            Generator::Uniform { .. } => "uniform",
            Generator::MexicanHat { .. } => "mexican_hat",
        }
    }

    /// Whether one half of the neurons excites and the other inhibits.
    pub fn dale(&self) -> bool {
        match self {
            Generator::Normal { .. } => true,
            Generator::Uniform { low, high, .. } => *low == -*high,
            Generator::MexicanHat { .. } => false,
        }
    }

    /// About how many synapses it makes between n neurons: the mean where they are drawn.
    pub fn mean_synapses(&self, n: u32) -> f64 {
        let n = f64::from(n);
        let pairs = n * (n - 1.0).max(0.0);
        match *self {
            Generator::Normal { sparsity, .. } | Generator::Uniform { sparsity, .. } => {
                pairs * (1.0 - sparsity)
            }
            // e^(-13²/2) is well above the least number of single precision
            Generator::MexicanHat { sigma_1, sigma_2, .. } => {
                pairs.min(n * 2.0 * (13.0 * sigma_1.max(sigma_2)).floor())
            }
        }
    }

    /// The same for a population of `factor` times the size, with as many times the synapses of a
    /// neuron, `degrees`: the part of all pairs that is connected, or the width of the hat, follow.
    pub(crate) fn scaled(self, factor: f64, degrees: f64) -> Generator {
        let sparser = |sparsity: f64| sparsity + (1.0 - sparsity) * (1.0 - degrees / factor);
        match self {
            Generator::Normal { mean, std, sparsity, glorot } => {
                Generator::Normal { mean, std, sparsity: sparser(sparsity), glorot }
            }
            Generator::Uniform { low, high, sparsity } => {
                Generator::Uniform { low, high, sparsity: sparser(sparsity) }
            }
            Generator::MexicanHat { a, sigma_1, sigma_2 } => {
                let [sigma_1, sigma_2] = [sigma_1, sigma_2].map(|sigma| sigma * degrees);
                Generator::MexicanHat { a, sigma_1, sigma_2 }
            }
        }
    }

    /// What the weights between n neurons are.
    pub(crate) fn weights(&self, n: u32) -> SynapseWeights<'static> {
        match self.distribution(n) {
            Some(d) => SynapseWeights::Drawn(d),
            None => SynapseWeights::Listed(Cow::Owned(self.ring(n).into_weights())),
        }
    }

    /// What weights are drawn from, if they are.
    fn distribution(&self, n: u32) -> Option<Distribution> {
        match *self {
            Generator::Normal { mean, std, glorot, .. } => {
                let root = if glorot { f64::from(n).sqrt() } else { 1.0 };
                Some(Distribution::normal(mean / root, std / root))
            }
            Generator::Uniform { low, high, .. } => Some(Distribution::uniform(low, high)),
            Generator::MexicanHat { .. } => None,
        }
    }

    fn ring(&self, n: u32) -> Ring {
        match *self {
            Generator::MexicanHat { a, sigma_1, sigma_2 } => {
                Ring::mexican_hat(n, a, sigma_1, sigma_2)
            }
            _ => unreachable!("only the Mexican hat lies on a ring"),
        }
    }

    /// Ready to make rows for n neurons.
    pub(crate) fn rows(&self, stream: Stream, n: u32) -> Rows {
        match *self {
            Generator::Normal { sparsity, .. } | Generator::Uniform { sparsity, .. } => {
                let weight = self.distribution(n).expect("it is drawn");
                Rows::Drawn(Drawn::new(stream, n, self.dale(), 1.0 - sparsity, &weight))
            }
            Generator::MexicanHat { .. } => Rows::Ring(self.ring(n)),
        }
    }
}

/// A generator at work: targets and weights of any source.
#[derive(Debug)]
pub(crate) enum Rows {
    /// Independent weights.
    Drawn(Drawn),
    /// Weights by distance.
    Ring(Ring),
}

impl Rows {
    /// Overwrites targets and weights of `row`.
    pub(crate) fn row(&self, source: u32, row: &mut Row) {
        match self {
            Rows::Drawn(drawn) => drawn.row(source, row),
            Rows::Ring(ring) => ring.row(source, row),
        }
    }

    /// Synapses of each source.
    pub(crate) fn degrees(&self, threads: usize) -> Vec<u32> {
        match self {
            Rows::Drawn(drawn) => drawn.degrees(threads),
            Rows::Ring(ring) => ring.degrees(),
        }
    }
}
