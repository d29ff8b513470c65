//! Spike trains: who spiked when, and how often.

use crate::GlmError;

/// The spikes of some neurons in some steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Trains {
    steps: u64,
    /// By neuron, (step, count) ascending.
    spikes: Vec<Vec<(u64, u32)>>,
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
        Ok(Trains { steps, spikes: times.into_iter().map(counted).collect() })
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
