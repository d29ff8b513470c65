//! A surface as tiles walk it: means of regions, and what their vertices make of what arrives.

use crate::connectome::{Edge, Late};
use crate::gather::{Gather, Sent};
use crate::surface::Surface;
use crate::wiring::Wires;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::{Float, Lines};
use std::sync::Arc;

/// Regions and local coupling, once for all tiles.
#[derive(Clone, Debug)]
pub(crate) struct Sheet<F> {
    regions: Vec<u32>,
    /// 1 over the number of vertices, by region.
    shares: Vec<F>,
    local: Wires<F>,
}

impl<F: Float> Sheet<F> {
    pub(crate) fn new(surface: &Surface, regions: usize) -> Self {
        let mut sizes = vec![0u32; regions];
        surface.regions.iter().for_each(|&region| sizes[region as usize] += 1);
        let edge = |&(to, from, weight): &(u32, u32, f64)| {
            (Edge { to, from, weight, late: Late::Steps(0) }, 0)
        };
        let edges: Vec<_> = surface.local.iter().map(edge).collect();
        Sheet {
            regions: surface.regions.clone(),
            shares: sizes.into_iter().map(|n| F::from_f64(1.0 / f64::from(n))).collect(),
            local: Wires::new(surface.vertices(), &edges),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.regions[..]) + size_of_val(&self.shares[..]) + self.local.bytes()
    }
}

/// A surface in a tile.
#[derive(Clone, Debug)]
pub(crate) struct Folds<F> {
    pub(crate) sheet: Arc<Sheet<F>>,
    /// Own values of vertices, and what regions receive: rows of either.
    pub(crate) own: Lines<F>,
    pub(crate) received: Lines<F>,
}

impl<F: Float> Folds<F> {
    /// The mean over vertices of each region, of one row of own values.
    pub(crate) fn mean(&self, isa: Isa, row: usize, places: usize, lanes: usize, mean: &mut [F]) {
        let own = &self.own[row * places..][..places];
        dispatch(isa, Mean { sheet: &self.sheet, own, mean, lanes });
    }

    /// What vertices receive: what their regions do, and their neighbours' own values.
    pub(crate) fn spread(
        &self,
        isa: Isa,
        row: usize,
        (places, region_places): (usize, usize),
        lanes: usize,
        c: &mut [F],
    ) {
        let received = &self.received[row * region_places..][..region_places];
        dispatch(isa, Spread { sheet: &self.sheet, received, c, lanes });
        let from = Sent::Now(&self.own[row * places..][..places]);
        let nodes = self.sheet.regions.len();
        let wires = &self.sheet.local;
        if !wires.is_empty() {
            dispatch(isa, Gather { wires, from, sums: c, nodes, places, lanes });
        }
    }
}

struct Mean<'a, F> {
    sheet: &'a Sheet<F>,
    own: &'a [F],
    mean: &'a mut [F],
    lanes: usize,
}

impl<F: Float> Kernel for Mean<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let Mean { sheet, own, mean, lanes } = self;
        mean.fill(F::default());
        for (own, &region) in own.chunks_exact(lanes).zip(&sheet.regions) {
            let sums = &mut mean[region as usize * lanes..][..lanes];
            sums.iter_mut().zip(own).for_each(|(sum, x)| *sum = *sum + *x);
        }
        for (mean, share) in mean.chunks_exact_mut(lanes).zip(&sheet.shares) {
            mean.iter_mut().for_each(|x| *x = *x * *share);
        }
    }
}

struct Spread<'a, F> {
    sheet: &'a Sheet<F>,
    received: &'a [F],
    c: &'a mut [F],
    lanes: usize,
}

impl<F: Float> Kernel for Spread<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let Spread { sheet, received, c, lanes } = self;
        for (c, &region) in c.chunks_exact_mut(lanes).zip(&sheet.regions) {
            c.copy_from_slice(&received[region as usize * lanes..][..lanes]);
        }
    }
}
