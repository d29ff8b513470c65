//! A section on a device.

use super::buffers::{Buffers, RUNS};
use super::draft::Draft;
use super::launches::{Binder, Common};
use super::look::{Look, Looking};
use crate::driver::Driver;
use crate::heap;
use isospike_backend::Result;
use isospike_mass::{Real, Watch};
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

/// All lanes of a speed, on a device.
pub(super) struct Site<F, D: Driver> {
    driver: Arc<D>,
    lanes: Vec<usize>,
    tiles: Range<usize>,
    places: usize,
    buffers: Buffers<D>,
    looks: Vec<Look<D>>,
    /// Of a step.
    launches: Vec<D::Launch>,
    /// After so many steps, what was seen must go to the host.
    portion: u64,
    done: u64,
    what: PhantomData<F>,
}

impl<F: Real, D: Driver> Site<F, D> {
    /// A section before its first step.
    pub(super) fn new(driver: Arc<D>, draft: Draft<F>) -> Result<Self> {
        let module = driver.build(&draft.text)?;
        let b = Buffers::<D>::new(&*driver, &draft)?;
        let (nodes, lanes, places) = (draft.nodes, draft.lanes.len(), draft.places());
        let binder = Binder { driver: &*driver, module: &*module, draft: &draft, buffers: &b };
        driver.enqueue(&mut binder.first()?, 1)?;
        let mut launches = binder.step()?;
        let shape = [nodes as u32, lanes as u32];
        let looks = draft.looks.iter().map(|&looking| Look::new::<F>(&*driver, looking));
        let looks: Vec<Look<D>> = looks.collect::<Result<_>>()?;
        for look in &looks {
            let (clock, stopped, state) = (&b.clock, &b.stopped, &b.state);
            let common = Common { module: &*module, shape, clock, stopped, state };
            launches.push(look.launch(&driver, &common)?);
        }
        Ok(Site {
            portion: draft.looks.iter().map(Looking::portion).min().unwrap_or(u64::MAX),
            lanes: draft.lanes,
            tiles: draft.tiles,
            places,
            looks,
            launches,
            done: 0,
            what: PhantomData,
            buffers: b,
            driver,
        })
    }

    /// Rows that an observation gives in the next so many steps.
    pub(super) fn rows(&self, observation: usize, steps: u64) -> u64 {
        self.looks[observation].rows(self.done..self.done + steps)
    }

    /// Goes on for so many steps; `watches` are those of all tiles.
    pub(super) fn run(&mut self, steps: u64, watches: &mut [Watch<F>]) -> Result<()> {
        /// Steps that wait in a queue: no more than a device takes some moments for.
        const QUEUED: u64 = 1024;
        let end = self.done + steps;
        while self.done < end {
            let n = (end - self.done).min(self.portion).min(QUEUED);
            self.driver.enqueue(&mut self.launches, n)?;
            self.driver.finish()?;
            let steps = self.done..self.done + n;
            for (k, look) in self.looks.iter().enumerate() {
                let own = &mut watches[self.tiles.clone()];
                look.take(&*self.driver, k, steps.clone(), self.lanes.len(), own)?;
            }
            self.done += n;
        }
        Ok(())
    }

    /// Which lanes it has.
    pub(super) fn lanes(&self) -> &[usize] {
        &self.lanes
    }

    /// A state variable, `[node][lane]`.
    pub(super) fn state(&self, variable: usize) -> Result<Vec<F>> {
        let first = (variable * self.places) as u64;
        let places = self.places as u64;
        let mut all: Vec<F> = heap::read(&*self.driver, Some(&self.buffers.state), first, places)?;
        for (lane, stopped) in self.stopped()?.into_iter().enumerate() {
            if stopped.is_some() {
                let own = all[lane..].iter_mut().step_by(self.lanes.len());
                own.for_each(|x| *x = F::from_f64(f64::NAN));
            }
        }
        Ok(all)
    }

    /// The step after which each lane was not finite.
    pub(super) fn stopped(&self) -> Result<Vec<Option<u64>>> {
        let lanes = self.lanes.len() as u64;
        let all: Vec<u64> = heap::read(&*self.driver, Some(&self.buffers.stopped), 0, lanes)?;
        Ok(all.into_iter().map(|step| (step != RUNS).then_some(step)).collect())
    }
}
