//! Sparse matrices of independent weights, whole or folded by Dale's rule.

use crate::Distribution;
use crate::counts::binomial;
use crate::draw::{GROUP, Stream};
use crate::sampler::Sampler;
use crate::wiring::{COUNT, Row, TARGET, WEIGHT};
use isospike_lane::isa::Isa;

/// A matrix whose entries are drawn, each row on its own.
#[derive(Debug)]
pub(crate) struct Drawn {
    isa: Isa,
    stream: Stream,
    /// Neurons.
    n: u32,
    /// Neurons k and k + n/2 share what is drawn in row k: one takes the positive weights, the
    /// other the negative ones.
    dale: bool,
    /// Probability that an entry that is drawn is kept.
    keep: f64,
    weight: Sampler,
}

impl Drawn {
    /// `density` is the part of all pairs that is connected.
    pub(super) fn new(
        stream: Stream,
        n: u32,
        dale: bool,
        density: f64,
        weight: &Distribution,
    ) -> Drawn {
        let keep = if dale { 2.0 * density } else { density };
        Drawn { isa: Isa::detect(), stream, n, dale, keep, weight: Sampler::new(weight) }
    }

    /// Draws what is kept of a row, then leaves the source's part of it: how many is binomial,
    /// every set of so many targets is equally likely, and each gets a weight.
    pub(super) fn row(&self, source: u32, row: &mut Row) {
        let half = self.n / 2;
        let drawn = if self.dale { source % half } else { source };
        let u = self.stream.uniform53(COUNT, drawn, 0);
        let kept = binomial(self.n.into(), self.keep, u) as u32;
        let padded = (kept as usize).next_multiple_of(GROUP);
        row.words.resize(row.words.len().max(padded), 0);
        let fill = |words: &mut [u32]| self.stream.fill(self.isa, TARGET, drawn, words);
        row.taken.sample(self.n, kept, &mut row.words, fill, &mut row.targets);
        let words = &mut row.words[..padded];
        self.stream.fill(self.isa, WEIGHT, drawn, words);
        row.weights.resize(padded, 0.0);
        self.weight.fill(self.isa, words, &mut row.weights);

        let mine = |w: f64| match self.dale {
            false => w != 0.0,
            true if source < half => w > 0.0,
            true => w < 0.0,
        };
        let mut n = 0;
        for i in 0..kept as usize {
            let (target, weight) = (row.targets[i], row.weights[i]);
            if target != source && mine(weight) {
                (row.targets[n], row.weights[n]) = (target, weight);
                n += 1;
            }
        }
        row.targets.truncate(n);
        row.weights.truncate(n);
    }
}
