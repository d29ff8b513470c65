//! Events as an archive of columns.

use super::{SpikesNpy, Spool};
use crate::npy::Element;
use crate::sink::{Finished, Sink};
use crate::{Header, NpzWriter, Population, Result, Resume, Saved, Selection};
use isospike_backend::Spike;
use std::io::{self, Write};
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
/// An archive holds one array after the other. So during a run spikes grow in a file beside it,
/// `spikes.npz.tmp`, which is a `.npy` like that of [`SpikesNpy`](crate::SpikesNpy), 16 bytes a
/// spike. It goes with the sink once the archive is made of it; but if a
/// [checkpoint](crate::Resume) may need it, whoever keeps checkpoints removes it.
pub struct SpikesNpz {
    path: PathBuf,
    header: Header,
    spool: Spool,
    /// The largest step.
    last: u64,
}

impl SpikesNpz {
    /// Begins a file; the archive itself is written at the end.
    ///
    /// # Errors
    /// `Write` if the temporary file cannot be made.
    pub fn create(path: &Path, header: &Header, selection: &Selection) -> Result<SpikesNpz> {
        let spool = Spool::beside(path, selection)?;
        Ok(SpikesNpz { path: path.to_path_buf(), header: header.clone(), spool, last: 0 })
    }
}

impl Resume for SpikesNpz {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        saved.put(&self.last);
        self.spool.save(saved)
    }

    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        self.last = saved.take()?;
        self.spool.resume(saved)
    }
}

impl Sink for SpikesNpz {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.spool.events.push(spikes, reached)?;
        self.last = spikes.last().map_or(self.last, |s| s.step);
        Ok(())
    }

    fn finish(&mut self) -> Result<Finished> {
        let header = Header { n_steps: self.spool.events.clock().reached(), ..self.header.clone() };
        let wide = u32::try_from(self.last).is_err();
        self.spool.pack(&self.path, |events| pack(&self.path, events, &header, wide))?;
        Ok(Finished { files: vec![self.path.clone()], lost: 0 })
    }
}

fn pack(path: &Path, events: &SpikesNpy, header: &Header, wide: bool) -> io::Result<()> {
    let mut out = NpzWriter::create(path)?;
    match wide {
        false => column(&mut out, "step", events, |s| s.step as u32)?,
        true => column(&mut out, "step", events, |s| s.step)?,
    }
    column(&mut out, "id", events, |s| s.id)?;
    column(&mut out, "lane", events, |s| s.lane)?;
    column(&mut out, "time_ms", events, |s| header.time_ms(s.step))?;
    let ps = &header.populations;
    let each = |f: fn(&Population) -> u32| ps.iter().map(f).collect::<Vec<_>>();
    let shape = [ps.len() as u64];
    out.strings("population_name", &ps.iter().map(|p| p.name.as_str()).collect::<Vec<_>>())?;
    out.array("population_first_id", &shape, &each(|p| p.first_id))?;
    out.array("population_size", &shape, &each(|p| p.size))?;
    out.array("population_sign", &shape, &ps.iter().map(|p| p.sign).collect::<Vec<_>>())?;
    out.array("dt_ms", &[], &[header.dt_ms])?;
    out.array("n_steps", &[], &[header.n_steps])?;
    out.array("batch", &[], &[header.batch])?;
    out.finish()
}

/// One number of every spike.
fn column<T: Element>(
    out: &mut NpzWriter,
    name: &str,
    events: &SpikesNpy,
    number: impl Fn(&Spike) -> T,
) -> io::Result<()> {
    out.begin(name, T::DESCR, &[events.n_spikes()])?;
    let mut bytes = Vec::new();
    events.read(|spikes| {
        bytes.clear();
        spikes.iter().for_each(|s| number(s).put(&mut bytes));
        out.write_all(&bytes)
    })
}
