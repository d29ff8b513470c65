//! Where what plasticity needs lies in the memory of a device.
//!
//! A plastic table is one projection, so what of it ends in a block ends in one piece and port:
//! that is a *learner*. It is the counterpart of a route.

use crate::layout::Piece;
use crate::number::{float_bytes, push_floats};
use bytemuck::{Pod, Zeroable};
use isospike_backend::Plan;
use isospike_backend::plan::{self, Table, device as sizes, history_len, pow2};

/// The last spikes of the neurons of a piece, kept for a rule.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(crate) struct History {
    pub(crate) rule: u64,
    /// Neurons times lanes.
    pub(crate) flat: u64,
    /// First entry, `[neuron][lane][entry]`, and entries of each.
    pub(crate) entries: u64,
    pub(crate) room: u64,
    /// First count of entries in use.
    pub(crate) counts: u64,
    /// Longest delay of the rule: spikes that lie further back reach nobody any more.
    pub(crate) longest: u64,
}

/// What of a plastic table ends in a block.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(crate) struct Learner {
    pub(crate) table: u64,
    group: u64,
    block: u64,
    /// History of the piece it ends in, and the piece's first element in the block.
    history: u64,
    offset: u64,
    /// Accumulators of the piece and port, `[step][port][element][lane]`: the first, how many lie
    /// between two steps, steps.
    pending: u64,
    pending_stride: u64,
    pending_steps: u64,
    /// First presynaptic trace, `[source][lane]`, and how many there are.
    pub(crate) traces: u64,
    pub(crate) sources: u64,
    /// Among the shared constants: units of a weight of 1, the most units of a synapse.
    params: u64,
}

const _: () = {
    assert!(size_of::<History>() == 8 * sizes::HISTORY_WORDS);
    assert!(size_of::<Learner>() == 8 * sizes::LEARNER_WORDS);
};

/// Elements of the heaps of plasticity.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lengths {
    pub(crate) weights: u64,
    pub(crate) pending: u64,
    pub(crate) pre: u64,
    pub(crate) post: u64,
    pub(crate) post_counts: u64,
}

/// The histories of a piece.
pub(crate) fn histories(plan: &Plan, piece: usize, lengths: &mut Lengths) -> Vec<History> {
    let place = &plan.layout().pieces[piece];
    let flat = (place.len * plan.batch()) as u64;
    let mine = (0..plan.rules.len()).filter(|&rule| plan.learns(rule, place.population));
    mine.map(|rule| {
        let longest = plan.longest_delay(rule);
        let room = history_len(longest) as u64;
        let (entries, counts) = (lengths.post, lengths.post_counts);
        lengths.post += flat * room;
        lengths.post_counts += flat;
        History { rule: rule as u64, flat, entries, room, counts, longest: longest.into() }
    })
    .collect()
}

/// What of a plastic table ends in a block: in one port of one piece.
pub(crate) struct Goal<'a> {
    /// The table's number.
    pub(crate) table: usize,
    /// Its group, with this block and port.
    pub(crate) group: usize,
    pub(crate) place: &'a plan::Piece,
    pub(crate) piece: &'a Piece,
    pub(crate) history: usize,
}

impl Goal<'_> {
    /// The learner; its constants are appended to `params`.
    pub(crate) fn learner(
        &self,
        plan: &Plan,
        rule: usize,
        params: &mut Vec<u8>,
        lengths: &mut Lengths,
    ) -> Learner {
        let (t, piece): (&Table, _) = (&plan.tables()[self.table], self.piece);
        let (block, port) = t.groups[self.group];
        let neurons = plan.neurons_of(self.place);
        let first_param = (params.len() / float_bytes(plan.precision())) as u64;
        let most = plan.plastic_bound(rule, neurons, port) as f64;
        push_floats(params, plan.precision(), [pow2(neurons.ports[port].exponent), most]);
        let (traces, sources) = (lengths.pre, (t.sources() * plan.batch()) as u64);
        lengths.pre += sources;
        Learner {
            table: self.table as u64,
            group: self.group as u64,
            block: block as u64,
            history: self.history as u64,
            offset: self.place.offset as u64,
            pending: piece.pending + port as u64 * piece.flat,
            pending_stride: neurons.ports.len() as u64 * piece.flat,
            pending_steps: piece.pending_steps,
            traces,
            sources,
            params: first_param,
        }
    }
}
