//! Sampling without replacement.

use crate::draw::GROUP;
use std::ops::Range;

/// Marks which candidates are taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    bits: Vec<u64>,
}

impl Taken {
    /// `k` different numbers below `n` from one word each, ascending; every set equally likely up
    /// to the bias of [`crate::sampler::Pick`]. Floyd's algorithm (Bentley & Floyd 1987) over the
    /// smaller of the set and its complement. `fill` makes the words in a part of `words`, which
    /// must have room for `k` rounded up to a multiple of [`GROUP`].
    pub(crate) fn sample(
        &mut self,
        n: u32,
        k: u32,
        words: &mut [u32],
        fill: impl FnOnce(&mut [u32]),
        out: &mut Vec<u32>,
    ) {
        out.clear();
        debug_assert!(k <= n);
        let complement = k > n / 2;
        let draws = if complement { n - k } else { k };
        let words = &mut words[..(draws as usize).next_multiple_of(GROUP)];
        fill(words);
        self.bits.resize(self.bits.len().max(n as usize / 64 + 1), 0);
        for (j, word) in (n - draws..n).zip(words.iter()) {
            let t = ((u64::from(*word) * (u64::from(j) + 1)) >> 32) as u32;
            let t = if self.take(t) { t } else { j };
            self.bits[t as usize / 64] |= 1 << (t % 64);
            out.push(t);
        }
        if complement {
            for &t in out.iter() {
                self.bits[t as usize / 64] &= !(1 << (t % 64));
            }
            self.complement(out, 0..n);
        } else if draws as usize >= n as usize / 256 {
            out.clear();
            for (i, word) in self.bits.iter_mut().enumerate().take(n as usize / 64 + 1) {
                let mut b = std::mem::take(word);
                while b != 0 {
                    out.push(i as u32 * 64 + b.trailing_zeros());
                    b &= b - 1;
                }
            }
        } else {
            for &t in out.iter() {
                self.bits[t as usize / 64] = 0;
            }
            out.sort_unstable();
        }
    }

    /// Takes `t` if it is free; says whether it was.
    fn take(&mut self, t: u32) -> bool {
        let (word, bit) = (&mut self.bits[t as usize / 64], 1 << (t % 64));
        let free = *word & bit == 0;
        *word |= bit;
        free
    }

    /// Replaces `out` by the numbers of `range` that it lacks.
    fn complement(&mut self, out: &mut Vec<u32>, range: Range<u32>) {
        out.sort_unstable();
        let mut rest = Vec::with_capacity(range.len() - out.len());
        let mut next = range.start;
        for &t in out.iter() {
            rest.extend(next..t);
            next = t + 1;
        }
        rest.extend(next..range.end);
        *out = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(mut x: u64, words: &mut [u32]) {
        for w in words {
            x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            *w = (x >> 32) as u32;
        }
    }

    #[test]
    fn distinct_ascending_and_uniform() {
        let mut taken = Taken::default();
        let mut out = Vec::new();
        for (n, k) in [(10u32, 0u32), (10, 3), (10, 7), (10, 10), (2000, 2), (1, 1)] {
            let mut hits = vec![0u32; n as usize];
            let trials = 3000u32;
            for trial in 0..trials {
                let seed = u64::from(trial) * 7919 + 1;
                taken.sample(n, k, &mut [0; GROUP], |w| fill(seed, w), &mut out);
                assert_eq!(out.len(), k as usize);
                assert!(out.is_sorted_by(|a, b| a < b) && out.iter().all(|&t| t < n));
                out.iter().for_each(|&t| hits[t as usize] += 1);
                assert!(taken.bits.iter().all(|&b| b == 0));
            }
            let p = f64::from(k) / f64::from(n);
            let sd = (f64::from(trials) * p * (1.0 - p)).sqrt();
            for h in hits {
                assert!((f64::from(h) - f64::from(trials) * p).abs() <= 5.0 * sd + 1e-9, "{h}");
            }
        }
    }
}
