//! Events back from an archive.

use crate::npy::Array;
use crate::{Error, Header, Population, Result};
use isospike_backend::Spike;
use std::io;
use std::path::{Path, PathBuf};

/// Reads what [`SpikesNpz`](crate::SpikesNpz) wrote, in pieces.
pub struct Reader {
    path: PathBuf,
    /// What the spikes belong to.
    pub header: Header,
    /// Spikes in the file.
    pub n_spikes: u64,
    step: Array,
    lane: Array,
    id: Array,
    left: u64,
}

impl Reader {
    /// Opens a file.
    ///
    /// # Errors
    /// If there is none, or if it is not a record of spikes.
    pub fn open(path: &Path) -> Result<Reader> {
        Reader::read(path).map_err(Error::read(path))
    }

    fn read(path: &Path) -> io::Result<Reader> {
        let open = |name: &str| Array::open(path, name);
        let (step, lane, id) = (open("step")?, open("lane")?, open("id")?);
        let n_spikes = step.count();
        if lane.count() != n_spikes || id.count() != n_spikes {
            let message = "step, lane and id must have the same length";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let mut names = open("population_name")?;
        let n = names.count() as usize;
        let firsts = open("population_first_id")?.integers(n)?;
        let sizes = open("population_size")?.integers(n)?;
        let signs = open("population_sign")?.signs(n)?;
        let columns = names.strings(n)?.into_iter().zip(firsts).zip(sizes.into_iter().zip(signs));
        let header = Header {
            dt_ms: open("dt_ms")?.floats(1)?[0],
            n_steps: open("n_steps")?.integers(1)?[0],
            batch: open("batch")?.integers(1)?[0] as u32,
            populations: columns
                .map(|((name, first_id), (size, sign))| Population {
                    name,
                    first_id: first_id as u32,
                    size: size as u32,
                    sign,
                })
                .collect(),
        };
        Ok(Reader { path: path.to_path_buf(), header, n_spikes, step, lane, id, left: n_spikes })
    }

    /// The next spikes; none at the end.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn piece(&mut self) -> Result<Vec<Spike>> {
        const PIECE: u64 = 1 << 16;
        let n = self.left.min(PIECE) as usize;
        self.left -= n as u64;
        let mut read = || {
            let columns = self.step.integers(n)?.into_iter().zip(self.lane.integers(n)?);
            let spikes = columns.zip(self.id.integers(n)?);
            Ok(spikes
                .map(|((step, lane), id)| Spike { step, lane: lane as u32, id: id as u32 })
                .collect())
        };
        read().map_err(Error::read(&self.path))
    }

    /// Hands over all spikes, piece by piece.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn for_each(mut self, mut f: impl FnMut(Spike)) -> Result<()> {
        loop {
            let spikes = self.piece()?;
            if spikes.is_empty() {
                return Ok(());
            }
            spikes.into_iter().for_each(&mut f);
        }
    }
}
