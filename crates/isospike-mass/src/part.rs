//! A tile with all that is observed of it, and the whole put together from tiles.

use crate::MassError;
use crate::observe::{Observation, Observed, Pipe};
use crate::plan::Plan;
use crate::real::Real;
use crate::tile::Tile;
use isospike_lane::isa::Isa;

/// A tile that is observed.
pub struct Part<F> {
    tile: Tile<F>,
    pipes: Vec<Pipe<F>>,
}

impl<F: Real> Part<F> {
    /// Every tile of a plan.
    ///
    /// # Errors
    /// If an observation cannot be made.
    pub fn all(
        plan: &Plan<F>,
        observations: &[Observation],
        isa: Isa,
    ) -> Result<Vec<Self>, MassError> {
        let network = plan.network();
        observations.iter().try_for_each(|o| o.check(network))?;
        let part = |index: usize| {
            let tile = Tile::new(plan, index, isa);
            let lanes = tile.lanes().len();
            let pipe = |o: &Observation| Pipe::new(o, isa, network.nodes(), lanes);
            Part { pipes: observations.iter().map(pipe).collect(), tile }
        };
        Ok((0..plan.tiles()).map(part).collect())
    }

    /// Goes on for so many steps.
    pub fn run(&mut self, steps: u64) {
        let pipes = &mut self.pipes;
        pipes.iter_mut().for_each(|pipe| pipe.expect(steps));
        self.tile.run(steps, |tile| pipes.iter_mut().for_each(|pipe| pipe.push(tile.all())));
    }

    /// The tile.
    pub fn tile(&self) -> &Tile<F> {
        &self.tile
    }
}

/// What was observed of all lanes, from all parts of a plan.
pub fn assemble<F: Real>(plan: &Plan<F>, parts: &[Part<F>]) -> Vec<Observed<F>> {
    let observations = parts.first().map_or(0, |part| part.pipes.len());
    let all = |k: usize| {
        let parts = parts.iter().map(|part| (part.tile.lanes(), part.pipes[k].collected()));
        let mut whole = Observed { shape: Vec::new(), data: Vec::new() };
        for (lanes, own) in parts {
            let Observed { shape, data } = own;
            let rows: usize = shape.iter().product();
            whole.data.resize(rows * plan.network().lanes, F::default());
            whole.shape = shape;
            spread(&mut whole.data, plan.network().lanes, lanes, &data);
        }
        whole
    };
    (0..observations).map(all).collect()
}

/// A state variable of all lanes, `[node][lane]`.
pub fn assemble_state<F: Real>(plan: &Plan<F>, parts: &[Part<F>], variable: usize) -> Vec<F> {
    let network = plan.network();
    let mut whole = vec![F::default(); network.nodes() * network.lanes];
    for part in parts {
        let tile = &part.tile;
        spread(&mut whole, network.lanes, tile.lanes(), tile.state(variable));
    }
    whole
}

/// Puts rows of some lanes where they belong.
fn spread<F: Copy>(whole: &mut [F], lanes: usize, own: &[usize], data: &[F]) {
    for (to, from) in whole.chunks_exact_mut(lanes).zip(data.chunks_exact(own.len())) {
        for (&lane, &x) in own.iter().zip(from) {
            to[lane] = x;
        }
    }
}
