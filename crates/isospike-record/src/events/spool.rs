//! Spikes on their way into a format that cannot grow.

use super::SpikesNpy;
use crate::sink::{Clock, Sink};
use crate::{Error, Result, Resume, Saved, Selection};
use isospike_backend::Spike;
use std::io;
use std::path::{Path, PathBuf};

/// A `.npy` of records beside the file to be made: `spikes.npz.tmp`. It is what is left when a disk
/// is full, and it goes when its file was made and the sink is dropped.
pub(crate) struct Spool {
    events: SpikesNpy,
    beside: PathBuf,
    packed: bool,
}

impl Spool {
    /// For a file.
    pub(crate) fn beside(path: &Path, selection: &Selection) -> Result<Spool> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".tmp");
        let beside = path.with_file_name(name);
        let events = SpikesNpy::create(&beside, selection)?;
        Ok(Spool { events, beside, packed: false })
    }

    /// Spikes so far.
    pub(crate) fn n_spikes(&self) -> u64 {
        self.events.n_spikes()
    }

    /// How far the stream is.
    pub(crate) fn clock(&self) -> &Clock {
        self.events.clock()
    }

    /// Adds spikes, as a sink does.
    pub(crate) fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.events.push(spikes, reached)
    }

    /// Completes the records and makes the file of them.
    pub(crate) fn pack(
        &mut self,
        path: &Path,
        make: impl FnOnce(&mut Spool) -> io::Result<()>,
    ) -> Result<()> {
        let _ = self.events.finish()?;
        make(self).map_err(Error::write(path))?;
        self.packed = true;
        Ok(())
    }

    /// Reads them all, some at a time.
    pub(crate) fn read(&self, each: impl FnMut(&[Spike]) -> io::Result<()>) -> io::Result<()> {
        self.events.read(each)
    }
}

impl Resume for Spool {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        self.events.save(saved)
    }
    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        self.events.resume(saved)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if self.packed {
            // What cannot be removed does no harm.
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}
