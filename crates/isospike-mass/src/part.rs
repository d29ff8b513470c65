//! A tile with all that is observed of it, and the whole put together from tiles.

use crate::MassError;
use crate::observe::{Observation, Observed, Pipe};
use crate::plan::Plan;
use crate::real::Real;
use crate::row::CHUNK;
use crate::tile::Tile;
use isospike_lane::isa::Isa;

/// What is observed of the lanes of a tile.
pub struct Watch<F> {
    lanes: Vec<usize>,
    pipes: Vec<Pipe<F>>,
    /// Numbers of these lanes among others.
    own: Vec<F>,
}

impl<F: Real> Watch<F> {
    /// Of every tile of a plan.
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
        let watch = |index: usize| {
            let lanes = plan.lanes(index).to_vec();
            let pipe = |o: &Observation| Pipe::new(o, isa, network.nodes(), lanes.len());
            Watch { pipes: observations.iter().map(pipe).collect(), lanes, own: Vec::new() }
        };
        Ok((0..plan.tiles()).map(watch).collect())
    }

    /// Its lanes.
    pub fn lanes(&self) -> &[usize] {
        &self.lanes
    }

    /// So many steps will be looked at.
    fn expect(&mut self, steps: u64) {
        self.pipes.iter_mut().for_each(|pipe| pipe.expect(steps));
    }

    /// Looks at a state, `[variable][place]`.
    fn push(&mut self, state: &[F]) {
        self.pipes.iter_mut().for_each(|pipe| pipe.push(state));
    }

    /// Takes what a device saw for an observation: `[node][lane]`, of which its own lanes are those
    /// from `first` on, of so many.
    pub fn see(&mut self, observation: usize, row: &[F], first: usize, lanes: usize) {
        let own = self.lanes.len();
        let rows = row.chunks_exact(lanes);
        self.own.clear();
        rows.for_each(|row| self.own.extend_from_slice(&row[first..][..own]));
        self.own.resize(self.own.len().next_multiple_of(CHUNK), F::default());
        self.pipes[observation].pass(&self.own);
    }
}

/// A tile that is observed.
pub struct Part<F> {
    tile: Tile<F>,
    watch: Watch<F>,
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
        let watches = Watch::all(plan, observations, isa)?.into_iter().enumerate();
        Ok(watches
            .map(|(index, watch)| Part { tile: Tile::new(plan, index, isa), watch })
            .collect())
    }

    /// Goes on for so many steps.
    pub fn run(&mut self, steps: u64) {
        let watch = &mut self.watch;
        watch.expect(steps);
        self.tile.run(steps, |tile| watch.push(tile.all()));
    }

    /// The tile.
    pub fn tile(&self) -> &Tile<F> {
        &self.tile
    }

    /// What is observed of it.
    pub fn watch(&self) -> &Watch<F> {
        &self.watch
    }

    /// The same, to take samples from.
    pub fn watch_mut(&mut self) -> &mut Watch<F> {
        &mut self.watch
    }
}

/// What was observed of all lanes, from all tiles of a plan.
pub fn assemble<'a, F: Real>(
    plan: &Plan<F>,
    watches: impl IntoIterator<Item = &'a Watch<F>>,
) -> Vec<Observed<F>> {
    let mut all: Vec<Observed<F>> = Vec::new();
    for watch in watches {
        all.resize_with(watch.pipes.len(), || Observed { shape: Vec::new(), data: Vec::new() });
        for (pipe, whole) in watch.pipes.iter().zip(&mut all) {
            put(whole, plan.network().lanes, &watch.lanes, pipe.collected());
        }
    }
    all
}

/// Puts what was observed of some lanes beside what was of others.
fn put<F: Real>(whole: &mut Observed<F>, lanes: usize, own: &[usize], part: Observed<F>) {
    let rows: usize = part.shape.iter().product();
    whole.data.resize(rows * lanes, F::default());
    whole.shape = part.shape;
    spread(&mut whole.data, lanes, own, &part.data);
}

/// The samples of an observation of all lanes since the last time, which are forgotten.
///
/// # Errors
/// If there is no such observation, or it does not collect samples.
pub fn take<'a, F: Real>(
    plan: &Plan<F>,
    watches: impl IntoIterator<Item = &'a mut Watch<F>>,
    observation: usize,
) -> Result<Observed<F>, MassError> {
    let mut whole = Observed { shape: Vec::new(), data: Vec::new() };
    for Watch { lanes, pipes, .. } in watches {
        let n = pipes.len();
        let Some(pipe) = pipes.get_mut(observation) else {
            let allowed = format!("below {n}");
            return Err(MassError::value("observation", observation as f64, allowed));
        };
        put(&mut whole, plan.network().lanes, lanes, pipe.take()?);
    }
    Ok(whole)
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

/// Puts rows of some lanes where they belong among all.
pub fn spread<F: Copy>(whole: &mut [F], lanes: usize, own: &[usize], data: &[F]) {
    for (to, from) in whole.chunks_exact_mut(lanes).zip(data.chunks_exact(own.len())) {
        for (&lane, &x) in own.iter().zip(from) {
            to[lane] = x;
        }
    }
}
