//! Events as an archive of columns.

use super::column::{Column, Steps};
use crate::npy::Element;
use crate::sink::{Clock, Finished, Sink};
use crate::{Error, Header, NpzWriter, Population, Result, Selection};
use isospike_backend::Spike;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Spikes and who they belong to, as `.npz`.
///
/// | array | type | what |
/// |---|---|---|
/// | `step` | u32, or u64 if one of them is larger | step, ascending; the time is (step + 1) dt |
/// | `lane` | u32 | lane of the batch, ascending within a step |
/// | `id` | u32 | global id of the neuron, ascending within a lane |
/// | `time_ms` | f64 | (step + 1) dt |
/// | `population_name` | str | populations in the order of ids |
/// | `population_first_id`, `population_size` | u32 | their ids |
/// | `population_sign` | i8 | 1 excitatory, -1 inhibitory, 0 neither or both |
/// | `dt_ms`, `n_steps`, `batch` | f64, u64, u32 | of the run |
///
/// An archive holds one array after the other. So during a run `step`, `id` and, in a batch, `lane`
/// grow in files of their own beside it (`spikes.step.tmp`, ...): bare little-endian u32, which is
/// what is left when a disk is full. Steps from 2^32 on go into `spikes.step64.tmp`, u64.
pub struct SpikesNpz {
    path: PathBuf,
    header: Header,
    clock: Clock,
    n: u64,
    columns: Columns,
}

/// Lanes only where there are several.
struct Columns {
    step: Steps,
    id: Column,
    lane: Option<Column>,
}

impl SpikesNpz {
    /// Begins a file; the archive itself is written at the end.
    ///
    /// # Errors
    /// `Write` if the temporary files cannot be made.
    pub fn create(path: &Path, header: &Header, selection: &Selection) -> Result<SpikesNpz> {
        let beside = |extension: &str| path.with_extension(extension);
        let lane = (header.batch > 1).then(|| Column::create(beside("lane.tmp"))).transpose()?;
        Ok(SpikesNpz {
            path: path.to_path_buf(),
            header: header.clone(),
            clock: Clock::new(selection.from()),
            n: 0,
            columns: Columns {
                step: Steps::create(beside("step.tmp"), beside("step64.tmp"))?,
                id: Column::create(beside("id.tmp"))?,
                lane,
            },
        })
    }
}

impl Sink for SpikesNpz {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.clock.advance(spikes, reached)?;
        self.n += spikes.len() as u64;
        for s in spikes {
            self.columns.step.push(s.step)?;
            self.columns.id.push(&s.id.to_le_bytes())?;
            if let Some(lane) = &mut self.columns.lane {
                lane.push(&s.lane.to_le_bytes())?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Finished> {
        self.clock.finish()?;
        self.header.n_steps = self.clock.reached();
        self.pack().map_err(Error::write(&self.path))?;
        Ok(Finished { files: vec![self.path.clone()], lost: 0 })
    }
}

impl SpikesNpz {
    /// The columns are removed when the archive is complete, and not before: they are what is left
    /// if it cannot be written.
    fn pack(&mut self) -> io::Result<()> {
        let (columns, header, n) = (&mut self.columns, &self.header, self.n);
        let mut out = NpzWriter::create(&self.path)?;
        let descr = columns.step.descr();
        out.begin("step", descr, &[n])?;
        let mut bytes = Vec::new();
        columns.step.read(|steps| {
            bytes.clear();
            match descr {
                <u32 as Element>::DESCR => steps.iter().for_each(|t| (*t as u32).put(&mut bytes)),
                _ => steps.iter().for_each(|t| t.put(&mut bytes)),
            }
            out.write_all(&bytes)
        })?;
        out.begin("id", "<u4", &[n])?;
        columns.id.read(|bytes| out.write_all(bytes))?;
        out.begin("lane", "<u4", &[n])?;
        match &mut columns.lane {
            Some(lane) => lane.read(|bytes| out.write_all(bytes))?,
            None => io::copy(&mut io::repeat(0).take(4 * n), &mut out).map(|_| ())?,
        }
        out.begin("time_ms", "<f8", &[n])?;
        columns.step.read(|steps| {
            bytes.clear();
            steps.iter().for_each(|t| header.time_ms(*t).put(&mut bytes));
            out.write_all(&bytes)
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
        let others =
            std::iter::once(columns.id.path()).chain(columns.lane.as_ref().map(Column::path));
        columns.step.paths().chain(others).try_for_each(std::fs::remove_file)
    }
}
