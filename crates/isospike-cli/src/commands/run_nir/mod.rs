//! `isospike run GRAPH.nir`: a graph of NIR, what it is given and what it gives.

mod input;
mod results;

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::progress::Bars;
use crate::staging::Staging;
use crate::{folder, interrupt, request, spikes, summary, text};
use clap::{Args as ClapArgs, ValueEnum};
use input::Input;
use isospike_nir::{Method, Model, NirError, Reset, Watch};
use results::Results;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `run` that only graphs of NIR have.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Graphs of NIR (GRAPH.nir)")]
pub(crate) struct NirArgs {
    /// How leaks are integrated [default: euler]
    #[arg(long, value_name = "METHOD")]
    method: Option<MethodArg>,
    /// What becomes of a neuron that fires: v = v_reset, or v = v - v_threshold [default: value]
    #[arg(long, value_name = "RESET")]
    reset: Option<ResetArg>,
    /// The unit of the graph's times [default: s]
    #[arg(long, value_name = "UNIT")]
    nir_time_unit: Option<UnitArg>,
    /// What the input is given: a .npy with steps along the first axis, or a .csv with a line for
    /// each step. Of several inputs: NAME=FILE, once for each
    #[arg(long, value_name = "[NAME=]FILE")]
    input: Vec<String>,
    /// Steps to run; without an input, it is 0 [default: those of the input]
    #[arg(long, value_name = "N")]
    steps: Option<usize>,
    /// Write the potentials of all neurons, NODE.v.npy
    #[arg(long)]
    potentials: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MethodArg {
    /// Euler's method, as Norse and snnTorch have it
    Euler,
    /// Exact for an input that is constant in a step, as Nengo has it
    Exp,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ResetArg {
    Value,
    Subtract,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum UnitArg {
    S,
    Ms,
}

/// The graph that is to be run, if it is one.
pub(super) fn graph(args: &RunArgs) -> Option<&Path> {
    let path = Path::new(&args.network.network);
    path.extension().is_some_and(|e| e == "nir").then_some(path)
}

/// Refuses arguments that only graphs of NIR have.
///
/// # Errors
/// If there is one.
pub(super) fn refuse(args: &NirArgs) -> Result<(), Failure> {
    let given = [
        ("--method", args.method.is_some()),
        ("--reset", args.reset.is_some()),
        ("--nir-time-unit", args.nir_time_unit.is_some()),
        ("--input", !args.input.is_empty()),
        ("--steps", args.steps.is_some()),
        ("--potentials", args.potentials),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(Failure::user(format!("{name} is for graphs of NIR, GRAPH.nir"))),
        None => Ok(()),
    }
}

/// Refuses arguments that graphs of NIR do not have.
fn refuse_others(args: &RunArgs) -> Result<(), Failure> {
    let network = &args.network;
    let recorded = request::record(spikes::FILE).expect("the default");
    let given = [
        ("--seed", network.seed.is_some()),
        ("--batch", network.batch.is_some()),
        ("--precision", network.precision.is_some()),
        ("--scale", network.scale.is_some()),
        ("--set", !network.set.is_empty()),
        ("--variant", !network.variant.is_empty()),
        ("--memory-limit", network.memory_limit.is_some()),
        ("--time", args.time.is_some()),
        ("--record", args.record != [recorded]),
        ("--record-state", !args.record_state.is_empty()),
        ("--stats", !args.stats.is_empty()),
        ("--state-digest-every", args.state_digest_every.is_some()),
        ("--micro-batch", args.micro_batch.is_some()),
        ("--checkpoint-every", args.checkpoint_every.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(Failure::user(format!("{name} is not for graphs of NIR"))),
        None => Ok(()),
    }
}

/// Runs a graph.
///
/// # Errors
/// If the graph, its input or an argument cannot be used: then nothing is written. If a device or a
/// file fails: then what was recorded is kept.
pub(super) fn run(args: &RunArgs, path: &Path) -> Result<ExitCode, Failure> {
    refuse_others(args)?;
    let dt_ms = args.network.dt.unwrap_or(0.1);
    let options = isospike_nir::Options {
        dt: match args.nir.nir_time_unit {
            Some(UnitArg::Ms) => dt_ms,
            Some(UnitArg::S) | None => dt_ms / 1000.0,
        },
        method: match args.nir.method {
            Some(MethodArg::Exp) => Method::Exponential,
            Some(MethodArg::Euler) | None => Method::Euler,
        },
        reset: match args.nir.reset {
            Some(ResetArg::Subtract) => Reset::Subtract,
            Some(ResetArg::Value) | None => Reset::Value,
        },
    };
    let graph = isospike_nir::read(path)?;
    let (device, _) = args.place.options().open()?;
    let mut model = Model::<f32>::new(&device.computer_f32()?, &graph, &options, 1)?;
    let (inputs, steps) = inputs(&args.nir, &model)?;

    let stem = path.file_stem().map_or("graph".into(), |s| s.to_string_lossy().into_owned());
    let out = match args.no_files {
        true => None,
        false => Some(args.out.clone().unwrap_or_else(|| PathBuf::from("out").join(stem))),
    };
    out.as_deref().map_or(Ok(()), folder::check)?;
    let mut staging = out.as_deref().map(Staging::new).transpose()?;
    let bars = Bars::new(args.quiet, dt_ms);
    let mut results = Results::new(&model, dt_ms, args.nir.potentials, staging.as_ref())?;
    interrupt::keep();
    let ran = go(&mut model, &inputs, steps, &mut results, &bars).and_then(|done| {
        bars.say("writing");
        let files = results.finish()?;
        let interrupted = done < steps;
        let mut summary = serde_json::json!({
            "network": path.display().to_string(),
            "device": args.place.device(),
            "device_name": device.info().name,
            "n_steps": done,
            "dt_ms": dt_ms,
            "n_spikes": results.counts().values().sum::<u64>(),
            "n_spikes_of": results.counts(),
            "recurrent": model.recurrent(),
            "interrupted": interrupted,
            "files": files,
        });
        if let Some(staging) = &mut staging {
            let names = summary["files"].as_array_mut().expect("a list");
            names.push(summary::FILE.into());
            summary["out"] = staging.out().display().to_string().into();
            // Serialising plain data into memory cannot fail.
            let json = serde_json::to_string_pretty(&summary).expect("plain data");
            staging.complete(&(json + "\n"))?;
            staging.finish(true)?;
        }
        Ok((summary, interrupted))
    });
    let (summary, interrupted) = match (ran, staging) {
        (Ok(ran), _) => ran,
        (Err(failure), Some(staging)) => return Err(staging.keep(failure)),
        (Err(failure), None) => return Err(failure),
    };
    match args.json {
        true => text::print_json(&summary),
        false => text::print(&page(&summary)),
    }
    Ok(if interrupted { ExitCode::from(interrupt::EXIT_CODE) } else { ExitCode::SUCCESS })
}

/// What the inputs are given, and how many steps that lasts.
fn inputs(args: &NirArgs, model: &Model<f32>) -> Result<(Vec<Input>, usize), Failure> {
    let needed: Vec<(&str, usize)> =
        model.inputs().map(|(name, shape)| (name, shape.iter().product())).collect();
    let mut inputs = Vec::new();
    for text in &args.input {
        let named = text.split_once('=').and_then(|(name, file)| {
            needed.iter().find(|(n, _)| *n == name).map(|(_, width)| (name, *width, file))
        });
        let (name, width, file) = match (named, &needed[..]) {
            (Some(named), _) => named,
            (None, [(name, width)]) => (*name, *width, text.as_str()),
            _ => {
                let names: Vec<_> = needed.iter().map(|(name, _)| *name).collect();
                let names = names.join(", ");
                let said = format!("input = {text:?}; it must be NAME=FILE, NAME one of {names}");
                return Err(Failure::user(said));
            }
        };
        if inputs.iter().any(|input: &Input| input.name == name) {
            return Err(Failure::user(format!("input = {text:?}; {name} has one already")));
        }
        inputs.push(Input::read(name, Path::new(file), width)?);
    }
    let longest = inputs.iter().map(|input| input.steps).min();
    let steps = match (args.steps, longest) {
        (Some(steps), Some(most)) if steps > most => {
            return Err(Failure::user(format!("steps = {steps}; the input has {most}")));
        }
        (Some(steps), _) | (None, Some(steps)) => steps,
        (None, None) => {
            let message = "there is neither an input nor a number of steps";
            return Err(Failure::user(message).help("give --input FILE, or --steps N"));
        }
    };
    if steps == 0 {
        return Err(Failure::user("steps = 0; it must be at least 1"));
    }
    for (name, width) in needed {
        if !inputs.iter().any(|input| input.name == name) {
            inputs.push(Input { name: name.to_owned(), steps, data: vec![0.0; steps * width] });
        }
    }
    Ok((inputs, steps))
}

/// Runs in chunks, so that memory does not grow with steps and Ctrl-C is timely; how many steps are
/// done.
fn go(
    model: &mut Model<f32>,
    inputs: &[Input],
    steps: usize,
    results: &mut Results,
    bars: &Bars,
) -> Result<usize, Failure> {
    const NUMBERS: usize = 1 << 20;
    let names = results.watched().to_vec();
    let watch: Vec<_> = names
        .iter()
        .map(|(name, potential)| match potential {
            true => Watch::Potential(name),
            false => Watch::Output(name),
        })
        .collect();
    let width = |name: &str| model.shape(name).map_or(1, |shape| shape.iter().product::<usize>());
    let widths: usize = names.iter().map(|(name, _)| width(name)).sum();
    let chunk = (NUMBERS / widths.max(1)).clamp(1, 1000);
    bars.simulate(steps as u64);
    let (mut done, start) = (0, std::time::Instant::now());
    while done < steps && !interrupt::requested() {
        let n = chunk.min(steps - done);
        let part = |input: &Input| {
            let width = input.data.len() / input.steps;
            done * width..(done + n) * width
        };
        let given: Vec<_> =
            inputs.iter().map(|input| (input.name.as_str(), &input.data[part(input)])).collect();
        let seen = model.run(n, &given, &watch)?;
        results.push(done, n, &seen)?;
        done += n;
        bars.step(done as u64, start.elapsed().as_secs_f64());
    }
    Ok(done)
}

/// For people.
fn page(summary: &serde_json::Value) -> String {
    let text = |name: &str| summary[name].as_str().unwrap_or_default().to_owned();
    let mut page = format!(
        "{}: {} steps of {} ms on {}\n",
        text("network"),
        summary["n_steps"],
        summary["dt_ms"],
        text("device_name")
    );
    for (name, n) in summary["n_spikes_of"].as_object().into_iter().flatten() {
        page += &format!("  {name}: {}\n", text::count(n.as_u64().unwrap_or(0), "spikes"));
    }
    if summary["out"].is_string() {
        page += &format!("{}\n", text("out"));
    }
    page
}

impl From<NirError> for Failure {
    fn from(e: NirError) -> Failure {
        match e.is_of_system() {
            true => Failure::system(e.to_string()),
            false => Failure::user(e.to_string()),
        }
    }
}
