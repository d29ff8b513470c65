//! A run as one worker sees it: window after window of steps on its own blocks, a barrier in
//! between.
//!
//! A window is as long as the shortest delay between neurons, so nothing that is emitted in it can
//! arrive in it, and within it a worker needs nobody. Windows lie at fixed steps, whatever the
//! run's start.

use crate::barrier::Barrier;
use crate::block::BlockState;
use crate::deliver::{Courier, List};
use crate::flight::Flight;
use crate::number::Number;
use crate::plastic::Learning;
use crate::train::Train;
use crate::update::{BlockSums, collect, collect_counted, update};
use isospike_backend::Plan;
use isospike_lane::Key;
use isospike_lane::isa::Isa;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the workers of a run share.
pub(crate) struct Run<'a, F> {
    pub(crate) plan: &'a Plan,
    pub(crate) isa: Isa,
    pub(crate) keys: &'a [Key],
    pub(crate) flights: &'a [Flight],
    pub(crate) learning: Learning<'a, F>,
    pub(crate) trains: &'a [Train],
    /// First step, and the step the record counts from.
    pub(crate) start: u64,
    pub(crate) drained: u64,
    /// Step to stop before.
    pub(crate) end: u64,
    /// Step after which to stop because a record is nearly full.
    pub(crate) stop: AtomicU64,
    /// Last step plus one in which a plastic history filled up, by parity of the step: the fastest
    /// worker is at most one step ahead of the slowest, so it cannot overwrite what the slowest has
    /// yet to read.
    pub(crate) consolidate: [AtomicU64; 2],
    pub(crate) barrier: Barrier,
}

impl<F: Number> Run<'_, F> {
    /// Runs the worker's blocks; returns the step reached, the same for all workers.
    pub(crate) fn work<A: BlockSums>(&self, blocks: &mut [BlockState<F, A>]) -> u64 {
        let window = u64::from(self.plan.min_delay);
        let mut list = List::new();
        let mut step = self.start;
        let _watch = self.barrier.watch();
        while step < self.end && self.stop.load(Ordering::Acquire) > step {
            let to = self.end.min((step / window + 1) * window);
            for block in blocks.iter_mut() {
                for t in step..to {
                    self.arrive(block, t, &mut list);
                    self.update(block, t);
                }
                if !block.has_room(self.plan) {
                    self.stop.fetch_min(to, Ordering::AcqRel);
                }
            }
            if !self.barrier.wait() {
                break;
            }
            step = to;
            if !self.learning.rules.is_empty() {
                // with plastic synapses the window is one step
                blocks.iter_mut().for_each(|b| self.learn(b, step - 1));
            }
        }
        step
    }

    /// The spikes of a population in a step, piece by piece.
    fn spikes(&self, population: usize, step: u64) -> impl Iterator<Item = &[u32]> {
        let own = self.plan.populations[population].neurons.is_some();
        let pieces = self.plan.pieces_of(population).iter().map(move |&piece| {
            // SAFETY: a read between two barriers concerns steps before the window (delays are at
            // least as long as it), or, in `learn`, the step before the barrier; the ring is long
            // enough that no owner writes those slots.
            unsafe { self.flights[piece].get(step) }
        });
        pieces.chain((!own).then(|| self.trains[population].at(step)).into_iter().flatten())
    }

    /// Adds what arrives at step t.
    fn arrive<A: BlockSums>(&self, block: &mut BlockState<F, A>, t: u64, list: &mut List) {
        if block.pending_steps > 0 {
            let slot = (t % block.pending_steps as u64) as usize;
            let pending = &mut block.pending[slot * block.sums.len()..][..block.sums.len()];
            for (sum, p) in block.sums.iter_mut().zip(pending) {
                *sum = sum.add(std::mem::take(p));
            }
        }
        let mut courier = Courier::new(self.plan, &mut block.sums, block.flat, list);
        for &route in &block.routes {
            let table = &self.plan.tables()[route.table];
            let Some(newest) = t.checked_sub(table.first_delay.into()) else { continue };
            let steps = (newest + 1).min(table.delays.into()) as usize;
            for &piece in self.plan.pieces_of(table.source) {
                // SAFETY: as in `spikes`.
                unsafe {
                    self.flights[piece].back(newest, steps, |age, spikes| {
                        courier.take(route, spikes, age);
                    });
                }
            }
            let train = &self.trains[table.source];
            if !train.is_empty() {
                for age in 0..steps as u64 {
                    for spikes in train.at(newest - age) {
                        courier.take(route, spikes, age as u32);
                    }
                }
            }
            courier.end(route);
        }
        courier.walk();
    }

    /// Advances the neurons and files their spikes.
    fn update<A: BlockSums>(&self, block: &mut BlockState<F, A>, t: u64) {
        let batch = self.plan.batch();
        for i in 0..block.pieces.len() {
            update(self.plan, self.isa, self.keys, block, i, t);
            let state = &mut block.pieces[i];
            let piece = &self.plan.layout().pieces[state.id];
            let spiked = &state.spiked[..piece.len * batch];
            let first = piece.first * batch;
            let counts = self.plan.neurons_of(piece).model.counts();
            // SAFETY: this worker owns the piece; readers look at earlier steps only, see `spikes`.
            let spikes = unsafe {
                self.flights[state.id].set(t, |out| match counts {
                    None => collect(spiked, first, out),
                    Some(counts) => {
                        let times = |i: usize| state.state.at(counts.slot, i).to_f64() as usize;
                        collect_counted(spiked, times, first, out)
                    }
                })
            };
            let since = (t - self.drained) << 32;
            for (entry, &flat) in state.record[state.recorded..].iter_mut().zip(spikes) {
                *entry = since | u64::from(flat);
            }
            state.recorded += spikes.len();
            let id = state.id;
            for history in block.histories.iter_mut().filter(|h| h.piece == id) {
                let rule = &self.learning.rules[history.rule];
                for &flat in spikes {
                    if history.push(flat as usize - first, t + 1, rule) {
                        self.consolidate[(t % 2) as usize].store(t + 1, Ordering::Release);
                    }
                }
            }
        }
    }

    /// Plasticity of step t, after all its spikes are known.
    fn learn<A: BlockSums>(&self, block: &mut BlockState<F, A>, t: u64) {
        let full = self.consolidate[(t % 2) as usize].load(Ordering::Acquire) == t + 1;
        self.learning.fire(block, t, |source| self.spikes(source, t));
        if full {
            self.learning.settle(block, t + 1);
        }
    }
}
