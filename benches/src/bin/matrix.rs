//! The whole-run timer: network × device × precision × threads, with digests compared before a
//! number is printed.
//!
//! `cargo xtask bench --quick` is a look of a minute; `cargo xtask bench --out
//! benches/runs/NAME.md` is for keeping.

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use isospike::Precision;
use isospike_benches::cases::select;
use isospike_benches::machine::Machine;
use isospike_benches::measure::{Settings, measure, name};
use isospike_benches::report::Report;
use isospike_benches::targets::targets;
use isospike_benches::verdict::Digests;
use std::path::PathBuf;
use std::process::ExitCode;

/// Times whole runs of bundled networks
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
struct Args {
    /// 100 ms of model time, 2 repetitions, no long networks
    #[arg(long)]
    quick: bool,
    /// Only these networks: NAME, or NAME[+VARIANT]@SCALE
    #[arg(long, value_delimiter = ',')]
    networks: Vec<String>,
    /// Thread counts of the CPU [default: 1 and all]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    threads: Vec<u32>,
    /// Float formats
    #[arg(long, value_delimiter = ',', default_value = "f32,f64")]
    precision: Vec<Format>,
    /// Only this device or backend: cpu, cuda:1 [default: all]
    #[arg(long)]
    device: Option<String>,
    /// Model time: 200ms, 1s, or a number of ms [default: 1s]
    #[arg(long, value_parser = time)]
    time: Option<f64>,
    /// Timed repetitions after one warm-up [default: 5]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    repeats: Option<u32>,
    /// Print one JSON object instead of the table
    #[arg(long)]
    json: bool,
    /// Also write the table with a note on the machine to this Markdown file
    #[arg(long)]
    out: Option<PathBuf>,
    /// Date for that note
    #[arg(long)]
    date: Option<String>,
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
        repeats: args.repeats.map_or(if args.quick { 2 } else { 5 }, |n| n as usize),
    };
    let cases = select(&args.networks, args.quick)?;
    let all = std::thread::available_parallelism().map_or(1, |n| n.get());
    let mut threads = match args.threads.is_empty() {
        true => vec![1, all],
        false => args.threads.iter().map(|&n| n as usize).collect(),
    };
    threads.dedup();
    let targets = targets(args.device.as_deref(), &threads)?;

    let mut digests = Digests::default();
    let mut rows = Vec::new();
    for case in &cases {
        for format in &args.precision {
            let precision = match format {
                Format::F32 => Precision::F32,
                Format::F64 => Precision::F64,
            };
            for target in &targets {
                let place = target.threads.map_or(String::new(), |n| format!(", threads {n}"));
                let what = format!("{} {} {}{place}", case.label(), name(precision), target.device);
                if precision == Precision::F64 && !target.f64_state {
                    eprintln!("not run: {what}: the device has no double precision");
                    continue;
                }
                eprintln!("{what}");
                let row = measure(case, target, precision, &settings).context(what)?;
                if let Err(mismatch) = digests.check(&row) {
                    eprintln!("{mismatch}");
                    return Ok(ExitCode::FAILURE);
                }
                rows.push(row);
            }
        }
    }

    let machine = Machine::here(args.date.clone());
    let arguments = std::env::args().skip(1).collect();
    let report = Report { machine, arguments, repeats: settings.repeats, rows };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{}\n", report.table());
        for note in Report::notes() {
            println!("{note}");
        }
    }
    if let Some(path) = &args.out {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        std::fs::write(path, report.markdown()).with_context(|| path.display().to_string())?;
        eprintln!("written: {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}
