//! Filtered spike trains, a block of steps at a time.

use crate::Trains;

/// Steps of a block: what all neurons need of it stays in the second-level cache.
pub(crate) const BLOCK: usize = 512;

/// What a filter makes of the spikes of all neurons in a block of steps, `[neuron][step]`.
pub(crate) struct Features {
    pub(crate) values: Vec<[f64; BLOCK]>,
}

impl Features {
    pub(crate) fn new(neurons: usize) -> Self {
        Features { values: vec![[0.0; BLOCK]; neurons] }
    }

    /// Fills in the block that begins at `first`.
    pub(crate) fn fill(&mut self, trains: &Trains, filter: &[f64], first: u64) {
        let before = filter.len() as u64;
        for (neuron, values) in self.values.iter_mut().enumerate() {
            *values = [0.0; BLOCK];
            let from = first.saturating_sub(before);
            for &(step, count) in trains.between(neuron, from, first + BLOCK as u64) {
                // entry 0 is for the step after the spike
                let skip = first.saturating_sub(step + 1) as usize;
                let start = (step + 1).saturating_sub(first) as usize;
                let after = values.get_mut(start..).unwrap_or(&mut []).iter_mut();
                for (value, k) in after.zip(filter.iter().skip(skip)) {
                    *value += f64::from(count) * k;
                }
            }
        }
    }
}
