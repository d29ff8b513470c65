//! What a run of a graph leaves behind.

use crate::failure::Failure;
use crate::spikes;
use crate::staging::Staging;
use isospike::{Precision, Spike};
use isospike_nir::Model;
use isospike_record::{Header, Population, Probe, Selection, Sink, SpikesNpz};
use std::collections::BTreeMap;

/// Spikes of all neurons that fire, `spikes.npz`; what outputs give, `NAME.npy`, `[T, N]`; and
/// potentials, `NODE.v.npy`.
pub(super) struct Results {
    /// Nodes, and whether their potentials are meant: first those that fire, as populations of the
    /// header are.
    watched: Vec<(String, bool)>,
    header: Header,
    counts: BTreeMap<String, u64>,
    spikes: Option<SpikesNpz>,
    /// Of the nodes that are watched after those that fire.
    probes: Vec<Probe>,
    files: Vec<String>,
}

impl Results {
    /// Of a model; without a directory only spikes are counted.
    pub(super) fn new(
        model: &Model<f32>,
        dt_ms: f64,
        potentials: bool,
        staging: Option<&Staging>,
    ) -> Result<Results, Failure> {
        let mut names: Vec<_> = model.nodes().collect();
        names.sort_unstable();
        let (mut populations, mut first) = (Vec::new(), 0);
        for name in names.iter().filter(|name| model.fires(name)) {
            let population = population(model, name, first)?;
            first += population.size;
            populations.push(population);
        }
        let header = Header { dt_ms, n_steps: 0, batch: 1, populations };
        let fire = header.populations.iter().map(|p| (p.name.clone(), false));
        let mut results = Results {
            watched: fire.collect(),
            counts: header.populations.iter().map(|p| (p.name.clone(), 0)).collect(),
            header,
            spikes: None,
            probes: Vec::new(),
            files: Vec::new(),
        };
        let Some(staging) = staging else { return Ok(results) };
        if !results.watched.is_empty() {
            let (header, path) = (&results.header, staging.path(spikes::FILE));
            results.spikes = Some(SpikesNpz::create(&path, header, &Selection::all(header))?);
            results.files.push(spikes::FILE.to_owned());
        }
        let outputs = model.outputs().iter().map(|name| (name.clone(), false));
        let potentials = names.iter().filter(|name| potentials && model.has_potential(name));
        let potentials = potentials.map(|name| ((*name).to_owned(), true));
        for (name, potential) in outputs.chain(potentials) {
            let population = population(model, &name, 0)?;
            let file = if potential { format!("{name}.v.npy") } else { format!("{name}.npy") };
            if results.files.contains(&file) {
                return Err(Failure::user(format!("two nodes would be written to {file}")));
            }
            let populations = vec![population.clone()];
            let header = Header { populations, ..results.header.clone() };
            let after_each = Selection::all(&header).steps(1..u64::MAX)?;
            let path = staging.path(&file);
            let probe = Probe::create(&path, Precision::F32, &population, 1, &after_each)?;
            results.probes.push(probe);
            results.watched.push((name, potential));
            results.files.push(file);
        }
        Ok(results)
    }

    /// Nodes to watch, and whether their potentials are meant.
    pub(super) fn watched(&self) -> &[(String, bool)] {
        &self.watched
    }

    /// Spikes of each node that fires.
    pub(super) fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    /// Takes what was seen in some steps, `[T, N]` of each node that is watched.
    pub(super) fn push(
        &mut self,
        first: usize,
        steps: usize,
        seen: &[Vec<f32>],
    ) -> Result<(), Failure> {
        let (fire, others) = seen.split_at(self.header.populations.len());
        let mut all = Vec::new();
        for t in 0..steps {
            for (population, z) in self.header.populations.iter().zip(fire) {
                let now = z[t * population.size as usize..].iter().zip(0..population.size);
                let step = (first + t) as u64;
                let spikes = now.filter(|(z, _)| **z != 0.0);
                let before = all.len();
                all.extend(spikes.map(|(_, i)| Spike {
                    step,
                    lane: 0,
                    id: population.first_id + i,
                }));
                let n = (all.len() - before) as u64;
                *self.counts.get_mut(&population.name).expect("it is counted") += n;
            }
        }
        if let Some(spikes) = &mut self.spikes {
            spikes.push(&all, (first + steps) as u64)?;
        }
        for (probe, numbers) in self.probes.iter_mut().zip(others) {
            for (t, row) in numbers.chunks(numbers.len() / steps).enumerate() {
                let row: Vec<f64> = row.iter().copied().map(f64::from).collect();
                probe.sample((first + t + 1) as u64, &row)?;
            }
        }
        Ok(())
    }

    /// Completes all files; their names.
    pub(super) fn finish(&mut self) -> Result<Vec<String>, Failure> {
        if let Some(mut spikes) = self.spikes.take() {
            let _ = spikes.finish()?;
        }
        for probe in self.probes.drain(..) {
            let _ = probe.finish()?;
        }
        Ok(self.files.clone())
    }
}

fn population(model: &Model<f32>, name: &str, first_id: u32) -> Result<Population, Failure> {
    let size = model.shape(name).map_or(1, |shape| shape.iter().product::<usize>());
    let size = u32::try_from(size).ok().filter(|n| first_id.checked_add(*n).is_some());
    match size {
        Some(size) => Ok(Population { name: name.to_owned(), first_id, size, sign: 0 }),
        None => Err(Failure::user(format!("{name}: there are more neurons than 32-bit ids"))),
    }
}
