//! Sums of what arrives over wires, as the head of [`crate::wiring`] says: a tile's inner loop
//! where it has delays.

use crate::equations::term;
use crate::row::CHUNK;
use crate::wiring::{Columns, ROWS, Rings, Rows, Wires};
use isospike_lane::isa::Kernel;
use isospike_lane::{Float, W};

/// Where numbers are read for sums.
#[derive(Clone, Copy)]
pub(crate) enum Sent<'a, F> {
    /// What was sent, so many steps before: a ring of `[source][slot][number][lane]`.
    Ring(&'a Rings, &'a [F]),
    /// What is sent now, `[number][place]`.
    Now(&'a [F]),
}

/// Adds to sums, `[number][place]`, what arrives over wires.
pub(crate) struct Gather<'a, F> {
    pub(crate) wires: &'a Wires<F>,
    pub(crate) from: Sent<'a, F>,
    pub(crate) sums: &'a mut [F],
    pub(crate) nodes: usize,
    pub(crate) places: usize,
    pub(crate) lanes: usize,
}

impl<F: Float> Kernel for Gather<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(mut self) {
        // two numbers at a time: they lie in the same slot
        let numbers = self.sums.len() / self.places;
        for first in (0..numbers).step_by(2) {
            match (numbers - first, self.lanes) {
                (1, 1) => self.columns::<N, 1>(first),
                (_, 1) => self.columns::<N, 2>(first),
                (1, 8) => self.rows::<8, 1>(first),
                (_, 8) => self.rows::<8, 2>(first),
                (1, _) => self.rows::<N, 1>(first),
                (_, _) => self.rows::<N, 2>(first),
            }
        }
    }
}

/// A sum that goes on: -0 becomes +0, as the head of [`crate::wiring`] wants it.
#[inline(always)]
fn begun<F: Float, const N: usize>(sums: &[F]) -> W<F, N> {
    W::load(sums) + W([F::default(); N])
}

#[inline(always)]
fn add<F: Float, const N: usize>(sum: &mut W<F, N>, w: F, x: &[F; N]) {
    *sum = term(*sum, W([w; N]), W(*x));
}

/// # Safety
/// There are N numbers from `at` on.
#[inline(always)]
unsafe fn vector<F, const N: usize>(all: &[F], at: usize) -> &[F; N] {
    debug_assert!(at + N <= all.len());
    // SAFETY: as the caller says.
    unsafe { &*all.as_ptr().add(at).cast() }
}

impl<F: Float> Gather<'_, F> {
    /// K numbers, from the `number`-th on, in tiles of 8 or 16 lanes, which fill vectors of N.
    #[inline(always)]
    fn rows<const N: usize, const K: usize>(&mut self, number: usize) {
        let Gather { wires, from, ref mut sums, nodes, places, lanes } = *self;
        let numbers = sums.len() / places;
        let room = match from {
            Sent::Ring(rings, ring) => ring.len() >= rings.slots() * numbers * lanes,
            Sent::Now(sent) => sent.len() >= numbers * places,
        };
        let fits = number + K <= numbers && places >= nodes * lanes && lanes.is_multiple_of(N);
        assert!(room && fits, "rows that are not as long as a tile's");
        for (b, block) in wires.rows.iter().enumerate() {
            let targets = ROWS.min(nodes - b * ROWS);
            for part in (0..lanes).step_by(N) {
                let first = number * places + b * ROWS * lanes + part;
                let mut acc = [[W([F::default(); N]); ROWS]; K];
                for (k, acc) in acc.iter_mut().enumerate() {
                    for (r, acc) in acc.iter_mut().enumerate().take(targets) {
                        *acc = begun(&sums[k * places + first + r * lanes..]);
                    }
                }
                match from {
                    Sent::Ring(rings, ring) => {
                        let at = |from: u32, lag: u32| {
                            (rings.slot(from, lag) * numbers + number) * lanes + part
                        };
                        block.add(&mut acc, at, |at, k| {
                            // SAFETY: a slot is one of its source's ring, and there is room for
                            // all of them.
                            unsafe { vector(ring, at + k * lanes) }
                        });
                    }
                    Sent::Now(sent) => {
                        let at = |from: u32, _| number * places + from as usize * lanes + part;
                        block.add(&mut acc, at, |at, k| {
                            // SAFETY: sources are below `nodes`, and there is room for all of them.
                            unsafe { vector(sent, at + k * places) }
                        });
                    }
                }
                for (k, acc) in acc.into_iter().enumerate() {
                    for (r, acc) in acc.into_iter().enumerate().take(targets) {
                        acc.store(&mut sums[k * places + first + r * lanes..]);
                    }
                }
            }
        }
    }

    /// K numbers, from the `number`-th on, in tiles of one lane: targets fill vectors.
    #[inline(always)]
    fn columns<const N: usize, const K: usize>(&mut self, number: usize) {
        let Gather { wires, from, ref mut sums, places, .. } = *self;
        let numbers = sums.len() / places;
        let room = match from {
            Sent::Ring(rings, ring) => {
                ring.len() >= rings.slots() * numbers && ring.len() < 1 << 31
            }
            Sent::Now(sent) => sent.len() >= numbers * places,
        };
        assert!(room && number + K <= numbers, "rows that are not as long as a tile's");
        let mut first = 0;
        for block in &wires.columns {
            let end = first + block.vectors * CHUNK;
            let mut at = first;
            while at < end {
                let to = (first, at, number);
                at += match end - at {
                    left if left >= 4 * N => block.add::<N, 4, K>(from, sums, places, to),
                    left if left >= 2 * N => block.add::<N, 2, K>(from, sums, places, to),
                    _ => block.add::<N, 1, K>(from, sums, places, to),
                };
            }
            first = end;
        }
    }
}

impl<F: Float> Rows<F> {
    /// Adds all edges: `at` says where what one reads begins, `x` what is there.
    #[inline(always)]
    fn add<'x, const N: usize, const K: usize>(
        &self,
        acc: &mut [[W<F, N>; ROWS]; K],
        at: impl Fn(u32, u32) -> usize,
        x: impl Fn(usize, usize) -> &'x [F; N],
    ) where
        F: 'x,
    {
        let edges = self.from.iter().zip(&self.lag).zip(&self.weight);
        for ((from, lag), weight) in edges {
            if self.shared {
                let at = at(from[0], lag[0]);
                for (k, acc) in acc.iter_mut().enumerate() {
                    let x = x(at, k);
                    for r in 0..ROWS {
                        add(&mut acc[r], weight[r], x);
                    }
                }
                continue;
            }
            for r in 0..ROWS {
                let at = at(from[r], lag[r]);
                for (k, acc) in acc.iter_mut().enumerate() {
                    add(&mut acc[r], weight[r], x(at, k));
                }
            }
        }
    }
}

impl<F: Float> Columns<F> {
    /// Adds all edges of V vectors of targets, of this block, which begins with the target `first`,
    /// from the target `at` on; K numbers from the `number`-th on.
    #[inline(always)]
    fn add<const N: usize, const V: usize, const K: usize>(
        &self,
        from: Sent<'_, F>,
        sums: &mut [F],
        places: usize,
        (first, at, number): (usize, usize, usize),
    ) -> usize {
        let numbers = sums.len() / places;
        let targets = self.vectors * CHUNK;
        let mut acc = [[W([F::default(); N]); K]; V];
        for (v, acc) in acc.iter_mut().enumerate() {
            for (k, acc) in acc.iter_mut().enumerate() {
                *acc = begun(&sums[(number + k) * places + at + v * N..]);
            }
        }
        let own = |e: usize| e * targets + at - first..e * targets + at - first + V * N;
        for (e, &source) in self.from.iter().enumerate() {
            let weights = self.weight[own(e)].as_chunks::<N>().0;
            match from {
                Sent::Now(sent) => {
                    for k in 0..K {
                        let x = W([sent[(number + k) * places + source as usize]; N]);
                        for (acc, weights) in acc.iter_mut().zip(weights) {
                            acc[k] = term(acc[k], W(*weights), x);
                        }
                    }
                }
                Sent::Ring(rings, ring) => {
                    let lags = self.lag[own(e)].as_chunks::<N>().0;
                    for ((acc, weights), lags) in acc.iter_mut().zip(weights).zip(lags) {
                        let slots = rings.slots_of(source, lags, numbers);
                        for (k, acc) in acc.iter_mut().enumerate() {
                            let at = slots.map(|slot| slot + (number + k) as u32);
                            // SAFETY: a slot is one of its source's ring, there is room for all of
                            // them, less than 2^31; N is the kernel's.
                            let x = unsafe { isospike_lane::gather(ring, &at) };
                            *acc = term(*acc, W(*weights), W(x));
                        }
                    }
                }
            }
        }
        for (v, acc) in acc.into_iter().enumerate() {
            for (k, acc) in acc.into_iter().enumerate() {
                acc.store(&mut sums[(number + k) * places + at + v * N..]);
            }
        }
        V * N
    }
}

#[cfg(test)]
mod tests {
    use super::{Gather, Sent};
    use crate::connectome::{Edge, Late};
    use crate::wiring::Wires;
    use isospike_lane::isa::{Isa, dispatch};

    /// Edges of weight 0 that fill up blocks must not tell who has them.
    #[test]
    fn no_sum_is_minus_zero() {
        let edge = Edge { from: 1, to: 3, weight: -2.0, late: Late::Steps(0) };
        let wires = Wires::<f32>::new(6, &[(edge, 0)]);
        for isa in Isa::ALL {
            for lanes in [1usize, 8, 16] {
                let places = (6 * lanes).next_multiple_of(16);
                let (mut sums, sent) = (vec![-0.0; places], vec![0.0; places]);
                let (from, sums) = (Sent::Now(&sent), &mut sums[..]);
                let (wires, nodes) = (&wires, 6);
                dispatch(isa, Gather { wires, from, sums: &mut *sums, nodes, places, lanes });
                let bits: Vec<u32> = sums[..6 * lanes].iter().map(|x| x.to_bits()).collect();
                assert_eq!(bits, vec![0; 6 * lanes], "{lanes} lanes");
            }
        }
    }
}
