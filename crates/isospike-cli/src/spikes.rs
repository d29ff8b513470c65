//! `spikes.npz`: the spikes of a run, and who they belong to ([`isospike_record::SpikesNpz`] says
//! what is in it).

use crate::failure::Failure;
use crate::staging::Staging;
use isospike::Spike;
use isospike_record::stats::Totals;
use isospike_record::{Header, Reader, Result, Selection, Sink, SpikesNpz};
use std::path::Path;

/// Name of the file.
pub(crate) const FILE: &str = "spikes.npz";

/// Opens a file, or the one in a directory.
///
/// # Errors
/// If there is none, or if it is not a record of spikes.
pub(crate) fn open(path: &Path) -> Result<Reader, Failure> {
    let inside = path.join(FILE);
    Ok(Reader::open(if path.is_dir() { &inside } else { path })?)
}

/// Counts the spikes of a run, and keeps them if there is somewhere to.
pub(crate) struct Recorder {
    totals: Totals,
    events: Option<SpikesNpz>,
}

impl Recorder {
    /// Before any spike.
    ///
    /// # Errors
    /// If the files cannot be made.
    pub(crate) fn new(header: &Header, staging: Option<&Staging>) -> Result<Recorder> {
        let all = Selection::all(header);
        let create = |s: &Staging| SpikesNpz::create(&s.path(FILE), header, &all);
        let events = staging.map(create).transpose()?;
        Ok(Recorder { totals: Totals::new(header, &all), events })
    }

    /// Adds the spikes of the steps up to `reached`.
    ///
    /// # Errors
    /// From the file system.
    pub(crate) fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.totals.push(spikes, reached)?;
        self.events.as_mut().map_or(Ok(()), |events| events.push(spikes, reached))
    }

    /// Spikes of each population.
    pub(crate) fn counts(&self) -> &[u64] {
        self.totals.counts()
    }

    /// Packs what was recorded.
    ///
    /// # Errors
    /// From the file system.
    pub(crate) fn finish(self) -> Result<()> {
        // Events lose no spike.
        self.events.map_or(Ok(()), |mut events| events.finish().map(drop))
    }
}
