//! Where spikes go.

use crate::{Error, Result, Resume};
use isospike_backend::Spike;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Takes a stream of spikes in chunks. How it is cut into chunks changes nothing, and memory does
/// not depend on its length.
///
/// What a sink writes is complete when it is finished, and not before: a `.npy` says 0 rows until
/// then. After a failure the record is what it was before the chunk, and part of the chunk. What
/// was saved of it on the way ([`Resume`]) stays good until the sink is dropped.
///
/// Every sink is made for a [`Selection`](crate::Selection) and takes the spikes of that selection
/// only: where it is not everything, [`Filter`](crate::Filter) stands in front.
pub trait Sink: Resume + Send {
    /// Adds all spikes of the steps from where the last chunk ended (at first, from the first step
    /// of the selection) up to, but without, the step `reached`; ascending by (step, lane, id). A
    /// neuron that fires n times in a step is there n times.
    ///
    /// # Errors
    /// `Invalid` if the spikes are not in order, not of these steps or not of the selection, or if
    /// the record is finished; `Write` if a file cannot be written.
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()>;

    /// Completes the record; nothing can be added then.
    ///
    /// # Errors
    /// `Write` if a file cannot be written, `Invalid` if it was finished before.
    fn finish(&mut self) -> Result<Finished>;
}

/// What became of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "it says how many spikes a format could not hold"]
pub struct Finished {
    /// Files written; none by statistics.
    pub files: Vec<PathBuf>,
    /// Spikes that found their cell full: above 255 in [`Counts`](crate::Counts), above 1 in
    /// [`Bits`](crate::Bits).
    pub lost: u64,
}

impl<S: Sink + ?Sized> Sink for Box<S> {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        (**self).push(spikes, reached)
    }
    fn finish(&mut self) -> Result<Finished> {
        (**self).finish()
    }
}

/// Several sinks of the same spikes, in order.
impl<S: Sink> Sink for Vec<S> {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.iter_mut().try_for_each(|sink| sink.push(spikes, reached))
    }
    fn finish(&mut self) -> Result<Finished> {
        let mut all = Finished::default();
        for sink in self {
            let one = sink.finish()?;
            all.files.extend(one.files);
            all.lost += one.lost;
        }
        Ok(all)
    }
}

/// How far a stream is. Refuses what is out of order, because a row of a dense record cannot be
/// taken back and statistics would be wrong without a word.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Clock {
    reached: u64,
    finished: bool,
}

impl Clock {
    /// A stream that begins at a step.
    pub(crate) fn new(from: u64) -> Clock {
        Clock { reached: from, finished: false }
    }

    /// The first step that was not seen.
    pub(crate) fn reached(&self) -> u64 {
        self.reached
    }

    /// Takes note of a chunk.
    pub(crate) fn advance(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.check(spikes, reached)?;
        self.reached = reached;
        Ok(())
    }

    /// Refuses a chunk that is not the next one.
    pub(crate) fn check(&self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.open()?;
        let from = self.reached;
        let first = spikes.first().map_or(from, |s| s.step);
        let last = spikes.last().map_or(from, |s| s.step + 1);
        if reached < from || first < from || last > reached {
            return Err(Error::Invalid(format!(
                "chunk = spikes of steps {first} to {}, reached {reached}; this one must hold \
                 steps from {from} on, and none from the step reached on",
                last.saturating_sub(1)
            )));
        }
        if let Some([a, b]) = spikes.array_windows().find(|[a, b]| a > b) {
            return Err(Error::Invalid(format!(
                "chunk = {b:?} after {a:?}; spikes must ascend by (step, lane, id)"
            )));
        }
        Ok(())
    }

    /// Ends it.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.open()?;
        self.finished = true;
        Ok(())
    }

    fn open(&self) -> Result<()> {
        match self.finished {
            false => Ok(()),
            true => Err(Error::Invalid("record = finished; nothing can be added to it".into())),
        }
    }
}
