//! Spikes in the format of SONATA.

use crate::hdf5::{self, Columns, Layout};
use crate::sink::{Clock, Finished, Sink};
use crate::{Error, Header, Result, Selection};
use isospike_backend::Spike;
use std::path::{Path, PathBuf};

/// Spikes as HDF5 in SONATA's layout: for each population `/spikes/NAME/timestamps` (f64, ms, the
/// end of the step: (step + 1) dt) and `/spikes/NAME/node_ids` (u64, from 0 in each population),
/// in the order of time, then id. Read by libsonata, bmtk and anything that reads HDF5.
///
/// The layout is that of the SONATA developer guide, `magic` and `version` included. The attribute
/// `sorting` is left out: libsonata reads it as an enumeration only, and others as text only.
///
/// SONATA knows no lanes, so the selection must be of one. It holds at most 8192 spikes of each
/// population, 16 MiB for all.
pub struct SpikesSonata {
    path: PathBuf,
    header: Header,
    selection: Selection,
    clock: Clock,
    file: Option<Box<dyn Columns>>,
    /// For each population of the header which of the file it is, if it is one.
    groups: Vec<Option<usize>>,
    waiting: Vec<Waiting>,
    chunk: usize,
}

/// What was not appended yet: files grow by whole chunks.
struct Waiting {
    timestamps: Vec<f64>,
    node_ids: Vec<u64>,
}

/// Spikes of a population that are appended together: many, as long as all populations have not
/// more than this.
const CHUNK: usize = 1 << 13;
const ALL: usize = 1 << 20;

impl SpikesSonata {
    /// Creates the file, with a group for every population that has a selected neuron.
    ///
    /// # Errors
    /// `Invalid` if more than one lane is selected or if a population has a name that no group can
    /// have, `Write` if the file cannot be made.
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
        let mut names = Vec::new();
        let mut groups = Vec::new();
        for (p, recorded) in header.populations.iter().zip(recorded) {
            if recorded && (p.name.is_empty() || p.name == "." || p.name.contains('/')) {
                let name = &p.name;
                let message = format!("population = {name:?}; a group of HDF5 cannot be named so");
                return Err(Error::Invalid(message));
            }
            groups.push(recorded.then_some(names.len()));
            names.extend(recorded.then_some(p.name.as_str()));
        }
        let chunk = (ALL / names.len().max(1)).clamp(1, CHUNK);
        let empty = |_: &&str| Waiting {
            timestamps: Vec::with_capacity(chunk),
            node_ids: Vec::with_capacity(chunk),
        };
        let waiting = names.iter().map(empty).collect();
        let layout = Layout {
            above: "spikes",
            groups: names,
            floats: ["timestamps", "ms"],
            integers: "node_ids",
            chunk: chunk as u64,
            magic: 0x0A7A,
            version: [0, 1],
        };
        Ok(SpikesSonata {
            path: path.to_path_buf(),
            header: header.clone(),
            selection: selection.clone(),
            clock: Clock::new(selection.from()),
            file: Some(hdf5::create(path, &layout).map_err(Error::write(path))?),
            groups,
            waiting,
            chunk,
        })
    }

    /// Appends what waits of a population.
    fn append(&mut self, group: usize) -> Result<()> {
        // Only `finish` takes it away, and the clock lets nothing in afterwards.
        let Some(file) = &mut self.file else { return Ok(()) };
        let waiting = &mut self.waiting[group];
        file.append_floats(group, &waiting.timestamps)
            .and_then(|()| file.append_integers(group, &waiting.node_ids))
            .map_err(Error::write(&self.path))?;
        waiting.timestamps.clear();
        waiting.node_ids.clear();
        Ok(())
    }
}

impl Sink for SpikesSonata {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.clock.advance(spikes, reached)?;
        for &s in spikes {
            self.selection.place(s)?;
            let Some(p) = self.header.population_of(s.id) else { continue };
            let Some(group) = self.groups[p] else { continue };
            let waiting = &mut self.waiting[group];
            waiting.timestamps.push(self.header.time_ms(s.step));
            waiting.node_ids.push(u64::from(s.id - self.header.populations[p].first_id));
            if waiting.node_ids.len() == self.chunk {
                self.append(group)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Finished> {
        self.clock.finish()?;
        (0..self.waiting.len()).try_for_each(|group| self.append(group))?;
        if let Some(file) = self.file.take() {
            file.close().map_err(Error::write(&self.path))?;
        }
        Ok(Finished { files: vec![self.path.clone()], lost: 0 })
    }
}
