//! How connectivity changes: correlations between windows of it.

use super::Observed;
use super::pipe::{Collect, Row};
use isospike_lane::Float;
use isospike_lane::isa::{Isa, Kernel, dispatch};

pub(super) struct Dynamics<F> {
    row: Row,
    window: usize,
    step: usize,
    /// The last samples, `[sample][channel][lane]`; the oldest first.
    last: Vec<F>,
    have: usize,
    /// Connectivity of every window, `[pair][lane]`.
    all: Vec<Vec<F>>,
}

impl<F: Float> Dynamics<F> {
    pub(super) fn new(window: u64, step: u64, row: Row) -> Self {
        let (window, step) = (window as usize, step as usize);
        let last = vec![F::default(); window * row.len()];
        Dynamics { row, window, step, last, have: 0, all: Vec::new() }
    }
}

/// Adds the connectivity of a window to those before.
struct Window<'a, F>(&'a mut Dynamics<F>);

impl<F: Float> Kernel for Window<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let (n, lanes, channels) = (self.0.row.len(), self.0.row.lanes, self.0.row.channels);
        let Dynamics { last, all, .. } = self.0;
        let rows: Vec<&[F]> = last.chunks_exact(n).collect();
        let means = means(&rows, n);
        let mut off = last.clone();
        for row in off.chunks_exact_mut(n) {
            row.iter_mut().zip(&means).for_each(|(x, mean)| *x = *x - *mean);
        }
        // sums of squares, and of products with all channels before
        let product = |i: usize, j: usize, sum: &mut [F]| {
            sum.fill(F::default());
            for row in off.chunks_exact(n) {
                let (a, b) = (&row[i * lanes..][..lanes], &row[j * lanes..][..lanes]);
                for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
                    *sum = *sum + *a * *b;
                }
            }
        };
        let mut squares = vec![F::default(); n];
        (0..channels).for_each(|i| product(i, i, &mut squares[i * lanes..][..lanes]));
        let mut sum = vec![F::default(); lanes];
        let mut own = Vec::with_capacity(channels * (channels - 1) / 2 * lanes);
        for i in 1..channels {
            for j in 0..i {
                product(i, j, &mut sum);
                let squares = (&squares[i * lanes..], &squares[j * lanes..]);
                let size = |l: usize| squares.0[l].sqrt() * squares.1[l].sqrt();
                own.extend((0..lanes).map(|l| sum[l] / size(l)));
            }
        }
        all.push(own);
    }
}

/// Means of columns: their sum from +0 downwards, times 1 / rows.
#[inline(always)]
fn means<F: Float>(rows: &[&[F]], n: usize) -> Vec<F> {
    let mut means = vec![F::default(); n];
    for row in rows {
        means.iter_mut().zip(*row).for_each(|(sum, x)| *sum = *sum + *x);
    }
    let part = F::from_f64(1.0 / rows.len() as f64);
    means.iter_mut().for_each(|sum| *sum = *sum * part);
    means
}

impl<F: Float> Collect<F> for Dynamics<F> {
    fn push(&mut self, isa: Isa, x: &[F]) {
        let n = self.row.len();
        self.last[self.have * n..][..n].copy_from_slice(&x[..n]);
        self.have += 1;
        if self.have == self.window {
            dispatch(isa, Window(self));
            self.last.copy_within(self.step * n.., 0);
            self.have -= self.step;
        }
    }
    fn bytes(&self) -> usize {
        let windows = self.all.iter().map(|window| size_of_val(&window[..]));
        size_of_val(&self.last[..]) + windows.sum::<usize>()
    }
    fn collected(&self, _: Isa) -> Observed<F> {
        let (lanes, windows) = (self.row.lanes, &self.all);
        // deviations of each window's connectivity from its mean over pairs, and their squares
        let mut off = Vec::new();
        let mut squares = Vec::new();
        for window in windows {
            let rows: Vec<&[F]> = window.chunks_exact(lanes).collect();
            let means = means(&rows, lanes);
            let own: Vec<F> = (0..window.len()).map(|at| window[at] - means[at % lanes]).collect();
            squares.push(products(&own, &own, lanes));
            off.push(own);
        }
        let mut data = Vec::new();
        for a in 1..windows.len() {
            for b in 0..a {
                let sums = products(&off[a], &off[b], lanes);
                let (a, b) = (&squares[a], &squares[b]);
                data.extend((0..lanes).map(|l| sums[l] / (a[l].sqrt() * b[l].sqrt())));
            }
        }
        Observed {
            shape: vec![windows.len() * windows.len().saturating_sub(1) / 2],
            data: data[..].into(),
        }
    }
}

/// Sums over pairs of products, by lane.
fn products<F: Float>(a: &[F], b: &[F], lanes: usize) -> Vec<F> {
    let mut sums = vec![F::default(); lanes];
    for (a, b) in a.chunks_exact(lanes).zip(b.chunks_exact(lanes)) {
        for l in 0..lanes {
            sums[l] = sums[l] + a[l] * b[l];
        }
    }
    sums
}
