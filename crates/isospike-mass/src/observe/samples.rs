//! All samples.

use super::Observed;
use super::pipe::{Collect, Row};
use isospike_lane::Float;
use isospike_lane::isa::Isa;

pub(super) struct Samples<F> {
    row: Row,
    all: Vec<F>,
}

impl<F> Samples<F> {
    pub(super) fn new(row: Row) -> Self {
        Samples { row, all: Vec::new() }
    }
}

impl<F: Float> Collect<F> for Samples<F> {
    fn expect(&mut self, rows: usize) {
        self.all.reserve(rows * self.row.len());
    }
    fn push(&mut self, _: Isa, x: &[F]) {
        self.all.extend_from_slice(&x[..self.row.len()]);
    }
    fn take(&mut self) -> Option<Observed<F>> {
        let data = std::mem::take(&mut self.all);
        let samples = data.len() / self.row.len();
        Some(Observed { shape: vec![samples, self.row.channels], data })
    }
    fn collected(&self, _: Isa) -> Observed<F> {
        let samples = self.all.len() / self.row.len();
        Observed { shape: vec![samples, self.row.channels], data: self.all.clone() }
    }
}
