//! White noise: what is added to a state variable in each step.

use crate::equations::scaled;
use crate::pointwise::{Pointwise, Read, run};
use crate::row::Column;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Draw, Float, GROUP, Key, Purpose, distribution, fill_draws_batch, word};

/// What the size of noise means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoiseScale {
    /// sigma: sigma sqrt(dt) is the standard deviation of what a step adds.
    #[default]
    Sigma,
    /// The dispersion D of The Virtual Brain, there `nsig`: sqrt(2 D dt) is.
    Dispersion,
}

impl NoiseScale {
    /// The standard deviation of what a step of `dt` adds.
    pub fn deviation(self, size: f64, dt: f64) -> f64 {
        match self {
            NoiseScale::Sigma => size * dt.sqrt(),
            NoiseScale::Dispersion => (2.0 * size * dt).sqrt(),
        }
    }
}

/// The draw of noise: the normal variate of step t, node n and variable k of a lane is
/// [`distribution::normal`] of the word with the lane's key, step t, this draw, stream 0 and
/// element k N + n, where N is the number of nodes. It depends on nothing else: variables without
/// noise draw nothing and move nothing.
pub const NOISE: Draw = Purpose::Update.draw(0);

/// Noise of a variable.
#[derive(Clone, Debug)]
pub(crate) struct NoiseOf<F> {
    pub(crate) variable: usize,
    /// Standard deviation of what a step adds.
    pub(crate) deviation: Column<F>,
    /// b(x) = slope x + offset, if it depends on the variable.
    pub(crate) gain: Option<(F, F)>,
}

/// Random words of a tile: `[element][lane]`, of the groups of elements that are needed.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    /// Groups side by side: the first, and how many.
    runs: Vec<(usize, usize)>,
    lanes: usize,
    all: Vec<u32>,
}

impl Words {
    pub(crate) fn new(noisy: &[usize], nodes: usize, lanes: usize) -> Self {
        let all = vec![0; Self::count(noisy, nodes, lanes)];
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for variable in noisy {
            let first = variable * nodes / GROUP;
            let end = ((variable + 1) * nodes).div_ceil(GROUP);
            match runs.last_mut() {
                Some((begin, n)) if *begin + *n >= first => *n = end - *begin,
                _ => runs.push((first, end - first)),
            }
        }
        Words { runs, lanes, all }
    }

    /// How many there are.
    pub(crate) fn count(noisy: &[usize], nodes: usize, lanes: usize) -> usize {
        let elements = noisy.last().map_or(0, |last| (last + 1) * nodes);
        elements.next_multiple_of(GROUP) * lanes
    }

    /// Those of a step.
    pub(crate) fn draw(&mut self, isa: Isa, keys: &[Key], step: u64) {
        for &(first, n) in &self.runs {
            let at = first * GROUP * self.lanes..(first + n) * GROUP * self.lanes;
            let element = (first * GROUP) as u32;
            fill_draws_batch(isa, &mut self.all[at], keys, step, NOISE, 0, element);
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.all[..])
    }
}

/// What a step adds to each place of a variable.
pub(crate) fn add<F: Float>(
    isa: Isa,
    noise: &NoiseOf<F>,
    words: &Words,
    nodes: usize,
    x: &[F],
    out: &mut [F],
) {
    let n = nodes * words.lanes;
    let words = &words.all[noise.variable * n..][..n];
    dispatch(isa, Normal { words, out: &mut out[..n] });
    let deviation = Read::from(&noise.deviation);
    match noise.gain {
        None => run(isa, Scaled, [deviation], [out]),
        Some((slope, offset)) => run(isa, Gain(slope, offset), [deviation, x.into()], [out]),
    }
}

struct Normal<'a, F> {
    words: &'a [u32],
    out: &'a mut [F],
}

impl<F: Float> Kernel for Normal<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let (words, rest) = self.words.as_chunks::<16>();
        let (out, last) = self.out.as_chunks_mut::<16>();
        for (words, out) in words.iter().zip(out) {
            for i in 0..16 {
                out[i] = distribution::normal(words[i]);
            }
        }
        for (word, out) in rest.iter().zip(last) {
            *out = distribution::normal(*word);
        }
    }
}

#[derive(Clone, Copy)]
struct Scaled;

impl<F: Float> Pointwise<F, 1, 1> for Scaled {
    #[inline(always)]
    fn at(&self, [deviation]: [F; 1], [z]: [F; 1]) -> [F; 1] {
        [deviation * z]
    }
}

#[derive(Clone, Copy)]
struct Gain<F>(F, F);

impl<F: Float> Pointwise<F, 2, 1> for Gain<F> {
    #[inline(always)]
    fn at(&self, [deviation, x]: [F; 2], [z]: [F; 1]) -> [F; 1] {
        [scaled(deviation, self.0, self.1, x, z)]
    }
}

/// The host's view of one variate, for tests and for those who check: of a node among so many.
pub fn noise_at<F: Float>(key: Key, step: u64, variable: usize, (node, nodes): (u32, u32)) -> F {
    distribution::normal(word(key, step, NOISE, 0, variable as u32 * nodes + node))
}
