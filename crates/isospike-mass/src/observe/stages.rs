//! Stages.

use super::pipe::{Row, Sieve};
use crate::erased::NodeDef;
use crate::models::{Balloon, BalloonParams, BalloonState, bold_signal};
use crate::pointwise::{self, Pointwise, Read};
use crate::real::Real;
use crate::row::{Column, DriftRow, Then, WIDE};
use isospike_lane::Float;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_model::Slots;
use ndarray::Array2;

/// The mean of so many.
pub(super) struct Average<F> {
    n: u64,
    seen: u64,
    sum: Vec<F>,
    mean: Vec<F>,
}

impl<F: Float> Average<F> {
    pub(super) fn new(n: u64, row: Row) -> Self {
        let zeros = vec![F::default(); row.places()];
        Average { n, seen: 0, sum: zeros.clone(), mean: zeros }
    }
}

/// sum + x
struct Plus;

impl<F: Float> Pointwise<F, 1, 1> for Plus {
    #[inline(always)]
    fn at(&self, [x]: [F; 1], [sum]: [F; 1]) -> [F; 1] {
        [sum + x]
    }
}

/// The sum times a number; the sum begins anew.
struct Close<F>(F);

impl<F: Float> Pointwise<F, 0, 2> for Close<F> {
    #[inline(always)]
    fn at(&self, _: [F; 0], [sum, _]: [F; 2]) -> [F; 2] {
        [F::default(), sum * self.0]
    }
}

impl<F: Float> Sieve<F> for Average<F> {
    fn push<'a>(&'a mut self, isa: Isa, x: &'a [F]) -> Option<&'a [F]> {
        if self.n == 1 {
            return Some(x);
        }
        pointwise::run(isa, Plus, [x.into()], [&mut self.sum]);
        self.seen += 1;
        if self.seen < self.n {
            return None;
        }
        self.seen = 0;
        let close = Close(F::from_f64(1.0 / self.n as f64));
        pointwise::run(isa, close, [], [&mut self.sum, &mut self.mean]);
        Some(&self.mean)
    }
    fn passes(&self, n: u64) -> u64 {
        self.seen.saturating_add(n) / self.n
    }
    fn bytes(&self) -> usize {
        size_of_val(&self.sum[..]) + size_of_val(&self.mean[..])
    }
}

/// The last of so many.
pub(super) struct Every {
    n: u64,
    seen: u64,
}

impl Every {
    pub(super) fn new(n: u64) -> Self {
        Every { n, seen: 0 }
    }
}

impl<F: Float> Sieve<F> for Every {
    fn push<'a>(&'a mut self, _: Isa, x: &'a [F]) -> Option<&'a [F]> {
        self.seen += 1;
        let now = self.seen == self.n;
        if now {
            self.seen = 0;
        }
        now.then_some(x)
    }
    fn passes(&self, n: u64) -> u64 {
        self.seen.saturating_add(n) / self.n
    }
    fn bytes(&self) -> usize {
        0
    }
}

/// What sensors see.
pub(super) struct Gain<F> {
    /// `[sensor][node]`
    gain: Vec<F>,
    nodes: usize,
    lanes: usize,
    out: Vec<F>,
}

impl<F: Float> Gain<F> {
    pub(super) fn new(gain: &Array2<f64>, row: Row) -> Self {
        let out = Row { channels: gain.nrows(), ..row };
        Gain {
            gain: gain.iter().map(|&x| F::from_f64(x)).collect(),
            nodes: row.channels,
            lanes: row.lanes,
            out: vec![F::default(); out.places()],
        }
    }
}

struct Sensors<'a, F> {
    gain: &'a mut Gain<F>,
    x: &'a [F],
}

impl<F: Float> Kernel for Sensors<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let (nodes, lanes) = (self.gain.nodes, self.gain.lanes);
        let sensors = self.gain.gain.chunks_exact(nodes);
        for (gain, out) in sensors.zip(self.gain.out.chunks_exact_mut(lanes)) {
            out.fill(F::default());
            for (g, x) in gain.iter().zip(self.x.chunks_exact(lanes)) {
                for (out, x) in out.iter_mut().zip(x) {
                    *out = *out + *g * *x;
                }
            }
        }
    }
}

impl<F: Float> Sieve<F> for Gain<F> {
    fn push<'a>(&'a mut self, isa: Isa, x: &'a [F]) -> Option<&'a [F]> {
        dispatch(isa, Sensors { gain: self, x });
        Some(&self.out)
    }
    fn bytes(&self) -> usize {
        size_of_val(&self.gain[..]) + size_of_val(&self.out[..])
    }
}

/// What fMRI measures.
struct Signal<F>(BalloonParams<F>);

impl<F: Float> Pointwise<F, 4, 1> for Signal<F> {
    #[inline(always)]
    fn at(&self, [s, f, v, q]: [F; 4], _: [F; 1]) -> [F; 1] {
        [bold_signal(&self.0, &BalloonState { s, f, v, q })]
    }
}

/// The balloon model.
pub(super) struct Bold<F> {
    dt: f64,
    params: Vec<Column<F>>,
    state: Vec<F>,
    drift: Vec<F>,
    guess: Vec<F>,
    next: Vec<F>,
    signal: Vec<F>,
}

impl<F: Real> Bold<F> {
    pub(super) fn new(dt: f64, row: Row) -> Self {
        let n = row.places();
        let params = Balloon.params().iter();
        let mut state = vec![F::from_f64(1.0); 4 * n];
        state[..n].fill(F::default());
        let zeros = vec![F::default(); 4 * n];
        Bold {
            dt,
            params: params.map(|p| Column::uniform(F::from_f64(p.default))).collect(),
            state,
            drift: zeros.clone(),
            guess: zeros.clone(),
            next: zeros,
            signal: vec![F::default(); n],
        }
    }
}

impl<F: Real> Sieve<F> for Bold<F> {
    fn push<'a>(&'a mut self, isa: Isa, x: &'a [F]) -> Option<&'a [F]> {
        let (dt, half) = (F::from_f64(self.dt), F::from_f64(0.5 * self.dt));
        let node = F::drift(&Balloon);
        let then = Then::Along { dt, add: &[], y: &mut self.guess };
        let drift = &mut self.drift[..];
        node.drift(
            isa,
            DriftRow { params: &self.params, state: &self.state, inputs: x, drift, then },
        );
        let (first, add, y) = (&self.drift[..], &[][..], &mut self.next[..]);
        let then = Then::Mean { half, x: &self.state, first, add, y };
        let drift = &mut [];
        node.drift(
            isa,
            DriftRow { params: &self.params, state: &self.guess, inputs: x, drift, then },
        );
        std::mem::swap(&mut self.state, &mut self.next);
        let mut rows = self.state.chunks_exact(self.signal.len()).map(Read::from);
        let reads = std::array::from_fn(|_| rows.next().expect("four variables"));
        let params: BalloonParams<F> = Slots::from_fn(|k| self.params[k].at(0));
        pointwise::run(isa, Signal(params), reads, [&mut self.signal]);
        Some(&self.signal)
    }
    fn bytes(&self) -> usize {
        let rows = [&self.state, &self.drift, &self.guess, &self.next, &self.signal];
        let params = self.params.len() * WIDE * size_of::<F>();
        rows.iter().map(|row| size_of_val(&row[..])).sum::<usize>() + params
    }
}
