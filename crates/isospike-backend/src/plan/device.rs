//! The memory plan of a device session: what lies where in a device's memory, counted.
//!
//! A device session copies everything out of the plan into a few heaps, each of one element type.
//! Here are the sizes that both sides must agree on, the plan, which counts, and the session, which
//! allocates.

use super::build::{Draft, Spec};
use super::memory::{ROW_START, SEGMENT_INDEX, history_len, record_len};
use super::storage::Format;
use super::{Accumulator, Piece, StimulusPlan, reaches};
use crate::memory::{Group, MemoryPlan};
use isospike_lane::PoissonTable;
use isospike_net::{Column, Precision};

/// Words (u64) of the clock and its flags.
pub const CLOCK_WORDS: usize = 8;
/// Words (u64) that describe a piece.
pub const PIECE_WORDS: usize = 29;
/// Words (u64) that describe a filter of a piece.
pub const FILTER_WORDS: usize = 4;
/// Steps of which a session keeps the values of stimuli, which are worked out on the host.
pub const STIMULUS_STEPS: usize = 32;
/// Words (u64) that describe a synapse table.
pub const TABLE_WORDS: usize = 12;
/// Words (u64) that describe a group of a table.
pub const ROUTE_WORDS: usize = 3;
/// Words (u64) that describe what of a plastic table ends in a block.
pub const LEARNER_WORDS: usize = 11;
/// Constants of it: units of a weight of 1, the most units of a synapse.
pub const LEARNER_PARAMS: usize = 2;
/// Words (u64) that describe the spikes of a piece that are kept for a plasticity rule.
pub const HISTORY_WORDS: usize = 6;
/// Words (u32) that describe a pair: a piece or train whose spikes a table delivers with one
/// delay.
pub const PAIR_WORDS: usize = 4;
/// Words (u64) that describe a spike train.
pub const TRAIN_WORDS: usize = 2;
/// Words (u64) that describe a Poisson input.
pub const DRIVE_WORDS: usize = 2;

/// Words (u32) of a Poisson table: count of every word, number of thresholds, guide, thresholds.
pub fn poisson_words(table: &PoissonTable) -> usize {
    2 + table.guide().len() + table.thresholds().len().max(1)
}

/// Steps of which a population's spikes are remembered: this one and as many as its longest delay.
pub fn ring_slots(max_delay: u32) -> usize {
    max_delay as usize + 1
}

/// Room for recorded spikes of a piece.
pub fn record_room(piece: &Piece, batch: usize, multiplicity: u32) -> usize {
    record_len(piece, batch, 1, multiplicity)
}

pub(super) fn memory(d: &Draft<'_>) -> MemoryPlan {
    match d.network.precision {
        Precision::F32 => with_float::<f32>(d),
        Precision::F64 => with_float::<f64>(d),
    }
}

fn with_float<F>(d: &Draft<'_>) -> MemoryPlan {
    let mut m = MemoryPlan::default();
    let batch = d.network.lane_seeds.len();
    d.specs.iter().for_each(|t| table::<F>(t, batch, &mut m));
    for (i, p) in d.populations.iter().enumerate() {
        match &p.neurons {
            Some(_) => neurons::<F>(d, i, &mut m),
            None => {
                let n = p.train.len() * batch;
                m.add::<u64>(Group::Delivery, &p.name, "spike train, steps", n);
                m.add::<u32>(Group::Delivery, &p.name, "spike train, ids", n);
            }
        }
    }
    shared::<F>(d, &mut m);
    m
}

fn table<F>(t: &Spec, batch: usize, m: &mut MemoryPlan) {
    let (name, n, sources) = (t.name.as_str(), t.synapses() as usize, t.degrees.len());
    m.add::<u64>(Group::Synapses, name, ROW_START, sources + 1);
    match t.short() {
        true => m.add::<u16>(Group::Synapses, name, SEGMENT_INDEX, sources * t.stride()),
        false => m.add::<u32>(Group::Synapses, name, SEGMENT_INDEX, sources * t.stride()),
    }
    if t.rule.is_some() {
        m.add::<u16>(Group::Synapses, name, "targets", n);
        // also those that are rounded to 16 bits
        m.add::<F>(Group::Synapses, name, "plastic weights", n * batch);
        let traces = sources * t.groups.len() * batch;
        m.add::<u64>(Group::Synapses, name, "presynaptic time", traces);
        m.add::<F>(Group::Synapses, name, "presynaptic trace", traces);
        return;
    }
    match t.format {
        Format::U16 { .. } | Format::I16 | Format::Half(_) => {
            m.add::<u32>(Group::Synapses, name, "targets and weights", n);
        }
        Format::Constant { .. } => m.add::<u16>(Group::Synapses, name, "targets", n),
        Format::U8 { .. } | Format::I8 => {
            m.add::<u16>(Group::Synapses, name, "targets", n);
            m.add::<u8>(Group::Synapses, name, "weights", n);
        }
        Format::I32 => {
            m.add::<u16>(Group::Synapses, name, "targets", n);
            m.add::<i32>(Group::Synapses, name, "weights", n);
        }
        Format::I64 => {
            m.add::<u16>(Group::Synapses, name, "targets", n);
            m.add::<i64>(Group::Synapses, name, "weights", n);
        }
    }
}

const PENDING: &str = "accumulators of plastic synapses";
const POISSON: &str = "Poisson tables";
const CONSTANTS: &str = "constants";

fn neurons<F>(d: &Draft<'_>, population: usize, m: &mut MemoryPlan) {
    let p = &d.populations[population];
    let n = p.neurons.as_ref().expect("asked for neurons");
    let batch = d.network.lane_seeds.len();
    let pieces: Vec<_> = d.layout.pieces_of(population).map(|(_, piece)| piece).collect();
    let padded: usize = pieces.iter().map(|p| p.padded).sum();
    let live = pieces.iter().map(|p| p.len).sum::<usize>() * batch;
    for slot in n.model.state() {
        match n.state {
            None => m.add_to::<F>("state", Group::Neurons, &p.name, slot.name, padded * batch),
            Some(_) => m.add_to::<u16>("state", Group::Neurons, &p.name, slot.name, padded * batch),
        }
    }
    for (info, c) in n.model.consts().iter().zip(&n.consts).filter(|(_, c)| c.uniform().is_none()) {
        let length = if c.lanes() > 0 { padded * batch } else { padded };
        m.add_to::<F>("constants of neurons", Group::Neurons, &p.name, info.name, length);
    }
    let uniform = n.consts.iter().filter(|c| c.uniform().is_some()).count();
    let gains = || n.current.stimuli.iter().map(|s| &s.gain);
    let drawn = gains().filter(|c| matches!(c, Column::Each(_))).count();
    let shared = gains().count() - drawn;
    let params = uniform + n.ports.len() + 2 * n.current.noise.len() + shared;
    m.add::<F>(Group::Neurons, &p.name, "gains", drawn * padded);
    m.add::<u64>(Group::Neurons, &p.name, "stimuli", n.current.stimuli.len());
    let per_step = |s: &StimulusPlan| if s.has_frames() { p.size as usize } else { batch };
    let row: usize = n.current.stimuli.iter().map(per_step).sum();
    m.add::<F>(Group::Neurons, &p.name, "values of stimuli", STIMULUS_STEPS * row);
    for (info, f) in n.model.filters().iter().zip(&n.filters) {
        let (name, steps) = (format!("{}, last values", info.name), f.steps);
        let kernels = if f.varies() { steps * padded * batch } else { steps };
        m.add::<F>(Group::Neurons, &p.name, &name, steps * padded * batch);
        m.add::<F>(Group::Neurons, &p.name, &format!("{} filter", info.name), kernels);
        m.add::<[u64; FILTER_WORDS]>(Group::Neurons, &p.name, "filters", pieces.len());
    }
    m.add::<F>(Group::Neurons, &p.name, CONSTANTS, params);
    m.add::<u64>(Group::Neurons, &p.name, "current, steps", n.current.steps.len());
    m.add::<F>(Group::Neurons, &p.name, "current, values", n.current.steps.len());
    let inputs = &d.poisson[population];
    m.add::<[u64; DRIVE_WORDS]>(Group::Neurons, &p.name, "Poisson inputs", inputs.len());
    for input in inputs {
        m.add::<u32>(Group::Neurons, &p.name, POISSON, input.device_words());
        let each = "Poisson table of neuron";
        m.add_to::<u32>(POISSON, Group::Neurons, &p.name, each, input.indices());
    }
    let ahead = n.pending as usize * n.ports.len() * padded * batch;
    match d.accumulator {
        Accumulator::I32 => m.add::<i32>(Group::Delivery, &p.name, PENDING, ahead),
        Accumulator::I64 => m.add::<i64>(Group::Delivery, &p.name, PENDING, ahead),
    }
    for longest in longest_delays(d, population) {
        let entries = live * history_len(longest);
        m.add::<[u64; HISTORY_WORDS]>(Group::Neurons, &p.name, "histories", pieces.len());
        m.add::<u64>(Group::Neurons, &p.name, "postsynaptic history, time", entries);
        m.add::<F>(Group::Neurons, &p.name, "postsynaptic history, trace", entries);
        m.add::<u32>(Group::Neurons, &p.name, "postsynaptic history, count", live);
    }
    let slots = ring_slots(p.max_delay);
    let most = p.multiplicity;
    m.add::<u32>(Group::Delivery, &p.name, "spikes under way", slots * live * most as usize);
    m.add::<u32>(Group::Delivery, &p.name, "spikes under way, count", slots * pieces.len());
    let record = pieces.iter().map(|p| record_room(p, batch, most)).sum();
    m.add::<u64>(Group::Recording, &p.name, "recorded spikes", record);
}

/// The longest delay of each rule that a population follows.
fn longest_delays(d: &Draft<'_>, population: usize) -> impl Iterator<Item = u32> {
    let rules = d.rules.iter().enumerate();
    let mine = rules.filter(move |(_, r)| reaches(d.network, r, population));
    mine.map(|(rule, _)| {
        let specs = d.specs.iter().filter(|s| s.rule == Some(rule));
        specs.map(|s| s.delays.0 + s.delays.1 - 1).max().unwrap_or(0)
    })
}

/// What belongs to no population or table.
fn shared<F>(d: &Draft<'_>, m: &mut MemoryPlan) {
    let batch = d.network.lane_seeds.len();
    let sums = d.layout.blocks.iter().map(|b| b.ports * b.elements.len() * batch).sum();
    match d.accumulator {
        Accumulator::I32 => m.add::<i32>(Group::Delivery, "all", "accumulators", sums),
        Accumulator::I64 => m.add::<i64>(Group::Delivery, "all", "accumulators", sums),
    }
    let pieces = d.layout.pieces.len();
    let sources = |t: &Spec| match d.populations[t.source].neurons {
        Some(_) => d.layout.pieces_of(t.source).count(),
        None => 1,
    };
    let of = |plastic: bool| d.specs.iter().filter(move |t| t.rule.is_some() == plastic);
    let groups = |plastic| of(plastic).map(|t| t.groups.len()).sum::<usize>();
    let pairs = of(false).map(|t| sources(t) * t.delays.1 as usize).sum();
    let teachers = of(true).map(sources).sum();
    let learners = groups(true);
    let trains = d.populations.iter().filter(|p| p.neurons.is_none()).count();
    m.add::<[u64; TABLE_WORDS]>(Group::Synapses, "all", "tables", d.specs.len());
    m.add::<[u64; ROUTE_WORDS]>(Group::Synapses, "all", "groups of tables", groups(false));
    m.add::<[u32; PAIR_WORDS]>(Group::Delivery, "all", "pairs", pairs);
    m.add::<u32>(Group::Delivery, "all", "spikes of pairs, running sum", pairs + 1);
    m.add::<u64>(Group::Delivery, "all", "spikes of pairs, place", pairs);
    m.add::<[u32; PAIR_WORDS]>(Group::Synapses, "all", "sources of plastic tables", teachers);
    m.add::<[u64; LEARNER_WORDS]>(Group::Synapses, "all", "groups of plastic tables", learners);
    let (name, params) = ("constants of plastic tables", LEARNER_PARAMS * learners);
    m.add_to::<F>(CONSTANTS, Group::Synapses, "all", name, params);
    m.add::<[u64; TRAIN_WORDS]>(Group::Delivery, "all", "spike trains", trains);
    m.add::<[u64; PIECE_WORDS]>(Group::Neurons, "all", "pieces", pieces);
    m.add::<F>(Group::Neurons, "all", "current now", pieces);
    m.add::<u32>(Group::Delivery, "all", "slot now", pieces);
    m.add::<u32>(Group::Recording, "all", "recorded spikes, count", pieces);
    m.add::<u64>(Group::Neurons, "all", "keys", batch);
    m.add::<u64>(Group::Scratch, "all", "clock", CLOCK_WORDS);
}
