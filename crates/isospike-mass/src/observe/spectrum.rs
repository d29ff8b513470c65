//! Power spectral densities by Welch's method.

use super::Observed;
use super::pipe::{Collect, Row};
use crate::row::CHUNK;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Float, precise};
use std::f64::consts::PI;

pub(super) struct Spectrum<F> {
    row: Row,
    window: usize,
    hop: usize,
    /// Hann's window.
    taper: Vec<F>,
    /// cos and -sin of 2 pi k / window.
    turns: Vec<[F; 2]>,
    /// The last samples, `[sample][channel and lane]`; the oldest first.
    last: Vec<F>,
    have: usize,
    /// Of some columns.
    real: Vec<[F; CHUNK]>,
    imaginary: Vec<[F; CHUNK]>,
    windows: u64,
    /// `[frequency][channel and lane]`
    sum: Vec<F>,
    /// What makes a density of a sum of squares.
    scale: f64,
}

impl<F: Float> Spectrum<F> {
    pub(super) fn new(window: u64, hop: u64, dt: f64, row: Row) -> Self {
        let (window, hop, n) = (window as usize, hop as usize, row.len());
        let part = |k: usize| 2.0 * PI * k as f64 / window as f64;
        let hann: Vec<f64> = (0..window).map(|k| 0.5 - 0.5 * precise::cos(part(k))).collect();
        let squares: f64 = hann.iter().map(|w| w * w).sum();
        let turn = |k: usize| [precise::cos(part(k)), -precise::sin(part(k))].map(F::from_f64);
        let zeros = |rows: usize| vec![F::default(); rows * n];
        Spectrum {
            row,
            window,
            hop,
            taper: hann.into_iter().map(F::from_f64).collect(),
            turns: (0..window / 2).map(turn).collect(),
            last: zeros(window),
            have: 0,
            real: vec![[F::default(); CHUNK]; window],
            imaginary: vec![[F::default(); CHUNK]; window],
            windows: 0,
            sum: zeros(window / 2 + 1),
            scale: dt / squares,
        }
    }
}

/// Adds the squares of the transform of a window, some columns after the other, so that what is
/// transformed stays in cache.
struct Transform<'a, F>(&'a mut Spectrum<F>);

impl<F: Float> Kernel for Transform<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let (window, n) = (self.0.window, self.0.row.len());
        let Spectrum { taper, turns, last, real, imaginary, sum, .. } = self.0;
        let part = F::from_f64(1.0 / window as f64);
        let bits = window.trailing_zeros();
        for first in (0..n).step_by(CHUNK) {
            let columns = CHUNK.min(n - first);
            let row = |k: usize| {
                let mut row = [F::default(); CHUNK];
                row[..columns].copy_from_slice(&last[k * n + first..][..columns]);
                row
            };
            // without their mean, tapered, in the order of reversed bits
            let mut mean = [F::default(); CHUNK];
            for k in 0..window {
                let x = row(k);
                for i in 0..CHUNK {
                    mean[i] = mean[i] + x[i];
                }
            }
            for (k, taper) in taper.iter().enumerate() {
                let to = k.reverse_bits() >> (usize::BITS - bits);
                let x = row(k);
                for i in 0..CHUNK {
                    real[to][i] = (x[i] - mean[i] * part) * *taper;
                }
            }
            imaginary.fill([F::default(); CHUNK]);
            transform(turns, real, imaginary);
            for (k, sum) in sum.chunks_exact_mut(n).enumerate() {
                let (re, im) = (&real[k], &imaginary[k]);
                for (i, sum) in sum[first..][..columns].iter_mut().enumerate() {
                    *sum = *sum + (re[i] * re[i] + im[i] * im[i]);
                }
            }
        }
    }
}

/// Radix 2, decimation in time, of columns in the order of reversed bits.
#[inline(always)]
fn transform<F: Float>(turns: &[[F; 2]], real: &mut [[F; CHUNK]], imaginary: &mut [[F; CHUNK]]) {
    let window = real.len();
    let mut half = 1;
    while half < window {
        let stride = window / (2 * half);
        let blocks = real.chunks_exact_mut(2 * half).zip(imaginary.chunks_exact_mut(2 * half));
        for (re, im) in blocks {
            let ((re, re_far), (im, im_far)) = (re.split_at_mut(half), im.split_at_mut(half));
            for k in 0..half {
                let [c, s] = turns[k * stride];
                butterfly([c, s], (&mut re[k], &mut im[k]), (&mut re_far[k], &mut im_far[k]));
            }
        }
        half *= 2;
    }
}

type Complex<'a, F> = (&'a mut [F; CHUNK], &'a mut [F; CHUNK]);

#[inline(always)]
fn butterfly<F: Float>([c, s]: [F; 2], near: Complex<'_, F>, far: Complex<'_, F>) {
    for i in 0..CHUNK {
        let (a, a_, b, b_) = (near.0[i], near.1[i], far.0[i], far.1[i]);
        let (re, im) = (b * c - b_ * s, b * s + b_ * c);
        (far.0[i], far.1[i]) = (a - re, a_ - im);
        (near.0[i], near.1[i]) = (a + re, a_ + im);
    }
}

impl<F: Float> Collect<F> for Spectrum<F> {
    fn push(&mut self, isa: Isa, x: &[F]) {
        let n = self.row.len();
        self.last[self.have * n..][..n].copy_from_slice(&x[..n]);
        self.have += 1;
        if self.have == self.window {
            dispatch(isa, Transform(self));
            self.windows += 1;
            self.last.copy_within(self.hop * n.., 0);
            self.have -= self.hop;
        }
    }
    fn bytes(&self) -> usize {
        let columns = [&self.real, &self.imaginary].map(|row| size_of_val(&row[..]));
        let rows = [&self.taper, &self.last, &self.sum].map(|row| size_of_val(&row[..]));
        let all = columns.iter().chain(&rows).sum::<usize>();
        all + size_of_val(&self.turns[..])
    }
    fn collected(&self, _: Isa) -> Observed<F> {
        let (n, frequencies) = (self.row.len(), self.window / 2 + 1);
        // both halves of the spectrum are one, but at its ends
        let once = F::from_f64(self.scale / self.windows as f64);
        let twice = F::from_f64(2.0 * self.scale / self.windows as f64);
        let factor = |k: usize| if k == 0 || k + 1 == frequencies { once } else { twice };
        let data = self.sum.iter().enumerate().map(|(i, &x)| x * factor(i / n)).collect();
        Observed { shape: vec![frequencies, self.row.channels], data }
    }
}
