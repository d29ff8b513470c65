//! What a population's neurons compute with: constants, ports, drives, random draws.

use super::device::poisson_words;
use super::initial::InitialState;
use super::scale::{Load, Origin, pow2, rint, size};
use super::stimulus::StimulusPlan;
use super::varying::{Constant, FilterPlan};
use crate::{Error, ErrorKind, Result};
use isospike_lane::PoissonTable;
use isospike_model::{ModelRef, Shown};
use isospike_net::{Column, Dynamics, Half, Input, NetError, Network, Neurons, par};

/// The plan of a population's neurons.
#[derive(Clone, Debug)]
pub struct NeuronPlan {
    /// The equations.
    pub model: ModelRef,
    /// Derived constants, in the model's order, still in f64: a session rounds them once.
    pub consts: Vec<Constant>,
    /// Ports, in the model's order.
    pub ports: Vec<PortPlan>,
    /// Filters, in the model's order.
    pub filters: Vec<FilterPlan>,
    /// Poisson inputs, added to the ports before the update.
    pub drives: Vec<Drive>,
    /// Injected current.
    pub current: Current,
    /// Random words per neuron and step; the model's own are the last ones.
    pub draws: u32,
    /// Steps that plastic synapses may emit ahead, plus one; 0 without plastic synapses.
    pub pending: u32,
    /// The format that state is rounded to and kept in after every step, if that is not the plan's
    /// precision.
    pub state: Option<Half>,
}

/// A port of a population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortPlan {
    /// A weight w is `rint(w 2^exponent)` accumulator units.
    pub exponent: i32,
}

/// A drive that adds to a port.
#[derive(Clone, Debug)]
pub enum Drive {
    /// Independent Poisson spike trains, one per neuron.
    Poisson(PoissonDrive),
}

/// Poisson input of a population.
#[derive(Clone, Debug)]
pub struct PoissonDrive {
    /// Port.
    pub port: usize,
    /// Weight in accumulator units.
    pub weight: i64,
    /// Which of the neuron's draws.
    pub draw: u32,
    /// Thresholds of the inverse distribution function, one table per distinct rate.
    pub tables: Vec<PoissonTable>,
    /// Table of each neuron; `None` when there is one for all.
    pub table_of: Option<Vec<u32>>,
}

/// Injected current: the value of the steps, plus each stimulus in order, plus each noise in order.
#[derive(Clone, Debug, Default)]
pub struct Current {
    /// (first step, pA), ascending; 0 before the first.
    pub steps: Vec<(u64, f64)>,
    /// Stimuli.
    pub stimuli: Vec<StimulusPlan>,
    /// (mean pA, standard deviation pA, draw).
    pub noise: Vec<(f64, f64, u32)>,
}

impl Current {
    /// Whether it differs from neuron to neuron or lane to lane.
    pub fn varies(&self) -> bool {
        !(self.stimuli.is_empty() && self.noise.is_empty())
    }

    /// The value of the steps in a step (pA).
    pub fn at(&self, step: u64) -> f64 {
        let i = self.steps.partition_point(|s| s.0 <= step);
        if i == 0 { 0.0 } else { self.steps[i - 1].1 }
    }
}

impl PoissonDrive {
    /// Bytes of its tables.
    pub(super) fn allocated_bytes(&self) -> u64 {
        let words = |t: &PoissonTable| size_of_val(t.thresholds()) + size_of_val(t.guide());
        let tables: usize = self.tables.iter().map(words).sum();
        (tables + self.table_of.as_ref().map_or(0, |t| size_of_val(&t[..]))) as u64
    }
}

impl NeuronPlan {
    /// Derives everything but the scales of the ports.
    pub(super) fn new(
        network: &Network,
        population: usize,
        threads: usize,
    ) -> Result<Option<NeuronPlan>> {
        let Dynamics::Model(neurons) = &network.populations[population].dynamics else {
            return Ok(None);
        };
        let model = neurons.model;
        let poisson = neurons.inputs.iter().filter(|i| matches!(i, Input::Poisson { .. })).count();
        let mut current = Current::default();
        let mut draws = poisson as u32;
        let mut steps: Vec<(u64, f64)> = Vec::new();
        for (i, input) in neurons.inputs.iter().enumerate() {
            match input {
                Input::Poisson { .. } => {}
                Input::Stimulus(s) => {
                    current.stimuli.push(StimulusPlan::new(network, population, i, s)?);
                }
                Input::Noise { mean, std } => {
                    current.noise.push((*mean, *std, draws));
                    draws += 1;
                }
                Input::Steps { times_ms, amplitudes } => {
                    add_steps(&mut steps, times_ms, amplitudes, network);
                }
            }
        }
        current.steps = steps;
        Ok(Some(NeuronPlan {
            model,
            consts: derive(network, population, model, threads)?,
            ports: vec![PortPlan { exponent: 0 }; model.ports().len()],
            filters: filters(network, population, neurons)?,
            drives: Vec::new(),
            current,
            draws: draws + model.draws() as u32,
            pending: 0,
            state: neurons.state,
        }))
    }

    /// The most spikes that a neuron can have in a step.
    pub(super) fn most_spikes(&self) -> u32 {
        self.model.counts().map_or(1, |c| c.most)
    }

    /// Bytes of its constants, filters and of the tables of its drives.
    pub(super) fn allocated_bytes(&self) -> u64 {
        let bytes = |c: &Constant| c.values() * size_of::<f64>() + c.lanes() * size_of::<Column>();
        let consts = self.consts.iter().map(|c| bytes(c) as u64);
        let drives = self.drives.iter().map(|Drive::Poisson(p)| p.allocated_bytes());
        let kernels = self.filters.iter().map(FilterPlan::allocated_bytes);
        let stimuli = self.current.stimuli.iter().map(StimulusPlan::allocated_bytes);
        consts.sum::<u64>() + stimuli.sum::<u64>() + kernels.sum::<u64>() + drives.sum::<u64>()
    }

    /// State slots that are kept in 16 bits.
    pub fn narrow_slots(&self) -> usize {
        if self.state.is_some() { self.model.state().len() } else { 0 }
    }

    /// The first of the model's own draws.
    pub fn first_model_draw(&self) -> u32 {
        self.draws - self.model.draws() as u32
    }
}

/// The kernels that the network gives, or else the model's for its parameters.
fn filters(network: &Network, population: usize, neurons: &Neurons) -> Result<Vec<FilterPlan>> {
    let (model, dt) = (neurons.model, network.dt_ms);
    let infos = model.filters().iter().enumerate();
    infos
        .map(|(i, info)| {
            if let Some(given) = neurons.filters.get(info.name) {
                return Ok(FilterPlan::new(info.of, [given.to_vec()]));
            }
            let by_lane = network.params_vary(population);
            let lanes = if by_lane { network.lane_seeds.len() } else { 1 };
            let params: Vec<_> = (0..lanes).map(|l| network.param_table(population, l)).collect();
            let kernel = |n: usize, lane: usize| {
                let row: Vec<f64> = params[lane].iter().map(|c| c.at(n)).collect();
                model.kernel(&row, dt, i)
            };
            let each = |c: &Column| matches!(c, Column::Each(_));
            let filter = match by_lane || params[0].iter().any(each) {
                false => FilterPlan::new(info.of, [kernel(0, 0)]),
                true => {
                    let neurons = 0..network.populations[population].size as usize;
                    let batch = 0..network.lane_seeds.len();
                    let lanes = |n| batch.clone().map(move |lane| (n, lane));
                    let of = |(n, lane): (usize, usize)| kernel(n, lane.min(params.len() - 1));
                    FilterPlan::new(info.of, neurons.flat_map(lanes).map(of))
                }
            };
            let mut entries = filter.kernels.iter().flatten();
            if let Some(k) = entries.find(|k| network.precision.finite(**k).is_err()) {
                let path = format!("populations.{}.params", network.populations[population].name);
                let allowed = format!("must give a finite {} filter, not {}", info.name, Shown(*k));
                return Err(NetError::value(path, "values", allowed).into());
            }
            Ok(filter)
        })
        .collect()
}

/// Adds a staircase to a staircase.
fn add_steps(sum: &mut Vec<(u64, f64)>, times_ms: &[f64], amplitudes: &[f64], network: &Network) {
    let (dt_ms, first) = (network.dt_ms, network.equilibration_steps());
    let new = Current {
        steps: times_ms
            .iter()
            .zip(amplitudes)
            .map(|(t, a)| (first + (t / dt_ms).round() as u64, *a))
            .collect(),
        ..Current::default()
    };
    let old = Current { steps: std::mem::take(sum), ..Current::default() };
    let mut at: Vec<u64> = old.steps.iter().chain(&new.steps).map(|s| s.0).collect();
    at.sort_unstable();
    at.dedup();
    *sum = at.into_iter().map(|t| (t, old.at(t) + new.at(t))).collect();
}

/// The derived constants of a population.
fn derive(
    network: &Network,
    population: usize,
    model: ModelRef,
    threads: usize,
) -> Result<Vec<Constant>> {
    let lanes = if network.params_vary(population) { network.lane_seeds.len() } else { 1 };
    let mut constants = vec![Vec::with_capacity(lanes); model.consts().len()];
    for lane in 0..lanes {
        let columns = derive_lane(network, population, lane, model, threads)?;
        constants.iter_mut().zip(columns).for_each(|(lanes, column)| lanes.push(column));
    }
    Ok(constants.into_iter().map(Constant::of).collect())
}

fn derive_lane(
    network: &Network,
    population: usize,
    lane: usize,
    model: ModelRef,
    threads: usize,
) -> Result<Vec<Column>> {
    let params = network.param_table(population, lane);
    let n = network.populations[population].size as usize;
    let dt = network.dt_ms;
    let row = |i: usize| params.iter().map(|c| c.at(i)).collect::<Vec<_>>();
    let columns: Vec<Column> = if params.iter().all(|c| matches!(c, Column::Uniform(_))) {
        model.derive(&row(0), dt).into_iter().map(Column::Uniform).collect()
    } else {
        let mut parts = par::chunks(n, threads, |_, neurons| {
            let mut columns = vec![Vec::with_capacity(neurons.len()); model.consts().len()];
            for i in neurons {
                columns.iter_mut().zip(model.derive(&row(i), dt)).for_each(|(c, x)| c.push(x));
            }
            columns
        });
        let column = |k: usize| {
            let mut whole = Vec::with_capacity(n);
            parts.iter_mut().for_each(|p| whole.extend(std::mem::take(&mut p[k])));
            match whole.iter().all(|x: &f64| x.to_bits() == whole[0].to_bits()) {
                true => Column::Uniform(whole[0]),
                false => Column::Each(whole),
            }
        };
        (0..model.consts().len()).map(column).collect()
    };
    check_finite(network, population, model, &params, &columns)?;
    Ok(columns)
}

/// Refuses constants that would not stay finite in the precision of the state.
fn check_finite(
    network: &Network,
    population: usize,
    model: ModelRef,
    params: &[Column],
    columns: &[Column],
) -> Result<()> {
    let finite = |x: f64| network.precision.finite(x);
    for (constant, column) in columns.iter().enumerate() {
        let wrong = match column {
            Column::Uniform(x) => finite(*x).is_err().then_some(0),
            Column::Each(xs) => xs.iter().position(|x| finite(*x).is_err()),
        };
        let Some(i) = wrong else { continue };
        let x = column.at(i);
        let row: Vec<f64> = params.iter().map(|c| c.at(i)).collect();
        // the parameter to name is one whose default would do
        let with_default = |j: usize| {
            let mut row = row.clone();
            row[j] = model.params()[j].default;
            model.derive(&row, network.dt_ms)[constant]
        };
        let culprit = (0..row.len()).find(|&j| finite(with_default(j)).is_ok());
        let mut path = format!("populations.{}.params", network.populations[population].name);
        let mut value = "values".to_owned();
        if let Some(info) = culprit.map(|j| &model.params()[j]) {
            path += &format!(".{}", info.name);
            value = format!("{} {}", Shown(row[culprit.unwrap_or(0)]), info.unit);
        }
        if let Column::Each(_) = column {
            value = format!("{} of neuron {i}", value.trim_end());
        }
        let info = model.consts()[constant];
        let why = finite(x).err().unwrap_or_default();
        let allowed = format!("{} ({}) {why}, but is {}", info.name, info.doc, Shown(x));
        return Err(NetError::value(path, value.trim_end(), allowed).into());
    }
    Ok(())
}

/// Port for a weight: by name, or the first that takes its sign.
pub(super) fn port(model: ModelRef, name: Option<&str>, weight: f64) -> Option<usize> {
    use isospike_model::Sign;
    match name {
        Some(name) => model.ports().iter().position(|p| p.name == name),
        None => model.signs().iter().position(|s| match s {
            Sign::Any => true,
            Sign::Positive => weight >= 0.0,
            Sign::Negative => weight < 0.0,
        }),
    }
}

/// A Poisson input before its weight is put on the port's grid.
pub(super) struct PoissonInput {
    /// Which of the population's inputs.
    input: usize,
    pub(super) port: usize,
    weight: f64,
    tables: Vec<PoissonTable>,
    table_of: Option<Vec<u32>>,
}

impl PoissonInput {
    /// All Poisson inputs of a population.
    pub(super) fn all(network: &Network, population: usize) -> Result<Vec<PoissonInput>> {
        let Dynamics::Model(neurons) = &network.populations[population].dynamics else {
            return Ok(Vec::new());
        };
        let inputs = neurons.inputs.iter().enumerate();
        let poisson = inputs.filter_map(|(i, input)| match input {
            Input::Poisson { weight, port, .. } => Some((i, *weight, port.as_deref())),
            _ => None,
        });
        poisson
            .map(|(i, weight, name)| Self::new(network, population, neurons, i, weight, name))
            .collect()
    }

    fn new(
        network: &Network,
        population: usize,
        neurons: &Neurons,
        input: usize,
        weight: f64,
        name: Option<&str>,
    ) -> Result<PoissonInput> {
        let port = port(neurons.model, name, weight).ok_or_else(|| {
            let p = &network.populations[population].name;
            Error::new(
                ErrorKind::Invalid,
                format!("{p}: no port of {} takes {}", neurons.model.name(), Shown(weight)),
            )
        })?;
        let table = |hz: f64| -> Result<PoissonTable> {
            PoissonTable::new(hz * network.dt_ms * 1e-3).ok_or_else(|| {
                let p = &network.populations[population].name;
                let most = PoissonTable::MAX_RATE / (network.dt_ms * 1e-3);
                let path = format!("populations.{p}.inputs[{input}].poisson");
                let allowed = format!("must lie between 0 and {} Hz", Shown(most));
                NetError::value(path, format!("{} Hz", Shown(hz)), allowed).into()
            })
        };
        Ok(match network.input_rate(population, input).expect("a Poisson input has a rate") {
            Column::Uniform(hz) => {
                PoissonInput { input, port, weight, tables: vec![table(hz)?], table_of: None }
            }
            Column::Each(rates) => {
                let mut distinct = rates.clone();
                distinct.sort_unstable_by(f64::total_cmp);
                distinct.dedup();
                let at = |r: &f64| distinct.partition_point(|x| x < r) as u32;
                let table_of = Some(rates.iter().map(at).collect());
                let tables = distinct.iter().map(|&r| table(r)).collect::<Result<_>>()?;
                PoissonInput { input, port, weight, tables, table_of }
            }
        })
    }

    /// The most spikes that can come in one step.
    fn most(&self) -> usize {
        self.tables.iter().map(|t| t.max() as usize).max().unwrap_or(0)
    }

    /// Words of all threshold tables.
    pub(super) fn thresholds(&self) -> usize {
        self.tables.iter().map(|t| t.thresholds().len() + t.guide().len()).sum()
    }

    /// Words of all tables on a device.
    pub(super) fn device_words(&self) -> usize {
        self.tables.iter().map(poisson_words).sum()
    }

    /// Entries of the table numbers.
    pub(super) fn indices(&self) -> usize {
        self.table_of.as_ref().map_or(0, Vec::len)
    }

    pub(super) fn load(&self) -> Load {
        let median = self.weight.abs();
        Load { sum: self.most() as f64 * median, median, from: Origin::Input(self.input) }
    }

    /// The most it can add in one step, in accumulator units.
    pub(super) fn bound(&self, exponent: i32) -> u64 {
        size(self.units(exponent)).saturating_mul(self.most() as u64)
    }

    fn units(&self, exponent: i32) -> i64 {
        rint(self.weight * pow2(exponent))
    }

    pub(super) fn drive(&self, exponent: i32, draw: u32) -> Drive {
        Drive::Poisson(PoissonDrive {
            port: self.port,
            weight: self.units(exponent),
            draw,
            tables: self.tables.clone(),
            table_of: self.table_of.clone(),
        })
    }
}

/// Checks that 16 bits hold the initial state of those who keep it in them.
pub(super) fn check_initial(network: &Network) -> Result<()> {
    for (population, p) in network.populations.iter().enumerate() {
        let Dynamics::Model(n) = &p.dynamics else { continue };
        let Some(format) = n.state else { continue };
        for lane in 0..network.lane_seeds.len() {
            let initial = InitialState::new(network, population, lane);
            let mut beyond = None;
            initial.expect("neurons have a state").each(0..p.size as usize, |i, values| {
                let found = values.iter().position(|&x| !format.nearest(x).is_finite());
                beyond = beyond.or(found.map(|slot| (i, slot, values[slot])));
            });
            if let Some((i, slot, x)) = beyond {
                let message = format!(
                    "populations.{}.state = {}: it holds up to {}, but {} of neuron {i} begins at \
                     {x}, as the model counts it",
                    p.name,
                    format.name(),
                    format.most(),
                    n.model.state()[slot].name,
                );
                return Err(Error::new(ErrorKind::Invalid, message));
            }
        }
    }
    Ok(())
}
