//! An observation of a tile.

use super::connectivity::Connectivity;
use super::crossings::Crossings;
use super::dynamics::Dynamics;
use super::moments::Moments;
use super::power::Power;
use super::samples::Samples;
use super::spectrum::Spectrum;
use super::stages::{Average, Bold, Every, Gain};
use super::{Observation, Observed, Sink, Stage};
use crate::MassError;
use crate::pointwise::{self, Less, Read};
use crate::real::Real;
use crate::row::CHUNK;
use isospike_lane::isa::Isa;

/// How numbers lie: `[channel][lane]`, filled up to whole chunks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) channels: usize,
    pub(super) lanes: usize,
}

impl Row {
    /// Numbers that mean something.
    pub(super) fn len(self) -> usize {
        self.channels * self.lanes
    }

    /// With those that fill up chunks.
    pub(super) fn places(self) -> usize {
        self.len().next_multiple_of(CHUNK)
    }
}

/// Makes fewer or other numbers of those it is given.
pub(super) trait Sieve<F>: Send {
    /// What comes out, if something does.
    fn push<'a>(&'a mut self, isa: Isa, x: &'a [F]) -> Option<&'a [F]>;
}

/// Collects numbers.
pub(super) trait Collect<F>: Send {
    /// At most so many rows will come.
    fn expect(&mut self, _rows: usize) {}
    /// One more row.
    fn push(&mut self, isa: Isa, x: &[F]);
    /// All samples, which are forgotten, if it has them.
    fn take(&mut self) -> Option<Observed<F>> {
        None
    }
    /// What there is: a shape, and `[row][lane]`.
    fn collected(&self, isa: Isa) -> Observed<F>;
}

/// An observation of a tile.
pub(crate) struct Pipe<F> {
    observation: Observation,
    isa: Isa,
    row: Row,
    seen: Vec<F>,
    sieves: Vec<Box<dyn Sieve<F>>>,
    skip: u64,
    sink: Box<dyn Collect<F>>,
}

impl<F: Real> Pipe<F> {
    pub(crate) fn new(observation: &Observation, isa: Isa, nodes: usize, lanes: usize) -> Self {
        let whole = Row { channels: nodes, lanes };
        let mut row = whole;
        let mut sieves: Vec<Box<dyn Sieve<F>>> = Vec::new();
        for stage in &observation.stages {
            sieves.push(match stage {
                Stage::Average(n) => Box::new(Average::new(*n, row)),
                Stage::Every(n) => Box::new(Every::new(*n)),
                Stage::Gain(gain) => {
                    let sensors = Row { channels: gain.nrows(), lanes };
                    Box::new(Gain::new(gain, std::mem::replace(&mut row, sensors)))
                }
                Stage::Bold { dt } => Box::new(Bold::new(*dt, row)),
            });
        }
        let sink: Box<dyn Collect<F>> = match &observation.sink {
            Sink::Samples => Box::new(Samples::new(row)),
            Sink::Moments => Box::new(Moments::new(row)),
            Sink::Connectivity => Box::new(Connectivity::new(row)),
            Sink::Dynamics { window, step } => Box::new(Dynamics::new(*window, *step, row)),
            Sink::Crossings(at) => Box::new(Crossings::new(*at, row)),
            Sink::Spectrum { window, hop, dt } => Box::new(Spectrum::new(*window, *hop, *dt, row)),
            Sink::Power { frequencies, window } => Box::new(Power::new(frequencies, *window, row)),
        };
        let minus = observation.source.minus.is_some();
        Pipe {
            observation: observation.clone(),
            isa,
            row: whole,
            seen: vec![F::default(); if minus { whole.places() } else { 0 }],
            sieves,
            skip: observation.skip,
            sink,
        }
    }

    /// So many steps will be looked at.
    pub(crate) fn expect(&mut self, steps: u64) {
        let mut rows = steps;
        for stage in &self.observation.stages {
            if let Stage::Average(n) | Stage::Every(n) = stage {
                rows = rows.div_ceil(*n);
            }
        }
        self.sink.expect(rows as usize);
    }

    /// Looks at a state, `[variable][place]`.
    pub(crate) fn push(&mut self, state: &[F]) {
        let (n, source) = (self.row.places(), self.observation.source);
        let x = &state[source.variable * n..][..n];
        match source.minus {
            None => self.pass(x),
            Some(minus) => {
                let reads = [x, &state[minus * n..][..n]].map(Read::from);
                let mut seen = std::mem::take(&mut self.seen);
                pointwise::run(self.isa, Less, reads, [&mut seen]);
                self.pass(&seen);
                self.seen = seen;
            }
        }
    }

    /// Takes what it looks at, `[node][lane]` filled up to whole chunks.
    pub(crate) fn pass<'a>(&'a mut self, mut x: &'a [F]) {
        for sieve in &mut self.sieves {
            match sieve.push(self.isa, x) {
                Some(out) => x = out,
                None => return,
            }
        }
        match self.skip {
            0 => self.sink.push(self.isa, x),
            _ => self.skip -= 1,
        }
    }

    /// The samples since the last time.
    pub(crate) fn take(&mut self) -> Result<Observed<F>, MassError> {
        self.sink.take().ok_or_else(|| {
            let why = "an observation gives out its samples in pieces only where it collects them";
            MassError::Choice(why.to_owned())
        })
    }

    /// What has been collected.
    pub(crate) fn collected(&self) -> Observed<F> {
        self.sink.collected(self.isa)
    }
}
