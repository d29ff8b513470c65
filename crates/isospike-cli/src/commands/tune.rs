//! `isospike tune`: values of parameters with which populations fire at given rates.

use super::fit;
use super::network::{load, options};
use crate::args::TuneArgs;
use crate::failure::Failure;
use crate::text;
use isospike::{Network, Tuned, Tuning};
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Serialize)]
struct Page<'a> {
    network: &'a str,
    parameters: Vec<Parameter>,
    rates: Vec<Rate<'a>>,
    runs: usize,
    time_ms: f64,
}

#[derive(Serialize)]
struct Parameter {
    name: String,
    value: f64,
}

#[derive(Serialize)]
struct Rate<'a> {
    population: &'a str,
    target_hz: f64,
    rate_hz: f64,
    error_hz: f64,
}

/// Tunes a network; prints the values, and writes the network if it is asked to.
///
/// # Errors
/// If the network or the arguments cannot be used, or a rate is not reached: then nothing is
/// written.
pub(crate) fn tune(args: &TuneArgs) -> Result<ExitCode, Failure> {
    let network = load(&args.network)?;
    let (options, _) = options(&args.network, &args.place, &Arc::new(network.clone()))?;
    let tuning = Tuning {
        parameters: args.parameters.clone(),
        rates_hz: rates(args)?,
        tolerance_hz: args.tolerance,
        settle_ms: args.settle,
        time_ms: args.time,
        longest_ms: args.longest,
        ..Tuning::default()
    };
    let say = |tuned: &Tuned| {
        if !args.quiet {
            eprintln!("run {}: {}", tuned.runs, line(&tuning, tuned));
        }
    };
    let (network, tuned) = isospike::tune(network, &tuning, &options, say)
        .map_err(|e| fit::failure(&args.network, &options, e))?;
    if let Some(path) = &args.out {
        write(path, &network.to_toml())?;
    }
    let page = page(&network, &tuning, &tuned);
    if args.json {
        text::print_json(&page);
    } else {
        text::print(&page.text());
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a file as a whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(format!(".partial-{}", std::process::id()));
    let written = std::fs::write(&partial, text).and_then(|()| std::fs::rename(&partial, path));
    written.map_err(|e| {
        // what is there of it is of no use
        let _ = std::fs::remove_file(&partial);
        Failure::write(path, &e)
    })
}

/// By population, its rate: its own, or the one for all.
fn rates(args: &TuneArgs) -> Result<Vec<(String, f64)>, Failure> {
    let mut rates: Vec<(String, f64)> = Vec::new();
    for rate in args.rates.iter().filter(|r| r.population.is_some()) {
        rates.extend(rate.population.clone().map(|population| (population, rate.hz)));
    }
    let mut of_all = args.rates.iter().filter(|r| r.population.is_none());
    match (of_all.next(), of_all.next()) {
        (Some(_), Some(second)) => {
            let message = format!("--rate {}: there is one rate for all populations", second.hz);
            return Err(Failure::user(message));
        }
        (Some(all), None) => {
            for p in &args.parameters {
                if !rates.iter().any(|(name, _)| *name == p.population) {
                    rates.push((p.population.clone(), all.hz));
                }
            }
        }
        (None, _) => {}
    }
    Ok(rates)
}

/// What a run came to, in a line.
fn line(tuning: &Tuning, tuned: &Tuned) -> String {
    let values = tuning.parameters.iter().zip(&tuned.values);
    let values = values.map(|(p, x)| format!("{}.{} = {x:.6}", p.population, p.name));
    let rates = tuning.rates_hz.iter().zip(&tuned.rates_hz);
    let rates = rates.map(|((name, target), (rate, error))| {
        format!("{name} {rate:.3} +- {error:.3} of {target} spikes/s")
    });
    rates.chain(values).collect::<Vec<_>>().join(", ")
}

fn page<'a>(network: &'a Network, tuning: &'a Tuning, tuned: &Tuned) -> Page<'a> {
    let values = tuning.parameters.iter().zip(&tuned.values);
    let rates = tuning.rates_hz.iter().zip(&tuned.rates_hz);
    Page {
        network: &network.name,
        parameters: values
            .map(|(p, &value)| Parameter { name: format!("{}.{}", p.population, p.name), value })
            .collect(),
        rates: rates
            .map(|((population, target_hz), &(rate_hz, error_hz))| Rate {
                population,
                target_hz: *target_hz,
                rate_hz,
                error_hz,
            })
            .collect(),
        runs: tuned.runs,
        time_ms: tuned.time_ms,
    }
}

impl Page<'_> {
    fn text(&self) -> String {
        let mut table = text::table(&["population", "spikes/s", "error", "target"], &[1, 2, 3]);
        for r in &self.rates {
            let numbers = [r.rate_hz, r.error_hz, r.target_hz].map(|x| format!("{x:.3}"));
            table.add_row([r.population.to_owned()].into_iter().chain(numbers));
        }
        let sets = self.parameters.iter().map(|p| format!(" --set {}={}", p.name, p.value));
        let (sets, runs) = (sets.collect::<String>(), text::count(self.runs as u64, "runs"));
        format!(
            "{table}\nfound in {runs}, the last of {}:\n{}{sets}\n",
            text::time(self.time_ms),
            self.network
        )
    }
}
