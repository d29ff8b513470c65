//! A tile before its first step.

use super::Tile;
use crate::noise::{NoiseOf, Words};
use crate::plan::Plan;
use crate::real::Real;
use crate::row::Column;
use crate::sheet::Folds;
use isospike_lane::isa::Isa;
use isospike_lane::{Key, Lines};

impl<F: Real> Tile<F> {
    /// One of a plan's, before the first step.
    pub fn new(plan: &Plan<F>, index: usize, isa: Isa) -> Self {
        let mut tile = Self::empty(plan, index, isa);
        tile.say();
        tile.rings.fill(&mut tile.ring, &tile.sent, tile.region_places, tile.lanes.len());
        tile.gather();
        std::mem::swap(&mut tile.late, &mut tile.next);
        tile
    }

    /// One whose lanes begin along a path, with all that was before: `at` is the value of a lane of
    /// the plan, so many steps before, of a variable and a node.
    pub(crate) fn on_path(
        plan: &Plan<F>,
        index: usize,
        isa: Isa,
        at: impl Fn(usize, u32, usize, usize) -> F,
    ) -> Self {
        let mut tile = Self::empty(plan, index, isa);
        let (lanes, nodes) = (tile.lanes.clone(), tile.network.nodes());
        let mut rings = tile.rings.before(tile.rings.longest());
        for back in (0..=tile.rings.longest()).rev() {
            for (k, row) in tile.x.chunks_exact_mut(tile.places).enumerate() {
                for (place, x) in row[..nodes * lanes.len()].iter_mut().enumerate() {
                    *x = at(lanes[place % lanes.len()], back, k, place / lanes.len());
                }
            }
            tile.say();
            if back > 0 {
                rings.keep(&mut tile.ring, &tile.sent, tile.region_places, lanes.len());
                rings.advance();
            }
        }
        // what was not finite when it was sent stops the lane, however long ago that was
        let stopped = tile.stopped.iter().enumerate().filter(|(_, at)| at.is_some());
        for lane in stopped.map(|(lane, _)| lane).collect::<Vec<_>>() {
            for row in tile.x.chunks_exact_mut(tile.places) {
                let own = row[lane..nodes * lanes.len()].iter_mut().step_by(lanes.len());
                own.for_each(|x| *x = F::from_f64(f64::NAN));
            }
        }
        tile.gather();
        std::mem::swap(&mut tile.late, &mut tile.next);
        // what is sent now takes the place of what was sent longest ago
        tile.rings.keep(&mut tile.ring, &tile.sent, tile.region_places, lanes.len());
        tile
    }

    /// In the initial state, of which nobody knows yet.
    fn empty(plan: &Plan<F>, index: usize, isa: Isa) -> Self {
        let (network, group) = (plan.network.clone(), &plan.groups[index]);
        let (lanes, nodes) = (group.lanes.clone(), network.nodes());
        let sizes = plan.sizes(group);
        let places = sizes.places;
        let own = (&lanes[..], network.lanes);
        let column = |values: &crate::Values| values.column(own, (nodes, places));
        let params = network.params.iter().map(column).collect();
        let (regions, region_places) = (network.regions(), sizes.region_places);
        let coupling = network.coupling_params.iter();
        let coupling = coupling.map(|values| values.column(own, (regions, region_places)));
        let coupling = coupling.collect();
        let of = |place: usize| group.wiring.weights[(place / lanes.len()).min(regions - 1)];
        let weights = Column::Each((0..region_places).map(of).collect());
        let coupled: Vec<_> =
            network.inputs.iter().enumerate().filter_map(|(k, s)| Some((k, (*s)?))).collect();
        let noise = network.recipe().noise.into_iter().map(|noise| NoiseOf {
            variable: noise.variable,
            deviation: column(&noise.deviation),
            gain: noise.gain.map(|(a, b)| (F::from_f64(a), F::from_f64(b))),
        });
        let noise: Vec<_> = noise.collect();
        let zeros = |n: usize| Lines::zeroed(n * places);
        let of_regions = |n: usize| Lines::zeroed(n * region_places);
        let folds = plan.sheet.clone().map(|sheet| Folds {
            sheet,
            own: zeros(sizes.folds),
            received: of_regions(sizes.folds),
        });
        let mut x = Lines::zeroed(sizes.variables * places);
        for (values, row) in network.initial.iter().zip(x.chunks_exact_mut(places)) {
            let column: Column<F> = column(values);
            row.iter_mut().enumerate().for_each(|(place, x)| *x = column.at(place));
        }
        let noisy: Vec<usize> = noise.iter().map(|noise| noise.variable).collect();
        Tile {
            isa,
            keys: lanes.iter().map(|&lane| Key(network.lane_seeds[lane])).collect(),
            places,
            params,
            coupling,
            rings: group.wiring.rings.clone(),
            ring: Lines::zeroed(sizes.ring),
            wiring: group.wiring.clone(),
            weights,
            words: Words::new(&noisy, nodes, lanes.len()),
            add: zeros(sizes.add),
            noise,
            step: 0,
            y: zeros(sizes.variables),
            new: zeros(sizes.new),
            drifts: vec![zeros(sizes.variables); network.integrator.drifts()],
            c: zeros(sizes.inputs),
            late: of_regions(sizes.sent),
            next: of_regions(sizes.sent),
            sums: of_regions(sizes.sent),
            sent: of_regions(sizes.sent),
            own: of_regions(sizes.coupled),
            folds,
            region_places,
            coupled,
            x,
            stopped: vec![None; lanes.len()],
            doomed: vec![false; lanes.len()],
            lanes,
            network,
        }
    }
}
