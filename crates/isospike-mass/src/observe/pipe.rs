//! An observation of a tile.

use super::columns::Columns;
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
use isospike_lane::Float;
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
    /// How many come out of the next so many.
    fn passes(&self, n: u64) -> u64 {
        n
    }
    /// Bytes it has taken.
    fn bytes(&self) -> usize;
}

/// Collects numbers.
pub(super) trait Collect<F: Float>: Send {
    /// Rows of an array of all lanes that so many samples are kept in, if it keeps them.
    fn keeps(&self, _samples: u64) -> usize {
        0
    }
    /// Its part of an array for the samples that come next.
    fn give(&mut self, _columns: Columns<F>) {}
    /// One more row.
    fn push(&mut self, isa: Isa, x: &[F]);
    /// Bytes it has taken.
    fn bytes(&self) -> usize;
    /// All samples, which are forgotten, if it has them: how many channels, and its part of arrays.
    fn take(&mut self) -> Option<(usize, Vec<Columns<F>>)> {
        None
    }
    /// What there is: a shape, and `[row][lane]`.
    fn collected(&self, isa: Isa) -> Observed<F>;
}

/// An observation of a tile.
pub(crate) struct Pipe<F: Float> {
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

    /// Bytes it has taken.
    pub(crate) fn bytes(&self) -> usize {
        let sieves: usize = self.sieves.iter().map(|sieve| sieve.bytes()).sum();
        size_of_val(&self.seen[..]) + sieves + self.sink.bytes()
    }

    /// Rows of an array of all lanes for what comes out of the next so many numbers, and is kept.
    pub(crate) fn keeps(&self, n: u64) -> usize {
        let n = self.sieves.iter().fold(n, |n, sieve| sieve.passes(n));
        self.sink.keeps(n.saturating_sub(self.skip))
    }

    /// Its part of this array.
    pub(crate) fn give(&mut self, columns: Columns<F>) {
        self.sink.give(columns);
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

    /// How many channels there are, and its part of the samples since the last time.
    pub(crate) fn take(&mut self) -> Result<(usize, Vec<Columns<F>>), MassError> {
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
