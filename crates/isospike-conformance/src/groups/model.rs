//! Every bundled model against its graph: `model::<name>`.

use super::probe::of_model;
use crate::hand::model;
use crate::{Case, Outcome, Target, same};
use isospike_model::{MODELS, ModelRef, Sign};
use isospike_net::{Distribution, Input, Network, Population, Precision, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `model::iaf_psc_exp::f32`, ...
pub fn cases() -> Vec<Case> {
    let both = |m: &ModelRef| [(*m, Precision::F32), (*m, Precision::F64)];
    let all = MODELS.iter().flat_map(both);
    all.map(|(m, precision)| {
        let name = format!("model::{}::{precision}", m.name());
        Case::new(name, move |target| agrees(target, m, precision))
    })
    .collect()
}

/// Sizes around every boundary of blocks and vectors, and a large one: a population each.
const SIZES: [u32; 5] = [1, 15, 16, 17, 1000];
/// Lanes, and as many steps as make neurons fire, fewer where there is much to interpret.
const BATCHES: [(u64, u64); 3] = [(1, 60), (3, 40), (64, 3)];

/// The reference interprets the graph, neuron by neuron: spikes and state are the same.
fn agrees(target: &Target<'_>, m: ModelRef, precision: Precision) -> Outcome {
    for (batch, steps) in BATCHES {
        let mut network = driven(m, 1, batch, precision);
        let sized = |size: u32| {
            let population = driven(m, size, batch, precision).populations.remove(0);
            Population { name: format!("n{size}"), ..population }
        };
        network.populations = SIZES.map(sized).into();
        let (mut device, mut reference) = (target.session(&network)?, same::reference(&network));
        let planned = device.plan().memory.total_bytes();
        assert_eq!(device.allocated_bytes(), planned, "planned is allocated");
        same::run(&mut *device, &mut *reference, steps)
            .unwrap_or_else(|e| panic!("{batch} lanes: {e}"));
    }
    Ok(())
}

/// Neurons of a model that differ in a parameter and in their initial state, driven through every
/// port, by a current and by noise.
fn driven(m: ModelRef, size: u32, batch: u64, precision: Precision) -> Network {
    let mut params = BTreeMap::new();
    if m.params().iter().any(|p| p.name == "I_e") {
        let top = if m.name().starts_with("izhikevich") { 30.0 } else { 1500.0 };
        let ramp = (0..size).map(|i| top * f64::from(i % 40) / 40.0).collect();
        params.insert("I_e".to_owned(), Value::PerNeuron(Arc::new(ramp)));
    }
    if m.name() == "poisson_glm" {
        // so that its exponential stays finite
        params.insert("beta".to_owned(), Value::Constant(0.05));
    }
    let lane_seeds = (0..batch).map(|b| 1000 * b + 5).collect();
    let mut network = of_model(m, size, precision, lane_seeds, params);
    let neurons = model(&mut network.populations[0]);
    if m.state().iter().any(|s| s.name == "V_m") {
        let start = Value::Random(Distribution::uniform(-70.0, -50.5));
        neurons.initial.insert("V_m".into(), start);
    }
    for filter in m.filters().iter().filter(|_| m.name().starts_with("glm_")) {
        let kernel = vec![-0.5, 0.3, 0.0, 0.01];
        neurons.filters.insert(filter.name.into(), Arc::new(kernel));
    }
    for (port, sign) in m.ports().iter().zip(m.signs()) {
        let weight = if *sign == Sign::Negative { -2.5 } else { 3.5 };
        let rate_hz = Value::Constant(4000.0);
        neurons.inputs.push(Input::Poisson { rate_hz, weight, port: Some(port.name.into()) });
    }
    if !m.ports().is_empty() {
        neurons.inputs.push(Input::Noise { mean: 1.0, std: 5.0 });
        let (times_ms, amplitudes) = (vec![0.3, 1.1], vec![20.0, -10.0]);
        neurons.inputs.push(Input::Steps { times_ms, amplitudes });
    }
    network
}
