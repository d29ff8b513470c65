//! The memory plan of a draft: the arrays the network was given, what the plan keeps, and every
//! buffer a session allocates.
//!
//! What is counted here is what is allocated, to the byte: a session counts its allocations and the
//! conformance tests compare.

use super::build::{Draft, Spec};
use super::layout::GROUP;
use super::{Accumulator, NeuronPlan, Piece, device, plain, reaches};
use crate::memory::{Buffers, Group, MemoryPlan};
use isospike_net::{Column, Connector, Course, Dynamics, Input, Precision, Value};
use std::sync::Arc;

/// Flat elements (neurons times lanes) that are updated in one go: their draws and currents stay in
/// the first-level cache.
pub fn chunk_len(batch: usize) -> usize {
    const FLAT: usize = 2048;
    (GROUP * batch) * (FLAT / (GROUP * batch)).max(1)
}

/// Room for recorded spikes of a piece: enough for the steps between two exchanges and one more,
/// and not too little.
pub fn record_len(piece: &Piece, batch: usize, min_delay: u32, multiplicity: u32) -> usize {
    const LEAST: usize = 4096;
    ((min_delay as usize + 1) * piece.len * batch * multiplicity as usize).max(LEAST)
}

/// Steps that a record of packed spikes tells apart: an entry is the step, counted from the last
/// time the record was drained, above 32 bits for who fired.
const RECORD_STEPS: u64 = 1 << 32;

/// The step before which a run of `steps` steps from `step` on ends, in a session that packs what
/// it recorded since `drained` into entries of steps and ids of 32 bits each.
pub fn end_of_run(step: u64, steps: u64, drained: u64) -> u64 {
    step.saturating_add(steps).min(drained.saturating_add(RECORD_STEPS))
}

/// Spikes a neuron can have in its plastic history before all weights are brought up to date.
pub fn history_len(max_delay: u32) -> usize {
    const LEAST: usize = 64;
    (2 * max_delay as usize + 4).max(LEAST)
}

/// Where the rows of a table begin.
pub(super) const ROW_START: &str = "row start";
/// Where the segments of a row begin.
pub(super) const SEGMENT_INDEX: &str = "segment index";

pub(super) fn plan(d: &Draft<'_>, buffers: Buffers) -> MemoryPlan {
    let all = match buffers {
        Buffers::Host => host(d),
        Buffers::Device => device::memory(d),
        Buffers::Plain => plain::memory(d),
    };
    MemoryPlan { whose: buffers, ..all }
}

fn host(d: &Draft<'_>) -> MemoryPlan {
    match d.network.precision {
        Precision::F32 => with_float::<f32>(d),
        Precision::F64 => with_float::<f64>(d),
    }
}

fn with_float<F>(d: &Draft<'_>) -> MemoryPlan {
    match d.accumulator {
        Accumulator::I32 => with_types::<F, i32>(d),
        Accumulator::I64 => with_types::<F, i64>(d),
    }
}

fn with_types<F, A>(d: &Draft<'_>) -> MemoryPlan {
    let mut m = MemoryPlan::default();
    given(d, &mut m);
    let batch = d.network.lane_seeds.len();
    tables(
        d,
        |spec, m| {
            let weights = spec.synapses() as usize * batch;
            match spec.format.half() {
                None => m.add::<F>(Group::Synapses, &spec.name, "plastic weights", weights),
                Some(_) => m.add::<u16>(Group::Synapses, &spec.name, "plastic weights", weights),
            }
            // every block has a copy
            pre_traces::<F>(spec, spec.degrees.len() * spec.groups.len() * batch, m);
        },
        &mut m,
    );
    for (i, p) in d.populations.iter().enumerate() {
        match &p.neurons {
            Some(_) => neurons::<F>(d, i, &mut m),
            None => {
                let n = p.train.len() * d.network.lane_seeds.len();
                m.add::<u64>(Group::Delivery, &p.name, "spike train, steps", n);
                m.add::<u32>(Group::Delivery, &p.name, "spike train, ids", n);
            }
        }
    }
    blocks::<F, A>(d, &mut m);
    m
}

/// Arrays of the network: a plan keeps them.
pub(super) fn given(d: &Draft<'_>, m: &mut MemoryPlan) {
    let network = Group::Network;
    for (p, planned) in d.network.populations.iter().zip(&d.populations) {
        match &p.dynamics {
            Dynamics::Model(n) => {
                let rates = n.inputs.iter().filter_map(|i| match i {
                    Input::Poisson { rate_hz, .. } => Some(("rate", rate_hz)),
                    Input::Stimulus(s) => Some(("gain", &s.gain)),
                    _ => None,
                });
                for (name, kernel) in &n.filters {
                    m.hold(network, &p.name, &format!("{name} filter, given"), kernel);
                }
                let named = n.params.iter().chain(&n.initial).map(|(name, v)| (name.as_str(), v));
                for input in &n.inputs {
                    let Input::Stimulus(s) = input else { continue };
                    if let Course::Samples(xs) | Course::Frames(xs) = &s.course {
                        m.hold(network, &p.name, "stimulus, given", xs);
                    }
                }
                for (name, value) in named.chain(rates) {
                    if let Value::PerNeuron(xs) | Value::PerLane(xs) = value {
                        m.hold(network, &p.name, &format!("{name}, given"), xs);
                    }
                }
            }
            Dynamics::Spikes(train) => {
                m.hold(network, &p.name, "spikes, given", train);
                if !Arc::ptr_eq(train, &planned.train) {
                    m.hold(network, &p.name, "spikes, sorted", &planned.train);
                }
            }
        }
    }
    for p in &d.network.projections {
        if let Connector::Edges(edges) = &p.connector {
            let [from, to] = [p.source, p.target].map(|i| &d.populations[i].name);
            let owner = format!("{from} -> {to}");
            m.hold(network, &owner, "edges, sources", &edges.pre);
            m.hold(network, &owner, "edges, targets", &edges.post);
            edges.weight.iter().for_each(|w| m.hold(network, &owner, "edges, weights", w));
            edges.delay_ms.iter().for_each(|d| m.hold(network, &owner, "edges, delays", d));
        }
    }
}

/// Presynaptic traces of a plastic table.
pub(super) fn pre_traces<F>(spec: &Spec, n: usize, m: &mut MemoryPlan) {
    m.add::<F>(Group::Synapses, &spec.name, "presynaptic trace", n);
    m.add::<u64>(Group::Synapses, &spec.name, "presynaptic time", n);
}

/// Tables, and of each plastic one what a session `keeps`.
pub(super) fn tables(d: &Draft<'_>, keeps: impl Fn(&Spec, &mut MemoryPlan), m: &mut MemoryPlan) {
    use super::storage::Format::*;
    for t in &d.specs {
        let (name, n, sources) = (t.name.as_str(), t.synapses() as usize, t.degrees.len());
        m.add::<u64>(Group::Synapses, name, ROW_START, sources + 1);
        match t.short() {
            true => m.add::<u16>(Group::Synapses, name, SEGMENT_INDEX, sources * t.stride()),
            false => m.add::<u32>(Group::Synapses, name, SEGMENT_INDEX, sources * t.stride()),
        }
        match (t.rule, t.format) {
            (Some(_), _) => {
                let initial = if t.initial.is_some() { 0 } else { n };
                m.add::<u16>(Group::Synapses, name, "targets", n);
                m.add::<f64>(Group::Synapses, name, "initial weights", initial);
                keeps(t, m);
            }
            (_, U16 { .. } | I16 | Half(_)) => {
                m.add::<u32>(Group::Synapses, name, "targets and weights", n);
            }
            (_, format) => {
                m.add::<u16>(Group::Synapses, name, "targets", n);
                match format {
                    U8 { .. } | I8 => m.add::<u8>(Group::Synapses, name, "weights", n),
                    I32 => m.add::<i32>(Group::Synapses, name, "weights", n),
                    I64 => m.add::<i64>(Group::Synapses, name, "weights", n),
                    _ => {}
                }
            }
        }
    }
}

fn neurons<F>(d: &Draft<'_>, population: usize, m: &mut MemoryPlan) {
    let (p, n) = (&d.populations[population], d.neurons_of(population));
    let batch = d.network.lane_seeds.len();
    let pieces: Vec<_> = d.layout.pieces_of(population).map(|(_, piece)| piece).collect();
    let flat = pieces.iter().map(|p| p.padded).sum::<usize>() * batch;
    for slot in n.model.state() {
        match n.state {
            None => m.add::<F>(Group::Neurons, &p.name, slot.name, flat),
            Some(_) => m.add::<u16>(Group::Neurons, &p.name, slot.name, flat),
        }
    }
    for (info, c) in n.model.consts().iter().zip(&n.consts) {
        if c.uniform().is_none() {
            m.add::<F>(Group::Neurons, &p.name, info.name, flat);
        }
    }
    for (info, f) in n.model.filters().iter().zip(&n.filters) {
        let name = format!("{}, last values", info.name);
        m.add::<F>(Group::Neurons, &p.name, &name, f.steps * flat);
        // every piece has a copy, or one for each of its neurons
        let kernels = f.steps * if f.varies() { flat } else { pieces.len() };
        m.add::<F>(Group::Neurons, &p.name, &format!("{} filter", info.name), kernels);
    }
    derived(d, population, m);
    m.add::<bool>(Group::Delivery, &p.name, "spiked", flat);
    let slots = (p.max_delay + d.min_delay) as usize;
    let most = p.multiplicity;
    m.add::<u32>(Group::Delivery, &p.name, "spikes under way", slots * flat * most as usize);
    m.add::<u32>(Group::Delivery, &p.name, "spikes under way, count", slots * pieces.len());
    let words = slots.div_ceil(64) * pieces.len();
    m.add::<u64>(Group::Delivery, &p.name, "spikes under way, bits", words);
    let record = pieces.iter().map(|p| record_len(p, batch, d.min_delay, most)).sum();
    m.add::<u64>(Group::Recording, &p.name, "recorded spikes", record);
}

/// What the plan keeps of a population's neurons.
pub(super) fn derived(d: &Draft<'_>, population: usize, m: &mut MemoryPlan) {
    let (p, n) = (&d.populations[population], d.neurons_of(population));
    for (info, c) in n.model.consts().iter().zip(&n.consts) {
        let name = format!("{}, as derived", info.name);
        m.add::<Column>(Group::Neurons, &p.name, &format!("{name}, by lane"), c.lanes());
        m.add::<f64>(Group::Neurons, &p.name, &name, c.values());
    }
    for (info, f) in n.model.filters().iter().zip(&n.filters) {
        let name = format!("{} filter, as derived", info.name);
        m.add::<f64>(Group::Neurons, &p.name, &name, f.steps * f.kernels.len());
        m.add::<u32>(Group::Neurons, &p.name, &format!("{name}, by neuron"), f.kernel_of.len());
    }
    for stimulus in &n.current.stimuli {
        if let Column::Each(gain) = &stimulus.gain {
            m.add::<f64>(Group::Neurons, &p.name, "gain, as drawn", gain.len());
        }
        m.add::<u64>(Group::Neurons, &p.name, "events of a stimulus", stimulus.events());
        m.add::<u32>(Group::Neurons, &p.name, "lanes of a stimulus", stimulus.lanes().len());
    }
    for input in &d.poisson[population] {
        m.add::<u32>(Group::Neurons, &p.name, "Poisson tables", input.thresholds());
        m.add::<u32>(Group::Neurons, &p.name, "Poisson table of neuron", input.indices());
    }
}

fn blocks<F, A>(d: &Draft<'_>, m: &mut MemoryPlan) {
    let batch = d.network.lane_seeds.len();
    let (mut sums, mut pending, mut draws, mut current) = (0, 0, 0, 0);
    let (mut history, mut counts, mut wide, mut filtered) = (0, 0, 0, 0);
    for b in &d.layout.blocks {
        let neurons =
            || d.layout.pieces[b.pieces.clone()].iter().map(|p| d.neurons_of(p.population));
        let flat = b.ports * b.elements.len() * batch;
        sums += flat;
        pending += flat * neurons().map(|n| n.pending as usize).max().unwrap_or(0);
        draws += chunk_len(batch) * neurons().map(|n| n.draws as usize).max().unwrap_or(0);
        wide += chunk_len(batch) * neurons().map(NeuronPlan::narrow_slots).max().unwrap_or(0);
        filtered += chunk_len(batch) * neurons().map(|n| n.filters.len()).max().unwrap_or(0);
        current += if neurons().any(|n| n.current.varies()) { chunk_len(batch) } else { 0 };
        for (rule, r) in d.rules.iter().enumerate() {
            let specs = d.specs.iter().filter(|s| s.rule == Some(rule));
            let longest = specs.map(|s| s.delays.0 + s.delays.1 - 1).max().unwrap_or(0);
            let pieces = d.layout.pieces[b.pieces.clone()].iter();
            let learning = pieces.filter(|p| reaches(d.network, r, p.population));
            let flat = learning.map(|p| p.len).sum::<usize>() * batch;
            history += flat * history_len(longest);
            counts += flat;
        }
    }
    m.add::<A>(Group::Delivery, "all", "accumulators", sums);
    m.add::<A>(Group::Delivery, "all", "accumulators of plastic synapses", pending);
    m.add::<u64>(Group::Neurons, "all", "postsynaptic history, time", history);
    m.add::<F>(Group::Neurons, "all", "postsynaptic history, trace", history);
    m.add::<u32>(Group::Neurons, "all", "postsynaptic history, count", counts);
    m.add::<u32>(Group::Scratch, "all", "random words", draws);
    m.add::<F>(Group::Scratch, "all", "current", current);
    m.add::<F>(Group::Scratch, "all", "state of a chunk", wide);
    m.add::<F>(Group::Scratch, "all", "filtered sums", filtered);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_before_a_record_lies() {
        assert_eq!(end_of_run(7, 100, 3), 107);
        assert_eq!(end_of_run(7, u64::MAX, 3), 3 + RECORD_STEPS);
        // the last step that an entry can hold is `drained` + 2^32 - 1
        assert_eq!(end_of_run(3 + RECORD_STEPS - 1, 5, 3), 3 + RECORD_STEPS);
        assert_eq!(end_of_run(3 + RECORD_STEPS, 5, 3), 3 + RECORD_STEPS, "nothing is done");
        assert_eq!(end_of_run(3 + RECORD_STEPS, 5, 3 + RECORD_STEPS), 8 + RECORD_STEPS);
    }
}
