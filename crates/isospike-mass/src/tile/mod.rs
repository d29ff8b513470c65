//! Some lanes of a network, through time.

mod begin;

use crate::coupling::ReceiveRow;
use crate::gather::{Gather, Sent};
use crate::integrator::{Along, Bound, Integrator, Relax, SWEEPS, Simpson, SimpsonNoisy};
use crate::network::{CouplingStage, Network, Source};
use crate::noise::{self, NoiseOf, Words};
use crate::pointwise::{self, Less, Read};
use crate::real::Real;
use crate::row::{CHUNK, Column, DriftRow, Then};
use crate::scan::{Single, Wild};
use crate::sheet::Folds;
use crate::wiring::{Rings, Wiring};
use isospike_lane::isa::{Isa, dispatch};
use isospike_lane::{Key, Lines};
use std::sync::Arc;

/// Some lanes of a network. Everything is laid out `[variable][place]`, place = node x lanes +
/// lane, filled up to whole chunks; places beyond the last node mean nothing.
///
/// A lane in which a number is not finite after a step, or was not when nodes sent it, is stopped:
/// all its variables are NaN from then on.
#[derive(Clone, Debug)]
pub struct Tile<F> {
    network: Arc<Network>,
    isa: Isa,
    lanes: Vec<usize>,
    keys: Vec<Key>,
    places: usize,
    /// Places of a row of regions: of the nodes of the connectome.
    region_places: usize,
    /// What a surface adds.
    folds: Option<Folds<F>>,
    params: Vec<Column<F>>,
    coupling: Vec<Column<F>>,
    wiring: Arc<Wiring<F>>,
    rings: Rings,
    ring: Lines<F>,
    weights: Column<F>,
    /// Inputs that come from somewhere: which, and from what.
    coupled: Vec<(usize, Source)>,
    noise: Vec<NoiseOf<F>>,
    words: Words,
    /// What a step adds to each variable.
    add: Lines<F>,
    step: u64,
    x: Lines<F>,
    /// The state of a later stage, and then the next state.
    y: Lines<F>,
    /// Room for Heun's next state.
    new: Lines<F>,
    /// Of the stages that are looked back to.
    drifts: Vec<Lines<F>>,
    c: Lines<F>,
    /// Sums over delayed edges for this step, and for the next one.
    late: Lines<F>,
    next: Lines<F>,
    /// Sums over all edges.
    sums: Lines<F>,
    /// What nodes send in the state that is looked at, and the values it is made of.
    sent: Lines<F>,
    own: Lines<F>,
    stopped: Vec<Option<u64>>,
    /// Lanes that are stopped at the end of the step.
    doomed: Vec<bool>,
}

impl<F: Real> Tile<F> {
    /// Goes on for so many steps; `after` looks at the tile after each.
    pub fn run(&mut self, steps: u64, mut after: impl FnMut(&Tile<F>)) {
        for _ in 0..steps {
            self.advance();
            after(self);
        }
    }

    /// Its lanes.
    pub fn lanes(&self) -> &[usize] {
        &self.lanes
    }

    /// Steps it has gone.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// A state variable, `[node][lane]`.
    pub fn state(&self, variable: usize) -> &[F] {
        &self.x[variable * self.places..][..self.network.nodes() * self.lanes.len()]
    }

    /// All variables, `[variable][place]`.
    pub(crate) fn all(&self) -> &[F] {
        &self.x
    }

    /// The step after which each lane was not finite.
    pub fn stopped(&self) -> &[Option<u64>] {
        &self.stopped
    }

    /// Bytes it has taken: state and what it is made of, and rings.
    pub fn bytes(&self) -> (usize, usize) {
        let rows = [&self.x, &self.y, &self.new, &self.c, &self.late, &self.next, &self.sums];
        let rows = rows.into_iter().chain([&self.sent, &self.own, &self.add]).chain(&self.drifts);
        let folds = self.folds.iter().flat_map(|folds| [&folds.own, &folds.received]);
        let rows: usize = rows.chain(folds).map(|row| row.len()).sum();
        let columns = self.params.iter().chain(&self.coupling).chain([&self.weights]);
        let columns: usize = columns
            .chain(self.noise.iter().map(|noise| &noise.deviation))
            .map(|column| match column {
                Column::Uniform(all) => all.len(),
                Column::Each(all) => all.len(),
            })
            .sum();
        let floats = rows + columns;
        (floats * size_of::<F>() + self.words.bytes(), size_of_val(&self.ring[..]))
    }

    fn advance(&mut self) {
        self.draw();
        self.couple(false);
        let dt = self.network.dt;
        match self.network.integrator {
            Integrator::Euler => self.along(),
            Integrator::Heun => {
                self.along();
                if self.again() {
                    self.rings.advance();
                    self.gather();
                    self.couple(true);
                }
                self.mean();
            }
            Integrator::Trapezoidal => {
                self.along();
                if self.again() {
                    self.rings.advance();
                    self.gather();
                }
                for _ in 0..SWEEPS {
                    if self.again() {
                        self.couple(true);
                    }
                    self.mean();
                    // what was y is left in `new`
                    let last = [self.new[..].into()];
                    pointwise::run(self.isa, Relax, last, [&mut self.y]);
                }
            }
            Integrator::RungeKutta4 => {
                self.drift(0);
                for (stage, part) in [(1, 0.5 * dt), (2, 0.5 * dt), (3, dt)] {
                    self.stage(stage - 1, part);
                    if self.again() {
                        self.couple(true);
                    }
                    self.drift(stage);
                }
                self.simpson();
            }
        }
        std::mem::swap(&mut self.x, &mut self.y);
        self.step += 1;
        self.stop();
        if !(self.again() && self.network.integrator.looks_ahead()) {
            self.rings.advance();
            self.gather();
        }
        std::mem::swap(&mut self.late, &mut self.next);
        self.say();
        if !self.rings.is_empty() {
            self.rings.keep(&mut self.ring, &self.sent, self.region_places, self.lanes.len());
        }
    }

    /// What nodes send in the state; lanes that would send what is not finite are stopped.
    fn say(&mut self) {
        self.look(false);
        self.send();
        if self.doom() {
            self.stop();
            self.look(false);
            self.send();
        }
    }

    /// Whether later stages look at others again.
    fn again(&self) -> bool {
        self.network.stage == CouplingStage::Reevaluate
    }

    /// What this step adds.
    fn draw(&mut self) {
        self.words.draw(self.isa, &self.keys, self.step);
        for noise in &self.noise {
            let at = noise.variable * self.places..(noise.variable + 1) * self.places;
            let (x, add) = (&self.x[at.clone()], &mut self.add[at]);
            noise::add(self.isa, noise, &self.words, self.network.nodes(), x, add);
        }
    }

    /// The values that are sent, of the state or of that of a later stage.
    fn look(&mut self, later: bool) {
        let (n, state) = (self.places, if later { &self.y } else { &self.x });
        let own = match &mut self.folds {
            Some(folds) => &mut folds.own,
            None => &mut self.own,
        };
        for (&(_, source), own) in self.coupled.iter().zip(own.chunks_exact_mut(n)) {
            let x = &state[source.variable * n..][..n];
            match source.minus {
                None => own.copy_from_slice(x),
                Some(minus) => {
                    let reads = [x, &state[minus * n..][..n]].map(Read::from);
                    pointwise::run(self.isa, Less, reads, [own]);
                }
            }
        }
        if let Some(folds) = &self.folds {
            for (k, mean) in self.own.chunks_exact_mut(self.region_places).enumerate() {
                folds.mean(self.isa, k, n, self.lanes.len(), mean);
            }
        }
        if self.network.sends_f32 {
            pointwise::run(self.isa, Single, [], [&mut self.own]);
        }
    }

    /// What is sent of them.
    fn send(&mut self) {
        let coupling = self.network.coupling;
        let numbers = coupling.sent() * self.region_places;
        let own = self.own.chunks_exact(self.region_places);
        for (own, sent) in own.zip(self.sent.chunks_exact_mut(numbers)) {
            F::couple(coupling).send(self.isa, &self.coupling, own, sent);
        }
    }

    /// Sums over delayed edges, at the moment of the rings.
    fn gather(&mut self) {
        if self.wiring.delayed.is_empty() || self.next.is_empty() {
            return;
        }
        self.next.fill(F::default());
        let gather = Gather {
            wires: &self.wiring.delayed,
            from: Sent::Ring(&self.rings, &self.ring),
            sums: &mut self.next,
            nodes: self.network.regions(),
            places: self.region_places,
            lanes: self.lanes.len(),
        };
        dispatch(self.isa, gather);
    }

    /// Inputs, at the beginning of the step or of a later stage.
    fn couple(&mut self, later: bool) {
        let instant = !self.wiring.instant.is_empty();
        if later {
            self.look(true);
            if instant || self.folds.is_some() {
                self.send();
                self.doom();
            }
        }
        let coupling = self.network.coupling;
        let ahead = later && self.network.integrator.looks_ahead();
        let delayed = if ahead { &self.next } else { &self.late };
        let sums = match instant {
            false => delayed,
            true => {
                self.sums.copy_from_slice(delayed);
                let gather = Gather {
                    wires: &self.wiring.instant,
                    from: Sent::Now(&self.sent),
                    sums: &mut self.sums,
                    nodes: self.network.regions(),
                    places: self.region_places,
                    lanes: self.lanes.len(),
                };
                dispatch(self.isa, gather);
                &self.sums
            }
        };
        let (n, numbers) = (self.region_places, coupling.sent() * self.region_places);
        for (i, (k, _)) in self.coupled.iter().enumerate() {
            let c = match &mut self.folds {
                Some(folds) => &mut folds.received[i * n..][..n],
                None => &mut self.c[k * n..][..n],
            };
            let row = ReceiveRow {
                sums: &sums[i * numbers..][..numbers],
                weights: &self.weights,
                nodes: F::from_f64(self.network.regions() as f64),
                x: &self.own[i * n..][..n],
                c,
            };
            F::couple(coupling).receive(self.isa, &self.coupling, row);
            if let Some(folds) = &self.folds {
                let c = &mut self.c[k * self.places..][..self.places];
                folds.spread(self.isa, i, (self.places, n), self.lanes.len(), c);
            }
        }
    }

    /// Euler's step, or the first stage of Heun's and of the trapezoidal rule.
    fn along(&mut self) {
        let then = Then::Along { dt: F::from_f64(self.network.dt), add: &self.add, y: &mut self.y };
        let drift = match self.network.integrator.looks_ahead() {
            true => &mut self.drifts[0][..],
            false => &mut [],
        };
        let (params, state, inputs) = (&self.params[..], &self.x[..], &self.c[..]);
        let row = DriftRow { params, state, inputs, drift, then };
        F::drift(self.network.node).drift(self.isa, row);
        self.bound();
    }

    /// A later stage: from y, the one before, to the next state.
    fn mean(&mut self) {
        let then = Then::Mean {
            half: F::from_f64(0.5 * self.network.dt),
            x: &self.x,
            first: &self.drifts[0],
            add: &self.add,
            y: &mut self.new,
        };
        let (params, state, inputs) = (&self.params[..], &self.y[..], &self.c[..]);
        let row = DriftRow { params, state, inputs, drift: &mut [], then };
        F::drift(self.network.node).drift(self.isa, row);
        std::mem::swap(&mut self.y, &mut self.new);
        self.bound();
    }

    /// The drift of a stage of Runge and Kutta's.
    fn drift(&mut self, stage: usize) {
        let state = if stage == 0 { &self.x[..] } else { &self.y[..] };
        let (params, inputs, drift) = (&self.params[..], &self.c[..], &mut self.drifts[stage][..]);
        let row = DriftRow { params, state, inputs, drift, then: Then::Nothing };
        F::drift(self.network.node).drift(self.isa, row);
    }

    /// From the state along a drift, to the state of the next stage.
    fn stage(&mut self, stage: usize, part: f64) {
        let reads = [&self.x[..], &self.drifts[stage][..]].map(Read::from);
        pointwise::run(self.isa, Along(F::from_f64(part)), reads, [&mut self.y]);
        self.bound();
    }

    /// To the next state, along all drifts.
    fn simpson(&mut self) {
        let (isa, sixth) = (self.isa, F::from_f64(self.network.dt / 6.0));
        let [x, n] = [&self.x[..], &self.add[..]].map(Read::from);
        let [k1, k2, k3, k4] = [0, 1, 2, 3].map(|stage| Read::from(&self.drifts[stage][..]));
        match self.add.is_empty() {
            true => pointwise::run(isa, Simpson(sixth), [x, k1, k2, k3, k4], [&mut self.y]),
            false => {
                let reads = [x, k1, k2, k3, k4, n];
                pointwise::run(isa, SimpsonNoisy(sixth), reads, [&mut self.y]);
            }
        }
        self.bound();
    }

    /// Puts the state of a stage back into its bounds.
    fn bound(&mut self) {
        let spans = self.network.node.spans().iter();
        for (span, y) in spans.zip(self.y.chunks_exact_mut(self.places)) {
            let (least, most) = span.bounds;
            if least > f64::NEG_INFINITY || most < f64::INFINITY {
                let bound = Bound(F::from_f64(least), F::from_f64(most));
                pointwise::run(self.isa, bound, [], [y]);
            }
        }
    }

    /// Stops lanes whose state is not finite, or that sent something that was not.
    fn stop(&mut self) {
        let wild = dispatch(self.isa, Wild(&self.x));
        let lanes = self.lanes.len();
        let n = self.network.nodes() * lanes;
        for lane in 0..lanes {
            if self.stopped[lane].is_some() {
                // NaN for good
                continue;
            }
            // places of a lane are 16 or a part of that from each other; some lie behind all nodes
            let hit = (lane..CHUNK).step_by(lanes).any(|i| wild[i]);
            let finite = |row: &[F]| row[lane..n].iter().step_by(lanes).all(|x| x.is_finite());
            let fine = !hit || self.x.chunks_exact(self.places).all(finite);
            if fine && !self.doomed[lane] {
                continue;
            }
            self.stopped[lane] = Some(self.step);
            for row in self.x.chunks_exact_mut(self.places) {
                row[lane..n].iter_mut().step_by(lanes).for_each(|x| *x = F::from_f64(f64::NAN));
            }
        }
    }

    /// Marks lanes that send something that is not finite, on a surface also to their neighbours:
    /// with weight 0 it would reach others in some tiles.
    fn doom(&mut self) -> bool {
        let own: &[F] = self.folds.as_ref().map_or(&[], |folds| &folds.own);
        let all = [
            (&self.sent[..], self.region_places, self.network.regions()),
            (own, self.places, self.network.nodes()),
        ];
        let lanes = self.lanes.len();
        let mut found = false;
        for (rows, places, nodes) in all {
            if !dispatch(self.isa, Wild(rows)).contains(&true) {
                continue;
            }
            for lane in (0..lanes).filter(|&lane| self.stopped[lane].is_none()) {
                let own = |row: &[F]| {
                    row[lane..nodes * lanes].iter().step_by(lanes).any(|x| !x.is_finite())
                };
                if rows.chunks_exact(places).any(own) {
                    (self.doomed[lane], found) = (true, true);
                }
            }
        }
        found
    }
}
