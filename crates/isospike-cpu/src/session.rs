//! A plan running on the CPU.

use crate::barrier::Barrier;
use crate::block::BlockState;
use crate::flight::Flight;
use crate::number::Number;
use crate::plastic::{Learning, Weights};
use crate::train::Train;
use crate::update::BlockSums;
use crate::worker::Run;
use crate::{slots, spikes};
use isospike_backend::plan::{Synapses, end_of_run};
use isospike_backend::{Error, ErrorKind, Plan, Result, Session, Slot, Spike};
use isospike_lane::Key;
use isospike_lane::isa::Isa;
use isospike_model::Stdp;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

/// A session with floats `F` and accumulators `A`.
pub(crate) struct CpuSession<F, A> {
    pub(crate) plan: Arc<Plan>,
    isa: Isa,
    pool: Option<Arc<rayon::ThreadPool>>,
    keys: Vec<Key>,
    pub(crate) step: u64,
    /// First step that is not drained yet.
    pub(crate) drained: u64,
    /// Step of the last look for NaN.
    pub(crate) checked: u64,
    pub(crate) blocks: Vec<BlockState<F, A>>,
    /// By piece.
    pub(crate) flights: Vec<Flight>,
    /// By table; none for static ones.
    pub(crate) weights: Vec<Option<Weights<F>>>,
    rules: Vec<Stdp<F>>,
    /// By population: given and pushed spikes of sources.
    pub(crate) trains: Vec<Train>,
    /// Bytes of everything but pushed spikes.
    allocated: u64,
}

/// Steps between two looks for NaN.
const CHECK_EVERY: u64 = 256;

impl<F: Number, A: BlockSums> CpuSession<F, A> {
    pub(crate) fn new(
        plan: Arc<Plan>,
        isa: Isa,
        pool: Option<Arc<rayon::ThreadPool>>,
    ) -> Result<Self> {
        let batch = plan.batch();
        let mut allocated = plan.allocated_bytes();
        let blocks = (0..plan.layout().blocks.len())
            .map(|b| BlockState::new(&plan, b, &mut allocated))
            .collect();
        let slots = |p: usize| (plan.populations[p].max_delay + plan.min_delay) as usize;
        let pieces = plan.layout().pieces.iter();
        let flights: Vec<_> = pieces
            .map(|p| {
                let most = plan.populations[p.population].multiplicity as usize;
                Flight::new(slots(p.population), p.padded * batch * most)
            })
            .collect();
        let weights: Vec<_> = plan
            .tables()
            .iter()
            .map(|t| matches!(t.synapses, Synapses::Plastic { .. }).then(|| Weights::new(t, batch)))
            .collect();
        let trains: Vec<_> =
            plan.populations.iter().map(|p| Train::new(&p.train, batch as u32)).collect();
        allocated += flights.iter().map(Flight::bytes).sum::<u64>()
            + weights.iter().flatten().map(Weights::bytes).sum::<u64>()
            + trains.iter().map(|t| t.bytes()[0]).sum::<u64>();
        let mut session = CpuSession {
            isa,
            pool,
            keys: plan.network.lane_seeds.iter().map(|&s| Key(s)).collect(),
            step: 0,
            drained: 0,
            checked: 0,
            blocks,
            flights,
            weights,
            rules: (0..plan.rules.len()).map(|rule| plan.stdp(rule)).collect(),
            trains,
            allocated,
            plan,
        };
        session.set_initial_state()?;
        Ok(session)
    }

    fn set_initial_state(&mut self) -> Result<()> {
        let (plan, batch) = (self.plan.clone(), self.plan.batch());
        for population in 0..plan.populations.len() {
            for lane in 0..batch {
                let Some(initial) = plan.initial_state(population, lane) else { continue };
                for piece in self.blocks.iter_mut().flat_map(|b| &mut b.pieces) {
                    let place = &plan.layout().pieces[piece.id];
                    if place.population == population {
                        initial.each(place.first..place.first + place.len, |i, values| {
                            let at = (i - place.first) * batch + lane;
                            for (slot, &x) in values.iter().enumerate() {
                                piece.state.set(slot, at, F::from_f64(x));
                            }
                        });
                    }
                }
            }
        }
        self.check_finite()
    }

    /// Brings all plastic weights up to date as of the next step.
    pub(crate) fn settle(&mut self) {
        let learning = Learning {
            plan: &self.plan,
            isa: self.isa,
            rules: &self.rules,
            weights: &self.weights,
        };
        self.blocks.iter_mut().for_each(|b| learning.settle(b, self.step));
    }

    /// Goes to another time, where nothing is recorded, under way, pushed or remembered of spikes.
    pub(crate) fn leave_for(&mut self, step: u64) {
        (self.step, self.drained, self.checked) = (step, step, step);
        self.trains.iter_mut().for_each(|t| t.set_pushed(&[]));
        // SAFETY: no run is going on.
        self.flights.iter().for_each(|f| unsafe { f.clear() });
        for block in &mut self.blocks {
            block.forget(step);
        }
    }

    /// Looks for NaN and infinities in state and weights.
    fn check_finite(&mut self) -> Result<()> {
        self.checked = self.step;
        let batch = self.plan.batch();
        for state in self.blocks.iter().flat_map(|b| &b.pieces) {
            let piece = &self.plan.layout().pieces[state.id];
            let population = &self.plan.populations[piece.population];
            let model = population.neurons.as_ref().expect("pieces are neurons").model;
            for (slot, info) in model.state().iter().enumerate() {
                if let Some(i) = state.state.first_wild(slot, piece.len * batch) {
                    return Err(Error::new(
                        ErrorKind::NotFinite,
                        format!(
                            "{}.{} of neuron {} became {}; every state must stay finite: check parameters and inputs, \
                             or use a smaller dt",
                            population.name,
                            info.name,
                            piece.first + i / batch,
                            state.state.at(slot, i)
                        ),
                    )
                    .with("lane", i % batch)
                    .with("seen before step", self.step));
                }
            }
        }
        self.check_weights()
    }

    /// Names a weight that is not finite, if one was ever computed.
    fn check_weights(&mut self) -> Result<()> {
        let broken = self.blocks.iter().flat_map(|b| &b.plastic).find(|t| t.broken);
        let Some(table) = broken.map(|t| t.table) else { return Ok(()) };
        let weights = self.weights[table].as_mut().expect("a plastic table has weights");
        let Some((i, w)) = weights.iter().enumerate().find(|(_, w)| !w.is_finite()) else {
            return Ok(());
        };
        let (t, batch) = (&self.plan.tables()[table], self.plan.batch());
        let source = t.row_start.partition_point(|&s| s <= (i / batch) as u64) - 1;
        let message = format!(
            "a plastic weight from neuron {source} of {} became {w}; weights must stay finite: \
             check the plasticity rule's lambda and alpha",
            self.plan.populations[t.source].name
        );
        Err(Error::new(ErrorKind::NotFinite, message)
            .with("lane", i % batch)
            .with("seen before step", self.step))
    }

    /// Runs to `end` or until a record is nearly full; returns the step reached.
    fn run_to(&mut self, end: u64) -> u64 {
        let threads = self.pool.as_ref().map_or(1, |p| p.current_num_threads());
        let share = self.blocks.len().div_ceil(threads).max(1);
        let shares: Vec<_> = self.blocks.chunks_mut(share).map(Mutex::new).collect();
        let run = Run {
            plan: &self.plan,
            isa: self.isa,
            keys: &self.keys,
            flights: &self.flights,
            learning: Learning {
                plan: &self.plan,
                isa: self.isa,
                rules: &self.rules,
                weights: &self.weights,
            },
            trains: &self.trains,
            start: self.step,
            drained: self.drained,
            end,
            stop: AtomicU64::new(u64::MAX),
            consolidate: [AtomicU64::new(0), AtomicU64::new(0)],
            barrier: Barrier::new(shares.len()),
        };
        let work = |i: usize| {
            let mine = shares.get(i)?;
            Some(run.work(&mut mine.lock().expect("one worker each")))
        };
        match &self.pool {
            Some(pool) if shares.len() > 1 => {
                pool.broadcast(|context| work(context.index()))[0].expect("the first has work")
            }
            _ => work(0).unwrap_or(end),
        }
    }
}

impl<F: Number, A: BlockSums> Session for CpuSession<F, A> {
    fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn run(&mut self, steps: u64) -> Result<u64> {
        if !self.blocks.iter().all(|b| b.has_room(&self.plan)) {
            return Ok(0);
        }
        let start = self.step;
        self.step = self.run_to(end_of_run(start, steps, self.drained));
        if self.step - self.checked >= CHECK_EVERY {
            self.check_finite()?;
        }
        Ok(self.step - start)
    }

    fn push_spikes(&mut self, spikes: &[Spike]) -> Result<()> {
        spikes::push(self, spikes)
    }

    fn drain_spikes(&mut self, out: &mut Vec<Spike>) -> Result<()> {
        self.check_finite()?;
        spikes::drain(self, out);
        Ok(())
    }

    fn stream(&mut self, slot: Slot, each: &mut dyn FnMut(&[u8])) -> Result<()> {
        slots::stream(self, slot, each)
    }

    fn write(&mut self, slot: Slot, bytes: &[u8]) -> Result<()> {
        slots::write(self, slot, bytes)
    }

    fn allocated_bytes(&self) -> u64 {
        self.allocated + self.trains.iter().map(|t| t.bytes()[1]).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use isospike_backend::PlanOptions;
    use isospike_net::{Network, Precision};

    /// A record says how many steps ago a spike was in 32 bits.
    #[test]
    fn a_run_ends_when_a_record_could_not_tell_steps_apart() {
        let network = Network::build("one").precision(Precision::F32).population(
            "n",
            1,
            "iaf_psc_delta",
            |p| p.param("t_ref", 0.0).param("I_e", 1e6),
        );
        let network = Arc::new(network.finish().unwrap_or_else(|e| panic!("{e}")));
        let plan = Plan::new(network, &PlanOptions::default()).expect("valid");
        let mut s = CpuSession::<f32, i32>::new(Arc::new(plan), Isa::Baseline, None).expect("new");
        // as after all steps but three, in which nobody fired and nobody asked
        let (last, mut spikes) = ((1 << 32) - 1, Vec::new());
        (s.step, s.checked) = (last - 2, last - 2);
        assert_eq!(s.run(10).expect("it runs"), 3);
        assert_eq!(s.run(10).expect("it runs"), 0, "nobody has drained it");
        s.drain_spikes(&mut spikes).expect("they are there");
        assert_eq!(s.run(10).expect("it runs"), 10);
        s.drain_spikes(&mut spikes).expect("they are there");
        let steps: Vec<_> = spikes.iter().map(|s| s.step).collect();
        assert!(steps.is_sorted() && steps.contains(&last) && steps.contains(&(last + 1)));
        assert_eq!(steps.last(), Some(&(last + 10)));
    }
}
