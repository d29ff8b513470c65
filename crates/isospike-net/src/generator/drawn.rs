//! Sparse matrices of independent weights, whole or folded by Dale's rule.

use crate::Distribution;
use crate::counts::binomial;
use crate::draw::{GROUP, Stream};
use crate::par;
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

    /// Rows that are drawn.
    fn rows(&self) -> u32 {
        if self.dale { self.n / 2 } else { self.n }
    }

    /// Draws what is kept of a row: how many entries is binomial, every set of so many targets is
    /// equally likely, and each gets a weight.
    fn draw(&self, drawn: u32, row: &mut Row) {
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
        row.weights.truncate(kept as usize);
    }

    /// Whether an entry of the row that is drawn for a source is one of its synapses.
    fn is_synapse(&self, source: u32) -> impl Fn(u32, f64) -> bool + use<> {
        let excites = !self.dale || source < self.n / 2;
        let inhibits = !self.dale || !excites;
        move |target, w| target != source && (excites && w > 0.0 || inhibits && w < 0.0)
    }

    pub(super) fn row(&self, source: u32, row: &mut Row) {
        self.draw(source % self.rows(), row);
        let is_synapse = self.is_synapse(source);
        let mut n = 0;
        // every entry is moved, so that there is nothing to guess
        for i in 0..row.targets.len() {
            let (target, weight) = (row.targets[i], row.weights[i]);
            (row.targets[n], row.weights[n]) = (target, weight);
            n += usize::from(is_synapse(target, weight));
        }
        row.targets.truncate(n);
        row.weights.truncate(n);
    }

    /// Synapses of each source; a row that two share is drawn once.
    pub(super) fn degrees(&self, threads: usize) -> Vec<u32> {
        let rows = self.rows();
        let count = |drawn: u32, row: &mut Row| {
            self.draw(drawn, row);
            [drawn, drawn + rows].map(|source| {
                let is_synapse = self.is_synapse(source);
                let entries = row.targets.iter().zip(&row.weights);
                entries.map(|(&t, &w)| u32::from(is_synapse(t, w))).sum::<u32>()
            })
        };
        let counts = par::chunks(rows as usize, threads, |_, drawn| {
            let mut row = Row::default();
            (drawn.start as u32..drawn.end as u32).map(|k| count(k, &mut row)).collect::<Vec<_>>()
        })
        .concat();
        let partners = if self.dale { 2 } else { 1 };
        (0..partners).flat_map(|i| counts.iter().map(move |c| c[i])).collect()
    }
}
