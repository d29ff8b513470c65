//! Power at a few frequencies, without keeping samples.

use super::Observed;
use super::pipe::{Collect, Row};
use crate::pointwise::{self, Pointwise};
use isospike_lane::isa::Isa;
use isospike_lane::{Float, precise};

pub(super) struct Power<F> {
    row: Row,
    /// Of each frequency.
    turns: Vec<Turn<F>>,
    window: u64,
    seen: u64,
    windows: u64,
    /// Two states of each resonator, `[frequency][place]`: s, and d, its difference to the one
    /// before (its sum with it above a quarter of a cycle).
    s: Vec<F>,
    d: Vec<F>,
    sum: Vec<F>,
}

/// How far a resonator turns in a step: k = -4 sin^2(pi f) and sign 1 up to a quarter of a cycle,
/// 4 cos^2(pi f) and -1 beyond. Without differences of numbers that are nearly equal.
#[derive(Clone, Copy)]
struct Turn<F> {
    k: F,
    sign: F,
}

impl<F: Float> Turn<F> {
    fn new(frequency: f64) -> Self {
        let angle = std::f64::consts::PI * frequency;
        let (k, sign) = match frequency <= 0.25 {
            true => (-4.0 * precise::sin(angle) * precise::sin(angle), 1.0),
            false => (4.0 * precise::cos(angle) * precise::cos(angle), -1.0),
        };
        Turn { k: F::from_f64(k), sign: F::from_f64(sign) }
    }
}

impl<F: Float> Power<F> {
    pub(super) fn new(frequencies: &[f64], window: u64, row: Row) -> Self {
        let zeros = vec![F::default(); frequencies.len() * row.places()];
        Power {
            row,
            turns: frequencies.iter().map(|&f| Turn::new(f)).collect(),
            window,
            seen: 0,
            windows: 0,
            s: zeros.clone(),
            d: zeros.clone(),
            sum: zeros,
        }
    }
}

/// d = x + k s + sign d, then s = sign s + d
struct Resonate<F>(Turn<F>);

impl<F: Float> Pointwise<F, 1, 2> for Resonate<F> {
    #[inline(always)]
    fn at(&self, [x]: [F; 1], [s, d]: [F; 2]) -> [F; 2] {
        let Turn { k, sign } = self.0;
        let d = x + k * s + sign * d;
        [sign * s + d, d]
    }
}

/// The power of a window; resonators begin anew.
struct Close<F>(Turn<F>);

impl<F: Float> Pointwise<F, 0, 3> for Close<F> {
    #[inline(always)]
    fn at(&self, _: [F; 0], [s, d, sum]: [F; 3]) -> [F; 3] {
        let Turn { k, sign } = self.0;
        let power = d * d - k * s * (sign * (s - d));
        [F::default(), F::default(), sum + power]
    }
}

impl<F: Float> Collect<F> for Power<F> {
    fn push(&mut self, isa: Isa, x: &[F]) {
        let n = self.row.places();
        let end = self.seen + 1 == self.window;
        for (k, &turn) in self.turns.iter().enumerate() {
            let at = k * n..(k + 1) * n;
            let (s, d) = (&mut self.s[at.clone()], &mut self.d[at.clone()]);
            pointwise::run(isa, Resonate(turn), [x.into()], [&mut *s, &mut *d]);
            if end {
                pointwise::run(isa, Close(turn), [], [s, d, &mut self.sum[at]]);
            }
        }
        self.seen = if end { 0 } else { self.seen + 1 };
        self.windows += u64::from(end);
    }
    fn bytes(&self) -> usize {
        let rows = [&self.s, &self.d, &self.sum].map(|row| size_of_val(&row[..]));
        size_of_val(&self.turns[..]) + rows.iter().sum::<usize>()
    }
    fn collected(&self, _: Isa) -> Observed<F> {
        let squared = self.window as f64 * self.window as f64;
        let part = F::from_f64(1.0 / (squared * self.windows as f64));
        let rows = self.sum.chunks_exact(self.row.places());
        let data = rows.flat_map(|row| row[..self.row.len()].iter().map(|&x| x * part)).collect();
        Observed { shape: vec![self.turns.len(), self.row.channels], data }
    }
}
