//! Power spectral densities by Welch's method.

use super::Observed;
use super::pipe::{Collect, Row};
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
    real: Vec<F>,
    imaginary: Vec<F>,
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
            real: zeros(window),
            imaginary: zeros(window),
            windows: 0,
            sum: zeros(window / 2 + 1),
            scale: dt / squares,
        }
    }
}

/// Adds the squares of the transform of a window.
struct Transform<'a, F>(&'a mut Spectrum<F>);

impl<F: Float> Kernel for Transform<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let (window, n) = (self.0.window, self.0.row.len());
        let Spectrum { taper, turns, last, real, imaginary, sum, .. } = self.0;
        imaginary.fill(F::default());
        // without their mean, tapered, in the order of reversed bits
        let bits = window.trailing_zeros();
        let part = F::from_f64(1.0 / window as f64);
        for i in 0..n {
            let mut mean = F::default();
            for k in 0..window {
                mean = mean + last[k * n + i];
            }
            let mean = mean * part;
            for k in 0..window {
                let to = k.reverse_bits() >> (usize::BITS - bits);
                real[to * n + i] = (last[k * n + i] - mean) * taper[k];
            }
        }
        // radix 2, decimation in time
        let mut half = 1;
        while half < window {
            for first in (0..window).step_by(2 * half) {
                for k in 0..half {
                    let [c, s] = turns[k * (window / (2 * half))];
                    let (a, b) = (first + k, first + k + half);
                    let (re, re_far) = real.split_at_mut(b * n);
                    let (im, im_far) = imaginary.split_at_mut(b * n);
                    let near = (&mut re[a * n..][..n], &mut im[a * n..][..n]);
                    butterfly([c, s], near, (&mut re_far[..n], &mut im_far[..n]));
                }
            }
            half *= 2;
        }
        for (i, sum) in sum.iter_mut().enumerate() {
            *sum = *sum + (real[i] * real[i] + imaginary[i] * imaginary[i]);
        }
    }
}

#[inline(always)]
fn butterfly<F: Float>([c, s]: [F; 2], near: (&mut [F], &mut [F]), far: (&mut [F], &mut [F])) {
    let near = near.0.iter_mut().zip(near.1);
    for ((a, a_), (b, b_)) in near.zip(far.0.iter_mut().zip(far.1)) {
        let (re, im) = (*b * c - *b_ * s, *b * s + *b_ * c);
        (*b, *b_) = (*a - re, *a_ - im);
        (*a, *a_) = (*a + re, *a_ + im);
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
