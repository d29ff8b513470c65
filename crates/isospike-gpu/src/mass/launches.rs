//! What is launched over a section: before the first step, and in each.

use super::buffers::Buffers;
use super::draft::Draft;
use crate::driver::{Arg, Driver, Size};
use isospike_backend::Result;
use isospike_mass::Real;

/// Items of a group.
const ITEMS: u32 = 64;

/// What launches over a section share.
pub(super) struct Common<'a, D: Driver> {
    pub(super) module: &'a D::Module,
    /// Nodes and lanes.
    pub(super) shape: [u32; 2],
    pub(super) clock: &'a D::Buffer,
    pub(super) stopped: &'a D::Buffer,
    pub(super) state: &'a D::Buffer,
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

/// Binds kernels to a section's buffers.
pub(super) struct Binder<'a, F, D: Driver> {
    pub(super) driver: &'a D,
    pub(super) module: &'a D::Module,
    pub(super) draft: &'a Draft<F>,
    pub(super) buffers: &'a Buffers<D>,
}

impl<F: Real, D: Driver> Binder<'_, F, D> {
    fn bind(
        &self,
        kernel: &str,
        items: usize,
        words: &[usize],
        buffers: &[Option<&D::Buffer>],
    ) -> Result<D::Launch> {
        let words = words.iter().map(|&word| Arg::Word(word as u32));
        let args: Vec<_> = words.chain(buffers.iter().map(|b| Arg::Buffer(*b))).collect();
        launch(self.driver, self.module, kernel, items, &args)
    }

    /// Nodes, regions, lanes.
    fn counts(&self) -> [usize; 3] {
        [self.draft.nodes, self.draft.regions(), self.draft.lanes.len()]
    }

    /// Connections, what is kept of what was sent, and the sums that are made of it.
    fn connections(&self) -> [Option<&D::Buffer>; 7] {
        let b = self.buffers;
        let (wires, weights) = (b.wires.as_ref(), b.weights.as_ref());
        let (rings, heads) = (Some(&b.rings), Some(&b.heads));
        [Some(&b.counts), wires, weights, rings, heads, b.ring.as_ref(), b.late.as_ref()]
    }

    /// Before the first step.
    pub(super) fn first(&self) -> Result<Vec<D::Launch>> {
        let (b, [nodes, regions, lanes]) = (self.buffers, self.counts());
        let (state, doomed) = (Some(&b.state), Some(&b.doomed));
        let mut all = match &b.sheet {
            None => {
                let (rings, ring) = (Some(&b.rings), b.ring.as_ref());
                let buffers = [Some(&b.numbers), Some(&b.at), rings, ring, state, doomed];
                vec![self.bind("mass_begin", nodes * lanes, &[nodes, lanes], &buffers)?]
            }
            Some(sheet) => {
                let buffers = [state, doomed, sheet.shown[0].as_ref()];
                let begin = self.bind("sheet_begin", nodes * lanes, &[nodes, lanes], &buffers)?;
                vec![begin, self.send(0)?]
            }
        };
        all.push(self.tick()?);
        if b.late.is_some() {
            let words = [regions, lanes];
            all.push(self.bind("mass_sums", regions * lanes, &words, &self.connections())?);
        }
        Ok(all)
    }

    /// In every step.
    pub(super) fn step(&self) -> Result<Vec<D::Launch>> {
        let stages = self.draft.steps.stages;
        let parts = match self.draft.steps.split {
            true => (0..stages).map(|stage| [stage, stage + 1]).collect(),
            false => vec![[0, stages]],
        };
        let mut all = Vec::new();
        for [first, end] in parts {
            if self.buffers.sheet.is_some() {
                all.push(self.arrive(first)?);
            }
            all.push(self.stages(first, end)?);
            if self.buffers.sheet.is_some() {
                all.push(self.send(end)?);
            }
        }
        all.push(self.tick()?);
        Ok(all)
    }

    /// Stages of a step.
    fn stages(&self, first: usize, end: usize) -> Result<D::Launch> {
        let (b, [nodes, regions, lanes]) = (self.buffers, self.counts());
        let mut words = vec![first, end, nodes, lanes];
        let mut buffers = vec![
            Some(&b.numbers),
            Some(&b.at),
            Some(&b.keys),
            Some(&b.state),
            b.work.as_ref(),
            Some(&b.clock),
            Some(&b.stopped),
            Some(&b.doomed),
        ];
        match &b.sheet {
            None => {
                buffers.extend(self.connections());
                buffers.push(b.now.as_ref());
            }
            Some(sheet) => {
                words.push(regions);
                buffers.extend([Some(&sheet.region), Some(&sheet.counts)]);
                buffers.extend([&sheet.wires, &sheet.weights].map(Option::as_ref));
                buffers.extend([&sheet.arrived, &sheet.means].map(Option::as_ref));
                buffers.extend(sheet.shown.each_ref().map(Option::as_ref));
            }
        }
        self.bind("mass_step", nodes * lanes, &words, &buffers)
    }

    /// What regions send, after the stages up to `end`.
    fn send(&self, end: usize) -> Result<D::Launch> {
        let (b, [nodes, regions, lanes]) = (self.buffers, self.counts());
        let sheet = b.sheet.as_ref().expect("only a sheet has regions");
        let [shown, other] = sheet.shown.each_ref().map(Option::as_ref);
        let buffers = [
            Some(&b.numbers),
            Some(&b.at),
            Some(&sheet.begins),
            Some(&sheet.members),
            Some(&sheet.shares),
            Some(&b.rings),
            Some(&b.heads),
            shown,
            other,
            Some(&b.clock),
            Some(&b.stopped),
            Some(&b.doomed),
            sheet.means.as_ref(),
            b.ring.as_ref(),
            b.now.as_ref(),
        ];
        self.bind("sheet_send", regions * lanes, &[end, nodes, regions, lanes], &buffers)
    }

    /// What arrives at regions for a stage.
    fn arrive(&self, stage: usize) -> Result<D::Launch> {
        let (b, [_, regions, lanes]) = (self.buffers, self.counts());
        let sheet = b.sheet.as_ref().expect("only a sheet has regions");
        let mut buffers = self.connections().to_vec();
        buffers.extend([b.now.as_ref(), sheet.arrived.as_ref()]);
        self.bind("sheet_arrive", regions * lanes, &[stage, regions, lanes], &buffers)
    }

    /// The end of a step.
    fn tick(&self) -> Result<D::Launch> {
        let (b, [_, regions, lanes]) = (self.buffers, self.counts());
        let (clock, stopped) = (Some(&b.clock), Some(&b.stopped));
        let buffers = [Some(&b.rings), Some(&b.heads), clock, stopped, Some(&b.doomed)];
        self.bind("mass_tick", regions.max(lanes), &[regions, lanes], &buffers)
    }
}
