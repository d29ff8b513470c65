//! Events as one array of records.

use crate::npy::{Element, Growing};
use crate::sink::{Clock, Finished, Sink};
use crate::{Result, Selection};
use isospike_backend::Spike;
use std::path::Path;

/// Spikes as `.npy`, one record each: `step` (u64), `lane` (u32) and `id` (u32), ascending. NumPy
/// maps it (`numpy.load(path, mmap_mode="r")["step"]`), and it needs no temporary files.
pub struct SpikesNpy {
    file: Growing,
    clock: Clock,
    n: u64,
    bytes: Vec<u8>,
}

const RECORD: &str = "[('step', '<u8'), ('lane', '<u4'), ('id', '<u4')]";

impl SpikesNpy {
    /// Creates the file.
    ///
    /// # Errors
    /// `Write` if it cannot be made.
    pub fn create(path: &Path, selection: &Selection) -> Result<SpikesNpy> {
        let file = Growing::create(path, RECORD, 16, &[])?;
        Ok(SpikesNpy { file, clock: Clock::new(selection.from()), n: 0, bytes: Vec::new() })
    }
}

impl Sink for SpikesNpy {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.clock.advance(spikes, reached)?;
        self.n += spikes.len() as u64;
        for s in spikes {
            self.bytes.clear();
            s.step.put(&mut self.bytes);
            s.lane.put(&mut self.bytes);
            s.id.put(&mut self.bytes);
            self.file.write(&self.bytes)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Finished> {
        self.clock.finish()?;
        self.file.finish(self.n)?;
        Ok(Finished { files: vec![self.file.path().to_path_buf()], lost: 0 })
    }
}
