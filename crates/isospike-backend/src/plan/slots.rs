//! Slots: what can be read from and written to a session, in a layout that no backend or block cut
//! can change.
//!
//! A slot says what the state *is* at a step, not how a session happens to keep it: weights are as
//! of the step at which they are read, whatever a session has put off. So the slots of a lane are
//! the same in any batch, on any number of threads, and whenever somebody looked.

use super::{FilterPlan, Plan, Synapses, reaches};
use crate::{Error, ErrorKind, Result};
use isospike_net::Precision;

/// A piece of a session's state. Bytes are little-endian, neurons in order, lanes innermost. Times
/// are steps plus one; 0 is never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The next step: one u64. Writing it leaves the old time: what was recorded, is under way, was
    /// pushed or is remembered of spikes and of what arrived is forgotten; state and weights stay.
    /// So it is written first.
    Clock,
    /// A state slot of a population, in the model's working form: float `[neuron][lane]`. What is
    /// kept in 16 bits is written rounded.
    State {
        /// Population.
        population: usize,
        /// State slot of its model.
        slot: usize,
    },
    /// The values that a filter will look back on, as the model gets them: float
    /// `[age][neuron][lane]`, age 1 being the last step; as many ages as the kernel has entries
    /// beyond its first.
    Past {
        /// Population.
        population: usize,
        /// Filter of its model.
        filter: usize,
    },
    /// Spikes of a population still under way: (age u32, neuron u32, lane u32) ascending, age 1
    /// being the last step.
    InFlight {
        /// Population.
        population: usize,
    },
    /// Spikes that were pushed to a source and are still under way or to come: (step u64, neuron
    /// u32, lane u32) ascending, each as often as it was pushed.
    Pushed {
        /// Population.
        population: usize,
    },
    /// Weights of a plastic table, all postsynaptic spikes that have reached them counted: float
    /// `[source][delay][port][target][lane]` in ascending order. (NEST shows them as of their
    /// source's last spike.)
    Weights {
        /// Table.
        table: usize,
    },
    /// Presynaptic traces of a plastic table, `[source][lane]`: time u64 of the last spike, trace
    /// float just after it.
    PreTrace {
        /// Table.
        table: usize,
    },
    /// Spikes that synapses of a rule may still ask for of a population they reach,
    /// `[neuron][lane]`: a count u64, then time u64 and trace float of each, ascending. They are
    /// those of the last steps, as many as the rule's longest delay, and the one before them.
    PostHistory {
        /// Rule.
        rule: usize,
        /// Population.
        population: usize,
    },
    /// What plastic synapses have emitted and not yet delivered, in accumulator units: i64
    /// `[steps ahead][port][neuron][lane]`, the next step being 0 ahead.
    Pending {
        /// Population.
        population: usize,
    },
}

impl Plan {
    /// Slots that make up the state of a session, in canonical order: the clock first.
    pub fn slots(&self) -> Vec<(String, Slot)> {
        let mut v = vec![("clock".to_owned(), Slot::Clock)];
        for (population, p) in self.populations.iter().enumerate() {
            let Some(n) = &p.neurons else {
                v.push((format!("{}.pushed", p.name), Slot::Pushed { population }));
                continue;
            };
            for (slot, info) in n.model.state().iter().enumerate() {
                v.push((format!("{}.{}", p.name, info.name), Slot::State { population, slot }));
            }
            for (filter, (f, info)) in n.filters.iter().zip(n.model.filters()).enumerate() {
                if f.past() > 0 {
                    let name = format!("{}.past of {}", p.name, info.name);
                    v.push((name, Slot::Past { population, filter }));
                }
            }
            if p.max_delay > 0 {
                v.push((format!("{}.in_flight", p.name), Slot::InFlight { population }));
            }
            if n.pending > 0 {
                v.push((format!("{}.pending", p.name), Slot::Pending { population }));
            }
        }
        for (table, t) in self.tables.iter().enumerate() {
            if matches!(t.synapses, Synapses::Plastic { .. }) {
                v.push((format!("{}.weights", t.name), Slot::Weights { table }));
                v.push((format!("{}.pre_trace", t.name), Slot::PreTrace { table }));
            }
        }
        for rule in 0..self.rules.len() {
            for (population, p) in self.populations.iter().enumerate() {
                if self.learns(rule, population) {
                    let name = format!("{}.history of rule {rule}", p.name);
                    v.push((name, Slot::PostHistory { rule, population }));
                }
            }
        }
        v
    }

    /// Bytes of a slot; `None` if their number changes with time.
    ///
    /// # Errors
    /// `Invalid` if the plan has no such slot.
    pub fn slot_bytes(&self, slot: Slot) -> Result<Option<usize>> {
        let (float, batch) = (self.float_bytes(), self.batch());
        let plastic = |table: usize| {
            let t = self.tables.get(table)?;
            matches!(t.synapses, Synapses::Plastic { .. }).then_some(t)
        };
        let population = |i: usize| {
            let p = self.populations.get(i)?;
            Some((p, p.neurons.as_ref(), p.size as usize * batch))
        };
        let bytes = match slot {
            Slot::Clock => Some(Some(8)),
            Slot::State { population: i, slot } => match population(i) {
                Some((_, Some(n), flat)) if slot < n.model.state().len() => {
                    Some(Some(float * flat))
                }
                _ => None,
            },
            Slot::Past { population: i, filter } => match population(i) {
                Some((_, Some(n), flat)) => {
                    let past = n.filters.get(filter).map_or(0, FilterPlan::past);
                    (past > 0).then_some(Some(float * past * flat))
                }
                _ => None,
            },
            Slot::InFlight { population: i } => match population(i) {
                Some((p, Some(_), _)) if p.max_delay > 0 => Some(None),
                _ => None,
            },
            Slot::Pushed { population: i } => match population(i) {
                Some((_, None, _)) => Some(None),
                _ => None,
            },
            Slot::Weights { table } => plastic(table).map(|t| Some(t.len() * batch * float)),
            Slot::PreTrace { table } => {
                plastic(table).map(|t| Some(t.sources() * batch * (8 + float)))
            }
            Slot::PostHistory { rule, population } => self.learns(rule, population).then_some(None),
            Slot::Pending { population: i } => match population(i) {
                Some((_, Some(n), flat)) if n.pending > 0 => {
                    Some(Some(8 * n.pending as usize * n.ports.len() * flat))
                }
                _ => None,
            },
        };
        bytes.ok_or_else(|| {
            let message = format!("{slot:?}: the plan has no such slot; Plan::slots lists its own");
            Error::new(ErrorKind::Invalid, message)
        })
    }

    /// Whether synapses of a plasticity rule reach a population.
    pub fn learns(&self, rule: usize, population: usize) -> bool {
        self.rules.get(rule).is_some_and(|r| reaches(&self.network, r, population))
    }

    pub(crate) fn float_bytes(&self) -> usize {
        match self.precision() {
            Precision::F32 => 4,
            Precision::F64 => 8,
        }
    }
}
