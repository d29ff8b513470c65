//! `state.npz`: state variables sampled every k steps, streamed.
//!
//! For each `--record-state POP.VAR` an array `POP.VAR` of [sample, neuron, lane] in user units,
//! f32 or f64 as the run, and `POP.VAR.step` (u64): how many steps were done when each sample was
//! taken, the first being 0, the initial state. During a run the samples of the i-th request grow
//! in a file of their own, `state.i.tmp`.

use crate::failure::Failure;
use crate::quantity::{Every, RecordState};
use crate::staging::Staging;
use isospike::net::{Dynamics, NetError};
use isospike::{Network, Precision, Simulation, steps_in};
use isospike_record::NpzWriter;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Name of the file.
pub(crate) const FILE: &str = "state.npz";

/// Records state variables.
pub(crate) struct Recorder {
    probes: Vec<Probe>,
    precision: Precision,
}

struct Probe {
    request: RecordState,
    every: u64,
    path: PathBuf,
    file: BufWriter<File>,
    steps: Vec<u64>,
    shape: [u64; 2],
}

/// A request that can be fulfilled: what, every how many steps, how many neurons.
pub(crate) struct Checked {
    request: RecordState,
    every: u64,
    size: u32,
}

/// Looks up what is to be recorded, before anything is built.
///
/// # Errors
/// If there is no such population or variable, if one is asked for twice, or if the interval is not
/// a multiple of dt.
pub(crate) fn check(requests: &[RecordState], network: &Network) -> Result<Vec<Checked>, Failure> {
    let mut checked: Vec<Checked> = Vec::new();
    for r in requests {
        if checked.iter().any(|c| c.request.name() == r.name()) {
            let name = r.name();
            return Err(Failure::user(format!(
                "record-state {name}: it is asked for more than once; a variable can be recorded \
                 once"
            )));
        }
        checked.push(check_one(r, network)?);
    }
    Ok(checked)
}

fn check_one(request: &RecordState, network: &Network) -> Result<Checked, Failure> {
    let path = format!("record-state {}", request.name());
    let mut populations = network.populations.iter();
    let Some(p) = populations.find(|p| p.name == request.population) else {
        let known = network.populations.iter().map(|p| p.name.as_str());
        return Err(NetError::unknown(path, "population", &request.population, known).into());
    };
    let state = match &p.dynamics {
        Dynamics::Model(n) => n.model.state(),
        Dynamics::Spikes(_) => &[],
    };
    if !state.iter().any(|s| s.name == request.variable) {
        let known = state.iter().map(|s| s.name);
        return Err(NetError::unknown(path, "state variable", &request.variable, known).into());
    }
    let every = interval(request, network.dt_ms)?;
    Ok(Checked { request: request.clone(), every, size: p.size })
}

impl Recorder {
    /// Takes the first samples.
    ///
    /// # Errors
    /// From the device, or if files cannot be made.
    pub(crate) fn new(
        requests: Vec<Checked>,
        simulation: &mut Simulation,
        staging: Option<&Staging>,
    ) -> Result<Recorder, Failure> {
        let (precision, batch) = (simulation.plan().precision(), simulation.plan().batch() as u64);
        let mut probes = Vec::new();
        let staged = staging.map(|s| requests.into_iter().map(move |r| (s, r)));
        for (i, (staging, r)) in staged.into_iter().flatten().enumerate() {
            let path = staging.path(&format!("state.{i}.tmp"));
            let file = File::create(&path).map_err(|e| Failure::write(&path, &e))?;
            probes.push(Probe {
                request: r.request,
                every: r.every,
                path,
                file: BufWriter::with_capacity(1 << 16, file),
                steps: Vec::new(),
                shape: [u64::from(r.size), batch],
            });
        }
        let mut recorder = Recorder { probes, precision };
        recorder.sample(simulation)?;
        Ok(recorder)
    }

    /// Steps from `step` to the next sample.
    pub(crate) fn until_next(&self, step: u64) -> u64 {
        self.probes.iter().map(|p| p.every - step % p.every).min().unwrap_or(u64::MAX)
    }

    /// Takes the samples that are due.
    ///
    /// # Errors
    /// From the device or the file system.
    pub(crate) fn sample(&mut self, simulation: &mut Simulation) -> Result<(), Failure> {
        let step = simulation.step();
        for p in self.probes.iter_mut().filter(|p| step.is_multiple_of(p.every)) {
            let values = simulation.values(&p.request.population, &p.request.variable)?;
            let mut write = || {
                values.iter().try_for_each(|&x| match self.precision {
                    Precision::F32 => p.file.write_all(&(x as f32).to_le_bytes()),
                    Precision::F64 => p.file.write_all(&x.to_le_bytes()),
                })
            };
            write().map_err(|e| Failure::write(&p.path, &e))?;
            p.steps.push(step);
        }
        Ok(())
    }

    /// Packs what was recorded; says whether there was anything.
    ///
    /// # Errors
    /// From the file system.
    pub(crate) fn finish(self, path: &Path) -> Result<bool, Failure> {
        if self.probes.is_empty() {
            return Ok(false);
        }
        let descr = if self.precision == Precision::F32 { "<f4" } else { "<f8" };
        pack(self.probes, descr, path).map_err(|e| Failure::write(path, &e))?;
        Ok(true)
    }
}

/// The samples are removed when the archive is complete, and not before: they are what is left if
/// it cannot be written.
fn pack(mut probes: Vec<Probe>, descr: &str, path: &Path) -> io::Result<()> {
    let mut out = NpzWriter::create(path)?;
    for p in &mut probes {
        p.file.flush()?;
        let name = p.request.name();
        let n = p.steps.len() as u64;
        out.begin(&name, descr, &[n, p.shape[0], p.shape[1]])?;
        io::copy(&mut File::open(&p.path)?, &mut out)?;
        out.array(&format!("{name}.step"), &[n], &p.steps)?;
    }
    out.finish()?;
    probes.into_iter().try_for_each(|p| std::fs::remove_file(p.path))
}

/// The interval in steps.
fn interval(request: &RecordState, dt_ms: f64) -> Result<u64, Failure> {
    match request.every {
        Every::Steps(n) => Ok(n),
        Every::Default => Ok(((1.0 / dt_ms).round() as u64).max(1)),
        Every::Ms(ms) => steps_in(ms, dt_ms).map_err(|_| {
            Failure::user(format!(
                "record-state {}: interval = {ms} ms; it must be a multiple of dt = {dt_ms} ms",
                request.name()
            ))
            .help("give the interval in steps: POP.VAR:10")
        }),
    }
}
