//! The matrix: case x device x precision x threads, with digests compared before a number is
//! printed.
//!
//! `cargo xtask bench --quick` is a look of less than two minutes; `cargo xtask bench --archive` is
//! for keeping.

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use isospike::Precision;
use isospike_benches::baseline::Baseline;
use isospike_benches::cases::{Case, select};
use isospike_benches::machine::Machine;
use isospike_benches::measure::{Outcome, Settings, cell, name};
use isospike_benches::page;
use isospike_benches::report::{Report, Row};
use isospike_benches::targets::{Target, targets};
use isospike_benches::verdict::Digests;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where archived runs lie, from the root of the repository.
const ARCHIVE: &str = "benches/runs";

/// Times single models and whole networks on every device; exit code 1 if digests differ
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
struct Args {
    /// Small cases in f32, 100 ms of model time, 3 repetitions
    #[arg(long)]
    quick: bool,
    /// Only these: NAME, NETWORK[+VARIANT]@SCALE or MODEL:NEURONS
    #[arg(long, value_delimiter = ',')]
    cases: Vec<String>,
    /// Thread counts of the CPU [default: 1 and all]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    threads: Vec<u32>,
    /// Float formats [default: f32,f64]
    #[arg(long, value_delimiter = ',')]
    precision: Vec<Format>,
    /// Only this device or backend: cpu, opencl:0:0 [default: all]
    #[arg(long)]
    device: Option<String>,
    /// Model time of networks: 200ms, 1s, or a number of ms [default: 1s]
    #[arg(long, value_parser = time)]
    time: Option<f64>,
    /// Timed repetitions after one warm-up [default: 5]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    repeats: Option<u32>,
    /// The matrix.json of a former run: show ratios to it
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Print one JSON object instead of the tables
    #[arg(long)]
    json: bool,
    /// Write table.md, matrix.json and matrix.html there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write them to benches/runs/DATE-DEVICE; DEVICE is the CPU if not given
    #[arg(long, value_name = "DEVICE", conflicts_with = "out")]
    archive: Option<Option<String>>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    F32,
    F64,
}

fn time(text: &str) -> Result<f64, String> {
    let ms = isospike::net::units::parse(text, "ms").ok().filter(|ms| *ms > 0.0);
    ms.ok_or_else(|| "a time above 0, as in 200ms, 1s or 200".to_owned())
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<ExitCode> {
    let settings = Settings {
        time_ms: args.time.unwrap_or(if args.quick { 100.0 } else { 1000.0 }),
        updates: if args.quick { 2_000_000 } else { 20_000_000 },
        repeats: args.repeats.map_or(if args.quick { 3 } else { 5 }, |n| n as usize),
    };
    let baseline = args.baseline.as_deref().map(Baseline::read).transpose()?;
    let cases = select(&args.cases, args.quick)?;
    let (targets, absent) = targets(args.device.as_deref(), &threads(args))?;
    for a in &absent {
        eprintln!("{}: n/a ({})", a.backend, a.reason);
    }
    let rows = measure(&cases, &precisions(args), &targets, &settings);

    let arguments = std::env::args().skip(1).collect();
    let (machine, repeats) = (Machine::here(), settings.repeats);
    let report = Report { machine, targets, absent, arguments, repeats, rows };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{}", report.markdown(baseline.as_ref()));
    }
    let archive = |device: &Option<String>| {
        Path::new(ARCHIVE).join(report.machine.archive_name(device.as_deref()))
    };
    if let Some(dir) = args.out.clone().or_else(|| args.archive.as_ref().map(archive)) {
        write(&report, baseline.as_ref(), &dir)?;
    }
    if report.is_broken() {
        eprintln!("error: there are cells with MISMATCH or FAILED");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn threads(args: &Args) -> Vec<usize> {
    let all = std::thread::available_parallelism().map_or(1, |n| n.get());
    let mut threads = match args.threads.is_empty() {
        true => vec![1, all],
        false => args.threads.iter().map(|&n| n as usize).collect(),
    };
    threads.dedup();
    threads
}

fn precisions(args: &Args) -> Vec<Precision> {
    let precision = |format: &Format| match format {
        Format::F32 => Precision::F32,
        Format::F64 => Precision::F64,
    };
    match (args.precision.is_empty(), args.quick) {
        (true, true) => vec![Precision::F32],
        (true, false) => vec![Precision::F32, Precision::F64],
        (false, _) => args.precision.iter().map(precision).collect(),
    }
}

/// Every cell, in the order of the tables.
fn measure(
    cases: &[Case],
    precisions: &[Precision],
    targets: &[Target],
    settings: &Settings,
) -> Vec<Row> {
    let mut digests = Digests::default();
    let mut rows = Vec::new();
    for case in cases {
        for &precision in precisions {
            for target in targets {
                let what = format!("{} {} {}", case.label(), name(precision), target.place());
                eprintln!("{what}");
                let outcome = cell(case, target, precision, settings, &mut digests);
                match &outcome {
                    Outcome::Measured(_) => {}
                    Outcome::NotAvailable(reason) => eprintln!("  n/a: {reason}"),
                    Outcome::Mismatch(what) => eprintln!("  MISMATCH: {what}"),
                    Outcome::Failed(reason) => eprintln!("  FAILED: {reason}"),
                }
                rows.push(Row {
                    kind: case.kind,
                    name: case.name(),
                    case: case.label(),
                    device: target.device.clone(),
                    precision: name(precision).to_owned(),
                    threads: target.threads,
                    outcome,
                });
            }
        }
    }
    rows
}

fn write(report: &Report, baseline: Option<&Baseline>, dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    for (file, text) in [
        ("table.md", report.markdown(baseline)),
        ("matrix.json", serde_json::to_string_pretty(report)? + "\n"),
        ("matrix.html", page::html(report, baseline)?),
    ] {
        let path = dir.join(file);
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        eprintln!("written: {}", path.display());
    }
    Ok(())
}
