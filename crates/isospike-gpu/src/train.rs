//! Spikes of source populations: given by the network and pushed by the user.

use isospike_backend::plan::PopulationPlan;

/// All spikes of a source, ascending by (step, flat id).
pub(crate) struct Train {
    pub(crate) population: usize,
    /// Pushed spikes, ascending: step and flat id.
    pub(crate) pushed: Vec<(u64, u32)>,
    steps: Vec<u64>,
    ids: Vec<u32>,
}

impl Train {
    pub(crate) fn new(population: usize, p: &PopulationPlan, batch: usize) -> Self {
        let mut train =
            Train { population, pushed: Vec::new(), steps: Vec::new(), ids: Vec::new() };
        train.set_pushed(Vec::new(), p, batch);
        train
    }

    /// Puts other pushed spikes, ascending, in the place of the old ones.
    pub(crate) fn set_pushed(&mut self, pushed: Vec<(u64, u32)>, p: &PopulationPlan, batch: usize) {
        let lanes = |&(step, id): &(u64, u32)| {
            (0..batch as u32).map(move |lane| (step, id * batch as u32 + lane))
        };
        let mut all: Vec<_> =
            p.train.iter().flat_map(lanes).chain(pushed.iter().copied()).collect();
        all.sort_unstable();
        (self.steps, self.ids) = all.into_iter().unzip();
        self.pushed = pushed;
    }

    pub(crate) fn steps(&self) -> &[u64] {
        &self.steps
    }

    pub(crate) fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// All spikes with a step in the range.
    pub(crate) fn between(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, u32)> + '_ {
        let at = |step: u64| self.steps.partition_point(|&s| s < step);
        let range = at(from)..at(to);
        self.steps[range.clone()].iter().copied().zip(self.ids[range].iter().copied())
    }
}
