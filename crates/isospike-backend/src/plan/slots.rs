//! Slots: what can be read from and written to a session, in a layout that no backend or block cut
//! can change.

use super::{Plan, Synapses};

/// A piece of a session's state. Bytes are little-endian, neurons in order, lanes innermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The next step: one u64.
    Clock,
    /// A state slot of a population, in the model's working form: float `[neuron][lane]`.
    State {
        /// Population.
        population: usize,
        /// State slot of its model.
        slot: usize,
    },
    /// Spikes of a population still under way: (age u32, neuron u32, lane u32) ascending, age 1
    /// being the last step, each as often as it was emitted.
    InFlight {
        /// Population.
        population: usize,
    },
    /// Weights of a plastic table as of each source's last spike (or the last consolidation): float
    /// `[source][delay][port][target][lane]` in ascending order.
    Weights {
        /// Table.
        table: usize,
    },
    /// Presynaptic traces of a plastic table, `[source][lane]`: time u64 of the last spike, time
    /// u64 up to which its synapses are up to date, trace float just after the last spike. Times
    /// are steps plus one; 0 is never.
    PreTrace {
        /// Table.
        table: usize,
    },
    /// Spikes a plasticity rule still needs of a population, `[neuron][lane]`: a count u64, then
    /// time u64 and trace float of each.
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

pub(super) fn all(plan: &Plan) -> Vec<(String, Slot)> {
    let mut v = vec![("clock".to_owned(), Slot::Clock)];
    for (population, p) in plan.populations.iter().enumerate() {
        if let Some(n) = &p.neurons {
            for (slot, info) in n.model.state().iter().enumerate() {
                v.push((format!("{}.{}", p.name, info.name), Slot::State { population, slot }));
            }
            if p.max_delay > 0 {
                v.push((format!("{}.in_flight", p.name), Slot::InFlight { population }));
            }
            if n.pending > 0 {
                v.push((format!("{}.pending", p.name), Slot::Pending { population }));
            }
        }
    }
    for (table, t) in plan.tables.iter().enumerate() {
        if matches!(t.synapses, Synapses::Plastic { .. }) {
            v.push((format!("{}.weights", t.name), Slot::Weights { table }));
            v.push((format!("{}.pre_trace", t.name), Slot::PreTrace { table }));
        }
    }
    for rule in 0..plan.rules.len() {
        for (population, p) in plan.populations.iter().enumerate().filter(|p| p.1.neurons.is_some())
        {
            let name = format!("{}.history of rule {rule}", p.name);
            v.push((name, Slot::PostHistory { rule, population }));
        }
    }
    v
}
