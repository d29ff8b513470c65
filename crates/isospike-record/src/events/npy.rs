//! Events as one array of records.

use crate::npy::{Element, Growing};
use crate::sink::{Clock, Finished, Sink};
use crate::{Error, Result, Resume, Saved, Selection};
use isospike_backend::Spike;
use std::io::{self, Read};
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

    /// Spikes so far.
    pub(crate) fn n_spikes(&self) -> u64 {
        self.n
    }

    /// How far the stream is.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Reads back what was finished, some spikes at a time. What cannot be read is an error of this
    /// crate, within that of the system.
    pub(crate) fn read(&self, mut each: impl FnMut(&[Spike]) -> io::Result<()>) -> io::Result<()> {
        let failed = |e| io::Error::other(Error::read(self.file.path())(e));
        let mut file = self.file.data().map_err(failed)?;
        let mut left = self.n;
        let mut bytes = vec![0; 1 << 16];
        let mut spikes = Vec::with_capacity(bytes.len() / 16);
        while left > 0 {
            let n = left.min(bytes.len() as u64 / 16);
            let bytes = &mut bytes[..16 * n as usize];
            file.read_exact(bytes).map_err(failed)?;
            spikes.clear();
            spikes.extend(bytes.as_chunks::<16>().0.iter().map(|record| {
                let (words, _) = record.as_chunks();
                let [low, high, lane, id] = [0, 1, 2, 3].map(|i| u32::from_le_bytes(words[i]));
                Spike { step: u64::from(high) << 32 | u64::from(low), lane, id }
            }));
            each(&spikes)?;
            left -= n;
        }
        Ok(())
    }
}

impl Resume for SpikesNpy {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        saved.put(&(&self.clock, self.n, self.file.sync()?));
        Ok(())
    }

    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        let at;
        (self.clock, self.n, at) = saved.take()?;
        self.file.resume(at)
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
