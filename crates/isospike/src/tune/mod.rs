//! Tuning: values of parameters with which populations fire at given rates.

mod follow;
mod target;

use crate::Options;
use follow::PARTS;
use isospike_backend::{Error, ErrorKind, Result};
use isospike_glm::Next;
use isospike_model::Shown;
use isospike_net::Network;

/// What is tuned, and to which rates.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuning {
    /// Parameters that may change, each of a population with a rate below.
    pub parameters: Vec<Tunable>,
    /// By population: its mean rate (spikes/s).
    pub rates_hz: Vec<(String, f64)>,
    /// How near a rate must come (spikes/s), two standard errors included.
    pub tolerance_hz: f64,
    /// Time that does not count (ms), at the beginning of a run and after its equilibration.
    pub settle_ms: f64,
    /// Time that counts in a first run (ms). Runs become longer where noise hides the target.
    pub time_ms: f64,
    /// Longest time that counts in a run (ms).
    pub longest_ms: f64,
    /// Most runs.
    pub runs: usize,
}

impl Default for Tuning {
    /// Nothing to tune; to 0.1 spikes/s, in at most 100 runs of 1 to 100 s after 200 ms.
    fn default() -> Self {
        Tuning {
            parameters: Vec::new(),
            rates_hz: Vec::new(),
            tolerance_hz: 0.1,
            settle_ms: 200.0,
            time_ms: 1_000.0,
            longest_ms: 100_000.0,
            runs: 100,
        }
    }
}

/// A parameter of a population, the same for all its neurons, and its bounds. It starts at the
/// network's value, or at the nearer bound; where the model wants it above 0, its logarithm is what
/// is tuned.
#[derive(Clone, Debug, PartialEq)]
pub struct Tunable {
    /// Population.
    pub population: String,
    /// Parameter of its model.
    pub name: String,
    /// Smallest value.
    pub low: f64,
    /// Largest value.
    pub high: f64,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// Values, in the order of the parameters.
    pub values: Vec<f64>,
    /// By population, in the order of the rates: the rate with these values and its standard error
    /// (spikes/s).
    pub rates_hz: Vec<(f64, f64)>,
    /// Runs so far.
    pub runs: usize,
    /// Time that counted in the last one (ms).
    pub time_ms: f64,
}

/// Tunes parameters of a network, so that each population in `tuning` fires at its rate; returns
/// the network with these values. `on_run` sees every run.
///
/// Runs are followed in forward mode ([`Forward`](isospike_model::Forward)): derivatives of the
/// expected spikes of each step, given the spikes before it, in memory that does not grow with the
/// time. They come from the models' own closed forms
/// ([`Model::drive`](isospike_model::Model::drive)), so any model that gives one can be tuned. All
/// runs have the network's seeds.
///
/// # Errors
/// `Invalid` for names that do not exist, bounds that are not allowed, models without a drive; if a
/// rate is out of reach, does not change with the parameters, or is not met in all the runs. Else
/// as [`Simulation::new`](crate::Simulation::new) and
/// [`Simulation::run_steps`](crate::Simulation::run_steps).
pub fn tune(
    mut network: Network,
    tuning: &Tuning,
    options: &Options,
    mut on_run: impl FnMut(&Tuned),
) -> Result<(Network, Tuned)> {
    network.validate()?;
    let mut targets = target::targets(&network, tuning)?;
    let steps_in = |ms| crate::steps_in(ms, network.dt_ms);
    let (settle, longest) = (steps_in(tuning.settle_ms)?, steps_in(tuning.longest_ms)?.max(PARTS));
    let mut steps = steps_in(tuning.time_ms)?.clamp(PARTS, longest);
    for runs in 1..=tuning.runs {
        for target in &targets {
            target.put(&mut network)?;
        }
        let measured = follow::run(&network, &targets, options, settle, steps)?;
        let mut values = vec![0.0; tuning.parameters.len()];
        for target in &targets {
            let places = target.places.iter().zip(target.search.values());
            places.for_each(|(&place, x)| values[place] = x);
        }
        let rates_hz = measured.iter().map(|m| (m.rate, m.error)).collect();
        let time_ms = (steps.div_ceil(PARTS) * PARTS) as f64 * network.dt_ms;
        let tuned = Tuned { values, rates_hz, runs, time_ms };
        on_run(&tuned);
        let (mut reached, mut longer) = (true, 1.0f64);
        for (target, measured) in targets.iter_mut().zip(&measured) {
            let told = target.search.tell(measured).map_err(|e| target.failed(e))?;
            reached &= told == Next::Reached;
            if let Next::Longer(times) = told {
                if steps == longest {
                    return Err(target.hidden(measured, tuning));
                }
                longer = longer.max(times);
            }
        }
        if reached {
            return Ok((network, tuned));
        }
        steps = ((steps as f64 * longer) as u64).min(longest);
    }
    let message = format!(
        "tuning did not come within {} spikes/s of all rates in {} runs",
        Shown(tuning.tolerance_hz),
        tuning.runs
    );
    Err(Error::new(ErrorKind::Invalid, message))
}
