//! Correlations between channels.

use super::Observed;
use super::pipe::{Collect, Row};
use isospike_lane::Float;
use isospike_lane::isa::{Isa, Kernel, dispatch};

/// Sums are in f64 whatever is observed.
pub(super) struct Connectivity {
    row: Row,
    n: u64,
    mean: Vec<f64>,
    /// Deviations from the means before and after the last sample.
    before: Vec<f64>,
    after: Vec<f64>,
    /// Sums of products, `[channel][channel up to it][lane]`.
    products: Vec<f64>,
}

impl Connectivity {
    pub(super) fn new(row: Row) -> Self {
        let zeros = |n: usize| vec![0.0; n * row.lanes];
        let c = row.channels;
        let products = zeros(c * (c + 1) / 2);
        Connectivity { row, n: 0, mean: zeros(c), before: zeros(c), after: zeros(c), products }
    }
}

struct More<'a, F> {
    all: &'a mut Connectivity,
    x: &'a [F],
}

impl<F: Float> Kernel for More<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let Connectivity { row, n, mean, before, after, products } = self.all;
        let (n, lanes) = (*n as f64, row.lanes);
        for i in 0..row.len() {
            let x = self.x[i].to_f64();
            before[i] = x - mean[i];
            mean[i] += before[i] / n;
            after[i] = x - mean[i];
        }
        // of channel i with all up to it, which lie side by side
        let mut rest = &mut products[..];
        for i in 0..row.channels {
            let (own, others) = rest.split_at_mut((i + 1) * lanes);
            let before = &before[i * lanes..][..lanes];
            match before {
                [one] => {
                    for (sum, after) in own.iter_mut().zip(&after[..]) {
                        *sum += *one * *after;
                    }
                }
                _ => {
                    let pairs = own.chunks_exact_mut(lanes).zip(after.chunks_exact(lanes));
                    for (sum, after) in pairs {
                        for l in 0..lanes {
                            sum[l] += before[l] * after[l];
                        }
                    }
                }
            }
            rest = others;
        }
    }
}

impl<F: Float> Collect<F> for Connectivity {
    fn push(&mut self, isa: Isa, x: &[F]) {
        self.n += 1;
        dispatch(isa, More { all: self, x });
    }
    fn bytes(&self) -> usize {
        let rows = [&self.mean, &self.before, &self.after, &self.products];
        rows.iter().map(|row| size_of_val(&row[..])).sum()
    }
    fn collected(&self, _: Isa) -> Observed<F> {
        let (c, lanes) = (self.row.channels, self.row.lanes);
        let at = |i: usize, j: usize, l: usize| self.products[(i * (i + 1) / 2 + j) * lanes + l];
        let mut data = Vec::with_capacity(c * (c - 1) / 2 * lanes);
        for i in 1..c {
            for j in 0..i {
                for l in 0..lanes {
                    let size = at(i, i, l).sqrt() * at(j, j, l).sqrt();
                    data.push(F::from_f64(at(i, j, l) / size));
                }
            }
        }
        Observed { shape: vec![c * (c - 1) / 2], data: data[..].into() }
    }
}
