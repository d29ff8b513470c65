//! Spikes in the format of SONATA.

use crate::events::{SpikesNpy, Spool};
use crate::hdf5::{self, Columns, Layout};
use crate::sink::{Finished, Sink};
use crate::{Error, Header, Result, Resume, Saved, Selection};
use isospike_backend::Spike;
use std::io;
use std::path::{Path, PathBuf};

/// Spikes as HDF5 in SONATA's layout: for each population `/spikes/NAME/timestamps` (f64, ms, the
/// end of the step: (step + 1) dt) and `/spikes/NAME/node_ids` (u64, from 0 in each population),
/// in the order of time, then id. Read by libsonata, bmtk and anything that reads HDF5.
///
/// The layout is that of the SONATA developer guide, `magic` and `version` included. The attribute
/// `sorting` is left out: libsonata reads it as an enumeration only, and others as text only.
///
/// SONATA knows no lanes, so the selection must be of one. A file of HDF5 that was being written
/// when a process ended is of no use to anybody. So during a run spikes grow in a file beside it,
/// `spikes.h5.tmp`, as those of [`SpikesNpz`](crate::SpikesNpz) do. When the file is made of it, at
/// most 8192 spikes of each population are held, 16 MiB for all.
pub struct SpikesSonata {
    path: PathBuf,
    header: Header,
    selection: Selection,
    /// For each population of the header which of the file it is, if it is one.
    groups: Vec<Option<usize>>,
    spool: Spool,
}

/// Spikes of a population that are appended together: many, as long as all populations have not
/// more than this.
const CHUNK: usize = 1 << 13;
const ALL: usize = 1 << 20;

impl SpikesSonata {
    /// Begins a file, with a group for every population that has a selected neuron; the file itself
    /// is written at the end.
    ///
    /// # Errors
    /// `Invalid` if more than one lane is selected or if a population has a name that no group can
    /// have, `Write` if the temporary file cannot be made.
    pub fn create(path: &Path, header: &Header, selection: &Selection) -> Result<SpikesSonata> {
        if selection.n_lanes() != 1 {
            return Err(Error::Invalid(format!(
                "lanes = {:?}; a file of SONATA holds one: select it, and write a file for each",
                selection.lane_numbers()
            )));
        }
        let mut recorded = vec![false; header.populations.len()];
        for id in selection.neuron_ids() {
            header.population_of(id).into_iter().for_each(|p| recorded[p] = true);
        }
        let (mut n, mut groups) = (0, Vec::new());
        for (p, recorded) in header.populations.iter().zip(recorded) {
            if recorded && (p.name.is_empty() || p.name == "." || p.name.contains('/')) {
                let name = &p.name;
                let message = format!("population = {name:?}; a group of HDF5 cannot be named so");
                return Err(Error::Invalid(message));
            }
            groups.push(recorded.then_some(n));
            n += usize::from(recorded);
        }
        Ok(SpikesSonata {
            path: path.to_path_buf(),
            header: header.clone(),
            selection: selection.clone(),
            groups,
            spool: Spool::beside(path, selection)?,
        })
    }
}

impl Resume for SpikesSonata {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        saved.put(&self.selection);
        self.spool.save(saved)
    }

    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        saved.same("selection", &self.selection)?;
        self.spool.resume(saved)
    }
}

impl Sink for SpikesSonata {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.spool.events.clock().check(spikes, reached)?;
        spikes.iter().try_for_each(|s| self.selection.place(*s).map(|_| ()))?;
        self.spool.events.push(spikes, reached)
    }

    fn finish(&mut self) -> Result<Finished> {
        let (header, groups) = (&self.header, &self.groups);
        self.spool.pack(&self.path, |events| pack(&self.path, events, header, groups))?;
        Ok(Finished { files: vec![self.path.clone()], lost: 0 })
    }
}

fn pack(
    path: &Path,
    events: &SpikesNpy,
    header: &Header,
    groups: &[Option<usize>],
) -> io::Result<()> {
    let recorded = header.populations.iter().zip(groups).filter(|(_, group)| group.is_some());
    let names: Vec<_> = recorded.map(|(p, _)| p.name.as_str()).collect();
    let chunk = (ALL / names.len().max(1)).clamp(1, CHUNK);
    let empty = |_: &&str| Waiting {
        timestamps: Vec::with_capacity(chunk),
        node_ids: Vec::with_capacity(chunk),
    };
    let mut waiting: Vec<_> = names.iter().map(empty).collect();
    let layout = Layout {
        above: "spikes",
        groups: names,
        floats: ["timestamps", "ms"],
        integers: "node_ids",
        chunk: chunk as u64,
        magic: 0x0A7A,
        version: [0, 1],
    };
    let mut file = hdf5::create(path, &layout)?;
    events.read(|spikes| {
        for s in spikes {
            // Only spikes of populations that have a group were taken.
            let Some(p) = header.population_of(s.id) else { continue };
            let Some(group) = groups[p] else { continue };
            waiting[group].timestamps.push(header.time_ms(s.step));
            waiting[group].node_ids.push(u64::from(s.id - header.populations[p].first_id));
            if waiting[group].node_ids.len() == chunk {
                waiting[group].append(group, &mut *file)?;
            }
        }
        Ok(())
    })?;
    let mut rest = waiting.iter_mut().enumerate();
    rest.try_for_each(|(group, waiting)| waiting.append(group, &mut *file))?;
    file.close()
}

/// What was not appended yet: files grow by whole chunks.
struct Waiting {
    timestamps: Vec<f64>,
    node_ids: Vec<u64>,
}

impl Waiting {
    /// Appends it to its group.
    fn append(&mut self, group: usize, file: &mut dyn Columns) -> io::Result<()> {
        file.append_floats(group, &self.timestamps)?;
        file.append_integers(group, &self.node_ids)?;
        self.timestamps.clear();
        self.node_ids.clear();
        Ok(())
    }
}
