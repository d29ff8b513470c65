//! Normalisation over time and batch.

use crate::{Context, Module, Parameter, Tensor, TrainError};
use isospike_layer::Real;

/// Each channel to mean 0 and variance 1 over steps, items and places, then times a scale, plus a
/// shift, both learned. Where nothing is trained, mean and variance are those of the batches so
/// far: a moving average with momentum 0.1, of the unbiased variance. With a scale that begins at
/// the threshold of the neurons behind it, it is the threshold-dependent normalisation (tdBN).
#[derive(Clone, Debug)]
pub struct BatchNorm<F> {
    scale: Parameter<F>,
    shift: Parameter<F>,
    /// The means so far.
    pub mean: Vec<F>,
    /// The variances so far.
    pub variance: Vec<F>,
    seen: Option<Seen<F>>,
}

/// The normalised input, and the factor that made it, by channel.
#[derive(Clone, Debug)]
struct Seen<F> {
    normal: Tensor<F>,
    factor: Vec<F>,
}

const MOMENTUM: f64 = 0.1;
const EPSILON: f64 = 1e-5;

impl<F: Real> BatchNorm<F> {
    /// Over so many channels, with a scale to begin with.
    pub fn new(channels: usize, scale: f64) -> Self {
        let all = |x: f64| vec![F::from_f64(x); channels];
        BatchNorm {
            scale: Parameter::new("scale", &[channels], all(scale)),
            shift: Parameter::new("shift", &[channels], all(0.0)),
            mean: all(0.0),
            variance: all(1.0),
            seen: None,
        }
    }

    fn factor(variance: F) -> F {
        F::lit(1.0) / (variance + F::from_f64(EPSILON)).sqrt()
    }
}

impl<F: Real> Module<F> for BatchNorm<F> {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        match input.last() {
            Some(&c) if c == self.mean.len() => Ok(input.to_vec()),
            _ => {
                let needed = format!("[.., {}]", self.mean.len());
                Err(TrainError::shape("the input of a normalisation", input, needed))
            }
        }
    }

    fn forward(&mut self, on: &Context<'_>, mut x: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        self.output(x.features())?;
        x.finite("the input of a normalisation")?;
        let c = self.mean.len();
        let rows = x.data.len() / c;
        let mean: Vec<F>;
        let factor: Vec<F> = if on.training {
            if rows < 2 {
                let needed = "at least 2 rows, to have a variance";
                return Err(TrainError::shape("the input of a normalisation", &[rows, c], needed));
            }
            let n = F::from_f64(rows as f64);
            let sums = on.on.column_sums(rows, c, |i, sums: &mut [F]| {
                sums.iter_mut().zip(&x.data[i * c..]).for_each(|(sum, &x)| *sum = *sum + x);
            });
            mean = sums.into_iter().map(|sum| sum / n).collect();
            let square = on.on.column_sums(rows, c, |i, sums: &mut [F]| {
                for ((sum, &x), &mean) in sums.iter_mut().zip(&x.data[i * c..]).zip(&mean) {
                    *sum = *sum + (x - mean) * (x - mean);
                }
            });
            let (old, new) = (F::from_f64(1.0 - MOMENTUM), F::from_f64(MOMENTUM));
            let unbiased = F::from_f64((rows - 1) as f64);
            for (k, (&mean, &square)) in mean.iter().zip(&square).enumerate() {
                self.mean[k] = old * self.mean[k] + new * mean;
                self.variance[k] = old * self.variance[k] + new * (square / unbiased);
            }
            square.into_iter().map(|square| Self::factor(square / n)).collect()
        } else {
            mean = self.mean.clone();
            self.variance.iter().map(|&v| Self::factor(v)).collect()
        };
        on.on.each_row(&mut x.data, c, |_, row| {
            for ((x, &mean), &factor) in row.iter_mut().zip(&mean).zip(&factor) {
                *x = (*x - mean) * factor;
            }
        });
        let mut y = x.with(x.features(), vec![F::default(); x.data.len()]);
        let (scale, shift) = (&self.scale.value, &self.shift.value);
        on.on.each_row(&mut y.data, c, |i, row| {
            let learned = scale.iter().zip(shift);
            for ((y, &x), (&scale, &shift)) in row.iter_mut().zip(&x.data[i * c..]).zip(learned) {
                *y = x * scale + shift;
            }
        });
        self.seen = on.training.then_some(Seen { normal: x, factor });
        Ok(y)
    }

    fn backward(&mut self, on: &Context<'_>, by_y: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        let seen = self.seen.take().ok_or(TrainError::NoForward { module: "batch_norm" })?;
        let Seen { normal, factor } = seen;
        let c = factor.len();
        let rows = by_y.data.len() / c;
        let n = F::from_f64(rows as f64);
        self.shift.gradient = on.on.column_sums(rows, c, |i, sums: &mut [F]| {
            sums.iter_mut().zip(&by_y.data[i * c..]).for_each(|(sum, &g)| *sum = *sum + g);
        });
        self.scale.gradient = on.on.column_sums(rows, c, |i, sums: &mut [F]| {
            let normal = &normal.data[i * c..];
            for ((sum, &g), &x) in sums.iter_mut().zip(&by_y.data[i * c..]).zip(normal) {
                *sum = *sum + g * x;
            }
        });
        let mut by_x = by_y;
        let all: Vec<[F; 3]> = (0..c)
            .map(|k| {
                let factor = self.scale.value[k] * factor[k];
                [self.shift.gradient[k], self.scale.gradient[k], factor]
            })
            .collect();
        on.on.each_row(&mut by_x.data, c, |i, row| {
            for ((g, &x), &[shift, scale, factor]) in
                row.iter_mut().zip(&normal.data[i * c..]).zip(&all)
            {
                *g = (*g - (shift + x * scale) / n) * factor;
            }
        });
        Ok(by_x)
    }

    fn parameters(&mut self) -> Vec<&mut Parameter<F>> {
        vec![&mut self.scale, &mut self.shift]
    }

    fn reset(&mut self) {
        self.seen = None;
    }
}
