//! How often a threshold is crossed upwards.

use super::Observed;
use super::pipe::{Collect, Row};
use isospike_lane::Float;
use isospike_lane::isa::{Isa, Kernel, dispatch};

pub(super) struct Crossings<F> {
    row: Row,
    at: F,
    last: Vec<F>,
    count: Vec<u64>,
}

impl<F: Float> Crossings<F> {
    pub(super) fn new(at: f64, row: Row) -> Self {
        let last = vec![F::from_f64(f64::INFINITY); row.len()];
        Crossings { row, at: F::from_f64(at), last, count: vec![0; row.len()] }
    }
}

struct More<'a, F>(&'a mut Crossings<F>, &'a [F]);

impl<F: Float> Kernel for More<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let More(Crossings { at, last, count, .. }, x) = self;
        for ((last, count), &x) in last.iter_mut().zip(count).zip(x) {
            *count += u64::from(*last < *at && x >= *at);
            *last = x;
        }
    }
}

impl<F: Float> Collect<F> for Crossings<F> {
    fn push(&mut self, isa: Isa, x: &[F]) {
        dispatch(isa, More(self, x));
    }
    fn bytes(&self) -> usize {
        size_of_val(&self.last[..]) + size_of_val(&self.count[..])
    }
    fn collected(&self, _: Isa) -> Observed<F> {
        let all = self.last.iter().zip(&self.count);
        let count = |(last, &n): (&F, &u64)| {
            F::from_f64(if last.to_f64().is_nan() { f64::NAN } else { n as f64 })
        };
        Observed { shape: vec![self.row.channels], data: all.map(count).collect() }
    }
}
