//! The last postsynaptic spikes.

use isospike_lane::Float;
use isospike_model::Stdp;
use std::ops::Range;

/// The last spikes of every neuron of a piece that synapses of a rule reach, with the trace just
/// after each, `[neuron][lane][entry]`.
pub(crate) struct History<F> {
    pub(crate) rule: usize,
    pub(crate) piece: usize,
    room: usize,
    time: Vec<u64>,
    trace: Vec<F>,
    count: Vec<u32>,
}

impl<F: Float> History<F> {
    /// Room for `room` spikes of each of `flat` neurons times lanes.
    pub(crate) fn new(rule: usize, piece: usize, flat: usize, room: usize) -> Self {
        let (time, trace) = (vec![0; flat * room], vec![F::default(); flat * room]);
        History { rule, piece, room, time, trace, count: vec![0; flat] }
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.time[..]) + size_of_val(&self.trace[..]) + size_of_val(&self.count[..])
    }

    /// Times and traces of a neuron's spikes, oldest first.
    pub(crate) fn of(&self, flat: usize) -> (&[u64], &[F]) {
        let range = self.entries(flat);
        (&self.time[range.clone()], &self.trace[range])
    }

    /// Replaces the spikes of a neuron.
    pub(crate) fn set(&mut self, flat: usize, spikes: impl Iterator<Item = (u64, F)>) {
        let mut at = flat * self.room;
        for (time, trace) in spikes {
            (self.time[at], self.trace[at]) = (time, trace);
            at += 1;
        }
        self.count[flat] = (at - flat * self.room) as u32;
    }

    /// Appends a spike; true when there is no room for another.
    pub(crate) fn push(&mut self, flat: usize, time: u64, rule: &Stdp<F>) -> bool {
        let range = self.entries(flat);
        let before = match range.len() {
            0 => F::default(),
            _ => self.trace_at(range.end - 1, time, rule),
        };
        let at = range.end;
        (self.time[at], self.trace[at]) = (time, before + F::lit(1.0));
        self.count[flat] += 1;
        range.len() + 1 == self.room
    }

    fn trace_at(&self, entry: usize, time: u64, rule: &Stdp<F>) -> F {
        let steps = F::from_i64((time - self.time[entry]) as i64);
        self.trace[entry] * rule.decay_minus(steps)
    }

    /// Forgets what no synapse will ask for again: spikes up to `until`, but for the last of them.
    pub(super) fn forget(&mut self, until: u64) {
        for flat in 0..self.count.len() {
            let Range { start, end } = self.entries(flat);
            let gone = self.time[start..end].partition_point(|&t| t <= until).saturating_sub(1);
            self.time.copy_within(start + gone..end, start);
            self.trace.copy_within(start + gone..end, start);
            self.count[flat] -= gone as u32;
        }
    }

    /// As if nothing had ever fired.
    pub(crate) fn clear(&mut self) {
        self.count.fill(0);
    }

    #[inline(always)]
    fn entries(&self, flat: usize) -> Range<usize> {
        let at = flat * self.room;
        at..at + self.count[flat] as usize
    }

    /// The spikes of a neuron that reached a synapse of delay `d` in (done, now], and the last one
    /// that reached it before `now`, if there was one. Those spikes are the latest or nearly so:
    /// they are looked for from the end.
    #[inline]
    pub(super) fn since(
        &self,
        flat: usize,
        d: u64,
        done: u64,
        now: u64,
    ) -> (Range<usize>, Option<usize>) {
        let Range { start, mut end } = self.entries(flat);
        while end > start && self.time[end - 1] + d > now {
            end -= 1;
        }
        let mut from = end;
        while from > start && self.time[from - 1] + d > done {
            from -= 1;
        }
        let together = end > start && self.time[end - 1] + d == now;
        let before = end - usize::from(together);
        (from..end, before.checked_sub(1).filter(|b| *b >= start))
    }

    #[inline(always)]
    pub(super) fn time(&self, entry: usize) -> u64 {
        self.time[entry]
    }

    #[inline(always)]
    pub(super) fn trace(&self, entry: usize) -> F {
        self.trace[entry]
    }
}
