//! Networks of neural masses: `isospike run`, and `isospike sweep`, where every point is a lane and
//! many of them run side by side. What a block of points gave is kept as soon as it is done: a
//! sweep that was stopped goes on from there.

mod block;
mod observe;
mod points;
mod result;
mod run;

pub(crate) use observe::{What, observe};
pub(crate) use run::{MassArgs, refuse_args, run};

use super::SWEEP;
use super::network::stem;
use crate::args::{NetworkArgs, PrecisionArg, SweepArgs};
use crate::checkpoint;
use crate::failure::Failure;
use crate::plot;
use crate::progress::Bars;
use crate::quantity::Every;
use crate::staging::Staging;
use crate::{folder, interrupt, text};
use block::{Block, Task};
use isospike::backend::Device;
use isospike::backend::memory::human;
use isospike::mass::{MASSES, MassError, MassFile, Masses, Network, Plan, Real, Values};
use isospike::steps_in;
use observe::Sampling;
use points::Points;
use result::{Json, Results};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// Files beside those of every sweep: all arrays.
pub(crate) const ARRAYS: &str = "sweep.npz";

/// The network of neural masses of this name, bundled or in a file, if it is one.
///
/// # Errors
/// If it is one that cannot be used.
pub(crate) fn find(name: &str) -> Result<Option<MassFile>, Failure> {
    if MASSES.iter().any(|(known, _)| *known == name) {
        return Ok(Some(MassFile::bundled(name)?));
    }
    let path = Path::new(name);
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(None) };
    if !MassFile::is_one(&text) {
        return Ok(None);
    }
    let beside = |file: &str| {
        let path = folder::parent(path).join(file);
        match (std::fs::read_to_string(&path), MassFile::shared(file)) {
            (Ok(text), _) => Ok(text),
            (Err(e), Some(shared)) if e.kind() == std::io::ErrorKind::NotFound => Ok(shared),
            (Err(e), _) => Err(MassError::Choice(format!("{}: {e}", path.display()))),
        }
    };
    let file = MassFile::parse(&text, beside);
    Ok(Some(file.map_err(|e| Failure::user(format!("{name}: {e}")))?))
}

/// Runs all points.
///
/// # Errors
/// If the arguments cannot be used: then nothing runs. If a device or a file fails: then the blocks
/// until then are kept.
pub(crate) fn sweep(args: &SweepArgs, file: MassFile) -> Result<ExitCode, Failure> {
    let more = [("--batch", args.network.batch.is_some()), ("--jobs", args.jobs.is_some())];
    refuse(&args.network, args.place.device(), &more)?;
    let (device, _) = args.place.options().open()?;
    match args.network.precision {
        Some(PrecisionArg::F64) => all(args, file, &*device, device.masses_f64()?),
        _ => all(args, file, &*device, device.masses_f32()?),
    }
}

/// Refuses what only networks of neurons have; `more` says what of it was given to a command.
pub(crate) fn refuse(
    args: &NetworkArgs,
    device: &str,
    more: &[(&str, bool)],
) -> Result<(), Failure> {
    let given = [("--scale", args.scale.is_some()), ("--variant", !args.variant.is_empty())];
    match given.iter().chain(more).find(|(_, given)| *given) {
        Some((name, _)) => {
            let message = format!("{name} is not for this command of networks of neural masses");
            Err(Failure::user(message))
        }
        None if device == "auto" => Err(Failure::user(
            "device = auto; for networks of neural masses it must be cpu, or one of \
             `isospike devices`",
        )),
        None => Ok(()),
    }
}

/// The network with what arguments change: the time step, values by name, and a lane for each seed.
///
/// # Errors
/// If a name or a value is not allowed.
pub(crate) fn changed(args: &NetworkArgs, file: &MassFile) -> Result<Network, Failure> {
    let mut network = file.network.clone();
    if let Some(dt) = args.dt {
        network = network.dt(dt)?;
    }
    for set in &args.set {
        let wrong = || Failure::user(format!("--set {set}: must be NAME=VALUE, a number"));
        let (name, value) = set.split_once('=').ok_or_else(wrong)?;
        let value = value.trim().parse().map_err(|_| wrong())?;
        network = network.set(name.trim(), Values::Scalar(value))?;
    }
    Ok(network.lanes(args.batch.unwrap_or(1), args.seed.unwrap_or(file.seed))?)
}

/// Steps whose mean is a sample of the signal: as asked for, or 1 ms, or a step.
fn each(every: Option<f64>, dt: f64) -> Result<u64, Failure> {
    match every {
        None => Ok((1.0 / dt).round().max(1.0) as u64),
        Some(every) => Every::Ms(every).steps("every", dt),
    }
}

fn all<F: Real>(
    args: &SweepArgs,
    file: MassFile,
    device: &dyn Device,
    masses: Arc<dyn Masses<F>>,
) -> Result<ExitCode, Failure> {
    interrupt::install();
    let (name, source, fingerprint) = (stem(&args.network), file.signal, file.fingerprint);
    let points = Points::new(args, &file)?;
    let dt = points.network().recipe().dt;
    let steps = steps_in(args.time, dt)?;
    let each = each(args.every, dt)?;
    if args.skip < 0.0 {
        return Err(Failure::user(format!("skip = {} ms; it must be >= 0", args.skip)));
    }
    let sampling = Sampling { source, dt, all: steps, steps: each, skip: args.skip };
    let whats = match args.observe.is_empty() {
        true => vec![What::Moments],
        false => args.observe.clone(),
    };
    for (i, what) in whats.iter().enumerate() {
        if whats[..i].iter().any(|other| other.name() == what.name()) {
            return Err(Failure::user(format!("--observe: {} is given twice", what.name())));
        }
    }
    let task = Task { masses, whats, sampling };
    let observations = task.observations()?;
    observations.iter().try_for_each(|o| o.check(points.network()))?;
    let mut n = together::<F>(args, &points, device, &task)?;
    let default = || PathBuf::from("out").join(format!("{name}-sweep"));
    let out = (!args.no_files).then(|| args.out.clone().unwrap_or_else(default));
    let request = request(args, &points, fingerprint);
    let staging = out.as_deref().map(|out| room(args, out, &request, &mut n)).transpose()?;
    let blocks: Vec<Range<usize>> =
        (0..points.len()).step_by(n).map(|at| at..(at + n).min(points.len())).collect();
    interrupt::keep();
    let bars = Bars::new(args.quiet, dt);
    bars.all_points(points.len());
    let begun = Instant::now();
    let run = run_blocks(&task, &points, &blocks, staging.as_ref(), &bars);
    drop(bars);
    let (found, ran) = match (run, staging.as_ref()) {
        (Ok(found), _) => found,
        (Err(failure), Some(_)) => {
            let staging = staging.expect("there is one");
            let again = "blocks that are done are kept: the same command with --resume goes on";
            return Err(staging.keep(failure).help(again));
        }
        (Err(failure), None) => return Err(failure),
    };
    if found.len() < blocks.len() {
        if !args.quiet {
            let kept: usize = blocks[..found.len()].iter().map(|b| b.len()).sum();
            let again = match (kept, &staging) {
                (0, _) | (_, None) => "nothing is kept",
                _ => "the same command with --resume goes on",
            };
            eprintln!("stopped after {kept} of {} points; {again}", points.len());
        }
        if let Some(staging) = staging.filter(|_| found.is_empty()) {
            // without it the directory goes
            let _ = std::fs::remove_file(staging.path(checkpoint::FILE));
        }
        return Ok(ExitCode::from(interrupt::EXIT_CODE));
    }
    let results = Results::new(&points, &task.whats, sampling, &found);
    let json = Json {
        network: &args.network.network,
        device: device.info().name,
        precision: F::NAME,
        time_ms: args.time,
        n_points: points.len(),
        n_stopped: results.n_stopped(),
        points_per_s: ran as f64 / begun.elapsed().as_secs_f64(),
        out: out.as_deref().map(|out| out.display().to_string()),
        columns: results.json(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let mut drawn = None;
    if let Some(mut staging) = staging {
        let written = write(&staging, &json, &results, &points.grid, &name);
        let finished = written.and_then(|files| {
            drawn = files;
            plot::MAP.iter().try_for_each(|name| staging.drop_earlier(name))?;
            staging.finish(false)
        });
        if let Err(failure) = finished {
            return Err(staging.keep(failure));
        }
    }
    match args.json {
        true => text::print_json(&json),
        false => {
            text::print(&results.page());
            if let Some(out) = &out {
                let picture = drawn.map_or(String::new(), |[png, _]| format!(", {png}"));
                text::print(&format!("{}: sweep.csv, {ARRAYS}{picture}\n", out.display()));
            }
        }
    }
    if json.n_stopped > 0 && !args.quiet {
        eprintln!("{} of {} points did not stay finite: stopped_ms", json.n_stopped, points.len());
    }
    Ok(ExitCode::SUCCESS)
}

/// How many points run side by side: as many as keep a device busy, some blocks of a sweep, and no
/// more than there is room for.
fn together<F: Real>(
    args: &SweepArgs,
    points: &Points,
    device: &dyn Device,
    task: &Task<F>,
) -> Result<usize, Failure> {
    /// Bytes of what runs at a time, and of all results, if nothing else is asked for.
    const ROOM: u64 = 2 << 30;
    const RESULTS: u64 = 8 << 30;
    /// Blocks of a sweep, after each of which it can go on.
    const BLOCKS: usize = 16;
    /// Lanes of the widest tile.
    const TILE: usize = 16;
    let nodes = points.network().nodes();
    let of = |k: usize| -> u64 {
        let numbers = task.whats.iter().map(|what| what.numbers(task.sampling, nodes)[k]);
        8 * numbers.sum::<usize>() as u64
    };
    let given = 2 * of(1) * points.len() as u64;
    let limit = args.network.memory_limit;
    let short = |what: &str, bytes: u64, room: u64| {
        let (bytes, room) = (human(bytes), human(room));
        Failure::user(format!("{what} {bytes}, more than {room} (--memory-limit)"))
    };
    if given > limit.unwrap_or(RESULTS) {
        return Err(short("results of all points take", given, limit.unwrap_or(RESULTS)));
    }
    let some = points.len().min(TILE);
    let plan = Plan::<F>::new(points.part(0..some)?)?;
    let (memory, steps) = (plan.memory(), task.sampling.all);
    let observed = plan.observed(&task.observations()?, steps);
    // what is observed is there twice for a moment, and as f64
    let each = (memory.state + memory.rings + observed).div_ceil(some as u64) + 3 * of(0);
    let room = limit.unwrap_or(ROOM);
    if each + memory.wires > room {
        return Err(short("a point takes", each + memory.wires, room));
    }
    let threads = args.place.threads.or(std::thread::available_parallelism().ok().map(Into::into));
    let (least, most) = match device.is_processor() {
        true => (2 * TILE * threads.unwrap_or(1), 512),
        false => (1024, 16_384),
    };
    let fit = ((room - memory.wires) / each) as usize;
    let n = points.len().div_ceil(BLOCKS).next_multiple_of(TILE).clamp(least.min(most), most);
    Ok(n.min(fit).min(points.len()))
}

/// A directory in which blocks wait for each other, of so many points, or of as many as those that
/// are there have.
fn room(args: &SweepArgs, out: &Path, request: &str, n: &mut usize) -> Result<Staging, Failure> {
    const BLOCKS: &str = "points of a block: ";
    folder::check(out)?;
    let mut dir = out.as_os_str().to_owned();
    dir.push(".unfinished");
    let dir = Path::new(&dir);
    let before = std::fs::read(dir.join(checkpoint::FILE)).ok();
    let before = before.and_then(|bytes| String::from_utf8(bytes).ok());
    let before = before.as_deref().and_then(|text| text.rsplit_once(BLOCKS));
    if !args.resume {
        let staging = Staging::lasting(out).map_err(|failure| match before {
            Some(_) => failure
                .help("go on with it: the same command with --resume; or remove the directory"),
            None => failure,
        })?;
        let path = staging.path(checkpoint::FILE);
        let text = format!("{request}{BLOCKS}{n}\n");
        std::fs::write(&path, text).map_err(|e| Failure::write(&path, &e))?;
        interrupt::unfinished(None);
        return Ok(staging);
    }
    let staging = Staging::reopen(dir)?;
    let Some((same, each)) = before else {
        let message = format!("resume: {} holds no sweep of neural masses", dir.display());
        return Err(Failure::user(message));
    };
    match (same == request, each.trim().parse()) {
        (true, Ok(each)) => *n = each,
        _ => {
            let lines = same.lines().zip(request.lines());
            let differ = lines.filter(|(a, b)| a != b).map(|(a, b)| format!("{a}, not {b}"));
            return Err(Failure::user(format!(
                "resume: {} holds another sweep: {}",
                dir.display(),
                differ.collect::<Vec<_>>().join("; ")
            )));
        }
    }
    Ok(staging)
}

/// Everything that results depend on, line by line.
fn request(args: &SweepArgs, points: &Points, fingerprint: u64) -> String {
    let axes = points.axes().iter().map(|axis| format!("{} = {:?}", axis.name, axis.values));
    let lines = [
        format!("version {}", env!("CARGO_PKG_VERSION")),
        format!("network {fingerprint:x}"),
        format!("points {}", axes.collect::<Vec<_>>().join(", ")),
        format!("seeds {:?}", points.seeds),
        format!("set {:?}", args.network.set),
        format!("dt {:?}", args.network.dt),
        format!("precision {:?}", args.network.precision),
        format!("observe {:?}", args.observe),
        format!("time {} ms", args.time),
        format!("skip {} ms", args.skip),
        format!("every {:?}", args.every),
    ];
    lines.join("\n") + "\n"
}

/// What blocks gave, and how many points were run now.
type Found = (Vec<Block>, usize);

/// Runs the blocks that are not there yet. One that was stopped has the blocks until then.
fn run_blocks<F: Real>(
    task: &Task<F>,
    points: &Points,
    blocks: &[Range<usize>],
    staging: Option<&Staging>,
    bars: &Bars,
) -> Result<Found, Failure> {
    let (mut all, mut ran) = (Vec::new(), 0);
    for (i, range) in blocks.iter().enumerate() {
        let path = staging.map(|staging| staging.path(&format!("block-{i}.npz.tmp")));
        if let Some(path) = path.as_deref().filter(|path| path.exists()) {
            all.push(Block::load(path, task.whats.len())?);
            bars.points(range.start, range.len(), 1.0);
            continue;
        }
        let Some(block) = task.run(points, range.clone(), bars)? else { break };
        if let Some(path) = &path {
            block.save(path)?;
        }
        ran += range.len();
        all.push(block);
    }
    Ok((all, ran))
}

/// Writes the table in all its forms, and its picture if there is one.
fn write(
    staging: &Staging,
    json: &Json<'_>,
    results: &Results,
    grid: &[usize],
    name: &str,
) -> Result<Option<plot::Files>, Failure> {
    let [csv, text] = SWEEP;
    results.csv(&staging.path(csv))?;
    results.npz(&staging.path(ARRAYS))?;
    let path = staging.path(text);
    // Serialising plain data into memory cannot fail.
    let json = serde_json::to_string_pretty(json).expect("plain data") + "\n";
    std::fs::write(&path, json).map_err(|e| Failure::write(&path, &e))?;
    match plot::map(name, &results.axes, grid, &results.first_columns()) {
        None => Ok(None),
        Some(picture) => Ok(Some(plot::save(&picture, staging)?)),
    }
}
