//! A plan running on a device.

use crate::clock::Clock;
use crate::driver::Driver;
use crate::launches::{Kernels, Launches};
use crate::layout::Layout;
use crate::memory::{Memory, TrainHeaps};
use crate::number::{float_at, float_bytes, push_floats, put_float};
use crate::train::Train;
use crate::{heap, plastic_slots, slots, spikes};
use isospike_backend::plan::device::STIMULUS_STEPS;
use isospike_backend::plan::{SourceSpike, end_of_run};
use isospike_backend::{Error, ErrorKind, Plan, Result, Session, Slot, Spike};
use isospike_lane::Key;
use std::sync::Arc;

/// A session on the device of a driver.
pub struct GpuSession<D: Driver> {
    pub(crate) plan: Arc<Plan>,
    pub(crate) driver: Arc<D>,
    pub(crate) layout: Layout,
    pub(crate) memory: Memory<D>,
    /// Given and pushed spikes of the sources.
    pub(crate) trains: Vec<Train>,
    kernels: Kernels<D>,
    launches: Launches<D>,
    pub(crate) step: u64,
    /// First step that is not drained yet.
    pub(crate) drained: u64,
    /// Step of the last look for NaN.
    checked: u64,
    /// Time as of which all plastic synapses were brought up to date last.
    settled: u64,
    /// A plastic weight became NaN or infinite.
    broken: bool,
}

/// Bytes of a spike in a train: step and flat id.
const TRAIN_BYTES: usize = 12;

/// Steps that are enqueued at once, and between two looks for NaN.
const CHUNK: u64 = 256;

impl<D: Driver> GpuSession<D> {
    /// Allocates what the plan names, compiles its kernels and sets the initial state.
    ///
    /// # Errors
    /// `OutOfMemory` if the device has too little memory, `Device` if the driver fails.
    pub fn new(driver: Arc<D>, plan: Arc<Plan>) -> Result<Self> {
        let layout = Layout::new(&plan, &driver.shape().for_batch(plan.batch()));
        let sources = plan.populations.iter().enumerate().filter(|(_, p)| p.neurons.is_none());
        let mut trains: Vec<_> = sources.map(|(i, p)| Train::new(i, p, plan.batch())).collect();
        let memory = Memory::new(&*driver, &plan, &layout, &trains)?;
        trains.iter_mut().for_each(Train::is_sent);
        let kernels = Kernels::build(&*driver, &plan, &layout)?;
        let launches = Launches::new(&*driver, &plan, &layout, &memory, &kernels)?;
        let mut session = GpuSession {
            plan,
            driver,
            layout,
            memory,
            trains,
            kernels,
            launches,
            step: 0,
            drained: 0,
            checked: 0,
            settled: 0,
            broken: false,
        };
        session.set_initial_state()?;
        Ok(session)
    }

    /// Puts other pushed spikes, ascending, in the place of the old ones of some trains. Nothing
    /// changes if there is no memory for them.
    pub(crate) fn set_pushed(&mut self, pushed: Vec<(usize, Vec<SourceSpike>)>) -> Result<()> {
        let change = |trains: &mut [Train], pushed: Vec<(usize, Vec<SourceSpike>)>| {
            let old = pushed.into_iter().map(|(i, pushed)| (i, trains[i].set_pushed(pushed)));
            old.collect::<Vec<_>>()
        };
        if pushed.is_empty() {
            return Ok(());
        }
        let old = change(&mut self.trains, pushed);
        let sent = self.send_trains();
        if sent.is_err() {
            change(&mut self.trains, old);
        }
        sent
    }

    /// Puts the spikes of the trains on the device: in their places, or, where there is too little
    /// room, in new heaps, which kernels are bound to before the old ones go.
    fn send_trains(&mut self) -> Result<()> {
        let driver = &*self.driver;
        if self.trains.iter().all(|t| t.room_needed() == t.room()) {
            self.memory.trains.send(driver, &self.trains)?;
            self.trains.iter_mut().for_each(Train::is_sent);
            return Ok(());
        }
        let heaps = TrainHeaps::larger(driver, &self.trains)?;
        self.trains.iter_mut().for_each(Train::send_again);
        heaps.send(driver, &self.trains)?;
        let old = std::mem::replace(&mut self.memory.trains, heaps);
        match Launches::new(driver, &self.plan, &self.layout, &self.memory, &self.kernels) {
            Ok(launches) => self.launches = launches,
            Err(e) => {
                self.memory.trains = old;
                return Err(e);
            }
        }
        self.trains.iter_mut().for_each(Train::has_moved);
        Ok(())
    }

    /// Piece by piece, so that the host never holds the state of all neurons.
    fn set_initial_state(&mut self) -> Result<()> {
        let plan = self.plan.clone();
        let (batch, float) = (plan.batch(), float_bytes(plan.precision()));
        for (population, p) in plan.populations.iter().enumerate() {
            let Some(neurons) = &p.neurons else { continue };
            let slots = neurons.model.state().len();
            let places: Vec<Vec<_>> = (0..slots)
                .map(|slot| slots::state_places(self, population, slot).collect())
                .collect();
            let pieces = slots::pieces_of(self, population).map(|p| p.first as usize);
            for (k, begin) in pieces.enumerate() {
                let values = places.first().map_or(0, |pieces| pieces[k].2);
                let mut bytes = vec![vec![0; values * float]; slots];
                for lane in 0..batch {
                    let initial = plan.initial_state(population, lane).expect("it has neurons");
                    initial.each(begin..begin + values / batch, |i, values| {
                        let at = ((i - begin) * batch + lane) * float;
                        for (bytes, &x) in bytes.iter_mut().zip(values) {
                            put_float(&mut bytes[at..], plan.precision(), x);
                        }
                    });
                }
                for (bytes, places) in bytes.iter().zip(&places) {
                    slots::write_piece(self, population, places[k].0, bytes)?;
                }
            }
        }
        self.write_clock()
    }

    /// Copies the host's idea of the time to the device; clears its flags.
    fn write_clock(&mut self) -> Result<()> {
        let (next, drained, settled) = (self.step, self.drained, self.settled);
        let clock = Clock { next, drained, settled, ..Clock::default() };
        heap::write(&*self.driver, self.memory.clock.as_ref(), 0, &[clock])
    }

    fn read_clock(&mut self) -> Result<Clock> {
        let mut clock = [Clock::default()];
        heap::read_to(&*self.driver, self.memory.clock.as_ref(), 0, &mut clock)?;
        let [clock] = clock;
        self.broken |= clock.broken != 0;
        Ok(clock)
    }

    /// Empties the record; what comes counts from `drained`.
    pub(crate) fn forget_record(&mut self) -> Result<()> {
        let none = vec![0u32; self.layout.pieces.len()];
        heap::write(&*self.driver, self.memory.recorded.as_ref(), 0, &none)?;
        self.write_clock()
    }

    /// Goes to another time, where nothing is recorded, under way, pushed or remembered of spikes.
    pub(crate) fn leave_for(&mut self, step: u64) -> Result<()> {
        (self.step, self.drained, self.checked, self.settled) = (step, step, step, step);
        let pushed = (0..self.trains.len()).filter(|&i| !self.trains[i].pushed(0).is_empty());
        let none = pushed.map(|i| (i, Vec::new())).collect();
        self.set_pushed(none)?;
        let (m, l) = (&self.memory, &self.layout.lengths);
        let clear = |heap: &Option<D::Buffer>, elements: u64, bytes: usize| {
            heap::clear(&*self.driver, heap.as_ref(), elements * bytes as u64)
        };
        let float = float_bytes(self.plan.precision());
        clear(&m.counts, l.counts, 4)?;
        clear(&m.past, l.past, float)?;
        clear(&m.pending, l.learning.pending, self.plan.accumulator.bytes())?;
        clear(&m.pre_time, l.learning.pre, 8)?;
        clear(&m.pre_trace, l.learning.pre, float)?;
        clear(&m.post_count, l.learning.post_counts, 4)?;
        self.forget_record()
    }

    /// Brings all plastic weights up to date as of the next step, and forgets the spikes that no
    /// synapse will ask for again.
    pub(crate) fn settle(&mut self) -> Result<()> {
        if self.settled == self.step || self.plan.rules.is_empty() {
            return Ok(());
        }
        self.driver.enqueue(&mut self.launches.settle, 1)?;
        self.read_clock()?;
        self.settled = self.step;
        self.write_clock()
    }

    /// Steps that can be enqueued at once.
    fn portion(&self) -> u64 {
        if self.layout.row > 0 { STIMULUS_STEPS as u64 } else { CHUNK }
    }

    /// Puts the values of all stimuli in the next steps on the device: a row a step, written at
    /// once, or in two where they go around the end of the ring.
    fn send_stimuli(&mut self, steps: u64) -> Result<()> {
        if self.layout.row == 0 {
            return Ok(());
        }
        let keys: Vec<_> = self.plan.network.lane_seeds.iter().map(|&seed| Key(seed)).collect();
        let row = self.layout.row as usize * float_bytes(self.plan.precision());
        let ring = STIMULUS_STEPS as u64;
        let (first, end) = (self.step, self.step + steps);
        let around = end.min((first / ring + 1) * ring);
        for steps in [first..around, around..end] {
            let mut bytes = Vec::with_capacity((steps.end - steps.start) as usize * row);
            steps.clone().for_each(|step| self.push_stimuli(step, &keys, &mut bytes));
            let place = steps.start % ring * row as u64;
            heap::write(&*self.driver, self.memory.values.as_ref(), place, &bytes)?;
        }
        Ok(())
    }

    /// Appends the values of all stimuli in a step.
    fn push_stimuli(&self, step: u64, keys: &[Key], bytes: &mut Vec<u8>) {
        let precision = self.plan.precision();
        let neurons = self.plan.populations.iter().flat_map(|p| &p.neurons);
        for stimulus in neurons.flat_map(|n| &n.current.stimuli) {
            match stimulus.frame_len() {
                0 => {
                    let lanes = keys.iter().enumerate();
                    let lanes = lanes.map(|(l, &key)| stimulus.at(step, l, key).of(0));
                    push_floats(bytes, precision, lanes);
                }
                neurons => {
                    let now = stimulus.at(step, 0, keys[0]);
                    push_floats(bytes, precision, (0..neurons).map(|n| now.of(n)));
                }
            }
        }
    }

    /// Looks for NaN and infinities in the state.
    fn check_finite(&mut self) -> Result<()> {
        self.checked = self.step;
        self.driver.enqueue(&mut self.launches.check, 1)?;
        let finite = self.read_clock()?.not_finite == 0;
        if finite && !self.broken {
            return Ok(());
        }
        self.write_clock()?;
        let (plan, batch) = (self.plan.clone(), self.plan.batch());
        let float = float_bytes(plan.precision());
        let pieces = plan.layout().pieces.iter();
        for piece in pieces {
            let population = &plan.populations[piece.population];
            let model = population.neurons.as_ref().expect("pieces are neurons").model;
            for (slot, info) in model.state().iter().enumerate() {
                let bytes = slots::read_state(self, piece.population, slot)?;
                let mine = &bytes[piece.first * batch * float..][..piece.len * batch * float];
                let mut values = mine.chunks_exact(float).map(|b| float_at(b, plan.precision()));
                if let Some(i) = values.position(|x| !x.is_finite()) {
                    let value = float_at(&mine[i * float..][..float], plan.precision());
                    return Err(Error::new(
                        ErrorKind::NotFinite,
                        format!(
                            "{}.{} of neuron {} became {value}; every state must stay finite: \
                             check parameters and inputs, or use a smaller dt",
                            population.name,
                            info.name,
                            piece.first + i / batch,
                        ),
                    )
                    .with("lane", i % batch)
                    .with("seen before step", self.step));
                }
            }
        }
        plastic_slots::check_weights(self)?;
        self.broken = false;
        Ok(())
    }
}

impl<D: Driver> Drop for GpuSession<D> {
    /// Buffers must not go while kernels use them.
    fn drop(&mut self) {
        // An error here was an error before, or comes again with the next use of the device.
        let _ = self.driver.finish();
    }
}

impl<D: Driver> Session for GpuSession<D> {
    fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn run(&mut self, steps: u64) -> Result<u64> {
        let (start, end) = (self.step, end_of_run(self.step, steps, self.drained));
        let mut halted = false;
        while self.step < end && !halted {
            let n = (end - self.step).min(self.portion());
            self.send_stimuli(n)?;
            self.driver.enqueue(&mut self.launches.step, n)?;
            let clock = self.read_clock()?;
            self.step = clock.next;
            let full = clock.full != 0;
            halted = clock.halted != 0 && !full;
            if full {
                self.settle()?;
            } else if halted {
                self.write_clock()?;
            }
            if self.step - self.checked >= CHUNK {
                self.check_finite()?;
            }
        }
        Ok(self.step - start)
    }

    fn push_spikes(&mut self, spikes: &[Spike]) -> Result<()> {
        spikes::push(self, spikes)
    }

    fn drain_spikes(&mut self, out: &mut Vec<Spike>) -> Result<()> {
        self.check_finite()?;
        spikes::drain(self, out)
    }

    fn stream(&mut self, slot: Slot, each: &mut dyn FnMut(&[u8])) -> Result<()> {
        slots::stream(self, slot, each)
    }

    fn write(&mut self, slot: Slot, bytes: &[u8]) -> Result<()> {
        slots::write(self, slot, bytes)
    }

    fn allocated_bytes(&self) -> u64 {
        let pushed: usize = self.trains.iter().map(Train::room_for_pushed).sum();
        self.memory.allocated + (pushed * TRAIN_BYTES) as u64
    }
}
