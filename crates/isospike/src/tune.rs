//! Tuning: values of parameters with which populations fire at given rates.

use crate::{Options, Simulation};
use isospike_backend::{Error, ErrorKind, Result, SessionExt, Slot};
use isospike_glm::{Bounded, Measured, Next, Search};
use isospike_model::{Dual, Forward, ModelRef, Number, Of, Range, Rate, Seen, Shown};
use isospike_net::{Column, Dynamics, Input, NetError, Network, Neurons, Value};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Parts of a run whose means give its standard error.
const PARTS: u64 = 16;

/// What is tuned, and to which rates.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuning {
    /// Parameters that may change, each of a population with a rate below.
    pub parameters: Vec<Tunable>,
    /// By population: its mean rate (spikes/s).
    pub rates_hz: Vec<(String, f64)>,
    /// How near a rate must come (spikes/s), two standard errors included.
    pub tolerance_hz: f64,
    /// Time at the beginning of a run that does not count (ms).
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
/// the
/// network with these values. `on_run` sees every run.
///
/// Runs are followed in forward mode ([`Forward`]): derivatives of the expected spikes of each
/// step,
/// given the spikes before it, in memory that does not grow with the time. They come from the
/// models' own closed forms ([`Model::drive`](isospike_model::Model::drive)), so any model that
/// gives one can be tuned. All runs have the network's seeds.
///
/// # Errors
/// `Invalid` for names that do not exist, bounds that are not allowed, models without a drive; if a
/// rate is out of reach, does not change with the parameters, or is not met in all the runs. Else
/// as
/// [`Simulation::new`] and [`Simulation::run`].
pub fn tune(
    mut network: Network,
    tuning: &Tuning,
    options: &Options,
    mut on_run: impl FnMut(&Tuned),
) -> Result<(Network, Tuned)> {
    network.validate()?;
    let mut targets = targets(&network, tuning)?;
    let steps_in = |ms| crate::steps_in(ms, network.dt_ms);
    let (settle, longest) = (steps_in(tuning.settle_ms)?, steps_in(tuning.longest_ms)?.max(PARTS));
    let mut steps = steps_in(tuning.time_ms)?.clamp(PARTS, longest);
    for runs in 1..=tuning.runs {
        for target in &targets {
            target.put(&mut network)?;
        }
        let measured = run(&network, &targets, options, settle, steps)?;
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

/// A population whose rate is tuned.
struct Target {
    population: usize,
    name: String,
    model: ModelRef,
    /// Of each of its parameters: its place in the model's table, and in the list of all.
    params: Vec<usize>,
    places: Vec<usize>,
    search: Search,
}

fn invalid(e: NetError) -> Error {
    Error::from(e)
}

fn targets(network: &Network, tuning: &Tuning) -> Result<Vec<Target>> {
    let named = |path: String, name: &str| {
        network.population_index(name).ok_or_else(|| {
            let known = network.populations.iter().map(|p| &*p.name);
            invalid(NetError::unknown(path, "population", name, known))
        })
    };
    for (i, p) in tuning.parameters.iter().enumerate() {
        named(format!("parameters[{i}]"), &p.population)?;
        if !tuning.rates_hz.iter().any(|(name, _)| *name == p.population) {
            let allowed = "must be of a population that a rate is given for";
            let name = format!("{}.{}", p.population, p.name);
            return Err(invalid(NetError::value(format!("parameters[{i}]"), name, allowed)));
        }
        if tuning.parameters[..i]
            .iter()
            .any(|q| (&q.population, &q.name) == (&p.population, &p.name))
        {
            let name = format!("{}.{}", p.population, p.name);
            return Err(invalid(NetError::value(
                format!("parameters[{i}]"),
                name,
                "is given twice",
            )));
        }
    }
    let all = tuning.rates_hz.iter().enumerate();
    all.map(|(i, (name, rate))| {
        let path = format!("rates[{i}]");
        let population = named(path.clone(), name)?;
        if tuning.rates_hz[..i].iter().any(|(other, _)| other == name) {
            return Err(invalid(NetError::value(path, name, "is given twice")));
        }
        Target::new(network, population, *rate, tuning)
    })
    .collect::<Result<Vec<_>>>()
    .and_then(|targets| match targets.is_empty() {
        true => Err(invalid(NetError::value("rates", "none", "give at least one"))),
        false => Ok(targets),
    })
}

/// The neurons of a population.
fn neurons(network: &Network, population: usize) -> Option<&Neurons> {
    match &network.populations[population].dynamics {
        Dynamics::Model(neurons) => Some(neurons),
        Dynamics::Spikes(_) => None,
    }
}

impl Target {
    fn new(network: &Network, population: usize, rate: f64, tuning: &Tuning) -> Result<Target> {
        let name = network.populations[population].name.clone();
        let path = format!("populations.{name}");
        let Some(neurons) = neurons(network, population) else {
            let allowed = "must be a population with a model that can be tuned";
            return Err(invalid(NetError::value(path, "a spike source", allowed)));
        };
        if network.params_vary(population) {
            let allowed = "must be the same in all lanes for tuning";
            return Err(invalid(NetError::value(
                format!("{path}.params"),
                "values by lane",
                allowed,
            )));
        }
        let (model, table) = (neurons.model, network.param_table(population, 0));
        let row: Vec<_> = table.iter().map(|c| Dual::lit(c.at(0))).collect();
        let Some(drive) = model.drive(&row, network.dt_ms) else {
            let can = isospike_model::MODELS.iter().filter(|m| {
                let row: Vec<_> = m.params().iter().map(|p| Dual::lit(p.default)).collect();
                m.drive(&row, 1.0).is_some()
            });
            let can: Vec<_> = can.map(|m| m.name()).collect();
            let allowed = format!("cannot be tuned; these can: {}", can.join(", "));
            return Err(invalid(NetError::value(format!("{path}.model"), model.name(), allowed)));
        };
        let injected = neurons.inputs.iter().any(|i| !matches!(i, Input::Poisson { .. }));
        if matches!(drive.rate, Rate::Noise { .. }) && injected {
            let allowed = "is tuned without stimuli and currents: its noise hides them";
            return Err(invalid(NetError::value(format!("{path}.model"), model.name(), allowed)));
        }
        let (mut params, mut places, mut bounded) = (Vec::new(), Vec::new(), Vec::new());
        let own = tuning.parameters.iter().enumerate().filter(|(_, p)| p.population == name);
        for (place, p) in own {
            let (param, start) = start(&path, model, &table, p)?;
            let positive =
                matches!(model.params()[param].range, Range::Positive | Range::NonNegative);
            let (name, low, high) = (format!("{name}.{}", p.name), p.low, p.high);
            bounded.push(Bounded { name, start, low, high, positive });
            params.push(param);
            places.push(place);
        }
        let search = Search::new(bounded, rate, tuning.tolerance_hz);
        let search = search.map_err(|e| failed(&name, e))?;
        Ok(Target { population, name, model, params, places, search })
    }

    /// Puts the values into the network.
    fn put(&self, network: &mut Network) -> Result<()> {
        let dynamics = &mut network.populations[self.population].dynamics;
        let Dynamics::Model(neurons) = dynamics else { return Ok(()) };
        for (&param, x) in self.params.iter().zip(self.search.values()) {
            let name = self.model.params()[param].name;
            neurons.params.insert(name.to_owned(), Value::Constant(x));
        }
        Ok(network.validate()?)
    }

    fn failed(&self, e: isospike_glm::TuneError) -> Error {
        failed(&self.name, e)
    }

    fn hidden(&self, m: &Measured, tuning: &Tuning) -> Error {
        let message = format!(
            "the rate of {} is {:.4} spikes/s with an error of {:.4} in the longest run, {} ms: that \
             is too much for a tolerance of {}; allow more of either",
            self.name,
            m.rate,
            m.error,
            Shown(tuning.longest_ms),
            Shown(tuning.tolerance_hz)
        );
        Error::new(ErrorKind::Invalid, message)
    }

    /// What follows the population through a run of the network.
    fn forward(&self, network: &Network, lanes: usize) -> Result<Forward> {
        let table = network.param_table(self.population, 0);
        let size = network.populations[self.population].size as usize;
        let one = table.iter().all(|c| matches!(c, Column::Uniform(_)));
        let given = neurons(network, self.population).map(|n| &n.filters);
        let drive = |param: usize, neuron: usize| {
            let values = table.iter().map(|c| c.at(neuron)).enumerate();
            let row: Vec<_> =
                values.map(|(i, x)| Dual::new(x, if i == param { 1.0 } else { 0.0 })).collect();
            let mut drive = self.model.drive(&row, network.dt_ms).expect("a model with a drive");
            for (kernel, info) in drive.kernels.iter_mut().zip(self.model.filters()) {
                if let Some(given) = given.and_then(|g| g.get(info.name)) {
                    *kernel = given.iter().map(|&k| Dual::lit(k)).collect();
                }
            }
            if drive.keep.is_some_and(|keep| keep.value == 0.0) {
                let message = format!(
                    "tau of {} is the time step: of such an activation nothing is kept to tune by",
                    self.name
                );
                return Err(Error::new(ErrorKind::Invalid, message));
            }
            Ok(drive)
        };
        let drives = self.params.iter().map(|&param| {
            (0..if one { 1 } else { size }).map(|neuron| drive(param, neuron)).collect()
        });
        Ok(Forward::new(drives.collect::<Result<_>>()?, size, lanes))
    }

    /// Its coupling filter, as far back as one step at least: so far what arrives can be seen.
    fn look_back(&self, network: &mut Network, dt_ms: f64) {
        let row: Vec<_> = network.param_table(self.population, 0).iter().map(|c| c.at(0)).collect();
        let dynamics = &mut network.populations[self.population].dynamics;
        let Dynamics::Model(neurons) = dynamics else { return };
        for (i, info) in self.model.filters().iter().enumerate() {
            let given = neurons.filters.get(info.name).map(|k| k.to_vec());
            let mut kernel = given.unwrap_or_else(|| self.model.kernel(&row, dt_ms, i));
            if matches!(info.of, Of::Port(_)) && kernel.len() == 1 {
                kernel.push(0.0);
                neurons.filters.insert(info.name.to_owned(), Arc::new(kernel));
            }
        }
    }
}

fn failed(population: &str, e: isospike_glm::TuneError) -> Error {
    let message = format!("{population}, in spikes/s: {e}");
    Error::new(ErrorKind::Invalid, message).caused_by(e)
}

/// Where a parameter is in its model's table, and where it starts.
fn start(path: &str, model: ModelRef, table: &[Column], p: &Tunable) -> Result<(usize, f64)> {
    let known = model.params();
    let Some(param) = known.iter().position(|q| q.name == p.name) else {
        let known = known.iter().map(|q| q.name);
        return Err(invalid(NetError::unknown(path, "parameter", &p.name, known)));
    };
    let (info, path) = (&known[param], format!("{path}.params.{}", p.name));
    if info.unit == "steps" {
        let allowed = "is a number of steps: only what can change a little can be tuned";
        return Err(invalid(NetError::value(path, Shown(table[param].at(0)), allowed)));
    }
    for bound in [p.low, p.high] {
        if !info.range.contains(bound) {
            let allowed = format!("is a bound to tune within; must be {}", info.range);
            return Err(invalid(NetError::value(path, Shown(bound), allowed)));
        }
    }
    match table[param] {
        Column::Uniform(x) => Ok((param, x)),
        Column::Each(_) => {
            let allowed = "must be the same for all neurons to be tuned";
            Err(invalid(NetError::value(path, "one value per neuron", allowed)))
        }
    }
}

/// Runs a network and says what the rates are and how they change with the parameters.
fn run(
    network: &Network,
    targets: &[Target],
    options: &Options,
    settle: u64,
    steps: u64,
) -> Result<Vec<Measured>> {
    let (dt_ms, lanes) = (network.dt_ms, network.lane_seeds.len());
    let hz = 1000.0 / dt_ms;
    let mut followed = targets
        .iter()
        .map(|target| Ok(Followed::new(target, target.forward(network, lanes)?)))
        .collect::<Result<Vec<_>>>()?;
    let mut network = network.clone();
    for f in followed.iter().filter(|f| f.forward.asks_arrived()) {
        f.target.look_back(&mut network, dt_ms);
    }
    let mut simulation = Simulation::new(network, options)?;
    let mut parts = vec![Vec::new(); targets.len()];
    for part in 0..=PARTS {
        let n = if part == 0 { settle } else { steps.div_ceil(PARTS) };
        for _ in 0..n {
            simulation.session().run_steps(1, 1, |_, _| ControlFlow::Continue(()))?;
            followed.iter_mut().try_for_each(|f| f.see(&mut simulation))?;
        }
        for (f, parts) in followed.iter_mut().zip(&mut parts) {
            let (mean, gradient) = f.forward.take();
            if part > 0 {
                parts.push((mean * hz, gradient));
            }
        }
    }
    Ok(parts.iter().map(|parts| measured(parts, hz)).collect())
}

/// The mean of the parts of a run, with its standard error.
fn measured(parts: &[(f64, Vec<f64>)], hz: f64) -> Measured {
    let n = parts.len() as f64;
    let rate = parts.iter().map(|p| p.0).sum::<f64>() / n;
    let squares: f64 = parts.iter().map(|p| (p.0 - rate) * (p.0 - rate)).sum();
    let mut gradient = vec![0.0; parts[0].1.len()];
    for (_, slopes) in parts {
        gradient.iter_mut().zip(slopes).for_each(|(g, s)| *g += s * hz / n);
    }
    Measured { rate, error: (squares / (n - 1.0) / n).sqrt(), gradient }
}

/// A target in a run.
struct Followed<'a> {
    target: &'a Target,
    forward: Forward,
    /// The filter whose past shows what arrives.
    coupling: Option<usize>,
    seen: [Vec<f64>; 4],
}

impl<'a> Followed<'a> {
    fn new(target: &'a Target, forward: Forward) -> Followed<'a> {
        let filters = target.model.filters();
        let coupling = filters.iter().position(|f| matches!(f.of, Of::Port(_)));
        let coupling = coupling.filter(|_| forward.asks_arrived());
        Followed { target, forward, coupling, seen: Default::default() }
    }

    /// Looks at what a step left.
    fn see(&mut self, simulation: &mut Simulation) -> Result<()> {
        let population = self.target.population;
        for (name, seen) in ["g", "spikes", "activation"].iter().zip(&mut self.seen) {
            let slot = self.target.model.state().iter().position(|s| s.name == *name);
            if let Some(slot) = slot {
                *seen = simulation.session().read_values(Slot::State { population, slot })?;
            }
        }
        let [g, spikes, activation, arrived] = &mut self.seen;
        if let Some(filter) = self.coupling {
            // the newest come first
            *arrived = simulation.session().read_values(Slot::Past { population, filter })?;
            arrived.truncate(g.len());
        }
        self.forward.step(&Seen { g, spikes, activation, arrived });
        Ok(())
    }
}
