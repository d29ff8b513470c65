//! What of a run is recorded.

use crate::{Error, Header, Result};
use isospike_backend::Spike;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Neurons, lanes and steps, and how many steps make a row.
///
/// It begins with everything ([`Selection::all`]) and is narrowed by one method after another.
/// Neurons keep their global ids, steps their numbers: a dense record has a column per neuron in
/// the order of ids, and its row r holds steps `from + r every` up to `from + (r + 1) every`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    neurons: Neurons,
    lanes: Range<u32>,
    steps: Range<u64>,
    every: u64,
}

impl Selection {
    /// Everything: all neurons and lanes from step 0 to the end, a row per step.
    pub fn all(header: &Header) -> Selection {
        // Ids are u32, so there are no more.
        let neurons = Neurons::new(std::iter::once(0..header.n_neurons() as u32));
        Selection { neurons, lanes: 0..header.batch, steps: 0..u64::MAX, every: 1 }
    }

    /// Only the neurons of these populations.
    ///
    /// # Errors
    /// `Invalid` if there is no such population, or if no neuron is left.
    pub fn populations(self, header: &Header, names: &[&str]) -> Result<Selection> {
        let mut ranges = Vec::new();
        for name in names {
            let Some(p) = header.populations.iter().find(|p| p.name == *name) else {
                let known: Vec<_> = header.populations.iter().map(|p| p.name.as_str()).collect();
                return Err(Error::Invalid(format!(
                    "population = {name}: there is none of this name; known: {}",
                    known.join(", ")
                )));
            };
            ranges.push(p.first_id..p.first_id + p.size);
        }
        self.keep(Neurons::new(ranges), "populations")
    }

    /// Only neurons with these global ids, in any order.
    ///
    /// # Errors
    /// `Invalid` if one of them is not selected already, or if there are none.
    pub fn ids(self, ids: impl IntoIterator<Item = u32>) -> Result<Selection> {
        let mut ranges: Vec<Range<u32>> = Vec::new();
        for id in ids {
            if self.index(id).is_none() {
                return Err(Error::Invalid(format!("ids = {id}; it is not among those selected")));
            }
            match ranges.last_mut() {
                Some(last) if last.end == id => last.end += 1,
                _ => ranges.push(id..id + 1),
            }
        }
        self.keep(Neurons::new(ranges), "ids")
    }

    /// Only these lanes of the batch.
    ///
    /// # Errors
    /// `Invalid` if one of them is not selected already, or if there are none.
    pub fn lanes(self, lanes: Range<u32>) -> Result<Selection> {
        if lanes.is_empty() || lanes.start < self.lanes.start || lanes.end > self.lanes.end {
            return Err(Error::Invalid(format!(
                "lanes = {lanes:?}; there are {:?}, and at least one is needed",
                self.lanes
            )));
        }
        Ok(Selection { lanes, ..self })
    }

    /// Only these steps; `step..u64::MAX` lasts to the end of the run.
    ///
    /// # Errors
    /// `Invalid` if there are none.
    pub fn steps(self, steps: Range<u64>) -> Result<Selection> {
        if steps.is_empty() {
            let message = format!("steps = {steps:?}; the first must come before the last");
            return Err(Error::Invalid(message));
        }
        Ok(Selection { steps, ..self })
    }

    /// As many steps to a row: spikes of a row are counted together, and stamped with its last
    /// step, as if dt were that many times as long. The last row of a run may be shorter.
    ///
    /// # Errors
    /// `Invalid` if it is 0.
    pub fn every(self, steps: u64) -> Result<Selection> {
        match steps {
            0 => Err(Error::Invalid("every = 0 steps; at least 1 is needed".into())),
            every => Ok(Selection { every, ..self }),
        }
    }

    fn keep(self, wanted: Neurons, name: &str) -> Result<Selection> {
        let neurons = self.neurons.both(&wanted);
        if neurons.len() == 0 {
            let message = format!("{name} = none that are selected; at least one is needed");
            return Err(Error::Invalid(message));
        }
        Ok(Selection { neurons, ..self })
    }

    /// How many neurons.
    pub fn n_neurons(&self) -> usize {
        self.neurons.len()
    }

    /// How many lanes.
    pub fn n_lanes(&self) -> usize {
        self.lanes.len()
    }

    /// Global ids of the neurons, ascending: the columns of dense records, the rows of tables.
    pub fn neuron_ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.neurons.ranges.iter().flat_map(|r| r.first..r.first + r.n)
    }

    /// Numbers of the lanes.
    pub fn lane_numbers(&self) -> Range<u32> {
        self.lanes.clone()
    }

    /// The first step.
    pub fn from(&self) -> u64 {
        self.steps.start
    }

    /// Steps to a row.
    pub fn steps_per_row(&self) -> u64 {
        self.every
    }

    /// Steps of the selection before the step `reached`.
    pub fn steps_before(&self, reached: u64) -> u64 {
        self.inside(reached) - self.steps.start
    }

    /// The step nearest to one that is inside, or at an end.
    pub(crate) fn inside(&self, step: u64) -> u64 {
        step.clamp(self.steps.start, self.steps.end)
    }

    /// The row of a step, which is not before the first.
    pub(crate) fn row(&self, step: u64) -> u64 {
        (step - self.steps.start) / self.every
    }

    /// The first step of a row.
    pub(crate) fn row_start(&self, row: u64) -> u64 {
        self.inside(self.steps.start.saturating_add(row.saturating_mul(self.every)))
    }

    /// The first step of a row, if it is before the end.
    pub(crate) fn nth(&self, row: u64) -> Option<u64> {
        let step = self.steps.start.checked_add(row.checked_mul(self.every)?)?;
        self.steps.contains(&step).then_some(step)
    }

    /// Whole rows before the step `reached`.
    pub(crate) fn whole_rows(&self, reached: u64) -> u64 {
        self.steps_before(reached) / self.every
    }

    /// Rows before the step `reached`, the last of which may be shorter.
    pub(crate) fn rows(&self, reached: u64) -> u64 {
        self.steps_before(reached).div_ceil(self.every)
    }

    /// Index of a neuron among those selected.
    pub(crate) fn index(&self, id: u32) -> Option<usize> {
        self.neurons.index(id)
    }

    /// Index of a spike's lane and of its neuron, if it belongs to the selection.
    pub(crate) fn find(&self, spike: Spike) -> Option<(usize, usize)> {
        let inside = self.steps.contains(&spike.step) && self.lanes.contains(&spike.lane);
        let lane = || (spike.lane - self.lanes.start) as usize;
        inside.then(|| self.index(spike.id)).flatten().map(|neuron| (lane(), neuron))
    }

    /// The same of a spike that must belong to it.
    pub(crate) fn place(&self, spike: Spike) -> Result<(usize, usize)> {
        let message = || format!("spike = {spike:?}; not of the selection: put a Filter in front");
        self.find(spike).ok_or_else(|| Error::Invalid(message()))
    }
}

/// Ascending ids without overlap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Neurons {
    ranges: Vec<Ids>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Ids {
    first: u32,
    n: u32,
    /// How many come before.
    before: usize,
}

impl Neurons {
    fn new(ranges: impl IntoIterator<Item = Range<u32>>) -> Neurons {
        let mut given: Vec<_> = ranges.into_iter().filter(|r| !r.is_empty()).collect();
        given.sort_unstable_by_key(|r| (r.start, r.end));
        let mut merged: Vec<Range<u32>> = Vec::new();
        for r in given {
            match merged.last_mut() {
                Some(last) if r.start <= last.end => last.end = last.end.max(r.end),
                _ => merged.push(r),
            }
        }
        let mut before = 0;
        let ids = |r: Range<u32>| {
            let ids = Ids { first: r.start, n: r.end - r.start, before };
            before += r.len();
            ids
        };
        Neurons { ranges: merged.into_iter().map(ids).collect() }
    }

    fn len(&self) -> usize {
        self.ranges.last().map_or(0, |r| r.before + r.n as usize)
    }

    fn index(&self, id: u32) -> Option<usize> {
        let i = self.ranges.partition_point(|r| r.first <= id).checked_sub(1)?;
        let ids = &self.ranges[i];
        (id - ids.first < ids.n).then(|| ids.before + (id - ids.first) as usize)
    }

    /// Those that are in both.
    fn both(&self, other: &Neurons) -> Neurons {
        let (mut a, mut b) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        let mut shared = Vec::new();
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            let (x_end, y_end) = (x.first + x.n, y.first + y.n);
            shared.push(x.first.max(y.first)..x_end.min(y_end));
            if x_end <= y_end {
                a.next()
            } else {
                b.next()
            };
        }
        Neurons::new(shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Population;

    fn header() -> Header {
        let population =
            |name: &str, first_id, size| Population { name: name.into(), first_id, size, sign: 0 };
        let populations = vec![population("a", 0, 10), population("b", 10, 5)];
        Header { dt_ms: 0.1, n_steps: 0, batch: 3, populations }
    }

    #[test]
    fn neurons_are_narrowed_and_numbered_in_order() {
        let all = Selection::all(&header());
        assert_eq!((all.n_neurons(), all.n_lanes()), (15, 3));
        let s = all.populations(&header(), &["b", "a"]).unwrap();
        let s = s.ids((12..15).chain([4, 5, 3, 4]).chain(9..11)).unwrap();
        let ids: Vec<_> = s.neuron_ids().collect();
        assert_eq!(ids, [3, 4, 5, 9, 10, 12, 13, 14]);
        assert!(ids.iter().enumerate().all(|(i, id)| s.index(*id) == Some(i)));
        assert_eq!([0, 6, 11, 15].map(|id| s.index(id)), [None; 4]);
    }

    #[test]
    fn what_cannot_be_selected_is_refused() {
        let all = || Selection::all(&header());
        let message = |r: Result<Selection>| r.unwrap_err().to_string();
        assert!(message(all().populations(&header(), &["c"])).contains("known: a, b"));
        assert!(message(all().ids([3, 4, 14, 15])).contains("ids = 15"));
        assert!(message(all().ids([])).contains("at least one"));
        assert!(message(all().lanes(2..4)).contains("0..3"));
        assert!(message(all().steps(5..5)).contains("5..5"));
        assert!(message(all().every(0)).contains("at least 1"));
    }

    #[test]
    fn rows_count_from_the_first_step() {
        let s = Selection::all(&header()).steps(10..27).unwrap().every(5).unwrap();
        assert_eq!([10, 14, 15, 26].map(|t| s.row(t)), [0, 0, 1, 3]);
        assert_eq!([0, 10, 14, 15, 26, 99].map(|t| s.whole_rows(t)), [0, 0, 0, 1, 3, 3]);
        assert_eq!([10, 11, 15, 99].map(|t| s.rows(t)), [0, 1, 1, 4]);
        assert_eq!([0, 1, 4].map(|r| s.row_start(r)), [10, 15, 27]);
    }
}
