//! `isospike run`: build, simulate, write.

use super::network::{load, options, stem};
use super::{fit, micro_batch};
use crate::args::RunArgs;
use crate::failure::Failure;
use crate::progress::Bars;
use crate::spikes;
use crate::staging::{self, Staging};
use crate::summary::{self, StateDigest, Summary};
use crate::{interrupt, plot, states, text};
use isospike::lane::random::STEP_LIMIT;
use isospike::model::Shown;
use isospike::{Choice, Network, Options, Simulation, steps_in};
use isospike_record::Header;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs a network.
///
/// # Errors
/// If the network, the arguments or the directory cannot be used, or if a state does not stay
/// finite: then nothing is written. If a device or a file fails: then what was recorded is kept.
pub(crate) fn run(args: &RunArgs, baseline_rss_bytes: u64) -> Result<ExitCode, Failure> {
    interrupt::install();
    let network = Arc::new(load(&args.network)?);
    let steps = steps(args.time, &network)?;
    let probes = states::check(&args.record_state, &network)?;
    let out = match args.no_files {
        true => None,
        false => {
            Some(args.out.clone().unwrap_or_else(|| PathBuf::from("out").join(stem(&args.network))))
        }
    };
    out.as_deref().map_or(Ok(()), staging::check)?;

    let header = summary::header(&network);
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
    let options = Options { progress: Some(bars.building()), ..options };
    let simulation = Simulation::new(network, &options);
    let mut simulation = simulation.map_err(|e| fit::failure(&args.network, &options, e))?;
    tracing::debug!(seconds = simulation.build_time().as_secs_f64(), "built");

    let mut staging = out.as_deref().map(Staging::new).transpose()?;
    let recording = Recording {
        spikes: spikes::Recorder::new(&header, staging.as_ref())?,
        states: states::Recorder::new(probes, &mut simulation, staging.as_ref())?,
        digests: Vec::new(),
        choice,
        header,
        args,
        steps,
        bars,
    };
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
    if summary.interrupted && !args.quiet {
        let done = text::time(summary.time_ms);
        eprintln!("stopped after {done}; what was recorded until then is kept");
    }
    Ok(if summary.interrupted { ExitCode::from(interrupt::EXIT_CODE) } else { ExitCode::SUCCESS })
}

fn steps(time_ms: f64, network: &Network) -> Result<u64, Failure> {
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
    steps: u64,
    bars: Bars,
    header: Header,
    spikes: spikes::Recorder,
    states: states::Recorder,
    digests: Vec<StateDigest>,
    choice: Option<Choice>,
}

impl Recording<'_> {
    /// Simulates, and puts the results into place.
    fn complete(
        mut self,
        mut simulation: Simulation,
        baseline_rss_bytes: u64,
        staging: Option<&mut Staging>,
    ) -> Result<Summary, Failure> {
        self.simulate(&mut simulation)?;
        self.header.n_steps = simulation.step();
        let run = summary::Run {
            device: self.args.place.device.clone(),
            choice: self.choice.take(),
            baseline_rss_bytes,
            state_digests: std::mem::take(&mut self.digests),
            interrupted: self.header.n_steps < self.steps,
        };
        let mut summary = Summary::new(&mut simulation, &self.header, self.spikes.counts(), run)?;
        drop(simulation);
        if let Some(staging) = staging {
            self.bars.say("writing");
            summary.files = self.write(staging, &summary.network)?;
            summary.files.push(summary::FILE);
            summary.out = Some(staging.out().display().to_string());
            let path = staging.path(summary::FILE);
            // Serialising plain data into memory cannot fail.
            let json = serde_json::to_string_pretty(&summary).expect("plain data");
            std::fs::write(&path, json + "\n").map_err(|e| Failure::write(&path, &e))?;
            staging.finish(true)?;
        }
        Ok(summary)
    }

    /// Runs in chunks of about a tenth of a second of work, so that progress and Ctrl-C are timely;
    /// how a run is cut cannot change its result.
    fn simulate(&mut self, simulation: &mut Simulation) -> Result<(), Failure> {
        const AIM: Duration = Duration::from_millis(100);
        let mut chunk = 16;
        let (steps, digest_every) = (self.steps, self.args.state_digest_every);
        self.bars.simulate(steps);
        while simulation.step() < steps && !interrupt::requested() {
            let step = simulation.step();
            let to_digest = digest_every.map_or(u64::MAX, |k| k - step % k);
            let n = chunk.min(steps - step).min(to_digest).min(self.states.until_next(step));
            let start = Instant::now();
            let mut written = Ok(());
            simulation.run_steps(n, n, |reached, spikes| {
                written = self.spikes.push(spikes, reached);
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
            self.bars.step(step, simulation.simulate_time().as_secs_f64());
        }
        Ok(())
    }

    /// Writes everything but the summary; says what.
    fn write(self, staging: &Staging, network: &str) -> Result<Vec<&'static str>, Failure> {
        let (header, counts) = (&self.header, self.spikes.counts().to_vec());
        let path = staging.path(spikes::FILE);
        self.spikes.finish()?;
        let mut files = vec![spikes::FILE];
        if self.states.finish(&staging.path(states::FILE))? {
            files.push(states::FILE);
        }
        let view = plot::View::new(header, &counts, plot::MOST_NEURONS, None, None)?;
        let raster = plot::Raster::read(network, header, view, spikes::open(&path)?)?;
        files.extend(plot::save(&raster, staging)?);
        Ok(files)
    }
}
