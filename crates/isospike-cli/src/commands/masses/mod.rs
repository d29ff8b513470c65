//! `isospike sweep` of a network of neural masses: every point is a lane, and many of them run side
//! by side. What a block of points gave is kept as soon as it is done, so that a sweep that was
//! stopped goes on from there.

mod block;
mod observe;
mod points;
mod result;

pub(crate) use observe::{What, observe};

use super::SWEEP;
use crate::args::{PrecisionArg, SweepArgs};
use crate::checkpoint;
use crate::failure::Failure;
use crate::plot;
use crate::progress::Bars;
use crate::staging::Staging;
use crate::{folder, interrupt, text};
use block::{Block, Task};
use isospike::backend::Device;
use isospike::mass::{MASSES, MassError, MassFile, Masses, Plan, Real};
use isospike::{Options, steps_in};
use observe::Sampling;
use points::Points;
use result::{Json, Results};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// Files beside those of every sweep: all arrays.
const ARRAYS: &str = "sweep.npz";

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
    let beside = |file: &str| match MassFile::shared(file) {
        Some(text) => Ok(text),
        None => {
            let path = folder::parent(path).join(file);
            std::fs::read_to_string(&path)
                .map_err(|e| MassError::Choice(format!("{}: {e}", path.display())))
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
    refuse(args)?;
    let options = Options {
        device: args.place.device().to_owned(),
        threads: args.place.threads,
        ..Options::default()
    };
    let (device, _) = options.open()?;
    match args.network.precision {
        Some(PrecisionArg::F64) => all(args, file, &*device, device.masses_f64()?),
        _ => all(args, file, &*device, device.masses_f32()?),
    }
}

/// What only networks of neurons have.
fn refuse(args: &SweepArgs) -> Result<(), Failure> {
    let n = &args.network;
    let given = [
        ("--scale", n.scale.is_some()),
        ("--batch", n.batch.is_some()),
        ("--variant", !n.variant.is_empty()),
        ("--jobs", args.jobs.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((name, _)) => Err(Failure::user(format!(
            "{name}: networks of neural masses have none; every point of a sweep is a lane"
        ))),
    }
}

fn all<F: Real>(
    args: &SweepArgs,
    file: MassFile,
    device: &dyn Device,
    masses: Arc<dyn Masses<F>>,
) -> Result<ExitCode, Failure> {
    interrupt::install();
    let (name, source) = (file.name.clone(), file.signal);
    let points = Points::new(args, file)?;
    let dt = points.network().recipe().dt;
    let steps = steps_in(args.time, dt).map_err(|e| Failure::user(format!("time: {e}")))?;
    let every = args.every.unwrap_or_else(|| dt.max(1.0));
    let each = (every / dt).round().max(1.0) as u64;
    let sampling = Sampling { source, dt, steps: each, skip: args.skip };
    let whats = match args.observe.is_empty() {
        true => vec![What::Moments],
        false => args.observe.clone(),
    };
    for (i, what) in whats.iter().enumerate() {
        if whats[..i].iter().any(|other| other.name() == what.name()) {
            return Err(Failure::user(format!("--observe: {} is given twice", what.name())));
        }
    }
    let task = Task { masses, whats, sampling, steps };
    let observations = task.observations()?;
    observations.iter().try_for_each(|o| o.check(points.network()))?;
    let blocks = blocks::<F>(args, &points, device)?;
    let default = || PathBuf::from("out").join(format!("{name}-sweep"));
    let out = (!args.no_files).then(|| args.out.clone().unwrap_or_else(default));
    let staging =
        out.as_deref().map(|out| room(args, out, &points, blocks[0].len())).transpose()?;
    interrupt::keep();
    let bars = Bars::new(args.quiet, dt);
    bars.all_points(points.len());
    let begun = Instant::now();
    let run = run(&task, &points, &blocks, staging.as_ref(), &bars);
    drop(bars);
    let (found, ran) = match (run, staging.as_ref()) {
        (Ok(found), _) => found,
        (Err(failure), Some(_)) => {
            let staging = staging.expect("there is one");
            return Err(staging.keep(failure));
        }
        (Err(failure), None) => return Err(failure),
    };
    if found.len() < blocks.len() {
        if !args.quiet {
            let kept: usize = blocks[..found.len()].iter().map(|b| b.len()).sum();
            eprintln!(
                "stopped after {kept} of {} points; the same command with --resume goes on",
                points.len()
            );
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
    Ok(ExitCode::SUCCESS)
}

/// Points that run side by side: as many as keep a device busy, and no more than there is room for.
fn blocks<F: Real>(
    args: &SweepArgs,
    points: &Points,
    device: &dyn Device,
) -> Result<Vec<Range<usize>>, Failure> {
    /// Bytes of networks at a time, if nothing else is asked for.
    const ROOM: u64 = 1 << 30;
    let most = if device.is_processor() { 512 } else { 16_384 };
    let one = Plan::<F>::new(points.part(0..1)?)?.memory();
    let room = args.network.memory_limit.unwrap_or(ROOM);
    if one.total() > room {
        return Err(Failure::user(format!(
            "memory-limit = {room}; a point takes {} bytes",
            one.total()
        )));
    }
    let fit = ((room - one.wires) / (one.state + one.rings)).max(1) as usize;
    let n = points.len().min(most).min(fit).max(1);
    Ok((0..points.len()).step_by(n).map(|first| first..(first + n).min(points.len())).collect())
}

/// A directory in which blocks wait for each other.
fn room(args: &SweepArgs, out: &Path, points: &Points, each: usize) -> Result<Staging, Failure> {
    folder::check(out)?;
    let request = format!("{}{each}\n", request(args, points));
    if !args.resume {
        let again = |failure: Failure| match failure.to_string().contains("not finished") {
            true => Failure::user(failure.to_string())
                .help("go on with it: the same command with --resume; or remove the directory"),
            false => failure,
        };
        let staging = Staging::lasting(out).map_err(again)?;
        let path = staging.path(checkpoint::FILE);
        std::fs::write(&path, request).map_err(|e| Failure::write(&path, &e))?;
        interrupt::unfinished(None);
        return Ok(staging);
    }
    let mut dir = out.as_os_str().to_owned();
    dir.push(".unfinished");
    let staging = Staging::reopen(Path::new(&dir))?;
    let path = staging.path(checkpoint::FILE);
    let before = std::fs::read_to_string(&path)
        .map_err(|e| Failure::system(format!("{}: cannot be read: {e}", path.display())))?;
    match before == request {
        true => Ok(staging),
        false => Err(Failure::user(format!(
            "resume: {} holds a sweep of other points, another network or other observations",
            Path::new(&dir).display()
        ))),
    }
}

/// Everything that results depend on.
fn request(args: &SweepArgs, points: &Points) -> String {
    let axes = points.axes();
    format!(
        "isospike {}\n{:?}\n{:?}\n{:?}\n{:?} {:?} {:?} {:?} {:?}\n",
        env!("CARGO_PKG_VERSION"),
        args.network.network,
        axes,
        points.seeds,
        args.network.set,
        args.network.dt,
        args.network.precision,
        args.observe,
        (args.time, args.skip, args.every, args.network.memory_limit),
    )
}

/// What blocks gave, and how many points were run now.
type Found = (Vec<Block>, usize);

/// Runs the blocks that are not there yet. One that was stopped has the blocks until then.
fn run<F: Real>(
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
