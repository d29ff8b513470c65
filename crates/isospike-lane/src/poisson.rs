//! Poisson counts from one random word: by a table of integer thresholds for a fixed rate, by
//! bounded inversion and a normal-based tail for a rate that is a lane.

use crate::distribution::{normal, truncated};
use crate::isa::{Isa, Kernel, dispatch};
use crate::lane::{Int, Lane};
use crate::math::Math;
use crate::wide::W;
use std::sync::atomic::{Ordering, compiler_fence};

/// The inverse distribution function for one fixed rate, as integers.
///
/// count(u) = #{j : u ≥ T_j} with T_j = 2^32 P(X ≤ j), rounded to nearest. It grows with u. A
/// probability below 2^-33 rounds to zero: the far tail stops at the last j with P(X > j) ≥ 2^-33,
/// and the lower end (large rates) likewise. Each threshold is off by at most 2^-33, so the mean is
/// off by less than 2^-33 times the number of thresholds: measured, 8·10^-6 of a rate of 10^-6,
/// 2·10^-7 of 10^-3, 4·10^-9 of 0.1 and less than 10^-9 from 1 on; the variance by at most 3·10^-8
/// of itself from 0.1 on. [`mean`](Self::mean) and [`variance`](Self::variance) give the exact
/// moments of the table.
///
/// The thresholds come from additions, multiplications and divisions in `f64` alone and are the
/// same on every machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoissonTable {
    base: u32,
    thresholds: Vec<u32>,
    /// Thresholds below this one are compared with every word; those from it on are reached by few
    /// words.
    common: usize,
    guide: Vec<u32>,
}

const CELLS: f64 = 4_294_967_296.0;

impl PoissonTable {
    /// The largest rate per draw.
    pub const MAX_RATE: f64 = 65_536.0;
    /// Up to here comparing with every threshold is fastest.
    const SHORT: usize = 28;
    /// A threshold reached by fewer words than this is a rare one: where one more comparison costs
    /// as much as now and then looking at the rest.
    const RARE: u32 = u32::MAX >> 9;

    /// The table for a mean of `rate` per draw; `None` if it is negative, NaN or above
    /// [`Self::MAX_RATE`].
    pub fn new(rate: f64) -> Option<PoissonTable> {
        if !(0.0..=Self::MAX_RATE).contains(&rate) {
            return None;
        }
        // Probabilities relative to the mode's, so that nothing underflows and no exponential is
        // needed.
        const NEGLIGIBLE: f64 = 1e-30;
        let mode = rate.floor() as usize;
        let mut lower = vec![1.0];
        for j in (1..=mode).rev() {
            let w = lower[lower.len() - 1] * (j as f64) / rate;
            if w < NEGLIGIBLE {
                break;
            }
            lower.push(w);
        }
        let mut upper = Vec::new();
        let (mut w, mut j) = (1.0, mode);
        loop {
            j += 1;
            w = w * rate / j as f64;
            if w < NEGLIGIBLE {
                break;
            }
            upper.push(w);
        }
        // Running sums from the small ends.
        let mut below = 0.0;
        let below: Vec<f64> = lower.iter().rev().map(|w| (below += w, below).1).collect();
        let mut above = 0.0;
        let mut above: Vec<f64> = upper.iter().rev().map(|w| (above += w, above).1).collect();
        above.reverse();
        let total = below[below.len() - 1] + above.first().unwrap_or(&0.0);
        let cells = |w: f64| (w / total * CELLS).round_ties_even() as u64;
        let mut base = (mode + 1 - lower.len()) as u32;
        let mut thresholds = Vec::new();
        let from_below = below[..below.len() - 1].iter().map(|&w| cells(w));
        let from_above = above.iter().map(|&w| (1 << 32) - cells(w));
        for t in from_below.chain(from_above) {
            match u32::try_from(t) {
                Ok(0) => base += 1,
                Ok(t) => thresholds.push(t),
                Err(_) => break,
            }
        }
        let start = |g: u32| thresholds.partition_point(|&t| t <= g << 24) as u32;
        let guide = (0..256).map(start).collect();
        let common = thresholds.partition_point(|&t| t <= u32::MAX - Self::RARE);
        Some(PoissonTable { base, thresholds, common, guide })
    }

    /// Counted for every word: nonzero only for large rates.
    pub fn base(&self) -> u32 {
        self.base
    }

    /// The thresholds above zero, ascending.
    pub fn thresholds(&self) -> &[u32] {
        &self.thresholds
    }

    /// For each value of the word's upper 8 bits, how many thresholds are passed by the smallest
    /// such word.
    pub fn guide(&self) -> &[u32] {
        &self.guide
    }

    /// The largest possible count.
    pub fn max(&self) -> u32 {
        self.base + self.thresholds.len() as u32
    }

    /// The count for one word, found from the guide in a few comparisons.
    #[inline]
    pub fn count(&self, u: u32) -> u32 {
        let mut n = self.guide[(u >> 24) as usize] as usize;
        while n < self.thresholds.len() && self.thresholds[n] <= u {
            n += 1;
        }
        self.base + n as u32
    }

    /// Adds `weight` to each sum as often as its word counts.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn add<A: Int<Mask = bool>>(&self, isa: Isa, words: &[u32], weight: A, sums: &mut [A]) {
        assert_eq!(words.len(), sums.len(), "one word per sum");
        let add = Add { table: self, words, weight, sums };
        if self.common <= Self::SHORT { dispatch(isa, add) } else { add.one_by_one() }
    }

    /// The exact mean of the counts over all words.
    pub fn mean(&self) -> f64 {
        self.moments().0
    }

    /// The exact variance of the counts over all words.
    pub fn variance(&self) -> f64 {
        self.moments().1
    }

    fn moments(&self) -> (f64, f64) {
        // E X = base + Σ P(X > j), and about the base E X² = Σ (2 j + 1) P(X > j).
        let (mut first, mut second) = (0.0, 0.0);
        for (j, &t) in self.thresholds.iter().enumerate().rev() {
            let above = (CELLS - f64::from(t)) / CELLS;
            first += above;
            second += (2 * j + 1) as f64 * above;
        }
        (f64::from(self.base) + first, second - first * first)
    }
}

struct Add<'a, A> {
    table: &'a PoissonTable,
    words: &'a [u32],
    weight: A,
    sums: &'a mut [A],
}

impl<A: Int<Mask = bool>> Kernel for Add<'_, A> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        // Four vectors at a time, for which a threshold is loaded once.
        if N < 16 { self.chunks::<32>() } else { self.chunks::<64>() }
    }
}

impl<A: Int<Mask = bool>> Add<'_, A> {
    /// Compares C words at a time with every threshold that any of them may reach.
    #[inline(always)]
    fn chunks<const C: usize>(self) {
        let Add { table, weight, .. } = self;
        let (common, rare) = table.thresholds.split_at(table.common);
        let first_rare = rare.first().copied().unwrap_or(u32::MAX);
        let base = W([A::lit(table.base.into()).wrapping_mul(weight); C]);
        let (words, words_left) = self.words.as_chunks::<C>();
        let (sums, sums_left) = self.sums.as_chunks_mut::<C>();
        for (words, to) in words.iter().zip(sums) {
            let mut sums = add_reached(common, words, weight, W(*to).wrapping_add(base));
            if words.iter().fold(false, |any, &u| any | (u >= first_rare)) {
                sums = add_reached(rare, words, weight, sums);
            }
            sums.store(to);
        }
        Add { table, words: words_left, weight, sums: sums_left }.one_by_one();
    }

    /// Looks words up in the guide.
    #[inline(always)]
    fn one_by_one(self) {
        for (&u, sum) in self.words.iter().zip(self.sums) {
            let count = A::lit(self.table.count(u).into());
            *sum = sum.wrapping_add(count.wrapping_mul(self.weight));
        }
    }
}

/// Adds `weight` to each sum once per threshold that its word reaches.
#[inline(always)]
fn add_reached<A: Int<Mask = bool>, const C: usize>(
    thresholds: &[u32],
    words: &[u32; C],
    weight: A,
    mut sums: W<A, C>,
) -> W<A, C> {
    for &t in thresholds {
        for (sum, &u) in sums.0.iter_mut().zip(words) {
            *sum = sum.wrapping_add(A::select(u >= t, weight, A::lit(0)));
        }
        // As in `W::store`: the loop must not be vectorised along the thresholds.
        compiler_fence(Ordering::Release);
    }
    sums
}

/// A Poisson count that stops at `MOST`, as a float: #{k < MOST : v < P(X > k)} by inversion from
/// the top, with v the middle of the word's cell (all 32 bits in `f64`, the leading 24 in `f32`).
/// One word; the count falls as it grows. Exact at every rate but for rounding.
///
/// P(X > 0) = −expm1(−rate) keeps the precision of small rates. The tails after it are differences,
/// of which rounding leaves something where nothing should be left: P(X > k) ≤ rate^(k+1)/(k+1)!
/// cuts that off, or the smallest words would count to `MOST`.
///
/// Zero for a rate ≤ 0 and for NaN. Rates above 80 count as 80, where a count below 25 has
/// probability 10^-13.
#[inline(always)]
pub fn poisson_up_to<L: Lane, const MOST: u32>(rate: L, u: L::U32) -> L {
    const { assert!(MOST <= 24, "as many terms as there are below") };
    let (zero, one) = (L::lit(0.0), L::lit(1.0));
    // Far below what a word resolves and far above subnormal numbers, which are slow on processors.
    let least = L::lit(1.0 / CELLS / CELLS);
    let v = (truncated::<L>(u) + L::lit(0.5)) * L::lit(1.0 / CELLS);
    let rate = zero.max(L::lit(80.0).min(rate));
    let none = (-rate).exp();
    let (mut above, mut power, mut n) = (-(-rate).expm1(), one, zero);
    // A loop here would keep the loop over neurons from becoming vectors.
    macro_rules! terms {
        ($($k:literal)*) => {$(
            let k: u32 = $k;
            if k <= MOST {
                if k > 1 {
                    above = above - power * none;
                }
                power = least.max(power * (rate * L::lit(1.0 / f64::from(k))));
                n = n + L::select(v.lt(above.min(power)), one, zero);
            }
        )*};
    }
    terms!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24);
    n
}

/// Above this rate [`poisson`] goes through the normal distribution.
pub const POISSON_CROSSOVER: f64 = 6.0;

/// The largest count [`poisson`] gives at or below the crossover: P(X > 24) < 10^-8 there.
pub const POISSON_TERMS: u32 = 24;

/// A Poisson count with a rate that differs from lane to lane, as a float; one word, and the count
/// falls as it grows.
///
/// * rate ≤ 6: [`poisson_up_to`] 24.
/// * rate > 6: ⌊λ + √λ w + 1/3 + w²/6 − (w/36 + w³/72)/√λ + (−8/405 + 7w²/810 + w⁴/270)/λ⌋ and at
///   least 0, with w the normal quantile (M. B. Giles, "Algorithm 955", ACM TOMS 42 (2016) 7, eq.
///   8).
///
/// Zero for a rate ≤ 0, NaN for NaN. Measured against the exact distribution: below the crossover
/// it is the exact one but for rounding; above, the total variation distance is at most 5·10^-4
/// (near 6; below 10^-4 from 12 to 100, and a word's own resolution later), the mean is off by less
/// than 2·10^-5 of itself and the variance by less than 6·10^-4.
#[inline(always)]
pub fn poisson<L: Lane>(rate: L, u: L::U32) -> L {
    let (zero, crossover) = (L::lit(0.0), L::lit(POISSON_CROSSOVER));
    let n = poisson_up_to::<L, POISSON_TERMS>(crossover.min(rate), u);
    let w = -normal::<L>(u);
    let (w2, root) = (w * w, rate.sqrt());
    let c2 = w * (L::lit(1.0 / 36.0) + w2 * L::lit(1.0 / 72.0));
    let c3 = L::lit(-8.0 / 405.0) + w2 * (L::lit(7.0 / 810.0) + w2 * L::lit(1.0 / 270.0));
    let near = L::lit(1.0 / 3.0) + w2 * L::lit(1.0 / 6.0);
    let large = (rate + (root * w + (near - c2 / root + c3 / rate))).floor();
    let large = L::select(large.lt(zero), zero, large);
    let n = L::select(crossover.lt(rate), large, n);
    L::select(rate.eq(rate), n, rate)
}
