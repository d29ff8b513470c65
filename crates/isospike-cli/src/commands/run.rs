//! `isospike run`: build, simulate, write.

use super::network::{load, options, stem};
use super::{fit, masses, micro_batch, run_nir};
use crate::args::RunArgs;
use crate::checkpoint::{self, Checkpoints, Progress, Unfinished};
use crate::failure::Failure;
use crate::progress::Bars;
use crate::records::{self, Records};
use crate::spikes;
use crate::staging::Staging;
use crate::states::{self, States};
use crate::summary::{self, StateDigest, Summary};
use crate::{folder, interrupt, plot, text};
use isospike::lane::random::STEP_LIMIT;
use isospike::model::Shown;
use isospike::{Choice, Network, Options, Simulation, steps_in};
use isospike_record::Header;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs a network, or goes on with a run.
///
/// # Errors
/// If the network, the arguments or the directory cannot be used, or if a state does not stay
/// finite: then nothing is written. If a device or a file fails: then what was recorded is kept. A
/// run with a checkpoint stays what it was when that was written.
pub(crate) fn run(args: &RunArgs, baseline_rss_bytes: u64) -> Result<ExitCode, Failure> {
    interrupt::install();
    if let Some(path) = run_nir::graph(args) {
        return run_nir::run(args, path);
    }
    run_nir::refuse(&args.nir)?;
    if args.resume.is_none()
        && let Some(file) = masses::find(&args.network.network)?
    {
        return masses::run(args, &file);
    }
    masses::refuse_args(&args.mass)?;
    let Some(path) = &args.resume else {
        return simulate(args, None, None, baseline_rss_bytes);
    };
    let mut staging = Staging::reopen(path)?;
    if let Ok(summary) = std::fs::read_to_string(staging.path(summary::FILE)) {
        // All is written already; it only has to be moved.
        staging.finish(true)?;
        let summary: serde_json::Value = serde_json::from_str(&summary).unwrap_or_default();
        match args.json {
            true => text::print_json(&summary),
            false => text::print(&format!("finished: {}\n", staging.out().display())),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let unfinished = Unfinished::open(&staging.path(checkpoint::FILE), args)?;
    let args = unfinished.progress.args.clone();
    simulate(&args, Some(staging), Some(unfinished), baseline_rss_bytes)
}

/// Runs from the beginning, or from where a run was left in its directory.
fn simulate(
    args: &RunArgs,
    staging: Option<Staging>,
    mut unfinished: Option<Unfinished>,
    baseline_rss_bytes: u64,
) -> Result<ExitCode, Failure> {
    let network = Arc::new(load(&args.network)?);
    let steps = steps(args.time.unwrap_or(1000.0), &network)?;
    let header = Header { n_steps: steps, ..summary::header(&network) };
    let recorded = records::check(args, &header)?;
    let args = &RunArgs { stats: records::settle(&args.stats, &recorded), ..args.clone() };
    let probed = states::check(&args.record_state, &network, &header)?;
    let out = match (&staging, args.no_files) {
        (Some(_), _) | (None, true) => None,
        (None, false) => {
            Some(args.out.clone().unwrap_or_else(|| PathBuf::from("out").join(stem(&args.network))))
        }
    };
    out.as_deref().map_or(Ok(()), folder::check)?;
    if let Some(done) = unfinished.as_ref().map(|u| u.progress.step).filter(|done| *done > steps) {
        let [done, end] = [done, steps].map(|n| text::time(n as f64 * network.dt_ms));
        return Err(Failure::user(format!("time = {end}; the run has done {done} already")));
    }

    let bars = Bars::new(args.quiet, network.dt_ms);
    let (options, choice) = options(&args.network, &args.place, &network)?;
    if let Some(batches) = micro_batch::parts(args, &network, &options)? {
        let run = micro_batch::Run {
            args,
            batches,
            options,
            choice,
            steps,
            header,
            out,
            bars,
            baseline_rss_bytes,
        };
        return run.complete();
    }
    // What can be refused is refused before anything is built.
    let mut staging = match (staging, args.checkpoint_every) {
        (Some(staging), _) => Some(staging),
        (None, Some(_)) => out.as_deref().map(Staging::lasting).transpose()?,
        (None, None) => out.as_deref().map(Staging::new).transpose()?,
    };
    let checkpoints = match (&staging, args.checkpoint_every) {
        (Some(staging), Some(pace)) => {
            Some(Checkpoints::new(pace, staging.path(checkpoint::FILE), network.dt_ms)?)
        }
        _ => None,
    };
    let mut records = Records::new(&recorded, &header, staging.as_ref())?;
    let mut states = States::new(probed, &network, &header, staging.as_ref())?;
    let options = Options { progress: Some(bars.building()), ..options };
    let simulation = Simulation::new(network.clone(), &options);
    let mut simulation = simulation.map_err(|e| fit::failure(&args.network, &options, e))?;
    tracing::debug!(seconds = simulation.build_time().as_secs_f64(), "built");

    if unfinished.is_none() {
        // There is nothing to keep yet, so Ctrl-C just ends it.
        simulation.equilibrate(1024, || ControlFlow::Continue(()))?;
    }

    if let Some(unfinished) = &mut unfinished {
        unfinished.resume(&mut simulation, &mut records, &mut states)?;
    }
    let progress = unfinished.map(|u| u.progress);
    let resumed_at = progress.as_ref().map(|p| (simulation.step(), p.simulate_s));
    let digests = progress.map_or_else(Vec::new, |p| p.digests);
    let recording =
        Recording { records, states, digests, checkpoints, resumed_at, choice, header, args, bars };
    interrupt::keep();
    let summary = match recording.complete(simulation, baseline_rss_bytes, staging.as_mut()) {
        Ok(summary) => summary,
        Err(failure) => {
            return Err(match staging {
                Some(staging) => staging.keep(failure),
                None => failure,
            });
        }
    };
    if args.json {
        text::print_json(&summary);
    } else {
        text::print(&summary.page());
    }
    for (name, steps) in &summary.clipped.0 {
        let steps = text::count(*steps, "steps");
        eprintln!("{name}: in {steps} of its neurons there was more to emit than a step can hold");
    }
    for (name, lost) in &summary.lost.0 {
        let lost = text::count(*lost, "spikes");
        eprintln!("{name}: {lost} found their cell full and are not in it");
    }
    if summary.interrupted && !args.quiet {
        let done = text::time(summary.time_ms);
        match &summary.checkpoint {
            None => eprintln!("stopped after {done}; what was recorded until then is kept"),
            Some(file) => {
                eprintln!("stopped after {done}; to go on: isospike run --resume {file}");
            }
        }
    }
    Ok(if summary.interrupted { ExitCode::from(interrupt::EXIT_CODE) } else { ExitCode::SUCCESS })
}

/// The steps of a run.
///
/// # Errors
/// If there are none, or more than there are random numbers for.
pub(super) fn steps(time_ms: f64, network: &Network) -> Result<u64, Failure> {
    match steps_in(time_ms, network.dt_ms)? {
        0 => Err(Failure::user(format!(
            "time = {time_ms} ms; it must be at least dt = {} ms",
            network.dt_ms
        ))),
        n if n > STEP_LIMIT => Err(Failure::user(format!(
            "time = {} ms is {} steps of {} ms; there are random numbers for {STEP_LIMIT}",
            Shown(time_ms),
            Shown(n as f64),
            network.dt_ms,
        ))),
        n => Ok(n),
    }
}

/// A run under way, with what was recorded so far.
struct Recording<'a> {
    args: &'a RunArgs,
    bars: Bars,
    /// Its length is that of the whole run.
    header: Header,
    records: Records,
    states: States,
    digests: Vec<StateDigest>,
    checkpoints: Option<Checkpoints>,
    /// Step, and time spent until then (s).
    resumed_at: Option<(u64, f64)>,
    choice: Option<Choice>,
}

impl Recording<'_> {
    /// Simulates, and puts the results into place; of a run with checkpoints that was stopped, a
    /// last checkpoint.
    fn complete(
        mut self,
        mut simulation: Simulation,
        baseline_rss_bytes: u64,
        staging: Option<&mut Staging>,
    ) -> Result<Summary, Failure> {
        self.simulate(&mut simulation)?;
        let interrupted = simulation.step() < self.header.n_steps;
        let checkpoint = match interrupted {
            true => self.checkpoint(&mut simulation)?,
            false => None,
        };
        self.header.n_steps = simulation.step();
        let run = summary::Run {
            device: self.args.place.device().to_owned(),
            choice: self.choice.take(),
            baseline_rss_bytes,
            state_digests: std::mem::take(&mut self.digests),
            interrupted,
            resumed_at: self.resumed_at,
        };
        let counts = self.records.counts();
        let mut summary = Summary::new(&mut simulation, &self.header, counts, run)?;
        drop(simulation);
        summary.checkpoint = checkpoint;
        if summary.checkpoint.is_none() {
            self.bars.say("writing");
            self.write(staging, &mut summary)?;
        }
        Ok(summary)
    }

    /// Runs in chunks of about a tenth of a second of work, so that progress and Ctrl-C are timely;
    /// how a run is cut cannot change its result.
    fn simulate(&mut self, simulation: &mut Simulation) -> Result<(), Failure> {
        const AIM: Duration = Duration::from_millis(100);
        let mut chunk = 16;
        let (steps, digest_every) = (self.header.n_steps, self.args.state_digest_every);
        self.bars.simulate(steps);
        self.states.sample(simulation)?;
        while simulation.step() < steps && !interrupt::requested() {
            let step = simulation.step();
            let to_digest = digest_every.map_or(u64::MAX, |k| k - step % k);
            let to_checkpoint = self.checkpoints.as_ref().map_or(u64::MAX, |c| c.until_next(step));
            let n = chunk.min(steps - step).min(to_digest).min(to_checkpoint);
            let n = n.min(self.states.until_next(step));
            let start = Instant::now();
            let mut written = Ok(());
            simulation.run_steps(n, n, |reached, spikes| {
                written = self.records.push(spikes, reached);
                if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            written.map_err(|e| Failure::system(format!("spikes cannot be recorded: {e}")))?;
            match start.elapsed() {
                t if n == chunk && t < AIM / 2 => chunk *= 2,
                t if t > AIM * 2 => chunk = (n / 2).max(1),
                _ => {}
            }
            self.states.sample(simulation)?;
            let step = simulation.step();
            if digest_every.is_some_and(|k| step.is_multiple_of(k)) {
                self.digests.push(StateDigest { step, digest: simulation.state_digest()? });
            }
            if step < steps && self.checkpoints.as_ref().is_some_and(|c| c.is_due(step)) {
                self.checkpoint(simulation)?;
            }
            self.bars.step(step, simulation.simulate_time().as_secs_f64());
        }
        Ok(())
    }

    /// Writes a checkpoint, if this run has any; says where.
    fn checkpoint(&mut self, simulation: &mut Simulation) -> Result<Option<String>, Failure> {
        let Some(checkpoints) = &mut self.checkpoints else { return Ok(None) };
        let before_s = self.resumed_at.map_or(0.0, |(_, s)| s);
        let progress = Progress {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            args: checkpoint::absolute(self.args),
            step: simulation.step(),
            digests: self.digests.clone(),
            simulate_s: before_s + simulation.simulate_time().as_secs_f64(),
        };
        checkpoints.write(&progress, simulation, &mut self.records, &mut self.states)?;
        Ok(Some(checkpoints.path().display().to_string()))
    }

    /// Completes the records, and writes everything there is somewhere to write to.
    fn write(
        mut self,
        staging: Option<&mut Staging>,
        summary: &mut Summary,
    ) -> Result<(), Failure> {
        let counts = self.records.counts().to_vec();
        summary.record(self.records.finish(staging.as_deref())?);
        let Some(staging) = staging else { return Ok(()) };
        summary.files.extend(self.states.finish()?);
        let any_step = self.header.n_steps > 0;
        if any_step && summary.files.iter().any(|file| file == spikes::FILE) {
            let view = plot::View::new(&self.header, &counts, plot::MOST_NEURONS, None, None)?;
            let spikes = spikes::open(&staging.path(spikes::FILE))?;
            let raster = plot::Raster::read(&summary.network, &self.header, view, spikes)?;
            summary.files.extend(plot::save(&raster, staging)?.map(str::to_owned));
        }
        summary.files.push(summary::FILE.to_owned());
        summary.out = Some(staging.out().display().to_string());
        // Serialising plain data into memory cannot fail.
        let json = serde_json::to_string_pretty(&summary).expect("plain data");
        staging.complete(&(json + "\n"))?;
        staging.finish(true)
    }
}
