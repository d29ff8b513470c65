//! The memory plan of a plain session: an array per thing to remember, each whole, without blocks,
//! padding or scratch.
//!
//! What a backend begins with. Arrays of neurons are `[neuron][lane]`, those of synapses
//! `[synapse][lane]`.

use super::PopulationPlan;
use super::build::Draft;
use super::memory::{derived, given, pre_traces, tables};
use super::reaches;
use crate::Spike;
use crate::memory::{Group, MemoryPlan};
use isospike_net::Precision;

/// Steps of which a plain session remembers who fired in a population: this one, and as many as the
/// longest delay.
pub fn fired_steps(max_delay: u32) -> usize {
    max_delay as usize + 1
}

/// Steps of which a plain session remembers the postsynaptic traces of a plasticity rule: those
/// after this step's spikes, and back to the last that can be asked for when the longest delay has
/// passed.
pub fn trace_steps(longest_delay: u32) -> usize {
    longest_delay as usize + 2
}

/// The most spikes there can be in a step, in all lanes.
pub fn most_spikes(populations: &[PopulationPlan], batch: usize) -> usize {
    let most = populations.iter().map(|p| p.size as usize * p.multiplicity as usize);
    most.sum::<usize>() * batch
}

/// Room for recorded spikes: those of a step, and not too little.
pub fn record_room(populations: &[PopulationPlan], batch: usize) -> usize {
    most_spikes(populations, batch).max(4096)
}

pub(super) fn memory(d: &Draft<'_>) -> MemoryPlan {
    match d.network.precision {
        Precision::F32 => with_float::<f32>(d),
        Precision::F64 => with_float::<f64>(d),
    }
}

fn with_float<F>(d: &Draft<'_>) -> MemoryPlan {
    let mut m = MemoryPlan::default();
    given(d, &mut m);
    let batch = d.network.lane_seeds.len();
    tables(
        d,
        |spec, m| {
            let weights = spec.synapses() as usize * batch;
            m.add::<F>(Group::Synapses, &spec.name, "plastic weights", weights);
            pre_traces::<F>(spec, spec.degrees.len() * batch, m);
        },
        &mut m,
    );
    for (i, p) in d.populations.iter().enumerate() {
        let Some(n) = &p.neurons else { continue };
        let flat = p.size as usize * batch;
        derived(d, i, &mut m);
        for slot in n.model.state() {
            m.add::<F>(Group::Neurons, &p.name, slot.name, flat);
        }
        let (sums, steps) = (n.ports.len() * flat, n.pending as usize);
        m.add::<i128>(Group::Delivery, &p.name, "sums", sums);
        m.add::<i64>(Group::Delivery, &p.name, "sums of plastic synapses", steps * sums);
        m.add::<u8>(Group::Delivery, &p.name, "spikes", fired_steps(p.max_delay) * flat);
        for (info, f) in n.model.filters().iter().zip(&n.filters) {
            let name = format!("{}, last values", info.name);
            m.add::<F>(Group::Neurons, &p.name, &name, f.past() * flat);
        }
        for (rule, _) in d.rules.iter().enumerate().filter(|(_, r)| reaches(d.network, r, i)) {
            let of_rule = d.specs.iter().filter(|s| s.rule == Some(rule));
            let longest = of_rule.map(|s| s.delays.0 + s.delays.1 - 1).max().unwrap_or(0);
            let (name, n) = (format!("traces for rule {rule}"), trace_steps(longest) * flat);
            m.add::<F>(Group::Neurons, &p.name, &name, n);
            m.add::<u64>(Group::Neurons, &p.name, &format!("{name}, time"), n);
        }
    }
    m.add::<Spike>(Group::Recording, "all", "recorded spikes", record_room(&d.populations, batch));
    m
}
