//! From numbers to spikes. Numbers are `[B, features...]`, between 0 and 1 where nothing else is
//! said; spikes `[T, B, features...]`. An encoding of an item does not depend on the others.

use crate::{Tensor, TrainError};
use isospike_lane::{Key, Purpose, distribution::Bernoulli, precise, word};
use isospike_layer::{LayerError, Real};
use std::ops::RangeInclusive;

/// Refuses numbers out of a range.
fn within<F: Real>(x: &Tensor<F>, range: RangeInclusive<f64>) -> Result<(), TrainError> {
    if x.steps() != 1 {
        return Err(TrainError::shape("the input of an encoder", &[x.steps()], "T = 1"));
    }
    match x.data.iter().map(|x| x.to_f64()).find(|x| !range.contains(x)) {
        None => Ok(()),
        Some(value) => {
            let (field, allowed) = ("a number to encode", "must lie in the range of the encoder");
            Err(TrainError::Value { field, value, allowed })
        }
    }
}

/// Spikes where `fires` of step and number says so.
fn spikes<F: Real>(
    x: &Tensor<F>,
    steps: usize,
    fires: impl Fn(usize, usize, f64) -> bool,
) -> Result<Tensor<F>, TrainError> {
    let one = F::from_f64(1.0);
    let at = |t: usize| {
        let numbers = x.data.iter().enumerate();
        numbers.map(move |(i, x)| (t, i, x.to_f64()))
    };
    let data = (0..steps).flat_map(at);
    let data = data.map(|(t, i, x)| if fires(t, i, x) { one } else { F::default() }).collect();
    Tensor::new(steps, x.items(), x.features(), data)
}

/// A spike in each step with the number as its probability. The seed, the number of the item
/// (counted from `first_item`), feature and step decide.
///
/// # Errors
/// If a number is not in \[0, 1].
pub fn poisson<F: Real>(
    x: &Tensor<F>,
    steps: usize,
    seed: u64,
    first_item: u32,
) -> Result<Tensor<F>, TrainError> {
    within(x, 0.0..=1.0)?;
    let (draw, width) = (Purpose::Training.draw(4), x.width());
    spikes(x, steps, |t, i, p| {
        let (item, feature) = (first_item + (i / width) as u32, (i % width) as u32);
        Bernoulli::new(p).draw(word(Key(seed), t as u64, draw, item, feature))
    })
}

/// One spike, the earlier the larger the number: in step round((T - 1) (1 - x)), to even.
///
/// # Errors
/// If a number is not in \[0, 1], or there are no steps.
pub fn latency<F: Real>(x: &Tensor<F>, steps: usize) -> Result<Tensor<F>, TrainError> {
    let last = last(steps)?;
    within(x, 0.0..=1.0)?;
    spikes(x, steps, |t, _, x| t as f64 == (last * (1.0 - x)).round_ties_even())
}

/// One spike in step round(T - 1 - ln(a x + 1)), a = e^(T - 1) - 1.
///
/// # Errors
/// As [`latency`].
pub fn latency_log<F: Real>(x: &Tensor<F>, steps: usize) -> Result<Tensor<F>, TrainError> {
    let last = last(steps)?;
    within(x, 0.0..=1.0)?;
    let a = precise::expm1(last);
    spikes(x, steps, |t, _, x| t as f64 == (last - precise::log1p(a * x)).round_ties_even())
}

fn last(steps: usize) -> Result<f64, TrainError> {
    match steps {
        // beyond, e^(T - 1) is not finite
        1..=700 => Ok((steps - 1) as f64),
        _ => {
            let allowed = "must be from 1 to 700";
            Err(TrainError::Value { field: "steps", value: steps as f64, allowed })
        }
    }
}

/// The number in binary, again and again: step k of each `bits` steps stands for 2^-(k + 1).
///
/// # Errors
/// If a number is not in \[0, 1 - 2^-bits], or there are no bits or more than 52.
pub fn weighted_phase<F: Real>(
    x: &Tensor<F>,
    bits: u32,
    steps: usize,
) -> Result<Tensor<F>, TrainError> {
    if !(1..=52).contains(&bits) {
        let (value, allowed) = (f64::from(bits), "must be from 1 to 52");
        return Err(TrainError::Value { field: "bits", value, allowed });
    }
    let units = (1u64 << bits) as f64;
    within(x, 0.0..=1.0 - 1.0 / units)?;
    spikes(x, steps, |t, _, x| {
        let place = bits - 1 - (t % bits as usize) as u32;
        (x * units) as u64 >> place & 1 == 1
    })
}

/// Given spikes, again and again.
///
/// # Errors
/// If there are no steps to repeat.
pub fn periodic<F: Real>(given: &Tensor<F>, steps: usize) -> Result<Tensor<F>, TrainError> {
    if given.steps() == 0 {
        return Err(TrainError::shape("the input of an encoder", &[0], "T >= 1"));
    }
    let data = (0..steps).flat_map(|t| given.step(t % given.steps()).iter().copied()).collect();
    Tensor::new(steps, given.items(), given.features(), data)
}

/// A population of neurons for each number, each with a number it likes best: neuron i of m gets
/// the current exp(-((x - mu) / sigma)^2 / 2), mu = low + (2 i - 1) / 2 (high - low) / (m - 2),
/// sigma = 2/3 (high - low) / (m - 2), and integrates it up to a threshold of 0.999, which is
/// subtracted when it fires. Features become `[features..., m]`. Bohte et al. 2002,
/// doi:10.1016/S0925-2312(01)00658-0.
///
/// # Errors
/// If a number is not in the range, or m is below 3.
pub fn population<F: Real>(
    x: &Tensor<F>,
    range: RangeInclusive<f64>,
    m: usize,
    steps: usize,
) -> Result<Tensor<F>, TrainError> {
    if m < 3 {
        let (field, value, allowed) = ("neurons of a population", m as f64, "must be at least 3");
        return Err(TrainError::Value { field, value, allowed });
    }
    within(x, range.clone())?;
    let step = (range.end() - range.start()) / (m - 2) as f64;
    let current = |x: f64, i: usize| {
        let z = (x - (range.start() + (2.0 * i as f64 - 1.0) / 2.0 * step)) / (step * 2.0 / 3.0);
        precise::exp(-0.5 * z * z)
    };
    let currents: Vec<f64> =
        x.data.iter().flat_map(|x| (0..m).map(|i| current(x.to_f64(), i))).collect();
    let mut potentials = vec![0.0; currents.len()];
    let mut data = Vec::with_capacity(steps * currents.len());
    for _ in 0..steps {
        for (v, current) in potentials.iter_mut().zip(&currents) {
            *v += current;
            let fires = *v >= 0.999;
            *v -= if fires { 0.999 } else { 0.0 };
            data.push(F::from_f64(f64::from(u8::from(fires))));
        }
    }
    Tensor::new(steps, x.items(), &[x.features(), &[m]].concat(), data)
}

/// What changes in a course `[T, B, features...]`: a spike in the first half of the features where
/// a number has grown by the threshold or more since the step before, in the second half where it
/// has fallen by as much. Features become `[2, features...]`.
///
/// # Errors
/// If the threshold is not positive, or a number is not finite.
pub fn delta<F: Real>(x: &Tensor<F>, threshold: f64) -> Result<Tensor<F>, TrainError> {
    if threshold.is_nan() || threshold <= 0.0 {
        let (field, allowed) = ("threshold", "must be > 0");
        return Err(TrainError::Value { field, value: threshold, allowed });
    }
    if let Some(index) = x.data.iter().position(|x| !x.is_finite()) {
        let (field, value) = ("the input of an encoder".to_owned(), x.data[index].to_f64());
        return Err(LayerError::Number { field, index, value }.into());
    }
    let (threshold, one, width) = (F::from_f64(threshold), F::from_f64(1.0), x.width());
    let mut y = Tensor::zeros(x.steps(), x.items(), &[&[2], x.features()].concat());
    for t in 1..x.steps() {
        let changes = x.step(t).iter().zip(x.step(t - 1)).map(|(now, before)| *now - *before);
        let from = t * y.stride();
        for (i, change) in changes.enumerate() {
            let at = from + i / width * 2 * width + i % width;
            if change >= threshold {
                y.data[at] = one;
            } else if -change >= threshold {
                y.data[at + width] = one;
            }
        }
    }
    Ok(y)
}
