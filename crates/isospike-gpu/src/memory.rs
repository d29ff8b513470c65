//! A session's device memory: allocated here, counted here, filled from the plan.

use crate::driver::Driver;
use crate::heap;
use crate::layout::{Layout, Lengths};
use crate::number::{float_bytes, push_floats};
use crate::train::Train;
use bytemuck::Pod;
use isospike_backend::plan::{Index, Synapses, device as sizes};
use isospike_backend::{Plan, Result};
use std::iter::repeat_n;

/// All heaps. `None` is a heap with nothing in it.
pub(crate) struct Memory<D: Driver> {
    pub(crate) clock: Option<D::Buffer>,
    pub(crate) keys: Option<D::Buffer>,
    pub(crate) pieces: Option<D::Buffer>,
    pub(crate) tables: Option<D::Buffer>,
    pub(crate) routes: Option<D::Buffer>,
    pub(crate) pairs: Option<D::Buffer>,
    pub(crate) running: Option<D::Buffer>,
    pub(crate) places: Option<D::Buffer>,
    pub(crate) trains: TrainHeaps<D>,
    pub(crate) current_steps: Option<D::Buffer>,
    pub(crate) current_values: Option<D::Buffer>,
    pub(crate) base: Option<D::Buffer>,
    pub(crate) now: Option<D::Buffer>,
    pub(crate) each: Option<D::Buffer>,
    pub(crate) params: Option<D::Buffer>,
    pub(crate) drives: Option<D::Buffer>,
    pub(crate) poisson: Option<D::Buffer>,
    pub(crate) filters: Option<D::Buffer>,
    pub(crate) kernels: Option<D::Buffer>,
    pub(crate) past: Option<D::Buffer>,
    pub(crate) stimuli: Option<D::Buffer>,
    pub(crate) values: Option<D::Buffer>,
    pub(crate) row_start: Option<D::Buffer>,
    pub(crate) index16: Option<D::Buffer>,
    pub(crate) index32: Option<D::Buffer>,
    pub(crate) targets: Option<D::Buffer>,
    pub(crate) packed: Option<D::Buffer>,
    pub(crate) weights8: Option<D::Buffer>,
    pub(crate) weights32: Option<D::Buffer>,
    pub(crate) weights64: Option<D::Buffer>,
    pub(crate) weights_plastic: Option<D::Buffer>,
    pub(crate) state: Option<D::Buffer>,
    pub(crate) narrow: Option<D::Buffer>,
    pub(crate) sums: Option<D::Buffer>,
    pub(crate) counts: Option<D::Buffer>,
    pub(crate) ring: Option<D::Buffer>,
    pub(crate) recorded: Option<D::Buffer>,
    pub(crate) record: Option<D::Buffer>,
    pub(crate) teachers: Option<D::Buffer>,
    pub(crate) learners: Option<D::Buffer>,
    pub(crate) histories: Option<D::Buffer>,
    pub(crate) pending: Option<D::Buffer>,
    pub(crate) pre_time: Option<D::Buffer>,
    pub(crate) pre_trace: Option<D::Buffer>,
    pub(crate) post_time: Option<D::Buffer>,
    pub(crate) post_trace: Option<D::Buffer>,
    pub(crate) post_count: Option<D::Buffer>,
    /// Bytes of all heaps as of the start.
    pub(crate) allocated: u64,
}

/// The heaps of spike trains, which move when more is pushed than there is room for.
pub(crate) struct TrainHeaps<D: Driver> {
    pub(crate) heads: Option<D::Buffer>,
    pub(crate) steps: Option<D::Buffer>,
    pub(crate) ids: Option<D::Buffer>,
}

/// Allocates and counts.
struct Allocator<'a, D> {
    driver: &'a D,
    allocated: u64,
}

impl<D: Driver> Allocator<'_, D> {
    fn zeroed<T>(&mut self, n: u64) -> Result<Option<D::Buffer>> {
        let bytes = n * size_of::<T>() as u64;
        self.allocated += bytes;
        (bytes > 0).then(|| self.driver.allocate(bytes as usize)).transpose()
    }

    fn filled<T: Pod>(&mut self, values: &[T]) -> Result<Option<D::Buffer>> {
        let buffer = self.zeroed::<T>(values.len() as u64)?;
        heap::write(self.driver, buffer.as_ref(), 0, values)?;
        Ok(buffer)
    }
}

impl<D: Driver> Memory<D> {
    pub(crate) fn new(driver: &D, plan: &Plan, layout: &Layout, trains: &[Train]) -> Result<Self> {
        let mut a = Allocator { driver, allocated: 0 };
        let l = layout.lengths;
        let float = float_bytes(plan.precision()) as u64;
        let (pieces, pairs) = (layout.pieces.len() as u64, layout.pairs.len() as u64);
        let p = l.learning;
        let sum = plan.accumulator.bytes() as u64;
        let memory = Memory {
            clock: a.zeroed::<u64>(sizes::CLOCK_WORDS as u64)?,
            keys: a.filled(&plan.network.lane_seeds)?,
            pieces: a.filled(&layout.pieces)?,
            tables: a.filled(&layout.tables)?,
            routes: a.filled(&layout.routes)?,
            pairs: a.filled(&layout.pairs)?,
            running: a.zeroed::<u32>(pairs + 1)?,
            places: a.zeroed::<u64>(pairs)?,
            trains: TrainHeaps::allocate(&mut a, trains)?,
            current_steps: a.filled(&layout.current_steps)?,
            current_values: a.filled(&layout.current_values)?,
            base: a.zeroed::<u8>(pieces * float)?,
            now: a.zeroed::<u32>(pieces)?,
            each: a.filled(&layout.each)?,
            params: a.filled(&layout.params)?,
            drives: a.filled(&layout.drives)?,
            poisson: a.filled(&layout.poisson)?,
            filters: a.filled(&layout.filters)?,
            kernels: a.filled(&layout.kernels)?,
            past: a.zeroed::<u8>(l.past * float)?,
            stimuli: a.filled(&layout.stimuli)?,
            values: a.zeroed::<u8>(sizes::STIMULUS_STEPS as u64 * layout.row * float)?,
            row_start: a.zeroed::<u64>(l.row_start)?,
            index16: a.zeroed::<u16>(l.index16)?,
            index32: a.zeroed::<u32>(l.index32)?,
            targets: a.zeroed::<u16>(l.targets)?,
            packed: a.zeroed::<u32>(l.packed)?,
            weights8: a.zeroed::<u8>(l.weights8)?,
            weights32: a.zeroed::<i32>(l.weights32)?,
            weights64: a.zeroed::<i64>(l.weights64)?,
            weights_plastic: a.zeroed::<u8>(p.weights * float)?,
            state: a.zeroed::<u8>(l.state * float)?,
            narrow: a.zeroed::<u16>(l.narrow)?,
            sums: a.zeroed::<u8>(l.sums * sum)?,
            counts: a.zeroed::<u32>(l.counts)?,
            ring: a.zeroed::<u32>(l.ring)?,
            recorded: a.zeroed::<u32>(pieces)?,
            record: a.zeroed::<u64>(l.record)?,
            teachers: a.filled(&layout.teachers)?,
            learners: a.filled(&layout.learners)?,
            histories: a.filled(&layout.histories)?,
            pending: a.zeroed::<u8>(p.pending * sum)?,
            pre_time: a.zeroed::<u64>(p.pre)?,
            pre_trace: a.zeroed::<u8>(p.pre * float)?,
            post_time: a.zeroed::<u64>(p.post)?,
            post_trace: a.zeroed::<u8>(p.post * float)?,
            post_count: a.zeroed::<u32>(p.post_counts)?,
            allocated: a.allocated,
        };
        memory.trains.send(driver, trains)?;
        memory.copy_tables(driver, plan)?;
        Ok(memory)
    }

    /// Copies the synapses, table after table.
    fn copy_tables(&self, driver: &D, plan: &Plan) -> Result<()> {
        fn append<D: Driver, T: Pod>(
            driver: &D,
            heap: Option<&D::Buffer>,
            at: &mut u64,
            values: &[T],
        ) -> Result<()> {
            heap::write(driver, heap, *at, values)?;
            *at += values.len() as u64;
            Ok(())
        }
        let mut l = Lengths::default();
        let (batch, float) = (plan.batch(), float_bytes(plan.precision()));
        for t in plan.tables() {
            append(driver, self.row_start.as_ref(), &mut l.row_start, &t.row_start)?;
            match &t.index {
                Index::U16(v) => append(driver, self.index16.as_ref(), &mut l.index16, v),
                Index::U32(v) => append(driver, self.index32.as_ref(), &mut l.index32, v),
            }?;
            match &t.synapses {
                Synapses::U16 { packed, .. }
                | Synapses::I16 { packed, .. }
                | Synapses::Half { packed, .. } => {
                    append(driver, self.packed.as_ref(), &mut l.packed, packed)?;
                }
                Synapses::Constant { targets, .. } => {
                    append(driver, self.targets.as_ref(), &mut l.targets, targets)?;
                }
                Synapses::U8 { targets, weights, .. } => {
                    append(driver, self.targets.as_ref(), &mut l.targets, targets)?;
                    append(driver, self.weights8.as_ref(), &mut l.weights8, weights)?;
                }
                Synapses::I8 { targets, weights, .. } => {
                    append(driver, self.targets.as_ref(), &mut l.targets, targets)?;
                    append(driver, self.weights8.as_ref(), &mut l.weights8, weights)?;
                }
                Synapses::Plastic { targets, initial, half, .. } => {
                    append(driver, self.targets.as_ref(), &mut l.targets, targets)?;
                    let at = |i: usize| match half {
                        Some(format) => format.round(initial.at(i) as f32).into(),
                        None => initial.at(i),
                    };
                    let lanes = (0..targets.len()).flat_map(|i| repeat_n(at(i), batch));
                    let mut bytes = Vec::with_capacity(targets.len() * batch * float);
                    push_floats(&mut bytes, plan.precision(), lanes);
                    let heap = self.weights_plastic.as_ref();
                    append(driver, heap, &mut l.learning.weights, &bytes)?;
                }
                Synapses::I32 { targets, weights, .. } => {
                    append(driver, self.targets.as_ref(), &mut l.targets, targets)?;
                    append(driver, self.weights32.as_ref(), &mut l.weights32, weights)?;
                }
                Synapses::I64 { targets, weights } => {
                    append(driver, self.targets.as_ref(), &mut l.targets, targets)?;
                    append(driver, self.weights64.as_ref(), &mut l.weights64, weights)?;
                }
            }
        }
        Ok(())
    }
}

impl<D: Driver> TrainHeaps<D> {
    /// Heaps with as much room as the trains need, and nothing in them.
    fn allocate(a: &mut Allocator<'_, D>, trains: &[Train]) -> Result<Self> {
        let room = trains.iter().map(|t| t.room_needed() as u64).sum();
        Ok(TrainHeaps {
            heads: a.zeroed::<[u64; 2]>(trains.len() as u64)?,
            steps: a.zeroed::<u64>(room)?,
            ids: a.zeroed::<u32>(room)?,
        })
    }

    /// As [`TrainHeaps::allocate`], beside the heaps that there are.
    pub(crate) fn larger(driver: &D, trains: &[Train]) -> Result<Self> {
        TrainHeaps::allocate(&mut Allocator { driver, allocated: 0 }, trains)
    }

    /// Writes what the device does not have yet, in places of as much room as each train needs:
    /// first and length of each last.
    pub(crate) fn send(&self, driver: &D, trains: &[Train]) -> Result<()> {
        let (mut heads, mut first) = (Vec::new(), 0);
        for t in trains {
            let (sent, steps, ids) = t.unsent();
            heap::write(driver, self.steps.as_ref(), first + sent as u64, steps)?;
            heap::write(driver, self.ids.as_ref(), first + sent as u64, ids)?;
            heads.push([first, t.len() as u64]);
            first += t.room_needed() as u64;
        }
        heap::write(driver, self.heads.as_ref(), 0, &heads)
    }
}
