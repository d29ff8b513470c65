//! What is tuned in a population, checked, and the drives that say how its rate changes.

use super::{Tunable, Tuning};
use isospike_backend::{Error, ErrorKind, Result};
use isospike_glm::{Bounded, Measured, Search};
use isospike_model::{Dual, Forward, ModelRef, Number, Of, Range, Rate, Shown};
use isospike_net::{Column, Dynamics, Input, NetError, Network, Neurons, Value};
use std::sync::Arc;

/// A population whose rate is tuned.
pub(super) struct Target {
    pub(super) population: usize,
    name: String,
    pub(super) model: ModelRef,
    /// Of each of its parameters: its place in the model's table, and in the list of all.
    params: Vec<usize>,
    pub(super) places: Vec<usize>,
    pub(super) search: Search,
}

/// What is tuned, by population.
///
/// # Errors
/// `Invalid` if something does not exist, is given twice, or cannot be tuned.
pub(super) fn targets(network: &Network, tuning: &Tuning) -> Result<Vec<Target>> {
    let named = |path: String, name: &str| {
        let known = || network.populations.iter().map(|p| &*p.name);
        let unknown = || NetError::unknown(path, "population", name, known());
        network.population_index(name).ok_or_else(unknown)
    };
    for (i, p) in tuning.parameters.iter().enumerate() {
        let path = format!("parameters[{i}]");
        named(path.clone(), &p.population)?;
        let same = |q: &&Tunable| (&q.population, &q.name) == (&p.population, &p.name);
        let allowed = match () {
            () if !tuning.rates_hz.iter().any(|(name, _)| *name == p.population) => {
                "must be of a population that a rate is given for"
            }
            () if tuning.parameters[..i].iter().find(same).is_some() => "is given twice",
            () => continue,
        };
        let name = format!("{}.{}", p.population, p.name);
        return Err(NetError::value(path, name, allowed).into());
    }
    if tuning.rates_hz.is_empty() {
        return Err(NetError::value("rates", "none", "give at least one").into());
    }
    let all = tuning.rates_hz.iter().enumerate();
    all.map(|(i, (name, rate))| {
        let path = format!("rates[{i}]");
        let population = named(path.clone(), name)?;
        if tuning.rates_hz[..i].iter().any(|(other, _)| other == name) {
            return Err(NetError::value(path, name, "is given twice").into());
        }
        Target::new(network, population, *rate, tuning)
    })
    .collect()
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
            return Err(NetError::value(path, "a spike source", allowed).into());
        };
        if network.params_vary(population) {
            let allowed = "must be the same in all lanes for tuning";
            return Err(NetError::value(format!("{path}.params"), "values by lane", allowed).into());
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
            return Err(NetError::value(format!("{path}.model"), model.name(), allowed).into());
        };
        let injected = neurons.inputs.iter().any(|i| !matches!(i, Input::Poisson { .. }));
        if matches!(drive.rate, Rate::Noise { .. }) && injected {
            let allowed = "is tuned without stimuli and currents: its noise hides them";
            return Err(NetError::value(format!("{path}.model"), model.name(), allowed).into());
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
    pub(super) fn put(&self, network: &mut Network) -> Result<()> {
        let dynamics = &mut network.populations[self.population].dynamics;
        let Dynamics::Model(neurons) = dynamics else { return Ok(()) };
        for (&param, x) in self.params.iter().zip(self.search.values()) {
            let name = self.model.params()[param].name;
            neurons.params.insert(name.to_owned(), Value::Constant(x));
        }
        Ok(network.validate()?)
    }

    pub(super) fn failed(&self, e: isospike_glm::TuneError) -> Error {
        failed(&self.name, e)
    }

    pub(super) fn hidden(&self, m: &Measured, tuning: &Tuning) -> Error {
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
    pub(super) fn forward(&self, network: &Network, lanes: usize) -> Result<Forward> {
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

    /// Makes a coupling filter of one step two steps long, the second empty: what arrives can be
    /// seen in a past, and one step needs none.
    ///
    /// # Errors
    /// If such filters differ from neuron to neuron.
    pub(super) fn look_back(&self, network: &mut Network) -> Result<()> {
        let (dt_ms, size) = (network.dt_ms, network.populations[self.population].size as usize);
        let table = network.param_table(self.population, 0);
        let rows = if table.iter().all(|c| matches!(c, Column::Uniform(_))) { 1 } else { size };
        let dynamics = &mut network.populations[self.population].dynamics;
        let Dynamics::Model(neurons) = dynamics else { return Ok(()) };
        for (i, info) in self.model.filters().iter().enumerate() {
            let kernel = |neuron| {
                let given = neurons.filters.get(info.name).map(|k| k.to_vec());
                let row = || table.iter().map(|c| c.at(neuron)).collect::<Vec<_>>();
                given.unwrap_or_else(|| self.model.kernel(&row(), dt_ms, i))
            };
            let kernels: Vec<_> = (0..rows).map(kernel).collect();
            if !matches!(info.of, Of::Port(_)) || kernels.iter().any(|k| k.len() > 1) {
                continue;
            }
            if kernels.iter().any(|k| k != &kernels[0]) {
                let path = format!("populations.{}.{}", self.name, info.name);
                let allowed = "of one step must be the same for all neurons to be tuned";
                return Err(NetError::value(path, "a filter for each neuron", allowed).into());
            }
            let longer = Arc::new(vec![kernels[0][0], 0.0]);
            neurons.filters.insert(info.name.to_owned(), longer);
        }
        Ok(())
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
        return Err(NetError::unknown(path, "parameter", &p.name, known).into());
    };
    let (info, path) = (&known[param], format!("{path}.params.{}", p.name));
    if info.unit == "steps" {
        let allowed = "is a number of steps: only what can change a little can be tuned";
        return Err(NetError::value(path, Shown(table[param].at(0)), allowed).into());
    }
    for bound in [p.low, p.high] {
        if !info.range.contains(bound) {
            let allowed = format!("is a bound to tune within; must be {}", info.range);
            return Err(NetError::value(path, Shown(bound), allowed).into());
        }
    }
    match table[param] {
        Column::Uniform(x) => Ok((param, x)),
        Column::Each(_) => {
            let allowed = "must be the same for all neurons to be tuned";
            Err(NetError::value(path, "one value per neuron", allowed).into())
        }
    }
}
