//! White noise: what is added to a state variable in each step.

use crate::pointwise::{Pointwise, Read, run};
use crate::row::Column;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Draw, Float, GROUP, Key, Lane, Purpose, distribution, fill_draws_batch};

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

/// The draw of a state variable: the normal variate of step t, node n and variable k of a lane is
/// [`distribution::normal`] of the word with the lane's key, step t, this draw, stream 0 and
/// element n. It depends on nothing else.
pub fn noise_draw(variable: usize) -> Draw {
    Purpose::Update.draw(variable as u16)
}

/// Noise of a variable, and room for its random words.
#[derive(Clone, Debug)]
pub(crate) struct NoiseOf<F> {
    pub(crate) variable: usize,
    /// Standard deviation of what a step adds.
    pub(crate) deviation: Column<F>,
    /// b(x) = slope x + offset, if it depends on the variable.
    pub(crate) gain: Option<(F, F)>,
}

/// Numbers of random words a tile needs room for.
pub(crate) fn words(nodes: usize, lanes: usize) -> usize {
    nodes.div_ceil(GROUP) * GROUP * lanes
}

/// What a step adds to each place of a variable.
pub(crate) fn draw<F: Float>(
    isa: Isa,
    noise: &NoiseOf<F>,
    (keys, step): (&[Key], u64),
    words: &mut [u32],
    x: &[F],
    out: &mut [F],
) {
    fill_draws_batch(isa, words, keys, step, noise_draw(noise.variable), 0, 0);
    let n = out.len().min(words.len());
    dispatch(isa, Normal { words: &words[..n], out: &mut out[..n] });
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
        [deviation * (self.0 * x + self.1) * z]
    }
}

/// The host's view of one variate, for tests and for those who check.
pub fn noise_at<F: Float + Lane>(key: Key, step: u64, variable: usize, node: u32) -> F {
    distribution::normal(isospike_lane::word(key, step, noise_draw(variable), 0, node))
}
