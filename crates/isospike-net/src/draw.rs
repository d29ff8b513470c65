//! Random words by address: who draws what is in the counter, so nothing depends on order.
//!
//! Projections: step = source (or target, or node of the splitting tree), element = trial, stream =
//! projection, key = the network's seed. Neurons: step = 0, element = neuron, stream = population,
//! key = the network's seed (parameters, rates) or the lane's (initial state).

use isospike_lane::isa::Isa;
use isospike_lane::random::word;
use isospike_lane::{Draw, Key, fill_draws};

pub(crate) use isospike_lane::GROUP;

/// All draws for one projection or population.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    key: Key,
    stream: u32,
}

impl Stream {
    pub(crate) fn new(seed: u64, index: usize) -> Stream {
        Stream { key: Key(seed), stream: index as u32 }
    }

    /// Words 0, 1, ... of one step; the length is a multiple of [`GROUP`].
    pub(crate) fn fill(&self, isa: Isa, draw: Draw, step: u32, out: &mut [u32]) {
        self.fill_from(isa, draw, step, 0, out);
    }

    /// Words `first`, `first + 1`, ...; `first` too is a multiple of [`GROUP`].
    pub(crate) fn fill_from(&self, isa: Isa, draw: Draw, step: u32, first: u32, out: &mut [u32]) {
        fill_draws(isa, out, self.key, step.into(), draw, self.stream, first);
    }

    /// One word.
    pub(crate) fn word(&self, draw: Draw, step: u32, element: u32) -> u32 {
        word(self.key, step.into(), draw, self.stream, element)
    }

    /// A uniform number in [0, 1) with 53 bits, from two draws.
    pub(crate) fn uniform53(&self, draws: [Draw; 2], step: u32, element: u32) -> f64 {
        let [hi, lo] = draws.map(|d| u64::from(self.word(d, step, element)));
        ((hi << 32 | lo) >> 11) as f64 / (1u64 << 53) as f64
    }
}
