//! Spikes of source populations: given by the network and pushed by the user.
//!
//! A train has a place in the heaps of the device, with room for more than there is: what is pushed
//! is written behind what has not changed, and kernels are bound anew only when a place gets too
//! small.

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
    /// How many of them, from the first on, the device has as they are.
    sent: usize,
    /// How many it has room for.
    room: usize,
}

impl Train {
    pub(crate) fn new(population: usize, p: &PopulationPlan, batch: usize) -> Self {
        let lanes = |&(step, id): &SourceSpike| {
            (0..batch as u32).map(move |lane| (step, id * batch as u32 + lane))
        };
        let mut given: Vec<_> = p.train.iter().flat_map(lanes).collect();
        given.sort_unstable();
        let (steps, ids): (Vec<_>, Vec<_>) = given.iter().copied().unzip();
        let room = steps.len();
        Train { population, given, pushed: Vec::new(), steps, ids, sent: 0, room }
    }

    /// Pushed spikes from a step on, ascending.
    pub(crate) fn pushed(&self, from: u64) -> &[SourceSpike] {
        &self.pushed[self.pushed.partition_point(|s| s.0 < from)..]
    }

    /// Puts other pushed spikes, ascending, in the place of the old ones, which are returned.
    pub(crate) fn set_pushed(&mut self, pushed: Vec<SourceSpike>) -> Vec<SourceSpike> {
        let old = std::mem::replace(&mut self.pushed, pushed);
        let same = old.iter().zip(&self.pushed).take_while(|(a, b)| a == b).count();
        let first_changes = [old.get(same), self.pushed.get(same)];
        let Some(from) = first_changes.into_iter().flatten().map(|s| s.0).min() else {
            return old;
        };
        let kept = self.steps.partition_point(|&step| step < from);
        let later = |s: &[SourceSpike]| s[s.partition_point(|s| s.0 < from)..].to_vec();
        let mut changed = [later(&self.given), later(&self.pushed)].concat();
        changed.sort_unstable();
        self.steps.truncate(kept);
        self.ids.truncate(kept);
        self.steps.extend(changed.iter().map(|s| s.0));
        self.ids.extend(changed.iter().map(|s| s.1));
        self.sent = self.sent.min(kept);
        old
    }

    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// What the device does not have yet: how many it has, and the steps and flat ids of the rest.
    pub(crate) fn unsent(&self) -> (usize, &[u64], &[u32]) {
        (self.sent, &self.steps[self.sent..], &self.ids[self.sent..])
    }

    /// The device is to get all.
    pub(crate) fn send_again(&mut self) {
        self.sent = 0;
    }

    /// The device has all.
    pub(crate) fn is_sent(&mut self) {
        self.sent = self.len();
    }

    /// Spikes that the device has room for.
    pub(crate) fn room(&self) -> usize {
        self.room
    }

    /// Room that is enough: what there is, or as much as is needed and for as many again as are
    /// pushed.
    pub(crate) fn room_needed(&self) -> usize {
        if self.len() <= self.room { self.room } else { self.len() + self.pushed.len() }
    }

    /// The device has a new place for it, and all of it there.
    pub(crate) fn has_moved(&mut self) {
        self.room = self.room_needed();
        self.is_sent();
    }

    /// Spikes that there is room for beyond those of the plan.
    pub(crate) fn room_for_pushed(&self) -> usize {
        self.room - self.given.len()
    }

    /// All spikes with a step in the range.
    pub(crate) fn between(&self, from: u64, to: u64) -> impl Iterator<Item = SourceSpike> + '_ {
        let at = |step: u64| self.steps.partition_point(|&s| s < step);
        let range = at(from)..at(to);
        self.steps[range.clone()].iter().copied().zip(self.ids[range].iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn train(given: &[SourceSpike]) -> Train {
        let (steps, ids) = given.iter().copied().unzip();
        let (given, room) = (given.to_vec(), given.len());
        Train { population: 0, given, pushed: Vec::new(), steps, ids, sent: room, room }
    }

    #[test]
    fn only_what_changes_is_sent() {
        let mut train = train(&[(1, 0), (5, 2), (9, 0)]);
        train.set_pushed(vec![(6, 3)]);
        assert_eq!(train.unsent(), (2, &[6, 9][..], &[3, 0][..]));
        assert_eq!(train.room_needed(), 5);
        train.has_moved();
        // appended, in the room there is
        train.set_pushed(vec![(6, 3), (10, 1)]);
        assert_eq!(train.unsent(), (4, &[10][..], &[1][..]));
        assert_eq!((train.room_needed(), train.room_for_pushed()), (5, 2));
        train.is_sent();
        // one is forgotten: what follows moves up; in a step, ids ascend
        train.set_pushed(vec![(9, 1), (10, 1)]);
        assert_eq!(train.unsent(), (2, &[9, 9, 10][..], &[0, 1, 1][..]));
        train.is_sent();
        // the same again is nothing new
        assert_eq!(train.set_pushed(vec![(9, 1), (10, 1)]), [(9, 1), (10, 1)]);
        assert_eq!(train.unsent(), (5, &[][..], &[][..]));
        train.set_pushed(Vec::new());
        assert_eq!(train.unsent(), (2, &[9][..], &[0][..]));
    }
}
