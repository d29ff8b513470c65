//! Power at a few frequencies, without keeping samples.

use super::Observed;
use super::pipe::{Collect, Row};
use crate::pointwise::{self, Pointwise};
use isospike_lane::isa::Isa;
use isospike_lane::{Float, precise};

pub(super) struct Power<F> {
    row: Row,
    /// 2 cos(2 pi f), of each frequency.
    turns: Vec<F>,
    window: u64,
    seen: u64,
    windows: u64,
    /// Two states of each resonator, `[frequency][place]`.
    last: Vec<F>,
    before: Vec<F>,
    sum: Vec<F>,
}

impl<F: Float> Power<F> {
    pub(super) fn new(frequencies: &[f64], window: u64, row: Row) -> Self {
        let turn = |f: &f64| F::from_f64(2.0 * precise::cos(2.0 * std::f64::consts::PI * f));
        let zeros = vec![F::default(); frequencies.len() * row.places()];
        Power {
            row,
            turns: frequencies.iter().map(turn).collect(),
            window,
            seen: 0,
            windows: 0,
            last: zeros.clone(),
            before: zeros.clone(),
            sum: zeros,
        }
    }
}

/// s = x + turn s1 - s2
struct Resonate<F>(F);

impl<F: Float> Pointwise<F, 1, 2> for Resonate<F> {
    #[inline(always)]
    fn at(&self, [x]: [F; 1], [last, before]: [F; 2]) -> [F; 2] {
        [x + self.0 * last - before, last]
    }
}

/// The power of a window; resonators begin anew.
struct Close<F>(F);

impl<F: Float> Pointwise<F, 0, 3> for Close<F> {
    #[inline(always)]
    fn at(&self, _: [F; 0], [last, before, sum]: [F; 3]) -> [F; 3] {
        let power = last * last + before * before - self.0 * last * before;
        [F::default(), F::default(), sum + power]
    }
}

impl<F: Float> Collect<F> for Power<F> {
    fn push(&mut self, isa: Isa, x: &[F]) {
        let n = self.row.places();
        let end = self.seen + 1 == self.window;
        for (k, &turn) in self.turns.iter().enumerate() {
            let at = k * n..(k + 1) * n;
            let (last, before) = (&mut self.last[at.clone()], &mut self.before[at.clone()]);
            pointwise::run(isa, Resonate(turn), [x.into()], [&mut *last, &mut *before]);
            if end {
                pointwise::run(isa, Close(turn), [], [last, before, &mut self.sum[at]]);
            }
        }
        self.seen = if end { 0 } else { self.seen + 1 };
        self.windows += u64::from(end);
    }
    fn collected(&self, _: Isa) -> Observed<F> {
        let squared = self.window as f64 * self.window as f64;
        let part = F::from_f64(1.0 / (squared * self.windows as f64));
        let rows = self.sum.chunks_exact(self.row.places());
        let data = rows.flat_map(|row| row[..self.row.len()].iter().map(|&x| x * part)).collect();
        Observed { shape: vec![self.turns.len(), self.row.channels], data }
    }
}
