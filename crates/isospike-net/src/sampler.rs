//! Distributions made ready to draw from: one random word in, one value out, by inversion.
//!
//! Because a value is a monotone function of its word, the exact range of any draw is known, and
//! "drawn again until inside" is inversion restricted to the part of the distribution inside the
//! bounds: the same distribution, one word, no loop.

use crate::{Distribution, Outside, Shape};
use isospike_lane::distribution::normal;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Lane, Math, W, Word};

impl Distribution {
    /// Always this value.
    pub const fn constant(x: f64) -> Distribution {
        Distribution::of(Shape::Constant(x))
    }
    /// Uniform in [lo, hi).
    pub const fn uniform(lo: f64, hi: f64) -> Distribution {
        Distribution::of(Shape::Uniform(lo, hi))
    }
    /// Normal with mean and standard deviation.
    pub const fn normal(mean: f64, sd: f64) -> Distribution {
        Distribution::of(Shape::Normal(mean, sd))
    }
    /// exp of a normal with this mean and standard deviation.
    pub const fn lognormal(mu: f64, sigma: f64) -> Distribution {
        Distribution::of(Shape::LogNormal(mu, sigma))
    }
    /// A shape without bounds.
    pub const fn of(shape: Shape) -> Distribution {
        Distribution { shape, min: f64::NEG_INFINITY, max: f64::INFINITY, outside: Outside::Clip }
    }
    /// With values below `min` or above `max` moved to the bound.
    #[must_use]
    pub const fn clipped(self, min: f64, max: f64) -> Distribution {
        Distribution { min, max, outside: Outside::Clip, ..self }
    }
    /// With values below `min` or above `max` drawn again.
    #[must_use]
    pub const fn redrawn(self, min: f64, max: f64) -> Distribution {
        Distribution { min, max, outside: Outside::Redraw, ..self }
    }
    /// The smallest and the largest value any draw can give, exactly. A normal has a finite range
    /// because it is drawn from a 32-bit word: |z| <= 6.34.
    pub fn range(&self) -> (f64, f64) {
        let s = Sampler::new(self);
        (s.one(0), s.one(u32::MAX))
    }
    /// Mean of the distribution, bounds taken into account: over a grid of 2^14 words that is
    /// symmetric, so that the mean of a normal is exact.
    pub fn mean(&self) -> f64 {
        let s = Sampler::new(self);
        if let Some(c) = s.constant() {
            return c;
        }
        let (pairs, step) = (1u32 << 13, 1u32 << 18);
        let pair = |i: u32| {
            let word = i * step + step / 2;
            0.5 * (s.one(word) + s.one(!word))
        };
        (0..pairs).map(pair).sum::<f64>() / f64::from(pairs)
    }
    /// Values at `n` equally likely places, ascending: as `n` draws would be if they were spread
    /// evenly.
    pub fn quantiles(&self, n: u32) -> impl Iterator<Item = f64> {
        let s = Sampler::new(self);
        let word = move |i: u32| ((2 * u64::from(i) + 1) << 31) / u64::from(n);
        (0..n).map(move |i| s.one(word(i) as u32))
    }
    /// The value every draw gives, if there is only one.
    pub fn as_constant(&self) -> Option<f64> {
        Sampler::new(self).constant()
    }
    /// Probability that one unrestricted draw lies within the bounds.
    pub(crate) fn mass_inside(&self) -> f64 {
        let inside = |x: f64| f64::from(self.min <= x && x <= self.max);
        match self.shape {
            Shape::Constant(c) => inside(c),
            Shape::Uniform(lo, hi) if lo == hi => inside(lo),
            Shape::Uniform(lo, hi) => ((self.max.min(hi) - self.min.max(lo)) / (hi - lo)).max(0.0),
            Shape::Normal(m, 0.0) => inside(m),
            Shape::LogNormal(m, 0.0) => inside(Math::exp(m)),
            Shape::Normal(m, sd) => {
                let (a, b) = window(self.min, self.max, m, sd);
                b - a
            }
            Shape::LogNormal(m, sd) => {
                let (a, b) = window(log_bound(self.min), log_bound(self.max), m, sd);
                b - a
            }
        }
    }
}

/// ln of a bound of a log-normal.
fn log_bound(x: f64) -> f64 {
    if x <= 0.0 {
        f64::NEG_INFINITY
    } else if x.is_finite() {
        isospike_lane::precise::log(x)
    } else {
        x
    }
}

/// The normal's cumulative distribution, as the inverse of the quantile function that values are
/// drawn through.
fn normal_cdf(x: f64) -> f64 {
    if x > 0.0 {
        return 1.0 - normal_cdf(-x);
    }
    let (mut below, mut above) = (0.0, 0.5);
    for _ in 0..100 {
        let p = 0.5 * (below + above);
        if p.inverse_normal() < x { below = p } else { above = p }
    }
    above
}

/// The part of (0, 1) that the normal's cumulative distribution gives to [min, max].
fn window(min: f64, max: f64, mean: f64, sd: f64) -> (f64, f64) {
    let p = |x: f64| match x {
        f64::NEG_INFINITY => 0.0,
        f64::INFINITY => 1.0,
        x => normal_cdf((x - mean) / sd),
    };
    (p(min), p(max).max(p(min)))
}

/// A distribution ready to draw from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sampler {
    form: Form,
    lo: f64,
    hi: f64,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Constant(f64),
    Uniform(Uniform),
    Normal(Affine<Standard>),
    PartOfNormal(Affine<Truncated>),
    LogNormal(Exp<Affine<Standard>>),
    PartOfLogNormal(Exp<Affine<Truncated>>),
}

/// A value as a monotone function of a word. Kernels are compiled for each implementor, so that
/// nothing is left to decide inside their loops.
trait Quantile: Copy {
    fn at<L: Lane<Scalar = f64>>(self, word: L::U32) -> L;
}

/// `from + u width`, where u is the middle of the word's cell, in (0, 1).
#[derive(Clone, Copy, Debug)]
struct Uniform {
    from: f64,
    width: f64,
}

impl Quantile for Uniform {
    #[inline(always)]
    fn at<L: Lane<Scalar = f64>>(self, word: L::U32) -> L {
        let u = (L::from_u32(word) + L::lit(0.5)) * L::lit(1.0 / 4_294_967_296.0);
        L::lit(self.from) + u * L::lit(self.width)
    }
}

/// The standard normal.
#[derive(Clone, Copy, Debug)]
struct Standard;

impl Quantile for Standard {
    #[inline(always)]
    fn at<L: Lane<Scalar = f64>>(self, word: L::U32) -> L {
        normal(word)
    }
}

/// The standard normal restricted to the part of its cumulative distribution given by a uniform.
#[derive(Clone, Copy, Debug)]
struct Truncated(Uniform);

impl Quantile for Truncated {
    #[inline(always)]
    fn at<L: Lane<Scalar = f64>>(self, word: L::U32) -> L {
        self.0.at::<L>(word).inverse_normal()
    }
}

/// `mean + sd z`.
#[derive(Clone, Copy, Debug)]
struct Affine<Q> {
    mean: f64,
    sd: f64,
    z: Q,
}

impl<Q: Quantile> Quantile for Affine<Q> {
    #[inline(always)]
    fn at<L: Lane<Scalar = f64>>(self, word: L::U32) -> L {
        L::lit(self.mean) + L::lit(self.sd) * self.z.at::<L>(word)
    }
}

/// e to the power of a value.
#[derive(Clone, Copy, Debug)]
struct Exp<Q>(Q);

impl<Q: Quantile> Quantile for Exp<Q> {
    #[inline(always)]
    fn at<L: Lane<Scalar = f64>>(self, word: L::U32) -> L {
        Math::exp(self.0.at::<L>(word))
    }
}

/// What a normal is restricted to, unless no word leads outside anyway.
fn restriction(d: &Distribution, (a, b): (f64, f64)) -> Option<Truncated> {
    let half_a_cell = 0.5 / 4_294_967_296.0;
    let whole = d.outside == Outside::Clip || (a <= half_a_cell && 1.0 - b <= half_a_cell);
    (!whole).then_some(Truncated(Uniform { from: a, width: b - a }))
}

impl Sampler {
    pub(crate) fn new(d: &Distribution) -> Sampler {
        let form = match d.shape {
            Shape::Constant(c) | Shape::Normal(c, 0.0) => Form::Constant(c.max(d.min).min(d.max)),
            Shape::LogNormal(m, 0.0) => Form::Constant(Math::exp(m).max(d.min).min(d.max)),
            Shape::Uniform(a, b) => {
                let redraw = d.outside == Outside::Redraw;
                let (a, b) = if redraw { (a.max(d.min), b.min(d.max)) } else { (a, b) };
                if a == b {
                    Form::Constant(a.max(d.min).min(d.max))
                } else {
                    Form::Uniform(Uniform { from: a, width: b - a })
                }
            }
            Shape::Normal(mean, sd) => match restriction(d, window(d.min, d.max, mean, sd)) {
                None => Form::Normal(Affine { mean, sd, z: Standard }),
                Some(z) => Form::PartOfNormal(Affine { mean, sd, z }),
            },
            Shape::LogNormal(mean, sd) => {
                match restriction(d, window(log_bound(d.min), log_bound(d.max), mean, sd)) {
                    None => Form::LogNormal(Exp(Affine { mean, sd, z: Standard })),
                    Some(z) => Form::PartOfLogNormal(Exp(Affine { mean, sd, z })),
                }
            }
        };
        Sampler { form, lo: d.min, hi: d.max }
    }

    pub(crate) fn constant(&self) -> Option<f64> {
        match self.form {
            Form::Constant(c) => Some(c),
            _ => None,
        }
    }

    /// The value for one word.
    pub(crate) fn one(&self, word: u32) -> f64 {
        let x: f64 = match self.form {
            Form::Constant(c) => c,
            Form::Uniform(q) => q.at(word),
            Form::Normal(q) => q.at(word),
            Form::PartOfNormal(q) => q.at(word),
            Form::LogNormal(q) => q.at(word),
            Form::PartOfLogNormal(q) => q.at(word),
        };
        Lane::min(Lane::max(x, self.lo), self.hi)
    }

    /// One value per word; `words` and `out` have the same length, a multiple of 16.
    pub(crate) fn fill(&self, isa: Isa, words: &[u32], out: &mut [f64]) {
        let (lo, hi) = (self.lo, self.hi);
        match self.form {
            Form::Constant(c) => out.fill(c),
            Form::Uniform(quantile) => dispatch(isa, Fill { quantile, lo, hi, words, out }),
            Form::Normal(quantile) => dispatch(isa, Fill { quantile, lo, hi, words, out }),
            Form::PartOfNormal(quantile) => dispatch(isa, Fill { quantile, lo, hi, words, out }),
            Form::LogNormal(quantile) => dispatch(isa, Fill { quantile, lo, hi, words, out }),
            Form::PartOfLogNormal(quantile) => {
                dispatch(isa, Fill { quantile, lo, hi, words, out });
            }
        }
    }
}

struct Fill<'a, Q> {
    quantile: Q,
    lo: f64,
    hi: f64,
    words: &'a [u32],
    out: &'a mut [f64],
}

impl<Q: Quantile> Kernel for Fill<'_, Q> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let (lo, hi) = (W([self.lo; N]), W([self.hi; N]));
        for (w, o) in self.words.chunks_exact(N).zip(self.out.chunks_exact_mut(N)) {
            let x = self.quantile.at::<W<f64, N>>(W::load(w));
            x.max(lo).min(hi).store(o);
        }
    }
}

/// Delays in steps: a distribution in ms, rounded to the nearest step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DelaySampler {
    ms: Sampler,
    dt_ms: f64,
    min_steps: u32,
}

impl DelaySampler {
    pub(crate) fn new(ms: &Distribution, dt_ms: f64, min_steps: u32) -> DelaySampler {
        DelaySampler { ms: Sampler::new(ms), dt_ms, min_steps }
    }

    #[inline(always)]
    pub(crate) fn steps(&self, ms: f64) -> u32 {
        // `as` saturates.
        ((ms / self.dt_ms).round_ties_even() as u32).max(self.min_steps)
    }

    pub(crate) fn constant(&self) -> Option<u32> {
        self.ms.constant().map(|ms| self.steps(ms))
    }

    pub(crate) fn range(&self) -> (u32, u32) {
        (self.steps(self.ms.one(0)), self.steps(self.ms.one(u32::MAX)))
    }

    /// One delay per word; lengths as in [`Sampler::fill`]. `ms` is room for as many.
    pub(crate) fn fill(&self, isa: Isa, words: &[u32], ms: &mut [f64], out: &mut [u32]) {
        match self.constant() {
            Some(c) => out.fill(c),
            None => {
                self.ms.fill(isa, words, ms);
                dispatch(isa, Round { sampler: self, ms, out });
            }
        }
    }
}

struct Round<'a> {
    sampler: &'a DelaySampler,
    ms: &'a [f64],
    out: &'a mut [u32],
}

impl Kernel for Round<'_> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        for (o, ms) in self.out.iter_mut().zip(self.ms) {
            *o = self.sampler.steps(*ms);
        }
    }
}

/// Where words fall among `n` candidates: `floor(word n / 2^32)`. Not rejected, so probabilities
/// differ by up to n 2^-32 relative.
pub(crate) struct Pick<'a> {
    pub(crate) words: &'a [u32],
    pub(crate) out: &'a mut [u32],
    pub(crate) n: u32,
    /// The candidate that is left out (everything from it on moves up by one), or `u32::MAX`.
    pub(crate) skip: u32,
}

impl Kernel for Pick<'_> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let n = W([self.n; N]);
        for (w, o) in self.words.chunks_exact(N).zip(self.out.chunks_exact_mut(N)) {
            let t = W::<u32, N>::load(w).mul_hi(n);
            for (o, t) in o.iter_mut().zip(t.0) {
                *o = t + u32::from(t >= self.skip);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let words: Vec<u32> = (0..1024u32)
            .map(|i| i.wrapping_mul(0x9E37_79B9))
            .chain([0, 1, u32::MAX, u32::MAX - 1, 1 << 31, (1 << 31) - 1])
            .chain([7; 10])
            .collect();
        for d in [
            Distribution::uniform(-1.0, 2.0),
            Distribution::normal(1.0, 2.0),
            Distribution::normal(1.0, 2.0).clipped(0.0, 3.0),
            Distribution::normal(1.0, 2.0).redrawn(0.0, 3.0),
            Distribution::normal(1.0, 2.0).redrawn(-100.0, 100.0),
            Distribution::lognormal(0.1, 0.5),
            Distribution::lognormal(0.1, 0.5).redrawn(0.5, 2.0),
        ] {
            let sampler = Sampler::new(&d);
            for isa in Isa::ALL.into_iter().filter(|isa| isa.available()) {
                let mut values = vec![0.0; words.len()];
                sampler.fill(isa, &words, &mut values);
                for (&w, v) in words.iter().zip(values) {
                    assert_eq!(v.to_bits(), sampler.one(w).to_bits(), "{d:?} {isa:?} {w}");
                }
            }
        }
    }

    #[test]
    fn the_normal_distribution_inverts_its_quantile() {
        for (x, p) in
            [(0.0, 0.5), (1.0, 0.841_344_746_068_542_9), (-3.0, 1.349_898_031_630_094_6e-3)]
        {
            assert!((normal_cdf(x) / p - 1.0).abs() < 1e-14, "{x}");
        }
    }
}
