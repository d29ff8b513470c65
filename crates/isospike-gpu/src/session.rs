//! A plan running on a device.

use crate::driver::{Arg, Driver, Size};
use crate::layout::Layout;
use crate::memory::Memory;
use crate::number::{float_at, float_bytes, push_floats};
use crate::train::Train;
use crate::{slots, text};
use bytemuck::{bytes_of, bytes_of_mut};
use isospike_backend::plan::device::CLOCK_WORDS;
use isospike_backend::{Error, ErrorKind, Plan, Result, Session, Slot, Spike};
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
    /// What a step enqueues, and the look for NaN.
    step_launches: Vec<D::Launch>,
    check_launches: Vec<D::Launch>,
    pub(crate) step: u64,
    /// First step that is not drained yet.
    pub(crate) drained: u64,
    /// Step of the last look for NaN.
    pub(crate) checked: u64,
}

/// Compiled text: the kernels without a model, then one module per kind.
struct Kernels<D: Driver> {
    common: Arc<D::Module>,
    updates: Vec<Arc<D::Module>>,
}

/// Steps that are enqueued at once, and between two looks for NaN.
const CHUNK: u64 = 256;

/// The words of the clock, as in the kernels' `layout`.
mod clock {
    pub(super) const NEXT: usize = 0;
    pub(super) const DRAINED: usize = 2;
    pub(super) const HALTED: usize = 3;
    pub(super) const NOT_FINITE: usize = 4;
}

/// A heap as an argument.
fn b<B>(heap: &Option<B>) -> Arg<'_, B> {
    Arg::Buffer(heap.as_ref())
}

impl<D: Driver> GpuSession<D> {
    /// Allocates what the plan names, compiles its kernels and sets the initial state.
    ///
    /// # Errors
    /// `OutOfMemory` if the device has too little memory, `Device` if the driver fails.
    pub fn new(driver: Arc<D>, plan: Arc<Plan>) -> Result<Self> {
        let layout = Layout::new(&plan, &driver.shape().for_batch(plan.batch()));
        let sources = plan.populations.iter().enumerate().filter(|(_, p)| p.neurons.is_none());
        let trains: Vec<_> = sources.map(|(i, p)| Train::new(i, p, plan.batch())).collect();
        let memory = Memory::new(&*driver, &plan, &layout, &trains)?;
        let kinds = layout.kinds.iter();
        let kernels = Kernels {
            common: driver.build(&text::common(&*driver, &plan))?,
            updates: kinds
                .map(|(kind, _)| driver.build(&text::update(&*driver, &plan, kind)))
                .collect::<Result<_>>()?,
        };
        let mut session = GpuSession {
            plan,
            driver,
            layout,
            memory,
            trains,
            kernels,
            step_launches: Vec::new(),
            check_launches: Vec::new(),
            step: 0,
            drained: 0,
            checked: 0,
        };
        session.bind()?;
        session.set_initial_state()?;
        Ok(session)
    }

    /// Binds the kernels to the buffers as they are now.
    pub(crate) fn bind(&mut self) -> Result<()> {
        let (m, driver) = (&self.memory, &self.driver);
        let shape = driver.shape().for_batch(self.plan.batch());
        let n = |n: usize| Arg::Word(n as u32);
        let (pieces, pairs) = (n(self.layout.pieces.len()), n(self.layout.pairs.len()));
        let common = &self.kernels.common;
        let mut launches = Vec::new();
        let list = [
            b(&m.clock),
            b(&m.pieces),
            pieces,
            b(&m.pairs),
            pairs,
            b(&m.trains),
            b(&m.train_steps),
            b(&m.current_steps),
            b(&m.current_values),
            b(&m.base),
            b(&m.now),
            b(&m.counts),
            b(&m.recorded),
            b(&m.running),
            b(&m.places),
        ];
        let size = Size { groups: 1, items: shape.list_items };
        launches.push(driver.bind(common, "list", &list, size)?);
        if !self.layout.pairs.is_empty() {
            let deliver = [
                b(&m.clock),
                b(&m.pairs),
                n(self.layout.pairs.len()),
                b(&m.tables),
                b(&m.routes),
                b(&m.running),
                b(&m.places),
                b(&m.ring),
                b(&m.train_ids),
                b(&m.row_start),
                b(&m.index16),
                b(&m.index32),
                b(&m.targets),
                b(&m.packed),
                b(&m.weights8),
                b(&m.weights32),
                b(&m.weights64),
                b(&m.sums),
            ];
            let size = match shape.owned {
                true => Size { groups: self.plan.layout().blocks.len() as u32, items: 1 },
                false => shape.deliver,
            };
            launches.push(driver.bind(common, "deliver", &deliver, size)?);
        }
        for ((kind, mine), module) in self.layout.kinds.iter().zip(&self.kernels.updates) {
            let update = [
                b(&m.clock),
                b(&m.pieces),
                n(mine.start),
                n(mine.end),
                b(&m.keys),
                b(if kind.state.is_some() { &m.narrow } else { &m.state }),
                b(&m.sums),
                b(&m.each),
                b(&m.params),
                b(&m.drives),
                b(&m.poisson),
                b(&m.base),
                b(&m.now),
                b(&m.counts),
                b(&m.ring),
                b(&m.recorded),
                b(&m.record),
            ];
            let groups = self.layout.groups(mine, &shape);
            let size = Size { groups, items: shape.update_group() };
            launches.push(driver.bind(module, "update", &update, size)?);
        }
        let check =
            [b(&m.clock), b(&m.pieces), n(self.layout.pieces.len()), b(&m.state), b(&m.narrow)];
        let size = Size { groups: 64, items: shape.deliver.items };
        let check = driver.bind(common, "check", &check, size)?;
        (self.step_launches, self.check_launches) = (launches, vec![check]);
        Ok(())
    }

    fn set_initial_state(&mut self) -> Result<()> {
        let plan = self.plan.clone();
        let batch = plan.batch();
        for (population, p) in plan.populations.iter().enumerate() {
            let Some(neurons) = &p.neurons else { continue };
            let lanes: Vec<_> =
                (0..batch).map(|lane| plan.working_state(population, lane)).collect();
            for (slot, _) in neurons.model.state().iter().enumerate() {
                let mut bytes = Vec::new();
                let all = 0..p.size as usize * batch;
                let values = all.map(|i| lanes[i % batch][slot].at(i / batch));
                push_floats(&mut bytes, plan.precision(), values);
                slots::write_state(self, population, slot, &bytes)?;
            }
        }
        self.write_clock()
    }

    /// Copies the host's idea of the time to the device; clears its flags.
    pub(crate) fn write_clock(&mut self) -> Result<()> {
        let mut words = [0u64; CLOCK_WORDS];
        (words[clock::NEXT], words[clock::DRAINED]) = (self.step, self.drained);
        slots::write(&*self.driver, self.memory.clock.as_ref(), 0, bytes_of(&words))
    }

    fn read_clock(&self) -> Result<[u64; CLOCK_WORDS]> {
        let mut words = [0u64; CLOCK_WORDS];
        let bytes = bytes_of_mut(&mut words);
        slots::read(&*self.driver, self.memory.clock.as_ref(), 0, bytes)?;
        Ok(words)
    }

    /// Looks for NaN and infinities in the state.
    fn check_finite(&mut self) -> Result<()> {
        self.checked = self.step;
        self.driver.enqueue(&mut self.check_launches, 1)?;
        if self.read_clock()?[clock::NOT_FINITE] == 0 {
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
        let start = self.step;
        let mut halted = false;
        while self.step < start + steps && !halted {
            let n = (start + steps - self.step).min(CHUNK);
            self.driver.enqueue(&mut self.step_launches, n)?;
            let clock = self.read_clock()?;
            self.step = clock[clock::NEXT];
            halted = clock[clock::HALTED] != 0;
            if halted {
                self.write_clock()?;
            }
            if self.step - self.checked >= CHUNK {
                self.check_finite()?;
            }
        }
        Ok(self.step - start)
    }

    fn push_spikes(&mut self, spikes: &[Spike]) -> Result<()> {
        slots::push_spikes(self, spikes)
    }

    fn drain_spikes(&mut self, out: &mut Vec<Spike>) -> Result<()> {
        self.check_finite()?;
        slots::drain(self, out)
    }

    fn read(&mut self, slot: Slot) -> Result<Vec<u8>> {
        slots::read_slot(self, slot)
    }

    fn write(&mut self, slot: Slot, bytes: &[u8]) -> Result<()> {
        slots::write_slot(self, slot, bytes)
    }

    fn allocated_bytes(&self) -> u64 {
        self.memory.allocated
    }
}
