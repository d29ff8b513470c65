//! What is seen of a section on a device, on its way to the host.

use super::launches::{Common, launch};
use crate::driver::{Arg, Driver};
use crate::heap;
use isospike_backend::Result;
use isospike_mass::{Real, Reduce, Source, Watch};
use std::ops::Range;

/// Bytes of rows that wait for the host.
const PORTION: usize = 16 << 20;

/// An observation before there is anything of it on a device.
#[derive(Clone, Copy)]
pub(super) struct Looking {
    source: Source,
    reduce: Reduce,
    /// Numbers of a row.
    row: usize,
    /// Rows that there is room for.
    room: usize,
}

impl Looking {
    pub(super) fn new<F>((source, reduce): (Source, Reduce), row: usize) -> Self {
        let room = (PORTION / (row * size_of::<F>())).clamp(1, 1 << 12);
        Looking { source, reduce, row, room }
    }

    fn sums(&self) -> usize {
        if self.reduce.mean { self.row } else { 0 }
    }

    /// Numbers that it takes on the device.
    pub(super) fn numbers(&self) -> usize {
        FACTORS + self.sums() + self.room * self.row
    }

    /// After so many steps, rows must have been taken.
    pub(super) fn portion(&self) -> u64 {
        self.reduce.steps.saturating_mul(self.room as u64)
    }
}

/// What the mean is taken with, and what is seen of lanes that are stopped.
const FACTORS: usize = 2;

/// One of a section's observations.
pub(super) struct Look<D: Driver> {
    looking: Looking,
    factors: D::Buffer,
    sums: Option<D::Buffer>,
    rows: D::Buffer,
}

impl<D: Driver> Look<D> {
    pub(super) fn new<F: Real>(driver: &D, looking: Looking) -> Result<Self> {
        let room = |n: usize| driver.allocate(n * size_of::<F>());
        let factors = room(FACTORS)?;
        let each = 1.0 / looking.reduce.steps as f64;
        heap::write(driver, Some(&factors), 0, &[F::from_f64(each), F::from_f64(f64::NAN)])?;
        let sums = match looking.sums() {
            0 => None,
            n => Some(room(n)?),
        };
        Ok(Look { looking, factors, sums, rows: room(looking.room * looking.row)? })
    }

    /// The launch that looks after a step.
    pub(super) fn launch(&self, driver: &D, common: &Common<'_, D>) -> Result<D::Launch> {
        let Looking { source, reduce, row, room } = self.looking;
        let minus = source.minus.map_or(u32::MAX, |minus| minus as u32);
        // fewer than 2^32: `start`
        let every = reduce.steps as u32;
        let words = [source.variable as u32, minus, every, u32::from(reduce.mean), room as u32];
        let buffers = [Some(&self.factors), Some(common.clock), Some(common.stopped)];
        let rest = [Some(common.state), self.sums.as_ref(), Some(&self.rows)];
        let args = common.shape.into_iter().chain(words).map(Arg::Word);
        let args = args.chain(buffers.into_iter().chain(rest).map(Arg::Buffer));
        launch(driver, common.module, "mass_look", row, &args.collect::<Vec<_>>())
    }

    /// Rows that are made between two steps.
    pub(super) fn rows(&self, steps: Range<u64>) -> u64 {
        let every = self.looking.reduce.steps;
        steps.end / every - steps.start / every
    }

    /// Gives rows that were made between two steps to those who watch tiles.
    pub(super) fn take<F: Real>(
        &self,
        driver: &D,
        observation: usize,
        steps: Range<u64>,
        lanes: usize,
        watches: &mut [Watch<F>],
    ) -> Result<()> {
        let Looking { reduce, row, room, .. } = self.looking;
        let (begin, end) = (steps.start / reduce.steps, steps.end / reduce.steps);
        let room = room as u64;
        let mut at = begin;
        while at < end {
            let first = at % room;
            let n = (end - at).min(room - first);
            let place = first * row as u64;
            let all: Vec<F> = heap::read(driver, Some(&self.rows), place, n * row as u64)?;
            for all in all.chunks_exact(row) {
                let mut first = 0;
                for watch in watches.iter_mut() {
                    watch.see(observation, all, first, lanes);
                    first += watch.lanes().len();
                }
            }
            at += n;
        }
        Ok(())
    }
}
