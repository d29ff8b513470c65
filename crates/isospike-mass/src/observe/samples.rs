//! All samples.

use super::Observed;
use super::columns::Columns;
use super::pipe::{Collect, Row};
use isospike_lane::Float;
use isospike_lane::isa::Isa;

pub(super) struct Samples<F> {
    row: Row,
    /// In each, what came while a device ran once.
    all: Vec<Columns<F>>,
}

impl<F> Samples<F> {
    pub(super) fn new(row: Row) -> Self {
        Samples { row, all: Vec::new() }
    }
}

impl<F: Float> Collect<F> for Samples<F> {
    fn keeps(&self, samples: u64) -> usize {
        let samples = usize::try_from(samples).unwrap_or(usize::MAX);
        samples.saturating_mul(self.row.channels)
    }
    fn give(&mut self, columns: Columns<F>) {
        self.all.push(columns);
    }
    fn push(&mut self, _: Isa, x: &[F]) {
        let last = self.all.last_mut().expect("samples were announced");
        last.push(&x[..self.row.len()]);
    }
    fn take(&mut self) -> Option<(usize, Vec<Columns<F>>)> {
        Some((self.row.channels, std::mem::take(&mut self.all)))
    }
    fn bytes(&self) -> usize {
        self.all.iter().map(Columns::bytes).sum()
    }
    fn collected(&self, _: Isa) -> Observed<F> {
        let rows: usize = self.all.iter().map(Columns::filled).sum();
        let mut data = Vec::with_capacity(rows * self.row.lanes);
        self.all.iter().for_each(|columns| columns.read(&mut data));
        Observed { shape: vec![rows / self.row.channels, self.row.channels], data: data[..].into() }
    }
}
