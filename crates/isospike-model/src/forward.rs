//! Expected spikes of a population and their derivatives, followed through a run.

use crate::drive::{Drive, Rate};
use crate::dual::{Dual, Number};
use std::collections::VecDeque;

/// What a step left behind, one number per element: neurons in order, lanes innermost.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The drive of the step, state slot `g`.
    pub g: &'a [f64],
    /// Spikes of the step, state slot `spikes`.
    pub spikes: &'a [f64],
    /// State slot `activation`; empty for models without one.
    pub activation: &'a [f64],
    /// The sum of the weights that arrived in the step; empty where [`Forward::asks_arrived`] says
    /// no.
    pub arrived: &'a [f64],
}

/// Follows the mean of the expected spikes of a population and its derivatives by some parameters:
/// forward mode, step by step, in memory that does not grow with the steps.
///
/// Spikes are given: a derivative goes through the drive of each step (filters, activation, link)
/// and ends at the spikes that came, so it says how the expectation of a step changes with a
/// parameter given what was before.
pub struct Forward {
    /// By parameter: one drive for all neurons, or one for each. The slopes are by that parameter.
    drives: Vec<Vec<Drive>>,
    lanes: usize,
    /// By parameter: which sums its derivative goes through.
    through: Vec<Through>,
    /// What arrived in the last steps and spikes before this step, newest first.
    arrived: VecDeque<Vec<f64>>,
    spikes: VecDeque<Vec<f64>>,
    /// By parameter: derivatives of what is left of the activation.
    left: Vec<Vec<f64>>,
    sum: f64,
    slopes: Vec<f64>,
    count: u64,
}

/// Filtered sums that a derivative goes through.
#[derive(Clone, Copy, Debug)]
struct Through {
    coupling: bool,
    history: bool,
}

impl Through {
    fn of(drives: &[Drive]) -> Through {
        let varies = |gain: fn(&Drive) -> Dual, filter: usize| {
            drives.iter().any(|d| {
                let kernel = d.kernels.get(filter).map_or(&[][..], |k| k);
                !kernel.is_empty()
                    && (gain(d).slope != 0.0 || kernel.iter().any(|k| k.slope != 0.0))
            })
        };
        Through { coupling: varies(|d| d.coupling, 0), history: varies(|d| d.history, 1) }
    }
}

/// A filtered sum of the last values of an element.
fn filtered(kernel: &[Dual], past: &VecDeque<Vec<f64>>, element: usize) -> Dual {
    let terms = kernel.iter().zip(past);
    terms.fold(Dual::lit(0.0), |sum, (&k, x)| sum + k * Dual::lit(x[element]))
}

impl Forward {
    /// Begins with a past without spikes. `drives` has, for each parameter, one drive for all
    /// neurons or one for each neuron; there are `lanes` elements to a neuron. Something must be
    /// kept of an activation: without it there is nothing to see.
    ///
    /// # Panics
    /// If there is no parameter, or a parameter without a drive.
    pub fn new(drives: Vec<Vec<Drive>>, neurons: usize, lanes: usize) -> Forward {
        assert!(!drives.is_empty() && drives.iter().all(|d| !d.is_empty()));
        let through: Vec<_> = drives.iter().map(|d| Through::of(d)).collect();
        let past = |filter: usize, asked: bool| {
            let kernels = drives.iter().flatten().filter_map(|d| d.kernels.get(filter));
            let longest = kernels.map(Vec::len).max().unwrap_or(0);
            VecDeque::from(vec![vec![0.0; neurons * lanes]; if asked { longest } else { 0 }])
        };
        Forward {
            arrived: past(0, through.iter().any(|t| t.coupling)),
            spikes: past(1, through.iter().any(|t| t.history)),
            left: vec![vec![0.0; neurons * lanes]; drives.len()],
            sum: 0.0,
            slopes: vec![0.0; drives.len()],
            count: 0,
            through,
            lanes,
            drives,
        }
    }

    /// Whether a derivative needs to know what arrives.
    pub fn asks_arrived(&self) -> bool {
        !self.arrived.is_empty()
    }

    /// Takes in a step.
    pub fn step(&mut self, seen: &Seen<'_>) {
        renew(&mut self.arrived, seen.arrived);
        for p in 0..self.drives.len() {
            for element in 0..seen.g.len() {
                let drives = &self.drives[p];
                let drive = drives.get(element / self.lanes).unwrap_or(&drives[0]);
                let expected = self.expected(p, drive, element, seen);
                self.slopes[p] += expected.slope;
                if p == 0 {
                    self.sum += expected.value;
                }
                if let Some(keep) = drive.keep {
                    let left = keep * self.activation(p, keep, element, seen);
                    self.left[p][element] = left.slope;
                }
            }
        }
        self.count += seen.g.len() as u64;
        renew(&mut self.spikes, seen.spikes);
    }

    /// The activation of the step, from what was left of it at the end.
    fn activation(&self, p: usize, keep: Dual, element: usize, seen: &Seen<'_>) -> Dual {
        Dual::new(seen.activation[element] / keep.value, self.left[p][element])
    }

    /// What is expected of an element in this step, with its derivative by a parameter.
    fn expected(&self, p: usize, drive: &Drive, element: usize, seen: &Seen<'_>) -> Dual {
        let mut g = drive.b;
        if self.through[p].coupling {
            g = g + drive.coupling * filtered(&drive.kernels[0], &self.arrived, element);
        }
        if self.through[p].history {
            g = g + drive.history * filtered(&drive.kernels[1], &self.spikes, element);
        }
        if let Some(keep) = drive.keep {
            g = g + drive.coupling * self.activation(p, keep, element, seen);
        }
        // what was injected is in the drive that was seen; noise is not to be
        drive.rate.at(match drive.rate {
            Rate::Link { .. } => Dual::new(seen.g[element], g.slope),
            Rate::Noise { .. } => g,
        })
    }

    /// The mean over elements and steps since the last call, in spikes per step, and its derivative
    /// by each parameter.
    pub fn take(&mut self) -> (f64, Vec<f64>) {
        let n = self.count.max(1) as f64;
        let mean = self.sum / n;
        let slopes = self.slopes.iter().map(|s| s / n).collect();
        self.sum = 0.0;
        self.slopes.fill(0.0);
        self.count = 0;
        (mean, slopes)
    }
}

/// Puts the newest values in front and forgets the oldest.
fn renew(past: &mut VecDeque<Vec<f64>>, newest: &[f64]) {
    if let Some(mut values) = past.pop_back() {
        values.copy_from_slice(newest);
        past.push_front(values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A neuron looks back as far as its own filter, whatever the length of the first one's.
    #[test]
    fn the_longest_filter_is_looked_back_on() {
        let drive = |taps: &[f64]| {
            let [zero, one] = [0.0, 1.0].map(Dual::lit);
            let kernels = vec![taps.iter().map(|&k| Dual::lit(k)).collect(), Vec::new()];
            let rate = Rate::Link { link: |x| x, scale: one, gain: one, theta: zero, most: 10.0 };
            Drive {
                coupling: Dual::new(1.0, 1.0),
                history: zero,
                b: zero,
                keep: None,
                kernels,
                rate,
            }
        };
        let drives = vec![vec![drive(&[1.0]), drive(&[1.0, 0.5, 0.25])]];
        let mut forward = Forward::new(drives, 2, 1);
        for arrived in [8.0, 4.0, 2.0] {
            let (g, spikes) = (&[0.0; 2], &[0.0; 2]);
            forward.step(&Seen { g, spikes, activation: &[], arrived: &[arrived; 2] });
        }
        // By the gain: 8 + 4 + 2, and 8 + (4 + 4) + (2 + 2 + 2).
        assert_eq!(forward.take().1, [(14.0 + 22.0) / 6.0]);
    }
}
