//! Spikes of source populations: known beforehand, so nobody has to wait for them.

/// Spikes ascending by (step, flat id).
#[derive(Default)]
pub(crate) struct Train {
    steps: Vec<u64>,
    ids: Vec<u32>,
}

impl Train {
    /// From (step, neuron) pairs, the same in every lane.
    pub(crate) fn new(spikes: &[(u64, u32)], batch: u32) -> Self {
        let lanes = |&(step, id): &(u64, u32)| (0..batch).map(move |b| (step, id * batch + b));
        Self::sorted(spikes.iter().flat_map(lanes).collect())
    }

    fn sorted(mut spikes: Vec<(u64, u32)>) -> Self {
        spikes.sort_unstable();
        let (steps, ids) = spikes.into_iter().unzip();
        Train { steps, ids }
    }

    pub(crate) fn bytes(&self) -> u64 {
        (size_of_val(&self.steps[..]) + size_of_val(&self.ids[..])) as u64
    }

    /// With (step, flat id) pairs added.
    pub(crate) fn with(&self, spikes: &[(u64, u32)]) -> Self {
        let old = self.steps.iter().copied().zip(self.ids.iter().copied());
        Self::sorted(old.chain(spikes.iter().copied()).collect())
    }

    /// The most spikes of one source in one step.
    pub(crate) fn multiplicity(&self) -> u32 {
        let spikes: Vec<_> = self.steps.iter().zip(&self.ids).collect();
        spikes.chunk_by(|a, b| a == b).map(<[_]>::len).max().unwrap_or(0) as u32
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Flat ids of a step.
    #[inline]
    pub(crate) fn at(&self, step: u64) -> &[u32] {
        let from = self.steps.partition_point(|&s| s < step);
        let n = self.steps[from..].partition_point(|&s| s == step);
        &self.ids[from..from + n]
    }

    /// All spikes with a step in the range.
    pub(crate) fn between(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, u32)> + '_ {
        let range =
            self.steps.partition_point(|&s| s < from)..self.steps.partition_point(|&s| s < to);
        self.steps[range.clone()].iter().copied().zip(self.ids[range].iter().copied())
    }
}
