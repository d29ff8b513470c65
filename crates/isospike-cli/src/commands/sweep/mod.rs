//! `isospike sweep`: a network with other values and seeds, one row of a table each.

mod table;

use super::network::{load, loader, stem};
use super::{masses, run};
use crate::args::{NetworkArgs, SweepArgs};
use crate::failure::Failure;
use crate::progress::Bars;
use crate::staging::Staging;
use crate::{folder, interrupt, text, vary};
use isospike::{Ensemble, Options};
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
pub(crate) use table::FILES;
use table::{Row, Table};

/// One network of the sweep.
struct Member {
    /// What is varied, with its value.
    values: Vec<(String, String)>,
    /// Seed of the network.
    seed: u64,
    /// Names of its populations.
    populations: Vec<String>,
    /// Steps to run.
    steps: u64,
    /// What makes it.
    args: NetworkArgs,
}

/// `sweep.json` and `--json`.
#[derive(Serialize)]
struct Sweep<'a> {
    network: &'a str,
    time_ms: f64,
    /// Members there were to run.
    n_members: usize,
    members: Vec<Row>,
    /// Whether Ctrl-C or another signal ended it.
    interrupted: bool,
    /// Directory of the files; none were written if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<String>,
    version: &'static str,
}

/// Runs all members.
///
/// # Errors
/// If the arguments, a member or the directory cannot be used: then nothing runs. If a device or a
/// file fails: then the rows until then are kept. A member whose state does not stay finite has a
/// row that says so.
pub(crate) fn sweep(args: &SweepArgs) -> Result<ExitCode, Failure> {
    if let Some(file) = masses::find(&args.network.network)? {
        return masses::sweep(args, file);
    }
    refuse(args)?;
    interrupt::install();
    let default = || PathBuf::from("out").join(format!("{}-sweep", stem(&args.network)));
    let out = (!args.no_files).then(|| args.out.clone().unwrap_or_else(default));
    out.as_deref().map_or(Ok(()), folder::check)?;
    let members = members(args)?;
    let staging = out.as_deref().map(Staging::new).transpose()?;
    let mut table = Table::new(&members, staging.as_ref())?;
    let bars = Bars::new(args.quiet, 0.0);
    bars.members(members.len() as u64);
    let rows = run_all(args, &members, &mut table, &bars);
    drop(bars);
    let sweep = match (rows, staging) {
        (Ok(rows), staging) => {
            let sweep = Sweep {
                network: &args.network.network,
                time_ms: args.time,
                n_members: members.len(),
                interrupted: rows.len() < members.len(),
                members: rows,
                out: out.as_deref().map(|p| p.display().to_string()),
                version: env!("CARGO_PKG_VERSION"),
            };
            write(&sweep, staging)?;
            sweep
        }
        (Err(failure), Some(staging)) => return Err(staging.keep(failure)),
        (Err(failure), None) => return Err(failure),
    };
    match args.json {
        true => text::print_json(&sweep),
        false => text::print(&table.page(&sweep)),
    }
    end(&sweep, args.quiet)
}

/// What only networks of neural masses have, and a sweep of nothing.
fn refuse(args: &SweepArgs) -> Result<(), Failure> {
    let given = [
        ("--sobol", args.sobol.is_some()),
        ("--observe", !args.observe.is_empty()),
        ("--every", args.every.is_some()),
        ("--skip", args.skip > 0.0),
        ("--resume", args.resume),
    ];
    if let Some((name, _)) = given.iter().find(|(_, given)| *given) {
        let message = format!("{name}: only sweeps of networks of neural masses have it");
        return Err(Failure::user(message));
    }
    match args.vary.is_empty() && args.seeds.is_none() {
        false => Ok(()),
        true => Err(Failure::user("nothing varies: give --vary NAME=VALUES or --seeds SEEDS")),
    }
}

/// Runs the members side by side. A stopped sweep has the rows until then.
fn run_all(
    args: &SweepArgs,
    members: &[Member],
    table: &mut Table,
    bars: &Bars,
) -> Result<Vec<Row>, Failure> {
    let mut ensemble = Ensemble::new(Options {
        device: args.place.device().to_owned(),
        threads: args.place.threads,
        memory_limit: args.network.memory_limit,
        ..Options::default()
    })
    .at_once(args.jobs.unwrap_or(usize::MAX));
    for member in members {
        let make = || Ok(Arc::new(loader(&member.args)?.load(&member.args.network)?));
        ensemble.add_made(member.name(), make);
    }
    let (mut rows, mut failed) = (Vec::new(), None);
    ensemble.run(
        |i, simulation| {
            interrupt::keep();
            Ok(Row::run(&members[i], simulation))
        },
        |_, row| {
            let added = row.and_then(|row| {
                row.as_ref().map_or(Ok(()), |row| table.add(row))?;
                Ok(row)
            });
            match added {
                Ok(Some(row)) => {
                    bars.member();
                    rows.push(row);
                    return ControlFlow::Continue(());
                }
                Ok(None) => {}
                Err(failure) => failed = Some(failure),
            }
            ControlFlow::Break(())
        },
    )?;
    failed.map_or(Ok(rows), Err)
}

/// Adds the JSON to the table, and puts both into place.
fn write(sweep: &Sweep<'_>, staging: Option<Staging>) -> Result<(), Failure> {
    let Some(mut staging) = staging else { return Ok(()) };
    let path = staging.path(FILES[1]);
    // Serialising plain data into memory cannot fail.
    let json = serde_json::to_string_pretty(sweep).expect("plain data") + "\n";
    let written = std::fs::write(&path, json).map_err(|e| Failure::write(&path, &e));
    match written.and_then(|()| staging.finish(false)) {
        Ok(()) => Ok(()),
        Err(failure) => Err(staging.keep(failure)),
    }
}

/// How the command ends.
fn end(sweep: &Sweep<'_>, quiet: bool) -> Result<ExitCode, Failure> {
    if sweep.interrupted {
        if !quiet {
            let (done, all) = (sweep.members.len(), sweep.n_members);
            eprintln!("stopped after {done} of {all} members; their rows are kept");
        }
        return Ok(ExitCode::from(interrupt::EXIT_CODE));
    }
    let failed: Vec<_> = sweep.members.iter().filter_map(|r| r.error.as_deref()).collect();
    match failed.first() {
        None => Ok(ExitCode::SUCCESS),
        Some(first) => Err(Failure::user(format!(
            "{} did not reach the end; the first: {first}",
            text::count(failed.len() as u64, "members")
        ))),
    }
}

/// The members, in the order of the table: all are looked at before any runs.
fn members(args: &SweepArgs) -> Result<Vec<Member>, Failure> {
    for (i, v) in args.vary.iter().enumerate() {
        let network = &args.network;
        let given = match &*v.name {
            "seed" => network.seed.is_some() || args.seeds.is_some(),
            "dt" => network.dt.is_some(),
            "batch" => network.batch.is_some(),
            "precision" => network.precision.is_some(),
            "scale" => network.scale.is_some(),
            _ => false,
        };
        if given || args.vary[..i].iter().any(|other| other.name == v.name) {
            return Err(Failure::user(format!("--vary {0}: {0} is given twice", v.name)));
        }
    }
    let seeds: Vec<Option<u64>> = match &args.seeds {
        Some(seeds) => seeds.0.iter().map(|&s| Some(s)).collect(),
        None => vec![args.network.seed],
    };
    let combinations = vary::members(&args.vary, args.zip, seeds.len()).map_err(Failure::user)?;
    let each = combinations.iter().flat_map(|values| seeds.iter().map(move |&s| (values, s)));
    each.map(|(values, seed)| Member::new(args, values, seed)).collect()
}

impl Member {
    fn new(args: &SweepArgs, values: &[&str], seed: Option<u64>) -> Result<Member, Failure> {
        let names = args.vary.iter().map(|v| v.name.clone());
        let mut member = Member {
            values: names.zip(values.iter().map(|v| (*v).to_owned())).collect(),
            seed: 0,
            populations: Vec::new(),
            steps: 0,
            args: NetworkArgs { seed, ..args.network.clone() },
        };
        let set = member.values.iter().map(|(name, value)| format!("{name}={value}"));
        member.args.set.extend(set);
        let network = load(&member.args);
        let network = network.map_err(|e| e.help(format!("in the member {}", member.name())))?;
        member.seed = network.seed;
        member.steps = run::steps(args.time, &network)?;
        member.populations = network.populations.into_iter().map(|p| p.name).collect();
        Ok(member)
    }

    /// `E.theta = 3, seed = 1`.
    fn name(&self) -> String {
        let values = self.values.iter().map(|(name, value)| format!("{name} = {value}"));
        let seed = self.args.seed.map(|s| format!("seed = {s}"));
        values.chain(seed).collect::<Vec<_>>().join(", ")
    }
}
