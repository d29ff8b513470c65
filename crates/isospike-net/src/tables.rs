//! Values per neuron: parameters, initial state and rates with defaults filled in and random ones
//! drawn.

use crate::draw::{GROUP, Stream};
use crate::sampler::Sampler;
use crate::{Distribution, Dynamics, Input, Network, Neurons, Value};
use isospike_lane::isa::Isa;
use isospike_lane::{Draw, Purpose};
use std::ops::Range;

/// A value for all neurons of a population, or one for each.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// The same for all.
    Uniform(f64),
    /// One per neuron.
    Each(Vec<f64>),
}

impl Column {
    /// The value of one neuron.
    pub fn at(&self, neuron: usize) -> f64 {
        match self {
            Column::Uniform(x) => *x,
            Column::Each(xs) => xs[neuron],
        }
    }

    /// Smallest and largest value.
    pub fn range(&self) -> (f64, f64) {
        match self {
            Column::Uniform(x) => (*x, *x),
            Column::Each(xs) => xs
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &x| (a.min(x), b.max(x))),
        }
    }

    /// Mean over the population.
    pub fn mean(&self) -> f64 {
        match self {
            Column::Uniform(x) => *x,
            Column::Each(xs) => xs.iter().sum::<f64>() / xs.len() as f64,
        }
    }

    /// `Uniform` if all values have the same bits.
    fn collapsed(xs: Vec<f64>) -> Column {
        match xs.first() {
            Some(&x) if xs.iter().all(|y| y.to_bits() == x.to_bits()) => Column::Uniform(x),
            _ => Column::Each(xs),
        }
    }
}

/// Draw indices within [`Purpose::Initial`]: state slots are 0.., parameters 64.., inputs 256..,
/// shared variables 512...
fn state_draw(slot: usize) -> Draw {
    Purpose::Initial.draw(slot as u16)
}
fn param_draw(index: usize) -> Draw {
    Purpose::Initial.draw(64 + index as u16)
}
fn input_draw(index: usize) -> Draw {
    Purpose::Initial.draw(256 + index as u16)
}
fn variable_draw(index: u8) -> Draw {
    Purpose::Initial.draw(512 + u16::from(index))
}

impl Network {
    /// Neurons of all populations.
    pub fn neurons(&self) -> u64 {
        self.populations.iter().map(|p| u64::from(p.size)).sum()
    }

    /// Steps of the equilibration.
    pub fn equilibration_steps(&self) -> u64 {
        (self.equilibration_ms / self.dt_ms).round_ties_even() as u64
    }

    /// Index of the population with this name.
    pub fn population_index(&self, name: &str) -> Option<usize> {
        self.populations.iter().position(|p| p.name == name)
    }

    /// All parameters of a population in one lane, in the order of its model's table, in user
    /// units. Empty for a source of given spikes. Needs a network that passed
    /// [`Network::validate`].
    pub fn param_table(&self, population: usize, lane: usize) -> Vec<Column> {
        self.param_part(population, lane, 0..self.populations[population].size as usize)
    }

    /// Whether parameters of a population differ from lane to lane.
    pub fn params_vary(&self, population: usize) -> bool {
        let neurons = self.model_of(population);
        neurons.is_some_and(|n| n.params.values().any(|v| matches!(v, Value::PerLane(_))))
    }

    /// The parameters of some neurons of a population: the first value of a column is that of the
    /// first of them.
    pub fn param_part(&self, population: usize, lane: usize, part: Range<usize>) -> Vec<Column> {
        let Some(neurons) = self.model_of(population) else { return Vec::new() };
        let info = neurons.model.params();
        let column = |(i, p): (usize, &isospike_model::ParamInfo)| match neurons.params.get(p.name)
        {
            None => Column::Uniform(p.default),
            Some(v) => self.column(population, v, lane, self.seed, param_draw(i), part.clone()),
        };
        info.iter().enumerate().map(column).collect()
    }

    /// One parameter of a population in the first lane; `None` if its model has no such parameter.
    pub fn param(&self, population: usize, name: &str) -> Option<Column> {
        let neurons = self.model_of(population)?;
        let i = neurons.model.params().iter().position(|p| p.name == name)?;
        Some(match neurons.params.get(name) {
            None => Column::Uniform(neurons.model.params()[i].default),
            Some(v) => self.whole_column(population, v, 0, self.seed, param_draw(i)),
        })
    }

    /// Initial state of a population in one lane, in slot order, in user units (mV, not relative to
    /// E_L). Random values are drawn with the lane's seed. What is not given is the model's, which
    /// may depend on the parameters.
    pub fn initial_table(&self, population: usize, lane: usize) -> Vec<Column> {
        self.initial_part(population, lane, 0..self.populations[population].size as usize)
    }

    /// The initial state of some neurons of a population: the first value of a column is that of
    /// the first of them.
    pub fn initial_part(&self, population: usize, lane: usize, part: Range<usize>) -> Vec<Column> {
        let Some(neurons) = self.model_of(population) else { return Vec::new() };
        let defaults = self.default_initial(population, lane, neurons, part.clone());
        let seed = self.lane_seeds[lane];
        let columns = neurons.model.state().iter().zip(defaults).enumerate();
        let given =
            |(i, (slot, default)): (usize, (&isospike_model::SlotInfo, Column))| match neurons
                .initial
                .get(slot.name)
            {
                None => default,
                Some(v) => self.column(population, v, lane, seed, state_draw(i), part.clone()),
            };
        columns.map(given).collect()
    }

    /// Rate of a population's Poisson input (spikes/s); `None` if this input is not Poisson.
    pub fn input_rate(&self, population: usize, input: usize) -> Option<Column> {
        match self.model_of(population)?.inputs.get(input)? {
            Input::Poisson { rate_hz, .. } => {
                Some(self.whole_column(population, rate_hz, 0, self.seed, input_draw(input)))
            }
            _ => None,
        }
    }

    /// Gain of a population's stimulus; `None` if this input is none.
    pub fn input_gain(&self, population: usize, input: usize) -> Option<Column> {
        match self.model_of(population)?.inputs.get(input)? {
            Input::Stimulus(s) => {
                Some(self.whole_column(population, &s.gain, 0, self.seed, input_draw(input)))
            }
            _ => None,
        }
    }

    /// The model and parameters of a population that has them.
    pub(crate) fn model_of(&self, population: usize) -> Option<&Neurons> {
        match &self.populations[population].dynamics {
            Dynamics::Model(n) => Some(n),
            Dynamics::Spikes(_) => None,
        }
    }

    fn default_initial(
        &self,
        population: usize,
        lane: usize,
        neurons: &Neurons,
        part: Range<usize>,
    ) -> Vec<Column> {
        let params = self.param_part(population, lane, part.clone());
        let of = |i: usize| {
            let row: Vec<f64> = params.iter().map(|c| c.at(i)).collect();
            neurons.model.initial(&row)
        };
        if params.iter().all(|c| matches!(c, Column::Uniform(_))) {
            return of(0).into_iter().map(Column::Uniform).collect();
        }
        let mut columns = vec![Vec::with_capacity(part.len()); neurons.model.state().len()];
        for i in 0..part.len() {
            columns.iter_mut().zip(of(i)).for_each(|(c, x)| c.push(x));
        }
        columns.into_iter().map(Column::collapsed).collect()
    }

    fn whole_column(
        &self,
        population: usize,
        v: &Value,
        lane: usize,
        seed: u64,
        draw: Draw,
    ) -> Column {
        let all = 0..self.populations[population].size as usize;
        self.column(population, v, lane, seed, draw, all)
    }

    fn column(
        &self,
        population: usize,
        v: &Value,
        lane: usize,
        seed: u64,
        draw: Draw,
        part: Range<usize>,
    ) -> Column {
        let stream = |seed| Stream::new(seed, population);
        match v {
            Value::Constant(x) => Column::Uniform(*x),
            Value::PerNeuron(xs) => Column::Each(xs[part].to_vec()),
            Value::PerLane(xs) => Column::Uniform(xs[lane]),
            Value::Random(d) => drawn(stream(seed), d, draw, part),
            Value::Polynomial { coefficients, variable, of } => {
                let value = |x: f64| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c);
                match drawn(stream(self.seed), of, variable_draw(*variable), part) {
                    Column::Uniform(x) => Column::Uniform(value(x)),
                    Column::Each(xs) => Column::Each(xs.into_iter().map(value).collect()),
                }
            }
        }
    }
}

/// A value for each neuron of a part of a population. Words come in groups, of which the first may
/// begin before the part.
fn drawn(stream: Stream, d: &Distribution, draw: Draw, part: Range<usize>) -> Column {
    let sampler = Sampler::new(d);
    if let Some(x) = sampler.constant() {
        return Column::Uniform(x);
    }
    let isa = Isa::detect();
    let before = part.start % GROUP;
    let mut words = vec![0; (before + part.len()).next_multiple_of(GROUP)];
    stream.fill_from(isa, draw, 0, (part.start - before) as u32, &mut words);
    let mut values = vec![0.0; words.len()];
    sampler.fill(isa, &words, &mut values);
    values.drain(..before);
    values.truncate(part.len());
    Column::Each(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_population_are_parts_of_its_table() {
        let size = 5 * GROUP + 7;
        let r = Distribution::uniform(0.0, 1.0);
        let of = Value::Polynomial { coefficients: vec![-65.0, 0.0, 15.0], variable: 3, of: r };
        let network = Network::build("parts")
            .population("A", 3, "iaf_psc_exp", |p| p)
            .population("B", size as u32, "iaf_psc_exp", |p| {
                p.param("tau_m", Distribution::normal(20.0, 1.0).clipped(10.0, 30.0))
                    .param("E_L", of)
                    .param("I_e", (0..size).map(|i| i as f64).collect::<Vec<_>>())
                    .initial("V_m", Distribution::uniform(-70.0, -60.0))
            })
            .finish()
            .expect("valid");
        let tables = [network.param_table(1, 0), network.initial_table(1, 0)];
        for first in (0..size).step_by(GROUP + 3) {
            let part = first..size.min(first + GROUP + 3);
            let parts =
                [network.param_part(1, 0, part.clone()), network.initial_part(1, 0, part.clone())];
            for (column, whole) in parts.iter().flatten().zip(tables.iter().flatten()) {
                assert!(part.clone().all(|i| column.at(i - first) == whole.at(i)));
            }
        }
    }
}
