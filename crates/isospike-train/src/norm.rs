//! Normalisation over time and batch.

use crate::{Context, Module, Parameter, Tensor, TrainError, columns};
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
        let factor: Vec<F> = if on.training {
            if rows < 2 {
                let needed = "at least 2 rows, to have a variance";
                return Err(TrainError::shape("the input of a normalisation", &[rows, c], needed));
            }
            let n = F::from_f64(rows as f64);
            let mean = columns::sums(&x.data, c, |_, row, to| to.copy_from_slice(row));
            let mean: Vec<F> = mean.into_iter().map(|sum| sum / n).collect();
            let square = columns::sums(&x.data, c, |_, row, to| {
                for ((to, &x), &mean) in to.iter_mut().zip(row).zip(&mean) {
                    *to = (x - mean) * (x - mean);
                }
            });
            for row in x.data.chunks_mut(c) {
                row.iter_mut().zip(&mean).for_each(|(x, &mean)| *x = *x - mean);
            }
            let (old, new) = (F::from_f64(1.0 - MOMENTUM), F::from_f64(MOMENTUM));
            let unbiased = F::from_f64((rows - 1) as f64);
            for (k, (&mean, &square)) in mean.iter().zip(&square).enumerate() {
                self.mean[k] = old * self.mean[k] + new * mean;
                self.variance[k] = old * self.variance[k] + new * (square / unbiased);
            }
            square.into_iter().map(|square| Self::factor(square / n)).collect()
        } else {
            for row in x.data.chunks_mut(c) {
                row.iter_mut().zip(&self.mean).for_each(|(x, &mean)| *x = *x - mean);
            }
            self.variance.iter().map(|&v| Self::factor(v)).collect()
        };
        for row in x.data.chunks_mut(c) {
            row.iter_mut().zip(&factor).for_each(|(x, &f)| *x = *x * f);
        }
        let mut y = x.clone();
        for row in y.data.chunks_mut(c) {
            for (k, y) in row.iter_mut().enumerate() {
                *y = *y * self.scale.value[k] + self.shift.value[k];
            }
        }
        self.seen = on.training.then_some(Seen { normal: x, factor });
        Ok(y)
    }

    fn backward(&mut self, _: &Context<'_>, by_y: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        let seen = self.seen.take().ok_or(TrainError::NoForward { module: "batch_norm" })?;
        let Seen { normal, factor } = seen;
        let c = factor.len();
        let n = F::from_f64((by_y.data.len() / c) as f64);
        self.shift.gradient = columns::sums(&by_y.data, c, |_, row, to| to.copy_from_slice(row));
        self.scale.gradient = columns::sums(&by_y.data, c, |i, row, to| {
            for (k, (to, &g)) in to.iter_mut().zip(row).enumerate() {
                *to = g * normal.data[i * c + k];
            }
        });
        let mut by_x = by_y;
        for (row, normal) in by_x.data.chunks_mut(c).zip(normal.data.chunks(c)) {
            for (k, g) in row.iter_mut().enumerate() {
                let mean = (self.shift.gradient[k] + normal[k] * self.scale.gradient[k]) / n;
                *g = (*g - mean) * (self.scale.value[k] * factor[k]);
            }
        }
        Ok(by_x)
    }

    fn parameters(&mut self) -> Vec<&mut Parameter<F>> {
        vec![&mut self.scale, &mut self.shift]
    }

    fn reset(&mut self) {
        self.seen = None;
    }
}
