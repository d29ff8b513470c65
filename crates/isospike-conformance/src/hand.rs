//! Parts of networks made by hand.

use isospike_net::{
    Connector, Distribution, Dynamics, Edges, Network, Neurons, Population, Precision, Projection,
    SumBits, Value, WeightStorage,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One synapse: source neuron, target neuron, weight, delay (steps of 0.1 ms).
pub type Edge = (u32, u32, f64, u32);

/// A value for every parameter given.
pub fn params(p: &[(&str, f64)]) -> BTreeMap<String, Value> {
    p.iter().map(|&(k, v)| (k.to_owned(), Value::Constant(v))).collect()
}

/// Neurons of a model with these parameters.
pub fn neurons(name: &str, model: &str, size: u32, parameters: &[(&str, f64)]) -> Population {
    let model = isospike_model::by_name(model).expect("a model");
    let dynamics = Dynamics::Model(Neurons { params: params(parameters), ..Neurons::of(model) });
    Population { name: name.into(), size, dynamics }
}

/// A source that fires in these (step, neuron).
pub fn source(name: &str, size: u32, spikes: Vec<(u64, u32)>) -> Population {
    Population { name: name.into(), size, dynamics: Dynamics::Spikes(Arc::new(spikes)) }
}

/// The model's part of a population of neurons, to be changed.
pub fn model(population: &mut Population) -> &mut Neurons {
    match &mut population.dynamics {
        Dynamics::Model(n) => n,
        Dynamics::Spikes(_) => panic!("{} is a spike source", population.name),
    }
}

/// Gives a parameter a value per neuron.
pub fn set_param(population: &mut Population, name: &str, values: Vec<f64>) {
    model(population).params.insert(name.into(), Value::PerNeuron(Arc::new(values)));
}

/// Gives a state variable an initial value per neuron.
pub fn set_initial(population: &mut Population, name: &str, values: Vec<f64>) {
    model(population).initial.insert(name.into(), Value::PerNeuron(Arc::new(values)));
}

/// A projection of exactly these synapses, weights stored as exactly as the accumulator allows.
pub fn edges(source: usize, target: usize, list: &[Edge]) -> Projection {
    edges_in_steps(0.1, source, target, list)
}

/// As [`edges`], with steps of `dt_ms`.
fn edges_in_steps(dt_ms: f64, source: usize, target: usize, list: &[Edge]) -> Projection {
    let edges = Edges {
        pre: list.iter().map(|e| e.0).collect(),
        post: list.iter().map(|e| e.1).collect(),
        weight: Some(list.iter().map(|e| e.2).collect()),
        delay_ms: Some(list.iter().map(|e| f64::from(e.3) * dt_ms).collect()),
    };
    let connector = Connector::Edges(Arc::new(edges));
    Projection { storage: WeightStorage::Exact, ..projection(source, target, connector, 1.0, 1.0) }
}

/// A projection with constant weight and delay.
pub fn projection(
    source: usize,
    target: usize,
    connector: Connector,
    weight: f64,
    delay_ms: f64,
) -> Projection {
    Projection {
        source,
        target,
        connector,
        autapses: true,
        multapses: true,
        weight: Distribution::constant(weight),
        delay_ms: Distribution::constant(delay_ms),
        port: None,
        storage: WeightStorage::Auto,
        plasticity: None,
    }
}

/// A network in f64 with one lane.
pub fn one_lane(name: &str, populations: Vec<Population>, projections: Vec<Projection>) -> Network {
    Network {
        name: name.into(),
        dt_ms: 0.1,
        seed: 1,
        lane_seeds: vec![1],
        precision: Precision::F64,
        sums: SumBits::Auto,
        equilibration_ms: 0.0,
        populations,
        projections,
    }
}

/// As [`one_lane`], with a name that says little.
pub fn network(populations: Vec<Population>, projections: Vec<Projection>) -> Network {
    one_lane("by hand", populations, projections)
}

/// The network in both precisions, each with 64-bit accumulators and with 32-bit ones, if it takes
/// them; in single precision alone where it keeps what only that keeps.
pub fn variants(network: &Network) -> Vec<Network> {
    let mut all = Vec::new();
    for precision in precisions(network) {
        let narrow = Network { precision, ..network.clone() };
        all.push(wide(&narrow));
        all.push(narrow);
    }
    all
}

/// The precisions a network can be in: state and plastic weights in 16 bits are computed in f32.
pub fn precisions(network: &Network) -> Vec<Precision> {
    let narrow_state = network.populations.iter().any(|p| match &p.dynamics {
        Dynamics::Model(neurons) => neurons.state.is_some(),
        Dynamics::Spikes(_) => false,
    });
    let narrow_weights = |p: &Projection| p.plasticity.is_some() && p.storage.half().is_some();
    match narrow_state || network.projections.iter().any(narrow_weights) {
        true => vec![Precision::F32],
        false => vec![Precision::F32, Precision::F64],
    }
}

/// What tells [`variants`] apart: `f32_i64`.
pub fn variant(network: &Network) -> String {
    let sums = if network.sums == SumBits::I64 { "i64" } else { "i32" };
    format!("{}_{sums}", network.precision)
}

/// The network with 64-bit accumulators.
pub fn wide(network: &Network) -> Network {
    Network { sums: SumBits::I64, ..network.clone() }
}
