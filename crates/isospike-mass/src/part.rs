//! A tile with all that is observed of it, and the whole put together from tiles.

use crate::MassError;
use crate::observe::{Columns, Observation, Observed, Pipe, split};
use crate::plan::Plan;
use crate::real::Real;
use crate::row::CHUNK;
use crate::tile::Tile;
use isospike_lane::isa::Isa;
use isospike_lane::{Float, Lines};

/// What is observed of the lanes of a tile.
pub struct Watch<F: Float> {
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

    /// Makes room for what is kept whole while so many more numbers of each observation come:
    /// before they do, and of all tiles.
    ///
    /// # Errors
    /// If there is no memory for it.
    ///
    /// # Panics
    /// If watches of some tiles are missing.
    pub fn expect<'a>(
        watches: impl IntoIterator<Item = &'a mut Self>,
        numbers: impl Fn(usize) -> u64,
    ) -> Result<(), MassError>
    where
        F: 'a,
    {
        let mut all: Vec<_> = watches.into_iter().collect();
        let lanes = all.iter().map(|watch| watch.lanes.len()).sum();
        let mut arrays = Vec::new();
        for k in 0..all.first().map_or(0, |watch| watch.pipes.len()) {
            let rows = all[0].pipes[k].keeps(numbers(k));
            if rows > 0 {
                arrays.push((k, split(rows, lanes, all.iter().map(|watch| &watch.lanes[..]))?));
            }
        }
        for (k, parts) in arrays {
            for (watch, part) in all.iter_mut().zip(parts) {
                watch.pipes[k].give(part);
            }
        }
        Ok(())
    }

    /// Bytes that its stages and sinks have taken, samples that are kept whole among them.
    pub fn bytes(&self) -> usize {
        self.pipes.iter().map(Pipe::bytes).sum()
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
pub struct Part<F: Float> {
    tile: Tile<F>,
    watch: Watch<F>,
    /// Steps it is to go.
    due: u64,
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
            .map(|(index, watch)| Part { tile: Tile::new(plan, index, isa), watch, due: 0 })
            .collect())
    }

    /// Has all parts of a plan go on for so many steps, when they [run](Part::run).
    ///
    /// # Errors
    /// If there is no memory for what is kept of them.
    ///
    /// # Panics
    /// If they have not gone what was announced before, or are not all parts of a plan.
    pub fn announce(parts: &mut [Self], steps: u64) -> Result<(), MassError> {
        assert!(parts.iter().all(|part| part.due == 0), "steps were announced and not gone");
        Watch::expect(parts.iter_mut().map(Part::watch_mut), |_| steps)?;
        parts.iter_mut().for_each(|part| part.due = steps);
        Ok(())
    }

    /// Goes all steps that were announced.
    pub fn run(&mut self) {
        let (watch, steps) = (&mut self.watch, std::mem::take(&mut self.due));
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
        all.resize_with(watch.pipes.len(), || Observed {
            shape: Vec::new(),
            data: Lines::default(),
        });
        for (pipe, whole) in watch.pipes.iter().zip(&mut all) {
            put(whole, plan.network().lanes, &watch.lanes, pipe.collected());
        }
    }
    all
}

/// Puts what was observed of some lanes beside what was of others.
fn put<F: Real>(whole: &mut Observed<F>, lanes: usize, own: &[usize], part: Observed<F>) {
    let numbers = part.shape.iter().product::<usize>() * lanes;
    if whole.data.len() != numbers {
        whole.data = Lines::zeroed(numbers);
    }
    whole.shape = part.shape;
    spread(&mut whole.data, lanes, own, &part.data);
}

/// The samples of an observation of all lanes since the last time, which are forgotten.
///
/// # Errors
/// If there is no such observation, or it does not collect samples.
///
/// # Panics
/// If watches of some tiles are missing.
pub fn take<'a, F: Real>(
    plan: &Plan<F>,
    watches: impl IntoIterator<Item = &'a mut Watch<F>>,
    observation: usize,
) -> Result<Observed<F>, MassError> {
    let mut channels = 1;
    let mut arrays: Vec<Vec<Columns<F>>> = Vec::new();
    for Watch { pipes, .. } in watches {
        let n = pipes.len();
        let Some(pipe) = pipes.get_mut(observation) else {
            let allowed = format!("below {n}");
            return Err(MassError::value("observation", observation as f64, allowed));
        };
        let (rows, parts) = pipe.take()?;
        channels = rows;
        arrays.resize_with(parts.len(), Vec::new);
        arrays.iter_mut().zip(parts).for_each(|(array, part)| array.push(part));
    }
    let mut arrays: Vec<Lines<F>> = arrays.into_iter().map(Columns::whole).collect();
    let data = match &mut arrays[..] {
        [one] => std::mem::take(one),
        all => {
            let mut data = Lines::zeroed(all.iter().map(|array| array.len()).sum());
            let mut at = 0;
            for array in all.iter_mut().map(std::mem::take) {
                data[at..][..array.len()].copy_from_slice(&array);
                at += array.len();
            }
            data
        }
    };
    let samples = data.len() / channels / plan.network().lanes;
    Ok(Observed { shape: vec![samples, channels], data })
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
    let first = own[0];
    let beside = own.windows(2).all(|pair| pair[1] == pair[0] + 1);
    for (to, from) in whole.chunks_exact_mut(lanes).zip(data.chunks_exact(own.len())) {
        if beside {
            to[first..][..own.len()].copy_from_slice(from);
            continue;
        }
        for (&lane, &x) in own.iter().zip(from) {
            to[lane] = x;
        }
    }
}
