//! Spike trains: who spiked when, and how often.

use crate::GlmError;
use crate::features::BLOCK;

/// The spikes of some neurons in some steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Trains {
    steps: u64,
    /// By neuron, (step, count) ascending.
    spikes: Vec<Vec<(u64, u32)>>,
    /// By covariate, a value per step.
    covariates: Vec<Vec<f64>>,
}

impl Trains {
    /// From (step, neuron) pairs in any order; a pair given n times is n spikes.
    ///
    /// # Errors
    /// If a spike lies outside.
    pub fn new(
        neurons: usize,
        steps: u64,
        spikes: impl IntoIterator<Item = (u64, usize)>,
    ) -> Result<Trains, GlmError> {
        let mut times = vec![Vec::new(); neurons];
        for (step, neuron) in spikes {
            if step >= steps || neuron >= neurons {
                return Err(GlmError::Outside { step, neuron, neurons, steps });
            }
            times[neuron].push(step);
        }
        let counted = |mut times: Vec<u64>| {
            times.sort_unstable();
            times.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
        };
        let spikes = times.into_iter().map(counted).collect();
        Ok(Trains { steps, spikes, covariates: Vec::new() })
    }

    /// Adds a covariate, what else may drive the neurons: a stimulus at some lag, own spikes
    /// through a basis function of a history filter. It has a value for each step and a weight for
    /// each neuron.
    ///
    /// # Errors
    /// If it has not one finite value per step.
    pub fn with_covariate(mut self, values: Vec<f64>) -> Result<Trains, GlmError> {
        if values.len() as u64 != self.steps {
            return Err(GlmError::Value {
                field: "covariate",
                value: format!("{} values", values.len()),
                allowed: "must have one value per step",
            });
        }
        if let Some(x) = values.iter().find(|x| !x.is_finite()) {
            let (value, allowed) = (format!("{x}"), "every value must be finite");
            return Err(GlmError::Value { field: "covariate", value, allowed });
        }
        self.covariates.push(values);
        Ok(self)
    }

    /// How many covariates.
    pub fn covariates(&self) -> usize {
        self.covariates.len()
    }

    /// Values of the covariates in a block of steps, 0 beyond the end.
    pub(crate) fn covariates_in(&self, first: u64) -> Vec<[f64; BLOCK]> {
        let block = |values: &Vec<f64>| {
            let mut block = [0.0; BLOCK];
            let rest = &values[first as usize..];
            block.iter_mut().zip(rest).for_each(|(to, x)| *to = *x);
            block
        };
        self.covariates.iter().map(block).collect()
    }

    /// How many neurons.
    pub fn neurons(&self) -> usize {
        self.spikes.len()
    }

    /// How many steps.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Spikes of a neuron, (step, count) ascending.
    pub fn of(&self, neuron: usize) -> &[(u64, u32)] {
        &self.spikes[neuron]
    }

    /// Spikes of a neuron in steps from `from` to before `to`.
    pub(crate) fn between(&self, neuron: usize, from: u64, to: u64) -> &[(u64, u32)] {
        let spikes = &self.spikes[neuron];
        let at = |step: u64| spikes.partition_point(|s| s.0 < step);
        &spikes[at(from)..at(to)]
    }

    /// Mean spikes per step of a neuron.
    pub(crate) fn mean(&self, neuron: usize) -> f64 {
        let n: u64 = self.spikes[neuron].iter().map(|s| u64::from(s.1)).sum();
        n as f64 / self.steps.max(1) as f64
    }
}
