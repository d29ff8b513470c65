//! How often a threshold is crossed upwards.

use super::Observed;
use super::pipe::{Collect, Row};
use crate::pointwise::{self, Pointwise};
use isospike_lane::isa::Isa;
use isospike_lane::{Float, Lane, Mask};

pub(super) struct Crossings<F> {
    row: Row,
    at: F,
    last: Vec<F>,
    count: Vec<F>,
}

impl<F: Float> Crossings<F> {
    pub(super) fn new(at: f64, row: Row) -> Self {
        let (last, count) = (F::from_f64(f64::INFINITY), F::default());
        let n = row.places();
        Crossings { row, at: F::from_f64(at), last: vec![last; n], count: vec![count; n] }
    }
}

struct Cross<F>(F);

impl<F: Float> Pointwise<F, 1, 2> for Cross<F> {
    #[inline(always)]
    fn at(&self, [x]: [F; 1], [last, count]: [F; 2]) -> [F; 2] {
        let up = Mask::and(Lane::lt(last, self.0), Lane::le(self.0, x));
        [x, F::select(up, count + F::from_f64(1.0), count)]
    }
}

impl<F: Float> Collect<F> for Crossings<F> {
    fn push(&mut self, isa: Isa, x: &[F]) {
        let writes = [&mut self.last[..], &mut self.count[..]];
        pointwise::run(isa, Cross(self.at), [x.into()], writes);
    }
    fn collected(&self, _: Isa) -> Observed<F> {
        Observed { shape: vec![self.row.channels], data: self.count[..self.row.len()].to_vec() }
    }
}
