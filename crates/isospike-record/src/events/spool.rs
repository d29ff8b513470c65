//! Spikes on their way into a format that cannot grow.

use super::SpikesNpy;
use crate::sink::Sink;
use crate::{Error, Result, Resume, Saved, Selection};
use std::io;
use std::path::{Path, PathBuf};

/// A `.npy` of records beside the file to be made: `spikes.npz.tmp`. It is what is left when a disk
/// is full, and it goes when its file was made and the sink is dropped, unless it was saved or
/// resumed: then there may be a checkpoint that needs it.
pub(crate) struct Spool {
    pub(crate) events: SpikesNpy,
    beside: PathBuf,
    packed: bool,
    needed: bool,
}

impl Spool {
    /// For a file.
    pub(crate) fn beside(path: &Path, selection: &Selection) -> Result<Spool> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".tmp");
        let beside = path.with_file_name(name);
        let events = SpikesNpy::create(&beside, selection)?;
        Ok(Spool { events, beside, packed: false, needed: false })
    }

    /// Completes the records and makes the file of them.
    pub(crate) fn pack(
        &mut self,
        path: &Path,
        make: impl FnOnce(&SpikesNpy) -> io::Result<()>,
    ) -> Result<()> {
        let _ = self.events.finish()?;
        // A record that cannot be read back says so itself.
        make(&self.events).map_err(|e| e.downcast().unwrap_or_else(Error::write(path)))?;
        self.packed = true;
        Ok(())
    }
}

impl Resume for Spool {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        self.needed = true;
        self.events.save(saved)
    }
    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        self.needed = true;
        self.events.resume(saved)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if self.packed && !self.needed {
            // What cannot be removed does no harm.
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}
