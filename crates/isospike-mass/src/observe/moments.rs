//! Mean, deviation, least and most.

use super::Observed;
use super::pipe::{Collect, Row};
use crate::pointwise::{self, Pointwise};
use isospike_lane::isa::Isa;
use isospike_lane::{Float, Lane};

pub(super) struct Moments<F> {
    row: Row,
    n: u64,
    mean: Vec<F>,
    /// Sums of squared deviations.
    squares: Vec<F>,
    least: Vec<F>,
    most: Vec<F>,
}

impl<F: Float> Moments<F> {
    pub(super) fn new(row: Row) -> Self {
        let all = |x: f64| vec![F::from_f64(x); row.places()];
        let (least, most) = (all(f64::INFINITY), all(f64::NEG_INFINITY));
        Moments { row, n: 0, mean: all(0.0), squares: all(0.0), least, most }
    }
}

/// One more number, the n-th.
struct More<F>(F);

impl<F: Float> Pointwise<F, 1, 4> for More<F> {
    #[inline(always)]
    fn at(&self, [x]: [F; 1], [mean, squares, least, most]: [F; 4]) -> [F; 4] {
        let before = x - mean;
        let mean = mean + before / self.0;
        let squares = squares + before * (x - mean);
        [mean, squares, Lane::min(least, x), Lane::max(most, x)]
    }
}

/// Deviations from sums of squares.
struct Deviation<F>(F);

impl<F: Float> Pointwise<F, 1, 1> for Deviation<F> {
    #[inline(always)]
    fn at(&self, [squares]: [F; 1], _: [F; 1]) -> [F; 1] {
        [(squares / self.0).sqrt()]
    }
}

impl<F: Float> Collect<F> for Moments<F> {
    fn push(&mut self, isa: Isa, x: &[F]) {
        self.n += 1;
        let writes = [&mut self.mean, &mut self.squares, &mut self.least, &mut self.most];
        let more = More(F::from_f64(self.n as f64));
        pointwise::run(isa, more, [x.into()], writes.map(|all| &mut all[..]));
    }
    fn collected(&self, isa: Isa) -> Observed<F> {
        let mut deviation = self.squares.clone();
        let n = Deviation(F::from_f64(self.n as f64));
        pointwise::run(isa, n, [self.squares[..].into()], [&mut deviation]);
        let rows = [&self.mean, &deviation, &self.least, &self.most];
        let data = rows.iter().flat_map(|row| row[..self.row.len()].iter().copied()).collect();
        Observed { shape: vec![4, self.row.channels], data }
    }
}
