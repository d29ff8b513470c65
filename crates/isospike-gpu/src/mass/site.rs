//! A section on a device.

use super::draft::Draft;
use super::look::{Look, Looking};
use crate::driver::{Arg, Driver, Size};
use crate::heap;
use bytemuck::Pod;
use isospike_backend::Result;
use isospike_mass::{Real, Watch};
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

/// Items of a group.
const ITEMS: u32 = 64;

/// What stands for no step: the lane runs.
const RUNS: u64 = u64::MAX;

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

/// What launches over a section share.
pub(super) struct Common<'a, D: Driver> {
    pub(super) module: &'a D::Module,
    /// Nodes and lanes.
    pub(super) shape: [u32; 2],
    pub(super) clock: &'a D::Buffer,
    pub(super) stopped: &'a D::Buffer,
    pub(super) state: &'a D::Buffer,
}

/// Everything on the device, as the kernels' arguments are called.
struct Buffers<D: Driver> {
    numbers: D::Buffer,
    at: D::Buffer,
    keys: D::Buffer,
    counts: D::Buffer,
    wires: Option<D::Buffer>,
    weights: Option<D::Buffer>,
    rings: D::Buffer,
    heads: D::Buffer,
    ring: Option<D::Buffer>,
    late: Option<D::Buffer>,
    now: Option<D::Buffer>,
    state: D::Buffer,
    work: Option<D::Buffer>,
    clock: D::Buffer,
    stopped: D::Buffer,
    doomed: D::Buffer,
}

impl<D: Driver> Buffers<D> {
    fn new<F: Real>(driver: &D, draft: &Draft<F>) -> Result<Self> {
        let zeros = |n: usize| match n {
            0 => Ok(None),
            n => driver.allocate(n * size_of::<F>()).map(Some),
        };
        let w = &draft.wires;
        let lanes = draft.lanes.len();
        Ok(Buffers {
            numbers: sent(driver, &draft.numbers)?,
            at: sent(driver, &draft.at)?,
            keys: sent(driver, &draft.keys)?,
            counts: sent(driver, &w.counts)?,
            wires: if w.wires.is_empty() { None } else { Some(sent(driver, &w.wires)?) },
            weights: if w.weights.is_empty() { None } else { Some(sent(driver, &w.weights)?) },
            rings: sent(driver, &w.rings)?,
            heads: sent(driver, &w.heads)?,
            ring: zeros(draft.ring())?,
            late: zeros(draft.late())?,
            now: zeros(draft.now())?,
            state: sent(driver, &draft.state)?,
            work: zeros(draft.work())?,
            clock: sent(driver, &[0u64; 2])?,
            stopped: sent(driver, &vec![RUNS; lanes])?,
            doomed: sent(driver, &vec![0u32; lanes])?,
        })
    }
}

/// Numbers, at least one, on the device.
fn sent<D: Driver, T: Pod>(driver: &D, all: &[T]) -> Result<D::Buffer> {
    let buffer = driver.allocate(size_of_val(all))?;
    heap::write(driver, Some(&buffer), 0, all)?;
    Ok(buffer)
}

/// A launch over so many items.
pub(super) fn launch<D: Driver>(
    driver: &D,
    module: &D::Module,
    kernel: &str,
    items: usize,
    args: &[Arg<'_, D::Buffer>],
) -> Result<D::Launch> {
    let groups = items.div_ceil(ITEMS as usize) as u32;
    driver.bind(module, kernel, args, Size { groups, items: ITEMS })
}

impl<F: Real, D: Driver> Site<F, D> {
    /// A section before its first step.
    pub(super) fn new(driver: Arc<D>, draft: Draft<F>) -> Result<Self> {
        let module = driver.build(&draft.text)?;
        let b = Buffers::<D>::new(&*driver, &draft)?;
        let (nodes, lanes, places) = (draft.nodes, draft.lanes.len(), draft.places());
        let shape = [nodes as u32, lanes as u32];
        let bind = |kernel: &str, items: usize, words: &[u32], of: &[Option<&D::Buffer>]| {
            let words = words.iter().chain(&shape).map(|&word| Arg::Word(word));
            let args: Vec<_> = words.chain(of.iter().map(|b| Arg::Buffer(*b))).collect();
            launch(&*driver, &module, kernel, items, &args)
        };
        let (numbers, at, rings) = (Some(&b.numbers), Some(&b.at), Some(&b.rings));
        let (counts, heads, ring) = (Some(&b.counts), Some(&b.heads), b.ring.as_ref());
        let (wires, weights, late) = (b.wires.as_ref(), b.weights.as_ref(), b.late.as_ref());
        let (state, clock, stopped) = (Some(&b.state), Some(&b.clock), Some(&b.stopped));
        let doomed = Some(&b.doomed);
        let tick =
            || bind("mass_tick", nodes.max(lanes), &[], &[rings, heads, clock, stopped, doomed]);
        let begin = [numbers, at, rings, ring, state, doomed];
        let mut first = vec![bind("mass_begin", places, &[], &begin)?, tick()?];
        if late.is_some() {
            let sums = [counts, wires, weights, rings, heads, ring, late];
            first.push(bind("mass_sums", places, &[], &sums)?);
        }
        driver.enqueue(&mut first, 1)?;
        let of_step = [
            numbers,
            at,
            Some(&b.keys),
            counts,
            wires,
            weights,
            rings,
            heads,
            ring,
            late,
            b.now.as_ref(),
            state,
            b.work.as_ref(),
            clock,
            stopped,
            doomed,
        ];
        let stages = draft.steps.stages as u32;
        let parts = match draft.steps.split {
            true => (0..stages).map(|stage| [stage, stage + 1]).collect(),
            false => vec![[0, stages]],
        };
        let mut launches = Vec::new();
        for part in parts {
            launches.push(bind("mass_step", places, &part, &of_step)?);
        }
        launches.push(tick()?);
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

    /// Goes on for so many steps; `watches` are those of all tiles.
    pub(super) fn run(&mut self, steps: u64, watches: &mut [Watch<F>]) -> Result<()> {
        let end = self.done + steps;
        while self.done < end {
            let n = (end - self.done).min(self.portion);
            self.driver.enqueue(&mut self.launches, n)?;
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
