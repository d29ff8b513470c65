//! Weights: sums of products in one order, whatever is zero and whoever adds.
//!
//! | | |
//! |---|---|
//! | out\[row, o\] | +0, plus x\[row, k\] w\[k, o\] for k upwards, plus the bias |
//! | by x\[row, c\] | +0, plus g\[stop, o\] w\[c, o\] for the stops that saw it upwards, o innermost |
//! | by w\[k, o\] | +0, plus x\[row, k\] g\[row, o\] for rows upwards, in blocks that are added in pairs ([`tree`]) |
//!
//! Each product is rounded, then each sum. A sum that begins with +0 is never -0, so a product with
//! a zero changes no bit and may be left out: where few numbers of some rows are not zero, as with
//! spikes, only those are looked at, else the rows are taken [`TILE`] at a time.

use super::Layers;
use isospike_lane::Float;
use isospike_lane::isa::{Kernel, dispatch};
use isospike_layer::{Window, tree};
use std::ops::Range;

/// Rows that are worked out at once.
const TILE: usize = 4;

/// Places that a thread takes at a time, at least.
const PLACES: usize = 64;

/// Of the numbers of a tile, the part that may be other than zero for it to be taken as events.
const SPARSE: usize = 4;

impl Layers<'_> {
    /// What windows over pictures x, `[rows, height, width, channels]`, give with these weights,
    /// `[inputs, outputs]`, and bias, `[outputs]`, if there is one:
    /// `[rows, down, across, outputs]`.
    ///
    /// # Panics
    /// If a length does not fit the window.
    pub(crate) fn weigh<F: Float>(
        &self,
        window: &Window,
        x: &[F],
        weights: &[F],
        bias: Option<&[F]>,
        out: &mut [F],
    ) {
        assert_eq!(weights.len(), window.inputs() * window.outputs, "weights");
        let look = |place: usize, row: &mut [F]| look(window, x, place, 0..window.inputs(), row);
        self.sums(window.inputs(), window.outputs, look, weights, out);
        if let Some(bias) = bias {
            for row in out.chunks_mut(window.outputs) {
                row.iter_mut().zip(bias).for_each(|(sum, b)| *sum = *sum + *b);
            }
        }
    }

    /// Derivatives by pictures, `[rows, height, width, channels]`, from those by what windows over
    /// them gave.
    ///
    /// # Panics
    /// If a length does not fit the window.
    pub(crate) fn weigh_back<F: Float>(
        &self,
        window: &Window,
        by_out: &[F],
        weights: &[F],
        by_x: &mut [F],
    ) {
        assert_eq!(weights.len(), window.inputs() * window.outputs, "weights");
        let (channels, outputs) = (window.channels, window.outputs);
        // [ky, kx, channel, output] to [stop, output, channel]: the first stop is the last tap
        let mut turned = vec![F::default(); weights.len()];
        for (to, from) in
            turned.chunks_mut(channels * outputs).zip(weights.rchunks(channels * outputs))
        {
            for (c, row) in from.chunks(outputs).enumerate() {
                row.iter().enumerate().for_each(|(o, &w)| to[o * channels + c] = w);
            }
        }
        let places = window.height * window.width;
        let look = |place: usize, row: &mut [F]| {
            let (picture, place) = (place / places, place % places);
            let given = &by_out[picture * window.given()..][..window.given()];
            window.look_back(given, [place / window.width, place % window.width], row);
        };
        let taps = window.kernel[0] * window.kernel[1] * outputs;
        self.sums(taps, channels, look, &turned, by_x);
    }

    /// Derivatives by weights, `[inputs, outputs]`, from those by what was given.
    ///
    /// # Panics
    /// If a length does not fit the window.
    pub(crate) fn weigh_learn<F: Float>(
        &self,
        window: &Window,
        x: &[F],
        by_out: &[F],
        by_weights: &mut [F],
    ) {
        let outputs = window.outputs;
        assert_eq!(by_weights.len(), window.inputs() * outputs, "derivatives by weights");
        let rows = by_out.len() / outputs;
        let isa = self.isa;
        // a thread takes some taps of the kernel, or some channels of its only one
        let taps = if window.kernel == [1, 1] { 16 } else { window.channels };
        let pieces: Vec<_> = by_weights.chunks_mut(taps * outputs).enumerate().collect();
        let work = |scratch: &mut Blocks<F>, (i, sums): (usize, &mut [F])| {
            let own = i * taps..(i * taps + sums.len() / outputs).min(window.inputs());
            scratch.whole.clear();
            for first in (0..rows).step_by(tree::BLOCK) {
                let block = first..rows.min(first + tree::BLOCK);
                let mut part = scratch.spare.pop().unwrap_or_default();
                part.clear();
                part.resize(sums.len(), F::default());
                for tile in block.clone().step_by(TILE) {
                    let tile = tile..block.end.min(tile + TILE);
                    let row = &mut scratch.row;
                    row.clear();
                    row.resize(TILE * own.len(), F::default());
                    for (place, seen) in tile.clone().zip(row.chunks_mut(own.len())) {
                        look(window, x, place, own.clone(), seen);
                    }
                    let given = &by_out[tile.start * outputs..tile.end * outputs];
                    dispatch(isa, Learn { seen: row, given, outputs, sums: &mut part });
                }
                scratch.add(part);
            }
            scratch.finish(sums);
        };
        self.each(pieces, Blocks::default, work);
    }

    /// The sums of rows, as `look` finds them at each place, times a matrix `[taps, n]`.
    fn sums<F: Float>(
        &self,
        taps: usize,
        n: usize,
        look: impl Fn(usize, &mut [F]) + Sync,
        matrix: &[F],
        out: &mut [F],
    ) {
        let isa = self.isa;
        let pieces: Vec<_> = out.chunks_mut(PLACES * n).enumerate().collect();
        let work = |scratch: &mut Scratch<F>, (i, out): (usize, &mut [F])| {
            for (k, out) in out.chunks_mut(TILE * n).enumerate() {
                let tile = out.len() / n;
                scratch.rows.resize(TILE * taps, F::default());
                for (j, row) in scratch.rows.chunks_mut(taps).enumerate() {
                    if j < tile {
                        look(i * PLACES + k * TILE + j, row);
                    } else {
                        row.fill(F::default());
                    }
                }
                let events = scratch.rows.iter().filter(|x| **x != F::default()).count();
                if events * SPARSE <= tile * taps {
                    let rows = scratch.rows.chunks(taps);
                    for (row, out) in rows.zip(out.chunks_mut(n)) {
                        scratch.events.clear();
                        let all = row.iter().enumerate().map(|(k, x)| (k as u32, *x));
                        scratch.events.extend(all.filter(|(_, x)| *x != F::default()));
                        dispatch(isa, Few { events: &scratch.events, matrix, out });
                    }
                } else {
                    dispatch(isa, Many { rows: &scratch.rows, taps, n, matrix, out });
                }
            }
        };
        self.each(pieces, Scratch::default, work);
    }
}

/// Writes some of what the window sees at a place: a stop over one of the pictures.
fn look<F: Float>(window: &Window, x: &[F], place: usize, inputs: Range<usize>, seen: &mut [F]) {
    let [down, across] = window.stops();
    let (picture, stop) = (place / (down * across), place % (down * across));
    let picture = &x[picture * window.seen()..][..window.seen()];
    window.look(picture, [stop / across, stop % across], inputs, seen);
}

/// Sums of blocks, added in pairs as [`tree::pairs`] does it, as soon as there is a pair.
struct Blocks<F> {
    /// With how many blocks they are of: a power of two, but for the last.
    whole: Vec<(usize, Vec<F>)>,
    spare: Vec<Vec<F>>,
    row: Vec<F>,
}

impl<F> Default for Blocks<F> {
    fn default() -> Self {
        Blocks { whole: Vec::new(), spare: Vec::new(), row: Vec::new() }
    }
}

impl<F: Float> Blocks<F> {
    /// One more block.
    fn add(&mut self, part: Vec<F>) {
        self.whole.push((1, part));
        while let [.., (a, _), (b, _)] = self.whole[..]
            && a == b
        {
            self.merge();
        }
    }

    /// Adds the last sums to those before.
    fn merge(&mut self) {
        let (n, later) = self.whole.pop().expect("there are two");
        let (all, sums) = self.whole.last_mut().expect("there are two");
        sums.iter_mut().zip(&later).for_each(|(sum, x)| *sum = *sum + *x);
        *all += n;
        self.spare.push(later);
    }

    /// Adds up what is left; what has no neighbour has waited.
    fn finish(&mut self, sums: &mut [F]) {
        while self.whole.len() > 1 {
            self.merge();
        }
        let (_, all) = self.whole.pop().expect("there are rows");
        sums.copy_from_slice(&all);
        self.spare.push(all);
    }
}

#[derive(Default)]
struct Scratch<F> {
    rows: Vec<F>,
    events: Vec<(u32, F)>,
}

/// A row of which only some numbers are not zero.
struct Few<'a, F> {
    events: &'a [(u32, F)],
    matrix: &'a [F],
    out: &'a mut [F],
}

impl<F: Float> Kernel for Few<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(mut self) {
        let n = self.out.len();
        let mut first = 0;
        while first < n {
            first += if n - first >= 4 * N {
                self.columns::<N, 4>(first)
            } else if n - first >= N {
                self.columns::<N, 1>(first)
            } else {
                self.rest(first)
            };
        }
    }
}

impl<F: Float> Few<'_, F> {
    #[inline(always)]
    fn columns<const N: usize, const V: usize>(&mut self, first: usize) -> usize {
        let n = self.out.len();
        let mut sums = [[F::default(); N]; V];
        for &(k, x) in self.events {
            let row = &self.matrix[k as usize * n + first..][..V * N];
            for (sums, w) in sums.iter_mut().zip(row.as_chunks::<N>().0) {
                add(sums, x, w);
            }
        }
        for (out, sums) in self.out[first..].as_chunks_mut::<N>().0.iter_mut().zip(&sums) {
            *out = *sums;
        }
        V * N
    }

    #[inline(always)]
    fn rest(&mut self, first: usize) -> usize {
        let n = self.out.len();
        let out = &mut self.out[first..];
        out.fill(F::default());
        for &(k, x) in self.events {
            let row = &self.matrix[k as usize * n + first..][..out.len()];
            out.iter_mut().zip(row).for_each(|(sum, &w)| *sum = *sum + x * w);
        }
        out.len()
    }
}

/// sums + x w.
#[inline(always)]
fn add<F: Float, const N: usize>(sums: &mut [F; N], x: F, w: &[F; N]) {
    for i in 0..N {
        sums[i] = sums[i] + x * w[i];
    }
}

/// [`TILE`] whole rows.
struct Many<'a, F> {
    rows: &'a [F],
    taps: usize,
    n: usize,
    matrix: &'a [F],
    out: &'a mut [F],
}

impl<F: Float> Kernel for Many<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(mut self) {
        let mut first = 0;
        while first < self.n {
            first += if self.n - first >= 2 * N {
                self.columns::<N, 2>(first)
            } else if self.n - first >= N {
                self.columns::<N, 1>(first)
            } else {
                self.columns::<1, 1>(first)
            };
        }
    }
}

impl<F: Float> Many<'_, F> {
    #[inline(always)]
    fn columns<const N: usize, const V: usize>(&mut self, first: usize) -> usize {
        let mut sums = [[[F::default(); N]; V]; TILE];
        let [a, b, c, d]: [&[F]; TILE] =
            std::array::from_fn(|j| &self.rows[j * self.taps..(j + 1) * self.taps]);
        for (k, w) in self.matrix.chunks_exact(self.n).enumerate() {
            let w = w[first..first + V * N].as_chunks::<N>().0;
            for (v, w) in w.iter().enumerate() {
                add(&mut sums[0][v], a[k], w);
                add(&mut sums[1][v], b[k], w);
                add(&mut sums[2][v], c[k], w);
                add(&mut sums[3][v], d[k], w);
            }
        }
        for (out, sums) in self.out.chunks_mut(self.n).zip(&sums) {
            for (out, sums) in out[first..].as_chunks_mut::<N>().0.iter_mut().zip(sums) {
                *out = *sums;
            }
        }
        V * N
    }
}

/// Products of some inputs and outputs of at most [`TILE`] rows, added to sums.
struct Learn<'a, F> {
    /// `[TILE, inputs]`; rows there are none of are zero.
    seen: &'a [F],
    /// `[rows, outputs]`.
    given: &'a [F],
    outputs: usize,
    /// `[inputs, outputs]`.
    sums: &'a mut [F],
}

impl<F: Float> Kernel for Learn<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let (inputs, n) = (self.seen.len() / TILE, self.outputs);
        let rows = self.given.len() / n;
        let row = |j: usize| &self.given[j.min(rows - 1) * n..][..n];
        let [a, b, c, d]: [&[F]; TILE] = std::array::from_fn(row);
        for (k, sums) in self.sums.chunks_exact_mut(n).enumerate() {
            let x: [F; TILE] = std::array::from_fn(|j| self.seen[j * inputs + k]);
            if x.iter().all(|x| *x == F::default()) {
                continue;
            }
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = (((*sum + x[0] * a[i]) + x[1] * b[i]) + x[2] * c[i]) + x[3] * d[i];
            }
        }
    }
}
