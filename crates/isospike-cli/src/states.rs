//! Records of state variables: what `--record-state` asks for. `E.V_m` goes into `E.V_m.npy`
//! ([`isospike_record::Probe`] says what is in it), in user units, f32 or f64 as the run.

use crate::failure::Failure;
use crate::request::Request;
use crate::staging::Staging;
use isospike::net::{Dynamics, NetError};
use isospike::{Network, Simulation};
use isospike_record::{Header, Probe, Result, Resume, Saved, Selection};

/// A request that can be fulfilled.
pub(crate) struct CheckedState {
    request: Request<String>,
    population: usize,
    selection: Selection,
}

/// Looks up what is to be recorded, before anything is built. Of the header, the length must be
/// that of the whole run.
///
/// # Errors
/// If there is no such population, neuron or variable, if one is asked for twice, or if the
/// interval is not a multiple of dt.
pub(crate) fn check(
    requests: &[Request<String>],
    network: &Network,
    header: &Header,
) -> Result<Vec<CheckedState>, Failure> {
    let mut checked: Vec<CheckedState> = Vec::new();
    for r in requests {
        let before = checked.iter().map(|c| c.request.name.as_str());
        r.once("record-state", before, "a variable can be recorded once")?;
        checked.push(check_one(r, network, header)?);
    }
    Ok(checked)
}

fn check_one(
    r: &Request<String>,
    network: &Network,
    header: &Header,
) -> Result<CheckedState, Failure> {
    // Every ms, if it is not said.
    let selection = r.selection("record-state", header, Some(1.0))?;
    let first = selection.neuron_ids().next();
    let population = first.and_then(|id| header.population_of(id)).unwrap_or_default();
    let state = match &network.populations[population].dynamics {
        Dynamics::Model(n) => n.model.state(),
        Dynamics::Spikes(_) => &[],
    };
    if !state.iter().any(|s| s.name == r.kind) {
        let (path, known) = (format!("record-state {}", r.name), state.iter().map(|s| s.name));
        return Err(NetError::unknown(path, "state variable", &r.kind, known).into());
    }
    Ok(CheckedState { request: r.clone(), population, selection })
}

/// All state variables that are recorded.
pub(crate) struct States {
    probes: Vec<(CheckedState, Probe)>,
    header: Header,
}

impl States {
    /// Before any sample.
    ///
    /// # Errors
    /// If files cannot be made.
    pub(crate) fn new(
        checked: Vec<CheckedState>,
        network: &Network,
        header: &Header,
        staging: Option<&Staging>,
    ) -> Result<States> {
        let mut probes = Vec::new();
        let staged = staging.map(|s| checked.into_iter().map(move |c| (s, c)));
        for (staging, c) in staged.into_iter().flatten() {
            let path = staging.path(&format!("{}.npy", c.request.name));
            let population = &header.populations[c.population];
            let (precision, batch) = (network.precision, header.batch);
            let probe = Probe::create(&path, precision, population, batch, &c.selection)?;
            probes.push((c, probe));
        }
        Ok(States { probes, header: header.clone() })
    }

    /// Steps from `step` to the next sample.
    pub(crate) fn until_next(&self, step: u64) -> u64 {
        let all = self.probes.iter().filter_map(|(_, probe)| probe.until_next(step));
        all.min().unwrap_or(u64::MAX)
    }

    /// Takes the samples that are due.
    ///
    /// # Errors
    /// From the device or the file system.
    pub(crate) fn sample(&mut self, simulation: &mut Simulation) -> Result<(), Failure> {
        let step = simulation.step();
        let due = self.probes.iter_mut().filter(|(_, probe)| probe.until_next(step) == Some(0));
        for (c, probe) in due {
            let population = &self.header.populations[c.population].name;
            let values = simulation.values(population, &c.request.kind)?;
            probe.sample(step, &values.into_iter().collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Completes the files; their names.
    ///
    /// # Errors
    /// From the file system.
    pub(crate) fn finish(&mut self) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for (c, probe) in self.probes.drain(..) {
            let _ = probe.finish()?;
            names.push(format!("{}.npy", c.request.name));
        }
        Ok(names)
    }
}

impl Resume for States {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        self.probes.iter_mut().try_for_each(|(_, probe)| probe.save(saved))
    }

    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        self.probes.iter_mut().try_for_each(|(_, probe)| probe.resume(saved))
    }
}
