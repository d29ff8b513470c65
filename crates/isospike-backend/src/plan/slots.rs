//! Slots: what can be read from and written to a session, in a layout that no backend or block cut can change.

use super::{Plan, Synapses};

/// A piece of a session's state. Bytes are little-endian, neurons in order, lanes innermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The next step: one u64.
    Clock,
    /// A state slot of a population, in the model's working form: float [neuron][lane].
    State {
        /// Population.
        population: usize,
        /// State slot of its model.
        slot: usize,
    },
    /// Spikes of a population still under way: (age u32, neuron u32, lane u32) ascending, age 1 being the last step,
    /// each as often as it was emitted.
    InFlight {
        /// Population.
        population: usize,
    },
    /// Weights of a plastic table as of each source's last spike (or the last consolidation): float
    /// [source][delay][target] in ascending order.
    Weights {
        /// Table.
        table: usize,
    },
    /// Presynaptic traces of a plastic table: float and then step u64 of the last spike, [source].
    PreTrace {
        /// Table.
        table: usize,
    },
    /// Postsynaptic history of a plastic table's targets: per neuron a count u64, then (step u64, trace float) each.
    PostHistory {
        /// Table.
        table: usize,
    },
    /// What plastic synapses have emitted and not yet delivered: i64 [step ahead][port][neuron] per population.
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
            v.push((format!("{}.post_history", t.name), Slot::PostHistory { table }));
        }
    }
    v
}
