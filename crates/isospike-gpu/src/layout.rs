//! Where everything of a plan lies in the memory of a device: the heaps, and what describes them.
//!
//! The kernels declare the same structs (`layout` in the kernel folders). All fields are words of
//! one width, so that no compiler pads.

use crate::driver::Shape;
use crate::kind::{Kind, Varies, kinds};
use crate::learning::{self, History, Learner};
use crate::number::push_floats;
use bytemuck::{Pod, Zeroable};
use isospike_backend::Plan;
use isospike_backend::plan::{Constant, Drive, NeuronPlan, PoissonDrive};
use isospike_backend::plan::{device as sizes, pow2};
use isospike_net::Column;
use std::ops::Range;

/// A piece of the plan. Places are first elements in a heap.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(crate) struct Piece {
    /// State, `[slot][element][lane]`, in the heap of full floats or in the narrow one.
    pub(crate) state: u64,
    /// State slots.
    pub(crate) states: u64,
    /// Elements times lanes, with padding.
    pub(crate) flat: u64,
    /// Neurons times lanes.
    pub(crate) live: u64,
    /// Accumulators of the first port, `[element][lane]`, and how far the next port's lie away.
    pub(crate) sums: u64,
    pub(crate) port_stride: u64,
    /// Constants that differ: `[element]` of each that does from neuron to neuron only,
    /// `[element][lane]` of each that does from lane to lane; then gains of stimuli that differ,
    /// `[element]`.
    pub(crate) each: u64,
    /// Elements, with padding.
    pub(crate) padded: u64,
    /// What all neurons share: uniform constants, scales of ports, mean and deviation of noise,
    /// uniform gains of stimuli.
    pub(crate) params: u64,
    /// Poisson inputs.
    pub(crate) drives: u64,
    /// Population: the stream of its random words.
    pub(crate) stream: u64,
    /// First neuron of the population in it.
    pub(crate) first: u64,
    /// Neurons of the population.
    pub(crate) neurons: u64,
    /// Spikes under way: slots, room of each, first slot, its count.
    pub(crate) slots: u64,
    pub(crate) ring: u64,
    pub(crate) counts: u64,
    /// Recorded spikes, and room for them.
    pub(crate) record: u64,
    pub(crate) room: u64,
    /// Staircase of the current, and its length.
    pub(crate) current: u64,
    pub(crate) currents: u64,
    /// First work-group of the update kernel.
    pub(crate) first_group: u64,
    /// What plastic synapses will bring, `[step][port][element][lane]`, and steps.
    pub(crate) pending: u64,
    pub(crate) pending_steps: u64,
    /// Histories.
    pub(crate) first_history: u64,
    pub(crate) end_history: u64,
    /// Most spikes of a step.
    pub(crate) most: u64,
    /// Filters, and stimuli.
    pub(crate) filters: u64,
    pub(crate) stimuli: u64,
    /// The exponent bits of state that is kept in 16 bits, all of which infinities and NaN have; 0
    /// where state is full floats.
    pub(crate) infinite: u64,
}

/// A synapse table.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(crate) struct Table {
    /// Row starts.
    pub(crate) row: u64,
    /// Index entries; in the wide heap if `wide`.
    pub(crate) index: u64,
    pub(crate) wide: u64,
    pub(crate) stride: u64,
    pub(crate) first_delay: u64,
    pub(crate) delays: u64,
    /// How synapses are stored, see `Format`.
    pub(crate) format: u64,
    /// First synapse in the heap of packed ones, or of targets.
    pub(crate) synapses: u64,
    /// First weight in its heap.
    pub(crate) weights: u64,
    /// The weight of all, or what stored weights are multiplied with; of 16-bit floats the bits of
    /// that, an f32.
    pub(crate) factor: i64,
    /// Routes; of a plastic table its learners.
    pub(crate) first_route: u64,
    pub(crate) end_route: u64,
}

/// A group of a table.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(crate) struct Route {
    pub(crate) group: u64,
    pub(crate) block: u64,
    /// Accumulators of block and port.
    pub(crate) sums: u64,
}

/// The spikes of a piece or a train that a table delivers with one delay. A plastic table learns
/// from spikes at once, with no delay.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(crate) struct Pair {
    pub(crate) table: u32,
    pub(crate) delay: u32,
    pub(crate) source: u32,
    pub(crate) is_train: u32,
}

const _: () = {
    assert!(size_of::<Piece>() == 8 * sizes::PIECE_WORDS);
    assert!(size_of::<Table>() == 8 * sizes::TABLE_WORDS);
    assert!(size_of::<Route>() == 8 * sizes::ROUTE_WORDS);
    assert!(size_of::<Pair>() == 4 * sizes::PAIR_WORDS);
};

/// Elements of each heap that is filled from the tables or during a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lengths {
    pub(crate) row_start: u64,
    pub(crate) index16: u64,
    pub(crate) index32: u64,
    pub(crate) packed: u64,
    pub(crate) targets: u64,
    pub(crate) weights8: u64,
    pub(crate) weights32: u64,
    pub(crate) weights64: u64,
    pub(crate) state: u64,
    pub(crate) narrow: u64,
    pub(crate) past: u64,
    pub(crate) sums: u64,
    pub(crate) ring: u64,
    pub(crate) counts: u64,
    pub(crate) record: u64,
    pub(crate) learning: learning::Lengths,
}

/// A plan laid out for a device.
pub(crate) struct Layout {
    /// Pieces, those of a kind side by side.
    pub(crate) pieces: Vec<Piece>,
    /// The plan's piece of each.
    pub(crate) plan_piece: Vec<usize>,
    /// Kinds with their pieces.
    pub(crate) kinds: Vec<(Kind, Range<usize>)>,
    pub(crate) tables: Vec<Table>,
    pub(crate) routes: Vec<Route>,
    pub(crate) pairs: Vec<Pair>,
    /// Whose spikes plastic tables learn from.
    pub(crate) teachers: Vec<Pair>,
    pub(crate) learners: Vec<Learner>,
    pub(crate) histories: Vec<History>,
    /// The train of each population; none for neurons.
    pub(crate) train_of: Vec<Option<usize>>,
    /// Floats.
    pub(crate) params: Vec<u8>,
    pub(crate) each: Vec<u8>,
    pub(crate) current_steps: Vec<u64>,
    pub(crate) current_values: Vec<u8>,
    pub(crate) drives: Vec<[u64; 2]>,
    pub(crate) poisson: Vec<u32>,
    /// Filters of the pieces: their last values, `[step modulo steps][element][lane]`, their
    /// kernel, steps, and whether each element has a kernel of its own in each lane,
    /// `[age][element][lane]`.
    pub(crate) filters: Vec<[u64; sizes::FILTER_WORDS]>,
    /// Floats.
    pub(crate) kernels: Vec<u8>,
    /// Where in a row the values of each stimulus begin, and how long a row is: that of a step.
    pub(crate) stimuli: Vec<u64>,
    pub(crate) row: u64,
    pub(crate) lengths: Lengths,
}

impl Layout {
    pub(crate) fn new(plan: &Plan, shape: &Shape) -> Layout {
        let mut n_trains = 0;
        let train_of = plan.populations.iter().map(|p| {
            n_trains += usize::from(p.neurons.is_none());
            p.neurons.is_none().then(|| n_trains - 1)
        });
        let mut layout = Layout {
            pieces: Vec::new(),
            plan_piece: Vec::new(),
            kinds: Vec::new(),
            tables: Vec::new(),
            routes: Vec::new(),
            pairs: Vec::new(),
            teachers: Vec::new(),
            learners: Vec::new(),
            histories: Vec::new(),
            train_of: train_of.collect(),
            params: Vec::new(),
            each: Vec::new(),
            current_steps: Vec::new(),
            current_values: Vec::new(),
            drives: Vec::new(),
            poisson: Vec::new(),
            filters: Vec::new(),
            kernels: Vec::new(),
            stimuli: Vec::new(),
            row: 0,
            lengths: Lengths::default(),
        };
        let shared: Vec<_> = plan
            .populations
            .iter()
            .enumerate()
            .map(|(i, p)| p.neurons.as_ref().map(|n| layout.population(plan, i, n)))
            .collect();
        let blocks = block_sums(plan, &mut layout.lengths);
        for (kind, pieces) in kinds(plan) {
            let first = layout.pieces.len();
            let mut groups = 0;
            for id in pieces {
                let population = plan.layout().pieces[id].population;
                let shared = shared[population].expect("pieces are neurons");
                let piece = layout.piece(plan, id, shared, &blocks, groups);
                groups += groups_of(piece.flat, shape);
                layout.pieces.push(piece);
                layout.plan_piece.push(id);
            }
            layout.kinds.push((kind, first..layout.pieces.len()));
        }
        plan.tables().iter().for_each(|t| layout.table(plan, t, &blocks));
        layout
    }

    /// Work-groups that update the pieces of a kind.
    pub(crate) fn groups(&self, pieces: &Range<usize>, shape: &Shape) -> u32 {
        let last = &self.pieces[pieces.end - 1];
        (last.first_group + groups_of(last.flat, shape)) as u32
    }

    /// What the pieces of a population share.
    fn population(&mut self, plan: &Plan, population: usize, n: &NeuronPlan) -> Piece {
        let precision = plan.precision();
        let floats = |bytes: &Vec<u8>| (bytes.len() / crate::number::float_bytes(precision)) as u64;
        let shared = Piece {
            params: floats(&self.params),
            drives: self.drives.len() as u64,
            current: self.current_steps.len() as u64,
            currents: n.current.steps.len() as u64,
            stream: population as u64,
            neurons: plan.populations[population].size.into(),
            states: n.model.state().len() as u64,
            // where its kernels begin, until a piece has filters of its own
            filters: floats(&self.kernels),
            stimuli: self.stimuli.len() as u64,
            infinite: n.state.map_or(0, |format| format.encode(f32::INFINITY).into()),
            ..Piece::default()
        };
        let uniform = n.consts.iter().filter_map(Constant::uniform);
        let scales = n.ports.iter().map(|p| pow2(-p.exponent));
        let noise = n.current.noise.iter().flat_map(|&(mean, std, _)| [mean, std]);
        let gains = n.current.stimuli.iter().filter_map(|s| match &s.gain {
            Column::Uniform(x) => Some(*x),
            Column::Each(_) => None,
        });
        let params = uniform.chain(scales).chain(noise).chain(gains);
        push_floats(&mut self.params, precision, params);
        for stimulus in &n.current.stimuli {
            self.stimuli.push(self.row);
            self.row += match stimulus.has_frames() {
                true => shared.neurons,
                false => plan.batch() as u64,
            };
        }
        for filter in &n.filters {
            if !filter.varies() {
                push_floats(&mut self.kernels, precision, filter.kernel(0).iter().copied());
            }
        }
        self.current_steps.extend(n.current.steps.iter().map(|s| s.0));
        let values = n.current.steps.iter().map(|s| s.1);
        push_floats(&mut self.current_values, precision, values);
        n.drives.iter().for_each(|Drive::Poisson(p)| self.drive(p));
        shared
    }

    /// A drive is its weight and the place of its table, or of the places of its neurons' tables.
    fn drive(&mut self, p: &PoissonDrive) {
        let mut places = Vec::new();
        for t in &p.tables {
            places.push(self.poisson.len() as u32);
            self.poisson.extend([t.base(), t.thresholds().len() as u32]);
            self.poisson.extend_from_slice(t.guide());
            self.poisson.extend_from_slice(t.thresholds());
            if t.thresholds().is_empty() {
                self.poisson.push(u32::MAX);
            }
        }
        let place = match &p.table_of {
            None => places[0].into(),
            Some(of) => {
                let first = self.poisson.len() as u64;
                self.poisson.extend(of.iter().map(|&t| places[t as usize]));
                first
            }
        };
        self.drives.push([p.weight as u64, place]);
    }

    fn piece(
        &mut self,
        plan: &Plan,
        id: usize,
        shared: Piece,
        blocks: &[u64],
        first_group: u64,
    ) -> Piece {
        let piece = &plan.layout().pieces[id];
        let block = &plan.layout().blocks[piece.block];
        let p = &plan.populations[piece.population];
        let n = p.neurons.as_ref().expect("pieces are neurons");
        let batch = plan.batch();
        // padding repeats the last
        let neuron = |i: usize| (piece.first + i).min(p.size as usize - 1);
        let l = &mut self.lengths;
        let flat = (piece.padded * batch) as u64;
        let live = (piece.len * batch) as u64;
        let slots = sizes::ring_slots(p.max_delay) as u64;
        let most = live * u64::from(p.multiplicity);
        let room = sizes::record_room(piece, batch, p.multiplicity) as u64;
        let pending = u64::from(n.pending) * n.ports.len() as u64;
        let histories = learning::histories(plan, id, &mut l.learning);
        let first_history = self.histories.len() as u64;
        let end_history = first_history + histories.len() as u64;
        self.histories.extend(histories);
        let take = |length: &mut u64, n: u64| {
            let first = *length;
            *length += n;
            first
        };
        let state = if n.state.is_some() { &mut l.narrow } else { &mut l.state };
        let placed = Piece {
            state: take(state, shared.states * flat),
            flat,
            live,
            sums: blocks[piece.block] + (piece.offset * batch) as u64,
            port_stride: (block.elements.len() * batch) as u64,
            each: (self.each.len() / crate::number::float_bytes(plan.precision())) as u64,
            padded: piece.padded as u64,
            first: piece.first as u64,
            slots,
            ring: take(&mut l.ring, slots * most),
            counts: take(&mut l.counts, slots),
            record: take(&mut l.record, room),
            room,
            first_group,
            pending: take(&mut l.learning.pending, pending * flat),
            pending_steps: n.pending.into(),
            first_history,
            end_history,
            most,
            filters: self.filters.len() as u64,
            ..shared
        };
        let mut kernel = shared.filters;
        for filter in &n.filters {
            let (steps, past) =
                (filter.steps as u64, take(&mut l.past, filter.steps as u64 * flat));
            if !filter.varies() {
                self.filters.push([past, kernel, steps, 0]);
                kernel += steps;
                continue;
            }
            let own = (self.kernels.len() / crate::number::float_bytes(plan.precision())) as u64;
            self.filters.push([past, own, steps, 1]);
            for age in 0..filter.steps {
                let at = |i: usize| filter.kernel(neuron(i / batch) * batch + i % batch)[age];
                push_floats(&mut self.kernels, plan.precision(), (0..flat as usize).map(at));
            }
        }
        for c in &n.consts {
            let at = |i: usize| c.at(neuron(i / batch), i % batch);
            let first_lane = |i: usize| c.at(neuron(i), 0);
            match Varies::of(c) {
                Varies::No => {}
                Varies::ByNeuron => {
                    let values = (0..piece.padded).map(first_lane);
                    push_floats(&mut self.each, plan.precision(), values);
                }
                Varies::ByLane => {
                    push_floats(&mut self.each, plan.precision(), (0..flat as usize).map(at));
                }
            }
        }
        for gain in n.current.stimuli.iter().map(|s| &s.gain) {
            if let Column::Each(xs) = gain {
                let values = (0..piece.padded).map(|i| xs[neuron(i)]);
                push_floats(&mut self.each, plan.precision(), values);
            }
        }
        placed
    }
}

/// Work-groups that update a piece: an item serves four neurons.
fn groups_of(flat: u64, shape: &Shape) -> u64 {
    (flat / 4).div_ceil(shape.update_items.into())
}

/// The first accumulator of each block.
fn block_sums(plan: &Plan, lengths: &mut Lengths) -> Vec<u64> {
    let blocks = plan.layout().blocks.iter();
    blocks
        .map(|b| {
            let first = lengths.sums;
            lengths.sums += (b.ports * b.elements.len() * plan.batch()) as u64;
            first
        })
        .collect()
}
