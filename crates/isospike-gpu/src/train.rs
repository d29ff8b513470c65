//! Spikes of source populations: given by the network and pushed by the user.

use isospike_backend::plan::{PopulationPlan, SourceSpike};

/// All spikes of a source, ascending by (step, flat id).
pub(crate) struct Train {
    pub(crate) population: usize,
    /// Those of the plan, in all lanes.
    given: Vec<SourceSpike>,
    pushed: Vec<SourceSpike>,
    /// Both.
    steps: Vec<u64>,
    ids: Vec<u32>,
}

impl Train {
    pub(crate) fn new(population: usize, p: &PopulationPlan, batch: usize) -> Self {
        let lanes = |&(step, id): &SourceSpike| {
            (0..batch as u32).map(move |lane| (step, id * batch as u32 + lane))
        };
        let mut given: Vec<_> = p.train.iter().flat_map(lanes).collect();
        given.sort_unstable();
        let (steps, ids) = given.iter().copied().unzip();
        Train { population, given, pushed: Vec::new(), steps, ids }
    }

    /// Pushed spikes from a step on, ascending.
    pub(crate) fn pushed(&self, from: u64) -> &[SourceSpike] {
        &self.pushed[self.pushed.partition_point(|s| s.0 < from)..]
    }

    /// Puts other pushed spikes, ascending, in the place of the old ones.
    pub(crate) fn set_pushed(&mut self, pushed: Vec<SourceSpike>) {
        let mut all = [&self.given[..], &pushed[..]].concat();
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
    pub(crate) fn between(&self, from: u64, to: u64) -> impl Iterator<Item = SourceSpike> + '_ {
        let at = |step: u64| self.steps.partition_point(|&s| s < step);
        let range = at(from)..at(to);
        self.steps[range.clone()].iter().copied().zip(self.ids[range].iter().copied())
    }
}
