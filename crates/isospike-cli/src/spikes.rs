//! `spikes.npz`: the spikes of a run, and who they belong to.
//!
//! | array | type | what |
//! |---|---|---|
//! | `step` | u32 | step, ascending; the time is (step + 1) dt |
//! | `lane` | u32 | lane of the batch, ascending within a step |
//! | `id` | u32 | global id of the neuron, ascending within a lane |
//! | `time_ms` | f64 | (step + 1) dt |
//! | `population_name` | str | populations in the order of ids |
//! | `population_first_id`, `population_size` | u32 | their ids |
//! | `population_sign` | i8 | 1 excitatory, -1 inhibitory, 0 neither or both |
//! | `dt_ms`, `n_steps`, `batch` | f64, u64, u32 | of the run |
//!
//! During a run `step`, `id` and, in a batch, `lane` grow in files of their own
//! (`spikes.step.tmp`, ...): bare little-endian u32, which is what is left when a disk is full.

use crate::failure::Failure;
use crate::npz::{Array, NpzWriter};
use crate::staging::Staging;
use isospike::Spike;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Name of the file.
pub(crate) const FILE: &str = "spikes.npz";

/// A population as the file knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Population {
    /// Name.
    pub(crate) name: String,
    /// Global id of its first neuron.
    pub(crate) first_id: u32,
    /// Neurons.
    pub(crate) size: u32,
    /// 1 excitatory, -1 inhibitory, 0 neither or both.
    pub(crate) sign: i8,
}

/// What the spikes belong to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Header {
    /// Time step (ms).
    pub(crate) dt_ms: f64,
    /// Steps simulated.
    pub(crate) n_steps: u64,
    /// Lanes.
    pub(crate) batch: u32,
    /// Populations in the order of ids.
    pub(crate) populations: Vec<Population>,
}

impl Header {
    /// Time of a spike (ms).
    pub(crate) fn time_ms(&self, step: u64) -> f64 {
        (step + 1) as f64 * self.dt_ms
    }

    /// Length of the run (ms).
    pub(crate) fn duration_ms(&self) -> f64 {
        self.n_steps as f64 * self.dt_ms
    }

    /// Index of the population of a neuron.
    pub(crate) fn population_of(&self, id: u32) -> Option<usize> {
        let p = self.populations.partition_point(|p| p.first_id <= id).checked_sub(1)?;
        (id - self.populations[p].first_id < self.populations[p].size).then_some(p)
    }

    /// All neurons.
    pub(crate) fn n_neurons(&self) -> u64 {
        self.populations.iter().map(|p| u64::from(p.size)).sum()
    }
}

/// Records spikes: appends them to temporary files, and packs these at the end.
pub(crate) struct Recorder {
    counts: Vec<u64>,
    columns: Option<Columns>,
}

/// Temporary files with one number per spike; lanes only where there are several.
struct Columns {
    step: Column,
    id: Column,
    lane: Option<Column>,
}

struct Column {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Column {
    fn create(path: PathBuf) -> Result<Column, Failure> {
        let file = File::create(&path).map_err(|e| Failure::write(&path, &e))?;
        Ok(Column { path, file: BufWriter::with_capacity(1 << 16, file) })
    }

    /// Reads it from the start, a whole number of elements at a time.
    fn read(&mut self, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.file.flush()?;
        let mut file = BufReader::new(File::open(&self.path)?);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let n = read_full(&mut file, &mut buffer)?;
            if n == 0 {
                return Ok(());
            }
            each(&buffer[..n])?;
        }
    }
}

/// Reads until the buffer is full or the file ends.
fn read_full(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match file.read(&mut buffer[n..])? {
            0 => break,
            k => n += k,
        }
    }
    Ok(n)
}

impl Recorder {
    /// Counts spikes per population, and keeps them if there is somewhere to.
    ///
    /// # Errors
    /// If the files cannot be made.
    pub(crate) fn new(
        n_populations: usize,
        batch: u32,
        staging: Option<&Staging>,
    ) -> Result<Recorder, Failure> {
        let columns = match staging {
            None => None,
            Some(s) => Some(Columns {
                step: Column::create(s.path("spikes.step.tmp"))?,
                id: Column::create(s.path("spikes.id.tmp"))?,
                lane: (batch > 1).then(|| Column::create(s.path("spikes.lane.tmp"))).transpose()?,
            }),
        };
        Ok(Recorder { counts: vec![0; n_populations], columns })
    }

    /// Adds spikes, ascending by (step, lane, id).
    ///
    /// # Errors
    /// From the file system.
    pub(crate) fn push(&mut self, header: &Header, spikes: &[Spike]) -> io::Result<()> {
        for s in spikes {
            if let Some(p) = header.population_of(s.id) {
                self.counts[p] += 1;
            }
            if let Some(c) = &mut self.columns {
                // A run of more than 2^32 steps is refused before it begins.
                c.step.file.write_all(&(s.step as u32).to_le_bytes())?;
                c.id.file.write_all(&s.id.to_le_bytes())?;
                if let Some(lane) = &mut c.lane {
                    lane.file.write_all(&s.lane.to_le_bytes())?;
                }
            }
        }
        Ok(())
    }

    /// Spikes of each population.
    pub(crate) fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Packs what was recorded.
    ///
    /// # Errors
    /// From the file system.
    pub(crate) fn finish(self, header: &Header, path: &Path) -> Result<(), Failure> {
        let Some(columns) = self.columns else { return Ok(()) };
        let n: u64 = self.counts.iter().sum();
        pack(columns, header, n, path).map_err(|e| Failure::write(path, &e))
    }
}

/// The columns are removed when the archive is complete, and not before: they are what is left if
/// it cannot be written.
fn pack(mut columns: Columns, header: &Header, n: u64, path: &Path) -> io::Result<()> {
    let mut out = NpzWriter::create(path)?;
    out.begin("step", "<u4", &[n])?;
    columns.step.read(|bytes| out.write_all(bytes))?;
    out.begin("id", "<u4", &[n])?;
    columns.id.read(|bytes| out.write_all(bytes))?;
    out.begin("lane", "<u4", &[n])?;
    match &mut columns.lane {
        Some(lane) => lane.read(|bytes| out.write_all(bytes))?,
        None => io::copy(&mut io::repeat(0).take(4 * n), &mut out).map(|_| ())?,
    }
    out.begin("time_ms", "<f8", &[n])?;
    columns.step.read(|bytes| {
        let time = |b: &[u8; 4]| header.time_ms(u32::from_le_bytes(*b).into()).to_le_bytes();
        out.write_all(&bytes.as_chunks().0.iter().flat_map(time).collect::<Vec<_>>())
    })?;
    let ps = &header.populations;
    let column = |f: fn(&Population) -> u32| ps.iter().map(f).collect::<Vec<_>>();
    let shape = [ps.len() as u64];
    out.strings("population_name", &ps.iter().map(|p| p.name.as_str()).collect::<Vec<_>>())?;
    out.array("population_first_id", &shape, &column(|p| p.first_id))?;
    out.array("population_size", &shape, &column(|p| p.size))?;
    out.array("population_sign", &shape, &ps.iter().map(|p| p.sign).collect::<Vec<_>>())?;
    out.array("dt_ms", &[], &[header.dt_ms])?;
    out.array("n_steps", &[], &[header.n_steps])?;
    out.array("batch", &[], &[header.batch])?;
    out.finish()?;
    let all = [Some(columns.step), Some(columns.id), columns.lane];
    all.into_iter().flatten().try_for_each(|c| std::fs::remove_file(c.path))
}

/// Reads `spikes.npz` in pieces.
pub(crate) struct Reader {
    path: PathBuf,
    /// What the spikes belong to.
    pub(crate) header: Header,
    /// Spikes in the file.
    pub(crate) n_spikes: u64,
    step: Array,
    lane: Array,
    id: Array,
    left: u64,
}

impl Reader {
    /// Opens a file, or the one in a directory.
    ///
    /// # Errors
    /// If there is none, or if it is not a record of spikes.
    pub(crate) fn open(path: &Path) -> Result<Reader, Failure> {
        let path = if path.is_dir() { path.join(FILE) } else { path.to_path_buf() };
        Reader::read(&path).map_err(|e| Failure::read(&path, &e))
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
    pub(crate) fn piece(&mut self) -> Result<Vec<Spike>, Failure> {
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
        read().map_err(|e: io::Error| Failure::read(&self.path, &e))
    }

    /// Hands over all spikes, piece by piece.
    ///
    /// # Errors
    /// If the file is damaged.
    pub(crate) fn for_each(mut self, mut f: impl FnMut(Spike)) -> Result<(), Failure> {
        loop {
            let spikes = self.piece()?;
            if spikes.is_empty() {
                return Ok(());
            }
            spikes.into_iter().for_each(&mut f);
        }
    }
}
