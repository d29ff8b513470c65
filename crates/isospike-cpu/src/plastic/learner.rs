//! The plastic synapses of one table that end in one block.

use super::bundle::{Bundle, Pre};
use super::history::History;
use super::traces::PreTraces;
use super::weights::Weights;
use crate::deliver::Acc;
use isospike_backend::Plan;
use isospike_backend::plan::{Piece, Table, pow2};
use isospike_lane::Float;
use isospike_lane::isa::Isa;
use isospike_model::Stdp;

/// A table, a block, and what updates the one's synapses in the other.
pub(super) struct Learner<'a, F, A> {
    pub(super) plan: &'a Plan,
    pub(super) isa: Isa,
    /// Number and equations.
    pub(super) rule: (usize, &'a Stdp<F>),
    pub(super) table: &'a Table,
    pub(super) targets: &'a [u16],
    pub(super) weights: &'a Weights<F>,
    /// Time as of which all synapses were brought up to date last.
    pub(super) settled: u64,
    pub(super) traces: &'a mut PreTraces<F>,
    pub(super) histories: &'a [History<F>],
    /// `[step ahead][port][element][lane]`.
    pub(super) pending: &'a mut [A],
    /// Accumulators of a step, and of a port.
    pub(super) width: usize,
    pub(super) flat: usize,
}

impl<F: Float, A: Acc> Learner<'_, F, A> {
    /// The sources that fired, as flat ids.
    pub(super) fn fire(&mut self, spikes: &[u32], now: u64) {
        if spikes.is_empty() {
            return;
        }
        let mut bundle = Bundle::new();
        for &flat in spikes {
            self.row(&mut bundle, flat as usize, now, true);
            self.traces.spike(flat as usize, now, self.rule.1);
        }
    }

    /// Brings all synapses up to date.
    pub(super) fn settle(&mut self, now: u64) {
        let mut bundle = Bundle::new();
        for flat in 0..self.traces.last.len() {
            self.row(&mut bundle, flat, now, false);
        }
    }

    /// The synapses of a source, as a flat id.
    fn row(&mut self, bundle: &mut Bundle<F>, flat: usize, now: u64, fires: bool) {
        let batch = self.plan.batch();
        let (source, lane) = (flat / batch, flat % batch);
        let pre = Pre { last: self.traces.last[flat], trace: self.traces.trace[flat] };
        let done = pre.last.max(self.settled);
        let steps_ahead = (self.pending.len() / self.width) as u64;
        let mut goal: Option<Goal<'_, F>> = None;
        for delay in self.table.first_delay..self.table.first_delay + self.table.delays {
            let d = u64::from(delay);
            let slot = ((now - 1 + d) % steps_ahead) as usize;
            let out = slot * self.width + self.traces.port * self.flat + lane;
            for k in self.table.segment(source, self.traces.group, delay) {
                let target = usize::from(self.targets[k]);
                let goal = match &mut goal {
                    Some(goal) if goal.holds(target) && !bundle.is_full() => goal,
                    old => {
                        if let Some(old) = old {
                            self.finish(bundle, old, &pre, fires);
                        }
                        old.insert(self.goal(target))
                    }
                };
                let post = (target - goal.piece.offset) * batch + lane;
                let (new, before) = goal.history.since(post, d, done, now);
                // SAFETY: this worker owns the group's block.
                let w = unsafe { self.weights.get(k * batch + lane) };
                bundle.push(k * batch + lane, w, delay, new);
                if fires {
                    let (trace, steps) = before.map_or((F::default(), 0), |b| {
                        (goal.history.trace(b), now - d - goal.history.time(b))
                    });
                    bundle.aim(trace, F::from_i64(steps as i64), out + target * batch);
                }
            }
        }
        if let Some(goal) = &goal {
            self.finish(bundle, goal, &pre, fires);
        }
    }

    /// Updates the synapses of a bundle and empties it.
    fn finish(&mut self, bundle: &mut Bundle<F>, goal: &Goal<'_, F>, pre: &Pre<F>, fires: bool) {
        bundle.potentiate(self.isa, self.rule.1, pre, goal.history);
        if fires {
            bundle.depress(self.isa, self.rule.1, goal.scale);
            bundle.emit(self.pending, goal.most);
        }
        // SAFETY: this worker owns the group's block.
        self.traces.broken |= unsafe { !bundle.store(self.weights) };
    }
}

/// The piece that a synapse ends in.
struct Goal<'a, F> {
    piece: &'a Piece,
    history: &'a History<F>,
    /// Accumulator units of a weight of 1.
    scale: F,
    /// The most units of one synapse.
    most: i64,
}

impl<F> Goal<'_, F> {
    fn holds(&self, target: usize) -> bool {
        (self.piece.offset..self.piece.offset + self.piece.len).contains(&target)
    }
}

impl<'a, F: Float, A> Learner<'a, F, A> {
    /// The goal of synapses with this target.
    fn goal(&self, target: usize) -> Goal<'a, F> {
        let (plan, histories) = (self.plan, self.histories);
        let mine = histories.iter().filter(|h| h.rule == self.rule.0);
        let mut goals = mine.map(|h| (&plan.layout().pieces[h.piece], h));
        let (piece, history) = goals
            .find(|(p, _)| (p.offset..p.offset + p.len).contains(&target))
            .expect("a plastic synapse ends where its rule is followed");
        let neurons = plan.neurons_of(piece);
        let scale = F::from_f64(pow2(neurons.ports[self.traces.port].exponent));
        let most = plan.plastic_bound(self.rule.0, neurons, self.traces.port);
        Goal { piece, history, scale, most }
    }
}
