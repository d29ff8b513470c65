//! What spike trains are like. Everything is computed in f64, in the order of steps.

use crate::{Tensor, TrainError, decode};
use isospike_lane::precise;
use isospike_layer::Real;

/// Statistics of the neurons of a layer, of one item; all are `[N]`.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerStatistics {
    /// Spikes.
    pub counts: Vec<usize>,
    /// Spikes a step.
    pub rates: Vec<f64>,
    /// The step of the first spike; none of a neuron that never fires.
    pub first_spikes: Vec<Option<usize>>,
    /// The coefficient of variation of the intervals between spikes: their standard deviation,
    /// sqrt(sum (x - mean)^2 / n), by their mean. None with fewer than 3 spikes, 2 intervals.
    pub cv: Vec<Option<f64>>,
    /// The Fano factor: the variance, sum (x - mean)^2 / n, of spike counts in windows side by
    /// side, by their mean. Steps after the last whole window do not count. None with fewer than 2
    /// windows, or without spikes in them.
    pub fano: Vec<Option<f64>>,
    /// The mean potential after the reset, where potentials are given.
    pub mean_potentials: Option<Vec<f64>>,
}

impl LayerStatistics {
    /// Of each item of spikes, `[T, B, N]`, and potentials as many, with windows of so many steps
    /// for the Fano factor.
    ///
    /// # Errors
    /// If there are no steps, windows have none, or there are not as many potentials.
    pub fn of<F: Real>(
        spikes: &Tensor<F>,
        potentials: Option<&Tensor<F>>,
        window: usize,
    ) -> Result<Vec<LayerStatistics>, TrainError> {
        if spikes.steps() == 0 {
            return Err(TrainError::shape("what statistics are of", &[0], "T >= 1"));
        }
        if window == 0 {
            let (field, allowed) = ("steps of a window", "must be at least 1");
            return Err(TrainError::Value { field, value: 0.0, allowed });
        }
        if let Some(v) = potentials.filter(|v| v.shape() != spikes.shape()) {
            let needed = format!("{}, as spikes are", spikes.shape());
            let given = [v.steps(), v.items(), v.width()];
            return Err(TrainError::shape("potentials", &given, needed));
        }
        let of =
            |i| LayerStatistics::single(&spikes.item(i), potentials.map(|v| v.item(i)), window);
        Ok((0..spikes.items()).map(of).collect())
    }

    fn single<F: Real>(spikes: &Tensor<F>, potentials: Option<Tensor<F>>, window: usize) -> Self {
        let fired = |n: usize| -> Vec<usize> {
            (0..spikes.steps()).filter(|&t| spikes.step(t)[n] != F::default()).collect()
        };
        let fired: Vec<_> = (0..spikes.width()).map(fired).collect();
        let counts: Vec<_> = fired.iter().map(Vec::len).collect();
        let steps = spikes.steps() as f64;
        let mean_potentials = potentials.map(|v| {
            let sum = |n: usize| (0..v.steps()).fold(0.0, |sum, t| sum + v.step(t)[n].to_f64());
            (0..v.width()).map(|n| sum(n) / steps).collect()
        });
        LayerStatistics {
            rates: counts.iter().map(|&count| count as f64 / steps).collect(),
            first_spikes: decode::first_spikes(spikes),
            cv: fired.iter().map(|at| cv(at)).collect(),
            fano: fired.iter().map(|at| fano(at, window, spikes.steps() / window)).collect(),
            counts,
            mean_potentials,
        }
    }
}

/// Mean and variance, if there are at least two numbers and the mean is not 0.
fn moments(all: &[f64]) -> Option<(f64, f64)> {
    let n = all.len() as f64;
    let mean = all.iter().fold(0.0, |sum, x| sum + x) / n;
    let variance = all.iter().fold(0.0, |sum, x| sum + (x - mean) * (x - mean)) / n;
    (all.len() >= 2 && mean != 0.0).then_some((mean, variance))
}

fn cv(fired: &[usize]) -> Option<f64> {
    let intervals: Vec<_> = fired.windows(2).map(|w| (w[1] - w[0]) as f64).collect();
    moments(&intervals).map(|(mean, variance)| variance.sqrt() / mean)
}

fn fano(fired: &[usize], window: usize, windows: usize) -> Option<f64> {
    let mut counts = vec![0.0; windows];
    for count in fired.iter().filter_map(|t| Some(t / window).filter(|&w| w < windows)) {
        counts[count] += 1.0;
    }
    moments(&counts).map(|(mean, variance)| variance / mean)
}

/// The neuron with the most spikes, the first of several; none if nothing fires.
pub fn decision(counts: &[usize]) -> Option<usize> {
    let most = *counts.iter().max().filter(|&&most| most > 0)?;
    counts.iter().position(|&count| count == most)
}

/// How evenly spikes are spread over neurons, in bits: -sum p log2 p, where p is a neuron's part of
/// all spikes and 0 log2 0 is 0. Neurons are summed in order. None if nothing fires.
pub fn entropy(counts: &[usize]) -> Option<f64> {
    let all = counts.iter().sum::<usize>();
    let parts = counts.iter().filter(|&&count| count > 0).map(|&c| c as f64 / all as f64);
    let bits = |p: f64| -p * (precise::log(p) / std::f64::consts::LN_2);
    (all > 0).then(|| parts.fold(0.0, |sum, p| sum + bits(p)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spikes of one item, by neuron.
    fn spikes(trains: &[[u8; 8]]) -> Tensor<f32> {
        let data = (0..8).flat_map(|t| trains.iter().map(move |train| f32::from(train[t])));
        Tensor::new(8, 1, &[trains.len()], data.collect()).expect("it fits")
    }

    #[test]
    fn values_are_those_worked_out_by_hand() {
        let trains = [
            [0, 1, 0, 1, 0, 0, 0, 1], // intervals 2 and 4; counts in windows of 3: 1, 1
            [1, 1, 1, 1, 1, 1, 1, 1], // all intervals 1
            [0; 8],
            [0, 0, 0, 1, 1, 0, 0, 0], // one interval; windows 0, 2
            [0, 0, 0, 0, 0, 0, 1, 0], // after the last whole window
        ];
        let v: Vec<f32> = (0..40).map(|i| (i % 5 * 8 + i / 5) as f32).collect();
        let v = Tensor::new(8, 1, &[5], v).expect("it fits");
        let all = LayerStatistics::of(&spikes(&trains), Some(&v), 3).expect("they fit");
        let expected = LayerStatistics {
            counts: vec![3, 8, 0, 2, 1],
            rates: vec![0.375, 1.0, 0.0, 0.25, 0.125],
            first_spikes: vec![Some(1), Some(0), None, Some(3), Some(6)],
            cv: vec![Some(1.0 / 3.0), Some(0.0), None, None, None],
            fano: vec![Some(0.0), Some(0.0), None, Some(1.0), None],
            // of neuron n in step t it is 8 n + t
            mean_potentials: Some(vec![3.5, 11.5, 19.5, 27.5, 35.5]),
        };
        assert_eq!(all, [expected]);
        let wide = &LayerStatistics::of(&spikes(&trains), None, 5).expect("they fit")[0];
        assert_eq!(wide.fano, [None; 5], "there is one window");
        assert_eq!(wide.mean_potentials, None);

        assert_eq!(decision(&[2, 3, 3]), Some(1), "the first of several");
        assert_eq!(decision(&[0, 0]), None);
        assert_eq!(entropy(&[4, 4, 0, 8]), Some(1.5));
        assert_eq!(entropy(&[5, 0]), Some(0.0));
        assert_eq!(entropy(&[0, 0]), None);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let all = spikes(&[[0; 8]]);
        assert!(LayerStatistics::of(&all, None, 0).is_err());
        assert!(LayerStatistics::of(&all, Some(&all.at(0)), 1).is_err());
        assert!(LayerStatistics::of(&Tensor::<f32>::zeros(0, 1, &[1]), None, 1).is_err());
    }
}
