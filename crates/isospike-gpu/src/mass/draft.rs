//! A section of a plan as it will lie on a device: all that the host knows of it beforehand.

use super::look::Looking;
use super::numbers::Numbers;
use super::sheet::Sheet;
use super::text::{Steps, text};
use super::wires::{Edges, Rings};
use crate::driver::Driver;
use isospike_lane::Key;
use isospike_mass::{Plan, Real, Reduce, Section, Source};
use std::ops::Range;

/// What is written to a device, and how much room there must be beside it.
pub(super) struct Draft<F> {
    pub(super) nodes: usize,
    pub(super) lanes: Vec<usize>,
    pub(super) tiles: Range<usize>,
    pub(super) steps: Steps,
    pub(super) text: String,
    pub(super) numbers: Vec<F>,
    pub(super) at: Vec<u32>,
    /// Two words per lane.
    pub(super) keys: Vec<u32>,
    pub(super) edges: Edges<F>,
    pub(super) rings: Rings,
    /// `[variable][node][lane]`
    pub(super) state: Vec<F>,
    pub(super) looks: Vec<Looking>,
    pub(super) sheet: Option<Sheet<F>>,
}

impl<F: Real> Draft<F> {
    pub(super) fn new<D: Driver>(
        driver: &D,
        plan: &Plan<F>,
        section: Section<F>,
        looked: &[(Source, Reduce)],
    ) -> Self {
        let network = plan.network();
        let (nodes, of, recipe) = (network.nodes(), network.lane_count(), network.recipe());
        let mut numbers = Numbers::new(nodes, &section.lanes, of);
        let surface = network.on_surface();
        let steps = Steps::new(&recipe, &section, surface);
        let text = text::<F, D>(driver, &recipe, &section, steps, &mut numbers);
        let (numbers, at) = (numbers.all, numbers.at);
        let keys = section.lanes.iter().flat_map(|&lane| Key(network.seeds()[lane]).words());
        let lanes = &section.lanes;
        let places = || (0..nodes).flat_map(|node| lanes.iter().map(move |&lane| (node, lane)));
        let initial = recipe.initial.iter().flat_map(|values| {
            places().map(move |(node, lane)| F::from_f64(values.at(node, lane, of)))
        });
        let row = nodes * lanes.len();
        Draft {
            nodes,
            steps,
            text,
            numbers,
            at,
            keys: keys.collect(),
            edges: Edges::new(network.regions(), &section.wires),
            rings: Rings::new(network.regions(), &section.wires),
            sheet: surface.map(|surface| Sheet::new(surface, network.regions())),
            state: initial.collect(),
            looks: looked.iter().map(|look| Looking::new::<F>(*look, row)).collect(),
            tiles: section.tiles,
            lanes: section.lanes,
        }
    }

    pub(super) fn places(&self) -> usize {
        self.nodes * self.lanes.len()
    }

    /// Numbers of all rings.
    pub(super) fn ring(&self) -> usize {
        self.rings.slots as usize * self.steps.numbers * self.lanes.len()
    }

    /// How many nodes the connectome has.
    pub(super) fn regions(&self) -> usize {
        self.rings.heads.len()
    }

    /// Places of a row of regions.
    fn region_places(&self) -> usize {
        self.regions() * self.lanes.len()
    }

    /// Values that coupling sees.
    fn coupled(&self) -> usize {
        self.steps.coupled
    }

    /// What vertices show, on a sheet: one of two arrays.
    pub(super) fn shown(&self) -> usize {
        if self.steps.sheet { self.coupled() * self.places() } else { 0 }
    }

    /// Means of regions, on a sheet.
    pub(super) fn means(&self) -> usize {
        if self.steps.sheet { self.coupled() * self.region_places() } else { 0 }
    }

    /// What arrives at regions, on a sheet.
    pub(super) fn arrived(&self) -> usize {
        if self.steps.sheet { self.steps.numbers * self.region_places() } else { 0 }
    }

    /// Sums over delayed edges, where they are made a step before.
    pub(super) fn late(&self) -> usize {
        if self.steps.late { self.steps.numbers * self.region_places() } else { 0 }
    }

    /// What is sent within a step: by one stage, and by the next.
    pub(super) fn now(&self) -> usize {
        if self.steps.instant { 2 * self.steps.numbers * self.region_places() } else { 0 }
    }

    /// What one stage leaves to the next: its state, drifts, and what noise adds.
    pub(super) fn work(&self) -> usize {
        let rows = self.steps.variables * if self.steps.noisy { 3 } else { 2 };
        if self.steps.split { rows * self.places() } else { 0 }
    }

    /// Bytes on the device.
    pub(super) fn bytes(&self) -> u64 {
        let floats = self.numbers.len()
            + self.state.len()
            + self.ring()
            + self.late()
            + self.now()
            + self.work()
            + 2 * self.shown()
            + self.means()
            + self.arrived();
        let words = self.at.len() + self.keys.len() + self.lanes.len();
        let long = 2 + self.lanes.len();
        let looks: usize = self.looks.iter().map(Looking::numbers).sum();
        let all = (floats + looks) * size_of::<F>() + 4 * words + 8 * long;
        let connections = self.edges.bytes() + self.rings.bytes();
        (all + connections + self.sheet.as_ref().map_or(0, Sheet::bytes)) as u64
    }
}
