//! Mean, deviation, least and most.

use super::Observed;
use super::pipe::{Collect, Row};
use isospike_lane::Float;
use isospike_lane::isa::{Isa, Kernel, dispatch};

/// Sums are in f64 whatever is observed: in f32 they would stand still after some ten million
/// numbers.
pub(super) struct Moments<F> {
    row: Row,
    n: u64,
    mean: Vec<f64>,
    /// Sums of squared deviations.
    squares: Vec<f64>,
    least: Vec<F>,
    most: Vec<F>,
}

impl<F: Float> Moments<F> {
    pub(super) fn new(row: Row) -> Self {
        let all = |x: f64| vec![F::from_f64(x); row.len()];
        let (least, most) = (all(f64::INFINITY), all(f64::NEG_INFINITY));
        let zeros = vec![0.0; row.len()];
        Moments { row, n: 0, mean: zeros.clone(), squares: zeros, least, most }
    }
}

/// One more number of each.
struct More<'a, F>(&'a mut Moments<F>, &'a [F]);

impl<F: Float> Kernel for More<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let More(Moments { n, mean, squares, least, most, .. }, x) = self;
        let n = *n as f64;
        let sums = mean.iter_mut().zip(squares);
        let ends = least.iter_mut().zip(most);
        for ((&x, (mean, squares)), (least, most)) in x.iter().zip(sums).zip(ends) {
            let wide = x.to_f64();
            let before = wide - *mean;
            *mean += before / n;
            *squares += before * (wide - *mean);
            // a lane that is NaN stays so
            *least = F::select(*least <= x, *least, x);
            *most = F::select(*most >= x, *most, x);
        }
    }
}

impl<F: Float> Collect<F> for Moments<F> {
    fn push(&mut self, isa: Isa, x: &[F]) {
        self.n += 1;
        dispatch(isa, More(self, x));
    }
    fn bytes(&self) -> usize {
        let sums = size_of_val(&self.mean[..]) + size_of_val(&self.squares[..]);
        sums + size_of_val(&self.least[..]) + size_of_val(&self.most[..])
    }
    fn collected(&self, _: Isa) -> Observed<F> {
        let n = self.n as f64;
        let mean = self.mean.iter().map(|&x| F::from_f64(if n > 0.0 { x } else { f64::NAN }));
        let deviation = self.squares.iter().map(|&x| F::from_f64((x / n).sqrt()));
        let ends = self.least.iter().chain(&self.most).copied();
        let data = mean.chain(deviation).chain(ends).collect();
        Observed { shape: vec![4, self.row.channels], data }
    }
}
