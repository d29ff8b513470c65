//! `isospike run` of a network of neural masses: its signal over time.

use super::{MassFile, changed, each, refuse};
use crate::args::{NetworkArgs, PrecisionArg, RunArgs};
use crate::commands::network::stem;
use crate::failure::Failure;
use crate::plot::Traces;
use crate::progress::Bars;
use crate::staging::Staging;
use crate::{folder, interrupt, plot, quantity, request, spikes, summary, text};
use clap::Args as ClapArgs;
use isospike::backend::Device;
use isospike::backend::digest::SlotsDigest;
use isospike::backend::memory::human;
use isospike::mass::{Masses, Observation, Observed, Plan, Real, Stage};
use isospike::{Precision, masses_digest, steps_in};
use isospike_record::{Header, Population, Probe, Selection};
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// The signal, `[sample, node]`, with several lanes `[sample, node, lane]`.
const SIGNAL: &str = "signal.npy";

/// Arguments of `run` that only networks of neural masses have.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Networks of neural masses")]
pub(crate) struct MassArgs {
    /// The time whose mean is a sample of the signal [default: 1 ms, or a step]
    #[arg(long, value_name = "TIME", value_parser = quantity::time_ms)]
    every: Option<f64>,
}

/// Refuses arguments that only networks of neural masses have.
///
/// # Errors
/// If there is one.
pub(crate) fn refuse_args(args: &MassArgs) -> Result<(), Failure> {
    match args.every {
        Some(ms) => {
            Err(Failure::user(format!("--every = {ms} ms; it is for networks of neural masses")))
        }
        None => Ok(()),
    }
}

/// Results of a run.
#[derive(Serialize)]
struct Summary {
    /// Name of the network.
    network: String,
    /// SHA-256 of the samples.
    digest: String,
    /// SHA-256 of all state variables at the end.
    state_digest: String,
    /// Nodes.
    n_nodes: usize,
    /// Steps done.
    n_steps: u64,
    /// Samples of the signal.
    n_samples: u64,
    /// From one sample to the next (ms).
    sample_ms: f64,
    /// Simulated time (ms).
    time_ms: f64,
    /// Time step (ms).
    dt_ms: f64,
    /// Seed of the first lane.
    seed: u64,
    /// Lanes.
    batch: usize,
    /// `"f32"` or `"f64"`.
    precision: &'static str,
    /// Device, as it was asked for.
    device: String,
    /// The device in its own words.
    device_name: String,
    /// Planning and compiling (s).
    build_s: f64,
    /// Stepping, observing and taking the samples (s).
    simulate_s: f64,
    /// Wall-clock time over simulated time.
    real_time_factor: f64,
    /// Bytes of state and what it is made of, wires and rings.
    planned_bytes: u64,
    /// For each lane the time after which it was not finite (ms).
    stopped_ms: Vec<Option<f64>>,
    /// Whether Ctrl-C or another signal ended the run.
    interrupted: bool,
    /// Directory of the files; none were written if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<String>,
    /// The files in it.
    files: Vec<String>,
    /// Version of isospike.
    version: &'static str,
}

/// Runs a network.
///
/// # Errors
/// If the arguments cannot be used: then nothing is written. If a device or a file fails: then what
/// was recorded is kept.
pub(crate) fn run(args: &RunArgs, file: &MassFile) -> Result<ExitCode, Failure> {
    let recorded = request::record(spikes::FILE).expect("the default");
    let more = [
        ("--record", args.record != [recorded]),
        ("--record-state", !args.record_state.is_empty()),
        ("--stats", !args.stats.is_empty()),
        ("--state-digest-every", args.state_digest_every.is_some()),
        ("--micro-batch", args.micro_batch.is_some()),
        ("--checkpoint-every", args.checkpoint_every.is_some()),
    ];
    refuse(&args.network, args.place.device(), &more)?;
    let (device, _) = args.place.options().open()?;
    match args.network.precision {
        Some(PrecisionArg::F64) => go(args, file, &*device, device.masses_f64()?),
        _ => go(args, file, &*device, device.masses_f32()?),
    }
}

fn go<F: Real>(
    args: &RunArgs,
    file: &MassFile,
    device: &dyn Device,
    masses: Arc<dyn Masses<F>>,
) -> Result<ExitCode, Failure> {
    /// Samples that are taken at a time are about so many numbers.
    const NUMBERS: usize = 1 << 20;
    let network = changed(&args.network, file)?;
    let (dt, nodes, lanes) = (network.recipe().dt, network.nodes(), network.seeds().len());
    let time = args.time.unwrap_or(1000.0);
    let steps = steps_in(time, dt)?;
    let each = each(args.mass.every, dt)?;
    let (period, samples) = (dt * each as f64, steps / each);
    if samples == 0 {
        let least = format!("it must be at least {period} ms, a sample of the signal (--every)");
        return Err(Failure::user(format!("time = {time} ms; {least}")));
    }
    let begun = Instant::now();
    let plan = Plan::<F>::new(network.clone())?;
    let planned_bytes = fits(&args.network, &plan)?;
    let out = (!args.no_files).then(|| {
        let default = || PathBuf::from("out").join(stem(&args.network));
        args.out.clone().unwrap_or_else(default)
    });
    out.as_deref().map_or(Ok(()), folder::check)?;
    let mut staging = out.as_deref().map(Staging::new).transpose()?;
    let signal = Observation::samples(file.signal).through(Stage::Average(each));
    let mut run = masses.start(plan, &[signal])?;
    let build_s = begun.elapsed().as_secs_f64();
    let mut results =
        Results::new::<F>(&file.name, (nodes, lanes), (period, samples), staging.as_ref())?;
    let bars = Bars::new(args.quiet, dt);
    bars.simulate(steps);
    interrupt::keep();
    let portion = each * ((NUMBERS / (nodes * lanes)) as u64).clamp(1, samples.div_ceil(100));
    let (mut done, mut simulate_s) = (0, 0.0);
    let ran = (|| -> Result<(), Failure> {
        while done < steps && !interrupt::requested() {
            let (n, begun) = (portion.min(steps - done), Instant::now());
            run.run(n)?;
            let seen = run.take(0)?;
            simulate_s += begun.elapsed().as_secs_f64();
            results.push(&seen)?;
            done += n;
            bars.step(done, simulate_s);
        }
        Ok(())
    })();
    bars.say("writing");
    // what came before a failure is kept
    let ran = ran.and(results.finish(staging.as_ref()));
    drop(bars);
    let finished = ran.and_then(|()| {
        let stopped = run.stopped()?.into_iter().map(|step| step.map(|step| step as f64 * dt));
        let mut summary = Summary {
            network: file.name.clone(),
            digest: String::new(),
            state_digest: masses_digest(&network, &*run)?,
            n_nodes: nodes,
            n_steps: done,
            n_samples: results.samples,
            sample_ms: period,
            time_ms: done as f64 * dt,
            dt_ms: dt,
            seed: network.seeds()[0],
            batch: lanes,
            precision: F::NAME,
            device: args.place.device().to_owned(),
            device_name: device.info().name,
            build_s,
            simulate_s,
            real_time_factor: simulate_s * 1000.0 / (done.max(1) as f64 * dt),
            planned_bytes,
            stopped_ms: stopped.collect(),
            interrupted: done < steps,
            out: out.as_deref().map(|out| out.display().to_string()),
            files: results.files.clone(),
            version: env!("CARGO_PKG_VERSION"),
        };
        summary.digest = std::mem::take(&mut results.digest).hex();
        if let Some(staging) = &mut staging {
            summary.files.push(summary::FILE.to_owned());
            // Serialising plain data into memory cannot fail.
            let json = serde_json::to_string_pretty(&summary).expect("plain data");
            staging.complete(&(json + "\n"))?;
            staging.finish(true)?;
        }
        Ok(summary)
    });
    let summary = match (finished, staging) {
        (Ok(summary), _) => summary,
        (Err(failure), Some(staging)) => return Err(staging.keep(failure)),
        (Err(failure), None) => return Err(failure),
    };
    match args.json {
        true => text::print_json(&summary),
        false => text::print(&page(&summary)),
    }
    let stopped = summary.stopped_ms.iter().flatten().count();
    if stopped > 0 && !args.quiet {
        eprintln!("{stopped} of {lanes} lanes did not stay finite: stopped_ms");
    }
    match summary.interrupted {
        true => Ok(ExitCode::from(interrupt::EXIT_CODE)),
        false => Ok(ExitCode::SUCCESS),
    }
}

/// Bytes of the plan, which must be within the limit.
fn fits<F: Real>(args: &NetworkArgs, plan: &Plan<F>) -> Result<u64, Failure> {
    let planned = plan.memory().total();
    match args.memory_limit {
        Some(limit) if planned > limit => {
            let (planned, limit) = (human(planned), human(limit));
            let message = format!("--memory-limit = {limit}; the plan needs {planned}");
            Err(Failure::user(message))
        }
        _ => Ok(planned),
    }
}

/// What a run leaves behind.
struct Results {
    nodes: usize,
    lanes: usize,
    samples: u64,
    digest: SlotsDigest,
    probe: Option<Probe>,
    traces: Traces,
    files: Vec<String>,
}

impl Results {
    fn new<F: Real>(
        name: &str,
        (nodes, lanes): (usize, usize),
        (period, samples): (f64, u64),
        staging: Option<&Staging>,
    ) -> Result<Results, Failure> {
        let precision = if F::NAME == "f32" { Precision::F32 } else { Precision::F64 };
        let many = || Failure::user(format!("{nodes} nodes in {lanes} lanes; 2^32 - 1 at most"));
        let size = u32::try_from(nodes).map_err(|_| many())?;
        let batch = u32::try_from(lanes).map_err(|_| many())?;
        let population = Population { name: name.to_owned(), first_id: 0, size, sign: 0 };
        let populations = vec![population.clone()];
        let header = Header { dt_ms: period, n_steps: samples, batch, populations };
        let after_each = Selection::all(&header).steps(1..u64::MAX)?;
        let create = |staging: &Staging| {
            Probe::create(&staging.path(SIGNAL), precision, &population, batch, &after_each)
        };
        let probe = staging.map(create).transpose()?;
        let mut digest = SlotsDigest::default();
        digest.slot("signal", samples as usize * nodes * lanes * size_of::<F>());
        let traces = Traces::new(name, nodes, period, samples);
        Ok(Results { nodes, lanes, samples: 0, digest, probe, traces, files: Vec::new() })
    }

    /// Takes samples, `[sample, node, lane]`.
    fn push<F: Real>(&mut self, seen: &Observed<F>) -> Result<(), Failure> {
        self.digest.numbers(&seen.data);
        for row in seen.data.chunks(self.nodes * self.lanes) {
            self.samples += 1;
            let row: Vec<f64> = row.iter().map(|x| x.to_f64()).collect();
            if let Some(probe) = &mut self.probe {
                probe.sample(self.samples, &row)?;
            }
            self.traces.push(row.iter().copied().step_by(self.lanes));
        }
        Ok(())
    }

    /// Completes the files.
    fn finish(&mut self, staging: Option<&Staging>) -> Result<(), Failure> {
        let (Some(probe), Some(staging)) = (self.probe.take(), staging) else { return Ok(()) };
        let _ = probe.finish()?;
        self.files.push(SIGNAL.to_owned());
        let drawn = plot::save(&self.traces.picture(), staging)?;
        self.files.extend(drawn.map(str::to_owned));
        Ok(())
    }
}

/// For people.
fn page(s: &Summary) -> String {
    let lanes = if s.batch == 1 { String::new() } else { format!(", {} lanes", s.batch) };
    let mut page = format!(
        "{}: {} nodes{lanes} for {} in {} s on {} (real-time factor {})\n  signal: {} samples, a \
         mean over {} each; digest {}\n",
        s.network,
        s.n_nodes,
        text::time(s.time_ms),
        text::digits(s.simulate_s),
        s.device_name,
        text::digits(s.real_time_factor),
        s.n_samples,
        text::time(s.sample_ms),
        s.digest,
    );
    if let Some(out) = &s.out {
        page += &format!("{out}: {}\n", s.files.join(", "));
    }
    page
}
