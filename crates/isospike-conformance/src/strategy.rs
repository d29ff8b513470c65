//! Random networks for property tests: small, of every model, connector, input and storage.

use isospike_model::{MODELS, ModelRef};
use isospike_net::{
    Connector, Distribution, Dynamics, Edges, Half, Input, Network, Neurons, Outside, Plasticity,
    Population, Precision, Projection, Shape, StdpRule, Value, WeightStorage,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many cases. Those that fail are kept as text by [`crate::saved`], not as seeds: a seed means
/// another network as soon as a strategy changes.
pub fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Networks of up to three populations of neurons and a spike source, up to a few hundred neurons
/// in all, that run without becoming infinite.
pub fn networks() -> impl Strategy<Value = Network> {
    let populations = vec(neurons(), 1..4);
    let lanes = vec(any::<u64>(), 1..4);
    let precision = prop_oneof![Just(Precision::F32), Just(Precision::F64)];
    (populations, spike_source(), lanes, precision, any::<u64>()).prop_flat_map(
        |(mut populations, source, lane_seeds, precision, seed)| {
            populations.push(source);
            named(&mut populations);
            projections(&populations).prop_map(move |projections| {
                let network = Network {
                    name: "random".into(),
                    dt_ms: 0.1,
                    seed,
                    lane_seeds: lane_seeds.clone(),
                    precision,
                    populations: populations.clone(),
                    projections,
                };
                if precision == Precision::F32 { network } else { all_in_full(network) }
            })
        },
    )
}

/// Without what is rounded to 16 bits in every step, which single precision goes with.
fn all_in_full(mut network: Network) -> Network {
    for p in &mut network.populations {
        if let Dynamics::Model(n) = &mut p.dynamics {
            n.state = None;
        }
    }
    for p in network.projections.iter_mut().filter(|p| p.plasticity.is_some()) {
        p.storage = WeightStorage::Auto;
    }
    network
}

fn named(populations: &mut [Population]) {
    for (i, p) in populations.iter_mut().enumerate() {
        p.name = format!("p{i}");
    }
}

/// A population of any model with a current and inputs that make it fire.
pub fn neurons() -> impl Strategy<Value = Population> {
    let size = prop_oneof![3 => 1u32..80, 1 => 80u32..300];
    (size, 0..MODELS.len(), 0.0..1.0f64, inputs(), any::<bool>(), state()).prop_map(
        |(size, model, drive, inputs, each, state)| {
            let model = MODELS[model];
            let mut params = BTreeMap::new();
            if let Some(lift) = lift(model) {
                let top = lift * drive;
                let value = match each {
                    false => Value::Constant(top),
                    true => {
                        let ramp = |i: u32| top * f64::from(i + 1) / f64::from(size);
                        Value::PerNeuron(Arc::new((0..size).map(ramp).collect()))
                    }
                };
                params.insert("I_e".to_owned(), value);
            }
            let inputs = if model.ports().is_empty() { Vec::new() } else { inputs };
            let initial = BTreeMap::new();
            let dynamics =
                Dynamics::Model(Neurons { params, initial, inputs, state, ..Neurons::of(model) });
            Population { name: String::new(), size, dynamics }
        },
    )
}

/// A constant current well above threshold, if the model takes one.
fn lift(model: ModelRef) -> Option<f64> {
    model.params().iter().find(|p| p.name == "I_e")?;
    Some(match model.name() {
        "izhikevich" | "izhikevich2003" => 15.0,
        _ => 1200.0,
    })
}

fn inputs() -> impl Strategy<Value = Vec<Input>> {
    let poisson = (0.0..20_000.0f64, 0.1..2.0f64).prop_map(|(rate, weight)| Input::Poisson {
        rate_hz: Value::Constant(rate),
        weight,
        port: None,
    });
    let noise = (0.0..5.0f64, 0.0..20.0f64).prop_map(|(mean, std)| Input::Noise { mean, std });
    let steps = (0u32..200, 0.0..10.0f64).prop_map(|(at, amplitude)| Input::Steps {
        times_ms: vec![f64::from(at) * 0.1, f64::from(at + 50) * 0.1],
        amplitudes: vec![amplitude, 0.0],
    });
    vec(prop_oneof![poisson, noise, steps], 0..3)
}

fn spike_source() -> impl Strategy<Value = Population> {
    (1u32..30).prop_flat_map(|size| {
        vec((0u64..300, 0..size), 0..60).prop_map(move |spikes| Population {
            name: String::new(),
            size,
            dynamics: Dynamics::Spikes(Arc::new(spikes)),
        })
    })
}

/// Up to five projections between the populations; none if none can receive.
pub fn projections(populations: &[Population]) -> BoxedStrategy<Vec<Projection>> {
    let receives = |p: &Population| match &p.dynamics {
        Dynamics::Model(n) => !n.model.ports().is_empty(),
        Dynamics::Spikes(_) => false,
    };
    let targets: Vec<usize> =
        (0..populations.len()).filter(|&i| receives(&populations[i])).collect();
    if targets.is_empty() {
        return Just(Vec::new()).boxed();
    }
    vec(projection(populations.to_vec(), targets), 0..6).boxed()
}

fn projection(
    populations: Vec<Population>,
    targets: Vec<usize>,
) -> impl Strategy<Value = Projection> {
    let target = proptest::sample::select(targets);
    (0..populations.len(), target).prop_flat_map(move |(source, target)| {
        let (n, m) = (populations[source].size, populations[target].size);
        let from_spikes = matches!(populations[source].dynamics, Dynamics::Spikes(_));
        let shortest = if from_spikes { 0.0 } else { 0.1 };
        (connector(n, m), weight(), delay(shortest), storage(), plasticity()).prop_map(
            move |(connector, weight, delay_ms, storage, plasticity)| {
                let positive = weight.range().0 >= 0.0 && weight.range().1 <= 3.0;
                let whole = matches!(storage, WeightStorage::I8 | WeightStorage::I16);
                let learns = positive && delay_ms.range().0 >= 0.1 && !whole;
                let plasticity = plasticity.filter(|_| learns);
                Projection {
                    source,
                    target,
                    connector,
                    autapses: true,
                    multapses: true,
                    weight,
                    delay_ms,
                    port: None,
                    storage,
                    plasticity,
                }
            },
        )
    })
}

fn connector(n: u32, m: u32) -> impl Strategy<Value = Connector> {
    let edges = vec((0..n, 0..m), 0..100).prop_map(|pairs| {
        let (pre, post) = pairs.into_iter().unzip();
        Connector::Edges(Arc::new(Edges { pre, post, weight: None, delay_ms: None }))
    });
    let one_to_one =
        if n == m { Just(Connector::OneToOne).boxed() } else { Just(Connector::AllToAll).boxed() };
    prop_oneof![
        Just(Connector::AllToAll),
        one_to_one,
        (0.0..1.0f64).prop_map(Connector::FixedProbability),
        (0u32..20).prop_map(Connector::FixedInDegree),
        (0u32..20).prop_map(Connector::FixedOutDegree),
        (0u64..500).prop_map(Connector::FixedTotal),
        edges,
    ]
}

fn weight() -> impl Strategy<Value = Distribution> {
    let inf = f64::INFINITY;
    let of = |shape, min, max, outside| Distribution { shape, min, max, outside };
    prop_oneof![
        (-3.0..3.0f64).prop_map(Distribution::constant),
        (0.0..3.0f64).prop_map(move |hi| of(Shape::Uniform(0.0, hi), -inf, inf, Outside::Clip)),
        (-1.0..1.0f64).prop_map(move |m| of(Shape::Normal(m, 1.0), -inf, inf, Outside::Clip)),
        (0.1..1.0f64).prop_map(move |m| of(Shape::Normal(m, 0.5), 0.0, 3.0, Outside::Redraw)),
        (-2.0..0.0f64).prop_map(move |m| of(Shape::LogNormal(m, 0.5), 0.0, 3.0, Outside::Clip)),
    ]
}

fn delay(shortest: f64) -> impl Strategy<Value = Distribution> {
    let steps = (shortest * 10.0) as u32;
    let of = |shape| Distribution { shape, min: 0.1, max: 5.0, outside: Outside::Redraw };
    prop_oneof![
        (steps..40).prop_map(|d| Distribution::constant(f64::from(d) * 0.1)),
        Just(of(Shape::Uniform(0.1, 3.0))),
        Just(of(Shape::Normal(1.5, 0.75))),
    ]
}

fn storage() -> impl Strategy<Value = WeightStorage> {
    use WeightStorage::*;
    prop_oneof![4 => Just(Auto), 2 => Just(Exact), 4 => select(vec![I8, I16, F16, BF16])]
}

fn state() -> impl Strategy<Value = Option<Half>> {
    prop_oneof![2 => Just(None), 1 => select(vec![Some(Half::F16), Some(Half::BF16)])]
}

fn plasticity() -> impl Strategy<Value = Option<Plasticity>> {
    let rule = prop_oneof![Just(StdpRule::Pair), Just(StdpRule::PowerLaw)];
    let mu = || prop_oneof![Just(0.0), Just(1.0), Just(0.4)];
    let some = (rule, mu(), mu(), 0.001..0.1f64).prop_map(|(rule, mu_plus, mu_minus, lambda)| {
        Some(Plasticity {
            rule,
            tau_plus: 15.0,
            tau_minus: 30.0,
            lambda,
            alpha: 0.1,
            mu_plus,
            mu_minus,
            w_max: 3.0,
        })
    });
    prop_oneof![3 => Just(None), 1 => some]
}
