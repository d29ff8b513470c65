//! Where the synapse tables of a plan lie in the memory of a device, and what they deliver to.

use crate::layout::{Layout, Pair, Piece, Route, Table};
use crate::learning::Goal;
use isospike_backend::Plan;
use isospike_backend::plan::{Synapses, Table as PlanTable, pow2};
use isospike_net::Half;
use std::ops::Range;

/// Storage formats, as the kernels number them.
mod format {
    pub(super) const CONSTANT: u64 = 0;
    pub(super) const U16: u64 = 1;
    pub(super) const I16: u64 = 2;
    pub(super) const I32: u64 = 3;
    pub(super) const I64: u64 = 4;
    pub(super) const PLASTIC: u64 = 5;
    pub(super) const U8: u64 = 6;
    pub(super) const I8: u64 = 7;
    pub(super) const F16: u64 = 8;
    pub(super) const BF16: u64 = 9;
}

impl Layout {
    pub(crate) fn table(&mut self, plan: &Plan, t: &PlanTable, blocks: &[u64]) {
        use isospike_backend::plan::Index;
        let table = self.tables.len() as u32;
        let l = &mut self.lengths;
        let (n, entries) = (t.len() as u64, (t.sources() * t.stride()) as u64);
        let (wide, index) = match &t.index {
            Index::U16(_) => (0, &mut l.index16),
            Index::U32(_) => (1, &mut l.index32),
        };
        let mut placed = Table {
            row: l.row_start,
            index: *index,
            wide,
            stride: t.stride() as u64,
            first_delay: t.first_delay.into(),
            delays: t.delays.into(),
            ..Table::default()
        };
        *index += entries;
        l.row_start += t.row_start.len() as u64;
        (placed.format, placed.factor) = match &t.synapses {
            Synapses::Constant { weight, .. } => (format::CONSTANT, *weight),
            Synapses::U16 { multiplier, .. } => (format::U16, *multiplier),
            Synapses::I16 { multiplier, .. } => (format::I16, *multiplier),
            Synapses::I32 { multiplier, .. } => (format::I32, *multiplier),
            Synapses::I64 { .. } => (format::I64, 1),
            Synapses::U8 { multiplier, .. } => (format::U8, *multiplier),
            Synapses::I8 { multiplier, .. } => (format::I8, *multiplier),
            Synapses::Half { format, shift, .. } => {
                let format = match format {
                    Half::F16 => format::F16,
                    Half::BF16 => format::BF16,
                };
                (format, (pow2(*shift) as f32).to_bits().into())
            }
            Synapses::Plastic { .. } => (format::PLASTIC, 1),
        };
        let synapses = match &t.synapses {
            Synapses::U16 { .. } | Synapses::I16 { .. } | Synapses::Half { .. } => &mut l.packed,
            _ => &mut l.targets,
        };
        placed.synapses = *synapses;
        *synapses += n;
        let weights = match &t.synapses {
            Synapses::U8 { .. } | Synapses::I8 { .. } => Some((&mut l.weights8, n)),
            Synapses::I32 { .. } => Some((&mut l.weights32, n)),
            Synapses::I64 { .. } => Some((&mut l.weights64, n)),
            Synapses::Plastic { .. } => Some((&mut l.learning.weights, n * plan.batch() as u64)),
            _ => None,
        };
        if let Some((weights, n)) = weights {
            placed.weights = *weights;
            *weights += n;
        }
        match t.rule() {
            None => {
                (placed.first_route, placed.end_route) = self.routes(plan, t, blocks);
                let delays = t.first_delay..t.first_delay + t.delays;
                let pairs = self.pairs(plan, table, t.source, delays);
                self.pairs.extend(pairs);
            }
            Some(rule) => {
                (placed.first_route, placed.end_route) = self.learners(plan, table, rule);
                let teachers = self.pairs(plan, table, t.source, 0..1);
                self.teachers.extend(teachers);
            }
        }
        self.tables.push(placed);
    }

    /// Adds the routes of a table; the range of their numbers.
    fn routes(&mut self, plan: &Plan, t: &PlanTable, blocks: &[u64]) -> (u64, u64) {
        let first = self.routes.len() as u64;
        for (group, &(block, port)) in t.groups.iter().enumerate() {
            let width = plan.layout().blocks[block].elements.len() * plan.batch();
            let sums = blocks[block] + (port * width) as u64;
            self.routes.push(Route { group: group as u64, block: block as u64, sums });
        }
        (first, self.routes.len() as u64)
    }

    /// Adds the learners of a plastic table; the range of their numbers.
    fn learners(&mut self, plan: &Plan, table: u32, rule: usize) -> (u64, u64) {
        let first = self.learners.len() as u64;
        let population = plan.plastic_projection(table as usize).target;
        for (group, &(block, _)) in plan.tables()[table as usize].groups.iter().enumerate() {
            let places = &plan.layout().pieces;
            let mine =
                |id: &usize| places[*id].population == population && places[*id].block == block;
            let piece = self.plan_piece.iter().position(mine).expect("the table ends there");
            let Piece { first_history, end_history, .. } = self.pieces[piece];
            let mut histories = first_history as usize..end_history as usize;
            let history = histories.find(|&h| self.histories[h].rule == rule as u64);
            let goal = Goal {
                table: table as usize,
                group,
                place: &places[self.plan_piece[piece]],
                piece: &self.pieces[piece],
                history: history.expect("the piece follows the rule"),
            };
            let lengths = &mut self.lengths.learning;
            self.learners.push(goal.learner(plan, rule, &mut self.params, lengths));
        }
        (first, self.learners.len() as u64)
    }

    /// What a table delivers of each of its source's pieces, or of its train, with each delay.
    fn pairs(&self, plan: &Plan, table: u32, source: usize, delays: Range<u32>) -> Vec<Pair> {
        let train = self.train_of[source];
        let sources = match train {
            Some(train) => vec![train],
            None => {
                let mine =
                    |i: &usize| plan.layout().pieces[self.plan_piece[*i]].population == source;
                (0..self.pieces.len()).filter(mine).collect()
            }
        };
        let is_train = train.is_some().into();
        let of = |source: usize| {
            let pair = move |delay| Pair { table, delay, source: source as u32, is_train };
            delays.clone().map(pair)
        };
        sources.into_iter().flat_map(of).collect()
    }
}
