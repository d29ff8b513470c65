//! What one worker owns: accumulators and neurons of a block, and everything only it touches.

use crate::deliver::{Acc, Route};
use crate::lines::zeroed;
use crate::number::Number;
use crate::past::Past;
use crate::plastic::{History, PreTraces};
use crate::state::State;
use isospike_backend::Plan;
use isospike_backend::plan::{self, NeuronPlan, chunk_len, history_len, record_len};
use isospike_lane::Float;
use isospike_lane::Lines;

/// A block's buffers. All of them are named in the memory plan.
pub(crate) struct BlockState<F, A> {
    /// Elements times lanes.
    pub(crate) flat: usize,
    /// `[port][element][lane]`.
    pub(crate) sums: Lines<A>,
    /// `[step ahead][port][element][lane]`, for plastic synapses.
    pub(crate) pending: Lines<A>,
    /// Steps in `pending`.
    pub(crate) pending_steps: usize,
    /// Neurons.
    pub(crate) pieces: Vec<PieceState<F>>,
    /// Static tables that reach this block.
    pub(crate) routes: Vec<Route>,
    /// Plastic tables that reach this block.
    pub(crate) plastic: Vec<PreTraces<F>>,
    /// Postsynaptic spikes of the pieces that plastic synapses reach, by rule.
    pub(crate) histories: Vec<History<F>>,
    /// Time as of which all plastic synapses were brought up to date last.
    pub(crate) settled: u64,
    /// Random words of a chunk, `[draw][flat]`.
    pub(crate) draws: Lines<u32>,
    /// Current of a chunk, where it varies.
    pub(crate) current: Lines<F>,
    /// State of a chunk whose neurons keep it in 16 bits, `[slot][flat]`.
    pub(crate) wide: Lines<F>,
    /// Filtered sums of a chunk, `[filter][flat]`.
    pub(crate) filtered: Lines<F>,
}

/// The neurons of a piece.
pub(crate) struct PieceState<F> {
    /// Which piece.
    pub(crate) id: usize,
    /// State.
    pub(crate) state: State<F>,
    /// Constants.
    pub(crate) consts: Vec<Constant<F>>,
    /// What filters look back on.
    pub(crate) past: Vec<Past<F>>,
    /// Weight of one accumulator unit, per port.
    pub(crate) scale: Vec<F>,
    /// Who spiked in this step.
    pub(crate) spiked: Vec<bool>,
    /// Recorded spikes: step since the last drain in the high half, flat id in the low half.
    pub(crate) record: Vec<u64>,
    /// Entries used.
    pub(crate) recorded: usize,
}

/// A constant, rounded to the session's precision.
pub(crate) enum Constant<F> {
    /// The same for all.
    Uniform(F),
    /// `[element][lane]`.
    Each(Lines<F>),
}

impl<F: Number, A: Acc> BlockState<F, A> {
    /// Allocates and initialises; adds the bytes to `allocated`.
    pub(crate) fn new(plan: &Plan, id: usize, allocated: &mut u64) -> Self {
        let block = &plan.layout().blocks[id];
        let batch = plan.batch();
        let flat = block.elements.len() * batch;
        let pieces = &plan.layout().pieces[block.pieces.clone()];
        let neurons = |p: &plan::Piece| {
            plan.populations[p.population].neurons.as_ref().expect("pieces are neurons")
        };
        let most =
            |f: fn(&NeuronPlan) -> usize| pieces.iter().map(|p| f(neurons(p))).max().unwrap_or(0);
        let pending_steps = most(|n| n.pending as usize);
        let varies = pieces.iter().any(|p| neurons(p).current.varies());
        let mut routes = Vec::new();
        let mut plastic = Vec::new();
        for (t, table) in plan.tables().iter().enumerate() {
            for (g, &(_, port)) in table.groups.iter().enumerate().filter(|(_, g)| g.0 == id) {
                match &table.synapses {
                    plan::Synapses::Plastic { .. } => {
                        plastic.push(PreTraces::new(t, g, port, table.sources() * batch));
                    }
                    _ => routes.push(Route { table: t, group: g, port }),
                }
            }
        }
        let mut histories = Vec::new();
        for rule in 0..plan.rules.len() {
            let room = history_len(plan.longest_delay(rule));
            let learning = block.pieces.clone().zip(pieces);
            let learning = learning.filter(|(_, p)| plan.learns(rule, p.population));
            histories.extend(learning.map(|(i, p)| History::new(rule, i, p.len * batch, room)));
        }
        let state = BlockState {
            flat,
            sums: zeroed(block.ports * flat),
            pending: zeroed(block.ports * flat * pending_steps),
            pending_steps,
            pieces: Vec::new(),
            routes,
            plastic,
            histories,
            settled: 0,
            draws: zeroed(chunk_len(batch) * most(|n| n.draws as usize)),
            current: zeroed(if varies { chunk_len(batch) } else { 0 }),
            wide: zeroed(chunk_len(batch) * most(NeuronPlan::narrow_slots)),
            filtered: zeroed(chunk_len(batch) * most(|n| n.filters.len())),
        };
        *allocated += state.bytes();
        let pieces = block.pieces.clone().map(|p| PieceState::new(plan, p, allocated)).collect();
        BlockState { pieces, ..state }
    }

    /// Whether every record can take a whole window of spikes.
    pub(crate) fn has_room(&self, plan: &Plan) -> bool {
        let window = plan.min_delay as usize * plan.batch();
        self.pieces.iter().all(|p| {
            let piece = &plan.layout().pieces[p.id];
            let most = plan.populations[piece.population].multiplicity as usize;
            p.recorded + window * piece.len * most <= p.record.len()
        })
    }

    /// Forgets all spikes, recorded, under way or remembered, before a time.
    pub(crate) fn forget(&mut self, now: u64) {
        for piece in &mut self.pieces {
            piece.recorded = 0;
            piece.past.iter_mut().for_each(Past::clear);
        }
        self.pending.fill(A::default());
        self.plastic.iter_mut().for_each(PreTraces::clear);
        self.histories.iter_mut().for_each(History::clear);
        self.settled = now;
    }

    fn bytes(&self) -> u64 {
        let plastic: usize = self.plastic.iter().map(PreTraces::bytes).sum();
        let histories: usize = self.histories.iter().map(History::bytes).sum();
        let own = size_of_val(&self.sums[..])
            + size_of_val(&self.pending[..])
            + size_of_val(&self.draws[..])
            + size_of_val(&self.current[..])
            + size_of_val(&self.wide[..])
            + size_of_val(&self.filtered[..]);
        (own + plastic + histories) as u64
    }
}

impl<F: Number> PieceState<F> {
    fn new(plan: &Plan, id: usize, allocated: &mut u64) -> Self {
        let piece = &plan.layout().pieces[id];
        let batch = plan.batch();
        let flat = piece.padded * batch;
        let neurons =
            plan.populations[piece.population].neurons.as_ref().expect("pieces are neurons");
        // padding repeats the last
        let size = plan.populations[piece.population].size as usize;
        let neuron = |i: usize| (piece.first + i / batch).min(size - 1);
        let consts: Vec<_> = neurons
            .consts
            .iter()
            .map(|c| match c.uniform() {
                Some(x) => Constant::Uniform(F::from_f64(x)),
                None => {
                    let mut each = zeroed(flat);
                    for (i, x) in each.iter_mut().enumerate() {
                        *x = F::from_f64(c.at(neuron(i), i % batch));
                    }
                    Constant::Each(each)
                }
            })
            .collect();
        let scale = neurons.ports.iter().map(|p| F::from_f64(plan::pow2(-p.exponent))).collect();
        let most = plan.populations[piece.population].multiplicity;
        let record = vec![0; record_len(piece, batch, plan.min_delay, most)];
        let past: Vec<_> = {
            let whose = |i: usize| neuron(i) * batch + i % batch;
            neurons.filters.iter().map(|f| Past::new(f, flat, whose)).collect()
        };
        let state = State::new(neurons, flat);
        let spiked = vec![false; flat];
        let each = consts.iter().filter(|c| matches!(c, Constant::Each(_))).count();
        *allocated += (state.bytes()
            + past.iter().map(Past::bytes).sum::<usize>()
            + size_of::<F>() * flat * each
            + flat
            + 8 * record.len()) as u64;
        PieceState { id, state, consts, past, scale, spiked, record, recorded: 0 }
    }
}

impl<F: Float> Constant<F> {
    pub(crate) fn column(&self, range: std::ops::Range<usize>) -> isospike_model::Column<'_, F> {
        match self {
            Constant::Uniform(x) => isospike_model::Column::Uniform(*x),
            Constant::Each(xs) => isospike_model::Column::Each(&xs[range]),
        }
    }
}
