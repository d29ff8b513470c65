//! Spikes of source populations: known beforehand, so nobody has to wait for them.

use isospike_backend::plan::SourceSpike;

/// What a source population fires: the plan's train, and what was pushed since. Flat ids are neuron
/// times batch plus lane.
pub(crate) struct Train {
    given: Spikes,
    pushed: Spikes,
}

/// Spikes ascending by (step, flat id).
#[derive(Default)]
struct Spikes {
    steps: Vec<u64>,
    ids: Vec<u32>,
}

impl Train {
    /// From (step, neuron) pairs ascending, the same in every lane.
    pub(crate) fn new(spikes: &[(u64, u32)], batch: u32) -> Self {
        let lanes = |&(step, id): &(u64, u32)| (0..batch).map(move |b| (step, id * batch + b));
        let mut given: Vec<_> = spikes.iter().flat_map(lanes).collect();
        given.sort_unstable();
        Train { given: Spikes::new(&given), pushed: Spikes::default() }
    }

    /// Bytes, of the plan's train and of the pushed one.
    pub(crate) fn bytes(&self) -> [u64; 2] {
        [self.given.bytes(), self.pushed.bytes()]
    }

    /// Pushed spikes from a step on.
    pub(crate) fn pushed(&self, from: u64) -> impl Iterator<Item = SourceSpike> {
        self.pushed.between(from, u64::MAX)
    }

    /// Replaces the pushed spikes; they ascend.
    pub(crate) fn set_pushed(&mut self, spikes: &[SourceSpike]) {
        self.pushed = Spikes::new(spikes);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.given.steps.is_empty() && self.pushed.steps.is_empty()
    }

    /// Flat ids of a step.
    #[inline]
    pub(crate) fn at(&self, step: u64) -> [&[u32]; 2] {
        [self.given.at(step), self.pushed.at(step)]
    }

    /// All spikes with a step in the range, those of the plan's train first.
    pub(crate) fn between(&self, from: u64, to: u64) -> impl Iterator<Item = SourceSpike> {
        self.given.between(from, to).chain(self.pushed.between(from, to))
    }
}

impl Spikes {
    fn new(spikes: &[SourceSpike]) -> Self {
        let (steps, ids) = spikes.iter().copied().unzip();
        Spikes { steps, ids }
    }

    fn bytes(&self) -> u64 {
        (size_of_val(&self.steps[..]) + size_of_val(&self.ids[..])) as u64
    }

    #[inline]
    fn at(&self, step: u64) -> &[u32] {
        let from = self.steps.partition_point(|&s| s < step);
        let n = self.steps[from..].partition_point(|&s| s == step);
        &self.ids[from..from + n]
    }

    fn between(&self, from: u64, to: u64) -> impl Iterator<Item = SourceSpike> {
        let at = |step| self.steps.partition_point(|&s| s < step);
        let range = at(from)..at(to);
        self.steps[range.clone()].iter().copied().zip(self.ids[range].iter().copied())
    }
}
