//! `isospike run`: build, simulate, write.

use super::network::{load, options, stem, threads};
use crate::args::RunArgs;
use crate::failure::Failure;
use crate::progress::Bars;
use crate::spikes::{self, Header};
use crate::staging::{self, Staging};
use crate::summary::{self, StateDigest, Summary};
use crate::{interrupt, plot, states, text};
use isospike::{Network, Options, Simulation, steps_in};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Runs a network.
///
/// # Errors
/// If the network, the arguments or the directory cannot be used (nothing is written), if a state
/// does not stay finite (nothing is written), or if a device or a file fails.
pub fn run(args: &RunArgs, baseline_rss_bytes: u64) -> Result<ExitCode, Failure> {
    interrupt::install();
    let network = load(&args.network)?;
    let steps = steps(args.time, &network)?;
    let probes = states::check(&args.record_state, &network)?;
    let out = match args.no_files {
        true => None,
        false => {
            Some(args.out.clone().unwrap_or_else(|| PathBuf::from("out").join(stem(&args.network))))
        }
    };
    out.as_deref().map_or(Ok(()), staging::check)?;

    let mut header = summary::header(&network);
    let bars = Bars::new(args.quiet, network.dt_ms);
    let options = Options { progress: Some(bars.building()), ..options(&args.network)? };
    let mut simulation = Simulation::new(network, &options)?;
    tracing::debug!(seconds = simulation.build_time().as_secs_f64(), "built");

    let staging = out.as_deref().map(Staging::new).transpose()?;
    let mut recording = Recording {
        spikes: spikes::Recorder::new(header.populations.len(), header.batch, staging.as_ref())?,
        states: states::Recorder::new(probes, &mut simulation, staging.as_ref())?,
        digest_every: args.state_digest_every,
        digests: Vec::new(),
    };
    interrupt::keep();
    simulate(&mut simulation, steps, &header, &mut recording, &bars)?;

    header.n_steps = simulation.step();
    let interrupted = header.n_steps < steps;
    let run = summary::Run {
        device: args.network.device.clone(),
        threads: threads(&args.network),
        baseline_rss_bytes,
        state_digests: recording.digests,
        interrupted,
    };
    let mut summary = Summary::new(&mut simulation, &header, recording.spikes.counts(), run)?;
    drop(simulation);
    if let (Some(staging), Some(out)) = (staging, out) {
        bars.say("writing");
        summary.files =
            write(&staging, &header, recording.spikes, recording.states, &summary.network)?;
        summary.files.push("summary.json");
        summary.out = Some(out.display().to_string());
        let path = staging.path("summary.json");
        // Serialising plain data into memory cannot fail.
        let json = serde_json::to_string_pretty(&summary).expect("plain data");
        std::fs::write(&path, json + "\n").map_err(|e| Failure::write(&path, &e))?;
        staging.finish(staging::FILES)?;
    }
    bars.clear();
    if args.json {
        text::print_json(&summary);
    } else {
        text::print(&summary.page());
    }
    if interrupted && !args.quiet {
        let done = text::time(summary.time_ms);
        eprintln!("stopped by Ctrl-C after {done}; what was recorded until then is kept");
    }
    Ok(if interrupted { ExitCode::from(interrupt::EXIT_CODE) } else { ExitCode::SUCCESS })
}

fn steps(time_ms: f64, network: &Network) -> Result<u64, Failure> {
    match steps_in(time_ms, network.dt_ms)? {
        0 => Err(Failure::user(format!(
            "time = {time_ms} ms; it must be at least dt = {} ms",
            network.dt_ms
        ))),
        n if n > u64::from(u32::MAX) => Err(Failure::user(format!(
            "time = {time_ms} ms is {n} steps of {} ms; at most {} steps can be recorded",
            network.dt_ms,
            u32::MAX
        ))),
        n => Ok(n),
    }
}

struct Recording {
    spikes: spikes::Recorder,
    states: states::Recorder,
    digest_every: Option<u64>,
    digests: Vec<StateDigest>,
}

/// Runs in chunks of about a tenth of a second of work, so that progress and Ctrl-C are timely; how
/// a run is cut cannot change its result.
fn simulate(
    simulation: &mut Simulation,
    steps: u64,
    header: &Header,
    recording: &mut Recording,
    bars: &Bars,
) -> Result<(), Failure> {
    const AIM: Duration = Duration::from_millis(100);
    let mut chunk = 16;
    bars.simulate(steps);
    while simulation.step() < steps && !interrupt::requested() {
        let step = simulation.step();
        let to_digest = recording.digest_every.map_or(u64::MAX, |k| k - step % k);
        let n = chunk.min(steps - step).min(to_digest).min(recording.states.until_next(step));
        let start = Instant::now();
        let mut written = Ok(());
        simulation.run_steps(n, n, |_, spikes| {
            written = recording.spikes.push(header, spikes);
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        written.map_err(|e| Failure::system(format!("spikes cannot be recorded: {e}")))?;
        match start.elapsed() {
            t if n == chunk && t < AIM / 2 => chunk *= 2,
            t if t > AIM * 2 => chunk = (n / 2).max(1),
            _ => {}
        }
        recording.states.sample(simulation)?;
        let step = simulation.step();
        if recording.digest_every.is_some_and(|k| step.is_multiple_of(k)) {
            recording.digests.push(StateDigest { step, digest: simulation.state_digest()? });
        }
        bars.step(step, simulation.simulate_time().as_secs_f64());
    }
    Ok(())
}

/// Writes everything but the summary; says what.
fn write(
    staging: &Staging,
    header: &Header,
    spikes: spikes::Recorder,
    states: states::Recorder,
    network: &str,
) -> Result<Vec<&'static str>, Failure> {
    let counts = spikes.counts().to_vec();
    let path = staging.path(spikes::FILE);
    spikes.finish(header, &path)?;
    let mut files = vec![spikes::FILE];
    if states.finish(&staging.path(states::FILE))? {
        files.push(states::FILE);
    }
    let view = plot::View::new(header, &counts, plot::MOST_NEURONS, None, None)?;
    let raster = plot::Raster::read(network, header, view, spikes::Reader::open(&path)?)?;
    files.extend(plot::save(&raster, staging)?);
    Ok(files)
}
