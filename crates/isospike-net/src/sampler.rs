//! Distributions made ready to draw from: one random word in, one value out, by inversion.
//!
//! Because a value is a monotone function of its word, the exact range of any draw is known, and "drawn again
//! until inside" is inversion restricted to the part of the distribution inside the bounds: the same
//! distribution, one word, no loop.

use crate::{Distribution, Outside, Shape};
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
    /// The smallest and the largest value any draw can give, exactly. A normal has a finite range because it is
    /// drawn from a 32-bit word: |z| <= 6.34.
    pub fn range(&self) -> (f64, f64) {
        let s = Sampler::new(self);
        (s.one(0), s.one(u32::MAX))
    }
    /// Mean of the distribution, bounds taken into account: the sum over a fine grid of the words' range.
    pub fn mean(&self) -> f64 {
        let s = Sampler::new(self);
        if let Some(c) = s.constant() {
            return c;
        }
        let n = 1u32 << 14;
        let step = u32::MAX / n + 1;
        (0..n).map(|i| s.one(i * step + step / 2)).sum::<f64>() / f64::from(n)
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
            Shape::LogNormal(m, 0.0) => inside(m.exp()),
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

/// The normal's cumulative distribution, as the inverse of the quantile function that values are drawn through.
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
    Uniform {
        from: f64,
        width: f64,
    },
    /// Quantile of the normal at `from + u width`.
    Normal {
        mean: f64,
        sd: f64,
        from: f64,
        width: f64,
    },
    /// exp of that.
    LogNormal {
        mean: f64,
        sd: f64,
        from: f64,
        width: f64,
    },
}

impl Sampler {
    pub(crate) fn new(d: &Distribution) -> Sampler {
        let redraw = d.outside == Outside::Redraw;
        let form = match d.shape {
            Shape::Constant(c) | Shape::Normal(c, 0.0) => Form::Constant(c.max(d.min).min(d.max)),
            Shape::LogNormal(m, 0.0) => Form::Constant(m.exp().max(d.min).min(d.max)),
            Shape::Uniform(a, b) => {
                let (a, b) = if redraw { (a.max(d.min), b.min(d.max)) } else { (a, b) };
                if a == b {
                    Form::Constant(a.max(d.min).min(d.max))
                } else {
                    Form::Uniform { from: a, width: b - a }
                }
            }
            Shape::Normal(mean, sd) => {
                let (a, b) = if redraw { window(d.min, d.max, mean, sd) } else { (0.0, 1.0) };
                Form::Normal { mean, sd, from: a, width: b - a }
            }
            Shape::LogNormal(mean, sd) => {
                let (min, max) = (log_bound(d.min), log_bound(d.max));
                let (a, b) = if redraw { window(min, max, mean, sd) } else { (0.0, 1.0) };
                Form::LogNormal { mean, sd, from: a, width: b - a }
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
        self.draw::<f64>(word)
    }

    #[inline(always)]
    fn draw<L: Lane<Scalar = f64>>(&self, word: L::U32) -> L {
        // The middle of the word's cell, in (0, 1).
        let u = (L::from_u32(word) + L::lit(0.5)) * L::lit(1.0 / 4_294_967_296.0);
        let normal = |mean: f64, sd: f64, from: f64, width: f64| {
            L::lit(mean) + L::lit(sd) * (L::lit(from) + u * L::lit(width)).inverse_normal()
        };
        let x = match self.form {
            Form::Constant(c) => return L::lit(c),
            Form::Uniform { from, width } => L::lit(from) + u * L::lit(width),
            Form::Normal { mean, sd, from, width } => normal(mean, sd, from, width),
            Form::LogNormal { mean, sd, from, width } => normal(mean, sd, from, width).exp(),
        };
        x.max(L::lit(self.lo)).min(L::lit(self.hi))
    }

    /// One value per word; `words` and `out` have the same length, a multiple of 16.
    pub(crate) fn fill(&self, isa: Isa, words: &[u32], out: &mut [f64]) {
        match self.form {
            Form::Constant(c) => out.fill(c),
            _ => dispatch(isa, Fill { sampler: self, words, out }),
        }
    }
}

struct Fill<'a> {
    sampler: &'a Sampler,
    words: &'a [u32],
    out: &'a mut [f64],
}

impl Kernel for Fill<'_> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        for (w, o) in self.words.chunks_exact(N).zip(self.out.chunks_exact_mut(N)) {
            self.sampler.draw::<W<f64, N>>(W::load(w)).store(o);
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

    /// One delay per word; lengths as in [`Sampler::fill`].
    pub(crate) fn fill(&self, isa: Isa, words: &[u32], out: &mut [u32]) {
        match self.constant() {
            Some(c) => out.fill(c),
            None => dispatch(isa, FillSteps { sampler: self, words, out }),
        }
    }
}

struct FillSteps<'a> {
    sampler: &'a DelaySampler,
    words: &'a [u32],
    out: &'a mut [u32],
}

impl Kernel for FillSteps<'_> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        for (w, o) in self.words.chunks_exact(N).zip(self.out.chunks_exact_mut(N)) {
            let ms = self.sampler.ms.draw::<W<f64, N>>(W::load(w));
            for (o, ms) in o.iter_mut().zip(ms.0) {
                *o = self.sampler.steps(ms);
            }
        }
    }
}

/// Where words fall among `n` candidates: `floor(word n / 2^32)`. Not rejected, so probabilities differ by up
/// to n 2^-32 relative.
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
