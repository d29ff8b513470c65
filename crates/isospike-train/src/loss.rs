//! Losses: a number, and the derivative by what the network gave.

use crate::total::total;
use crate::{Tensor, TrainError};
use isospike_lane::Math;
use isospike_layer::Real;

/// What classes are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readout {
    /// The sum over steps: spike counts.
    Count,
    /// The mean over steps.
    Mean,
    /// The last step.
    Last,
    /// The largest of all steps; the first of several.
    Max,
}

impl Readout {
    /// A number for each item and class, `[B, C]`.
    pub fn of<F: Real>(self, y: &Tensor<F>) -> Vec<F> {
        let steps = F::from_f64(y.steps() as f64);
        (0..y.stride())
            .map(|i| {
                let mut all = (0..y.steps()).map(|t| y.step(t)[i]);
                match self {
                    Readout::Count => all.fold(F::default(), |sum, x| sum + x),
                    Readout::Mean => all.fold(F::default(), |sum, x| sum + x) / steps,
                    Readout::Last => all.next_back().unwrap_or_default(),
                    Readout::Max => {
                        let first = all.next().unwrap_or_default();
                        all.fold(first, |most, x| if x > most { x } else { most })
                    }
                }
            })
            .collect()
    }

    /// Derivatives by all steps, from those by the numbers.
    fn back<F: Real>(self, y: &Tensor<F>, by: &[F]) -> Tensor<F> {
        let mut by_y = Tensor::zeros(y.steps(), y.items(), y.features());
        let (stride, steps) = (y.stride(), F::from_f64(y.steps() as f64));
        for (i, &g) in by.iter().enumerate() {
            let mut put = |t: usize, g: F| by_y.data[t * stride + i] = g;
            match self {
                Readout::Count => (0..y.steps()).for_each(|t| put(t, g)),
                Readout::Mean => (0..y.steps()).for_each(|t| put(t, g / steps)),
                Readout::Last => put(y.steps() - 1, g),
                Readout::Max => {
                    let largest = (1..y.steps())
                        .fold(0, |most, t| if y.step(t)[i] > y.step(most)[i] { t } else { most });
                    put(largest, g);
                }
            }
        }
        by_y
    }

    /// The class of each item: that with the largest number, the first of several.
    pub fn classes<F: Real>(self, y: &Tensor<F>) -> Vec<usize> {
        let largest =
            |row: &[F]| (1..row.len()).fold(0, |most, c| if row[c] > row[most] { c } else { most });
        self.of(y).chunks(y.width()).map(largest).collect()
    }
}

fn check<F: Real>(y: &Tensor<F>, labels: &[usize]) -> Result<(), TrainError> {
    if y.steps() == 0 || y.items() == 0 {
        return Err(TrainError::shape("what a loss is of", &[y.steps(), y.items()], "at least 1"));
    }
    if labels.len() != y.items() {
        let needed = format!("{}, one for each item", y.items());
        return Err(TrainError::shape("the labels", &[labels.len()], needed));
    }
    if let Some(&label) = labels.iter().find(|&&label| label >= y.width()) {
        let (value, allowed) = (label as f64, "must be below the number of classes");
        return Err(TrainError::Value { field: "a label", value, allowed });
    }
    Ok(())
}

/// The mean square of how far the rates of the classes, spikes per step, are from 1 for an item's
/// own class and 0 for all others.
///
/// # Errors
/// If there is not one label below the number of classes for each item.
pub fn rate_mse<F: Real>(y: &Tensor<F>, labels: &[usize]) -> Result<(F, Tensor<F>), TrainError> {
    check(y, labels)?;
    let mut off = Readout::Mean.of(y);
    for (row, &label) in off.chunks_mut(y.width()).zip(labels) {
        row[label] = row[label] - F::lit(1.0);
    }
    let n = F::from_f64(off.len() as f64);
    let loss = total(off.iter().map(|&x| x * x)) / n;
    let by: Vec<F> = off.into_iter().map(|x| (x + x) / n).collect();
    Ok((loss, Readout::Mean.back(y, &by)))
}

/// The mean over items of -log softmax of their own class.
///
/// # Errors
/// As [`rate_mse`].
pub fn cross_entropy<F: Real>(
    y: &Tensor<F>,
    labels: &[usize],
    readout: Readout,
) -> Result<(F, Tensor<F>), TrainError> {
    check(y, labels)?;
    let mut by = readout.of(y);
    let n = F::from_f64(y.items() as f64);
    let mut losses = Vec::with_capacity(y.items());
    for (row, &label) in by.chunks_mut(y.width()).zip(labels) {
        let most = row.iter().fold(row[0], |most, &x| if x > most { x } else { most });
        let own = row[label] - most;
        row.iter_mut().for_each(|x| *x = Math::exp(*x - most));
        let sum = row.iter().fold(F::default(), |sum, &x| sum + x);
        losses.push(Math::log(sum) - own);
        row.iter_mut().for_each(|x| *x = *x / (sum * n));
        row[label] = row[label] - F::lit(1.0) / n;
    }
    let loss = total(losses.into_iter()) / n;
    Ok((loss, readout.back(y, &by)))
}
