//! Spike-timing-dependent plasticity: who asks the equations what, and in which order.
//!
//! The equations are [`Stdp`]'s; the order is that of NEST's `stdp_synapse`. A synapse is updated
//! when its source fires. All of its delay is dendritic: a postsynaptic spike at time p reaches it
//! at p + d. At a presynaptic spike at time T it potentiates once for every postsynaptic spike that
//! reached it since it was last up to date, (done, T], then depresses once with the postsynaptic
//! trace just before T - d, and emits its weight, which arrives d later.
//!
//! Postsynaptic spikes are kept in a short history. When a neuron's history is full, or when
//! somebody looks at the weights, all synapses are *settled*: potentiated by what has reached them,
//! and the past is forgotten. A synapse goes through the same operations in the same order
//! whenever that happens, so it cannot be seen. Times are steps plus one: 0 means never.

mod bundle;
mod history;
mod learner;
mod traces;
mod weights;

pub(crate) use history::History;
pub(crate) use traces::PreTraces;
pub(crate) use weights::Weights;

use crate::block::BlockState;
use crate::deliver::Acc;
use isospike_backend::Plan;
use isospike_backend::plan::Synapses;
use isospike_lane::Float;
use isospike_lane::isa::Isa;
use isospike_model::Stdp;
use learner::Learner;

/// All plasticity of a session, as the workers share it.
pub(crate) struct Learning<'a, F> {
    pub(crate) plan: &'a Plan,
    pub(crate) isa: Isa,
    /// By rule.
    pub(crate) rules: &'a [Stdp<F>],
    /// By table; none for static ones.
    pub(crate) weights: &'a [Option<Weights<F>>],
}

impl<F: Float> Learning<'_, F> {
    /// The spikes of step t, which `spikes` gives population by population, reach the plastic
    /// synapses of a block's owner. All postsynaptic spikes of the step are in the histories.
    pub(crate) fn fire<'s, A: Acc, S: Iterator<Item = &'s [u32]>>(
        &self,
        block: &mut BlockState<F, A>,
        t: u64,
        spikes: impl Fn(usize) -> S,
    ) {
        self.each_table(block, |learner, source| {
            spikes(source).for_each(|spikes| learner.fire(spikes, t + 1));
        });
    }

    /// Brings all synapses of a block's owner up to date as of a time.
    pub(crate) fn settle<A: Acc>(&self, block: &mut BlockState<F, A>, now: u64) {
        if block.settled == now {
            return;
        }
        self.each_table(block, |learner, _| learner.settle(now));
        for history in &mut block.histories {
            let longest = self.plan.longest_delay(history.rule);
            history.forget(now.saturating_sub(longest.into()));
        }
        block.settled = now;
    }

    /// Calls `f` with each plastic table that reaches the block and its source population.
    fn each_table<A: Acc>(
        &self,
        block: &mut BlockState<F, A>,
        mut f: impl FnMut(&mut Learner<'_, F, A>, usize),
    ) {
        for traces in &mut block.plastic {
            let table = &self.plan.tables()[traces.table];
            let Synapses::Plastic { rule, targets, .. } = &table.synapses else { continue };
            let mut learner = Learner {
                plan: self.plan,
                isa: self.isa,
                rule: (*rule, &self.rules[*rule]),
                table,
                targets,
                weights: self.weights[traces.table].as_ref().expect("a plastic table has weights"),
                settled: block.settled,
                traces,
                histories: &block.histories,
                pending: &mut block.pending,
                width: block.sums.len(),
                flat: block.flat,
            };
            f(&mut learner, table.source);
        }
    }
}
