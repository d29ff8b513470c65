//! Random networks for property tests: small, of every model, connector, input and storage.

use crate::generators::generator;
use crate::plastic::Scatter;
use isospike_backend::Spike;
use isospike_backend::plan::pow2;
use isospike_model::{MODELS, ModelRef, Sign, SlotInfo};
use isospike_net::{
    Connector, Course, Distribution, Dynamics, Edges, Half, Input, Network, Neurons, Outside,
    Plasticity, Population, Precision, Projection, Shape, StdpRule, Stimulus, SumBits, Value,
    WeightStorage,
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
/// in all, that run without becoming infinite; one in four with 64-bit accumulators.
pub fn networks() -> impl Strategy<Value = Network> {
    let lanes = vec(any::<u64>(), 1..4);
    let precision = select(vec![Precision::F32, Precision::F64]);
    let dt_ms = prop_oneof![2 => Just(0.1), 1 => Just(0.25), 1 => Just(0.5)];
    let sums = prop_oneof![3 => Just(SumBits::Auto), 1 => Just(SumBits::I64)];
    let before = prop_oneof![4 => Just(0u32), 1 => 1u32..50];
    (dt_ms, lanes, precision, sums, before, any::<u64>()).prop_flat_map(
        |(dt_ms, lane_seeds, precision, sums, before, seed)| {
            let parts = (vec(neurons(dt_ms, lane_seeds.len()), 1..4), spike_source());
            let parts = parts.prop_flat_map(move |(mut populations, source)| {
                populations.push(source);
                named(&mut populations);
                let projections = projections(&populations, dt_ms);
                (Just(populations), projections)
            });
            parts.prop_map(move |(populations, projections)| {
                let network = Network {
                    name: "random".into(),
                    dt_ms,
                    seed,
                    lane_seeds: lane_seeds.clone(),
                    precision,
                    sums,
                    equilibration_ms: f64::from(before) * dt_ms,
                    populations,
                    projections,
                };
                if precision == Precision::F32 { network } else { all_in_full(network) }
            })
        },
    )
}

/// Spikes for the sources of a network, in any of the next steps, that they are not given anyway:
/// what may be pushed from outside.
pub fn pushes(network: &Network, steps: u64) -> Vec<Spike> {
    let mut random = Scatter(network.seed);
    let (mut pushes, mut first_id) = (Vec::new(), 0);
    // given spikes count from the end of it
    let before = network.equilibration_steps();
    for p in &network.populations {
        if let Dynamics::Spikes(given) = &p.dynamics {
            for _ in 0..20 {
                let (step, neuron) = (random.below(steps), random.below(p.size.into()) as u32);
                let lane = random.below(network.lane_seeds.len() as u64) as u32;
                let own = |s: &(u64, u32)| (s.0 + before, s.1) == (step, neuron);
                if !given.iter().any(own) {
                    pushes.push(Spike { step, lane, id: first_id + neuron });
                }
            }
        }
        first_id += p.size;
    }
    // an accumulator is sized for what a source does in a step
    pushes.sort_unstable();
    pushes.dedup();
    pushes
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

/// A population of any model with a current and inputs that make it fire, for so many lanes.
pub fn neurons(dt_ms: f64, lanes: usize) -> impl Strategy<Value = Population> {
    let size = prop_oneof![3 => 1u32..80, 1 => 80u32..300];
    (size, select(MODELS.to_vec()), state()).prop_flat_map(move |(size, model, state)| {
        let drive = (0.0..1.0f64, 0..3u8);
        let inputs = inputs(model, size, dt_ms, lanes);
        let own = (drive, inputs, initial(model), filters(model));
        own.prop_map(move |((drive, varies), inputs, initial, filters)| {
            let mut params = BTreeMap::new();
            if let Some(lift) = lift(model) {
                let top = lift * drive;
                let value = match varies {
                    0 => Value::Constant(top),
                    1 => by_neuron(top, size),
                    _ => Value::PerLane(ramp(top, lanes)),
                };
                params.insert("I_e".to_owned(), value);
            }
            if model.name() == "poisson_glm" || model.name().starts_with("glm_exp") {
                // so that an exponential stays finite
                params.insert("beta".to_owned(), Value::Constant(0.01));
            }
            if model.name() == "bernoulli_glm" && varies > 0 {
                // filters of their own
                let alpha = ramp(drive + 0.1, if varies == 1 { size as usize } else { lanes });
                let of = if varies == 1 { Value::PerNeuron } else { Value::PerLane };
                params.insert("alpha".to_owned(), of(alpha));
                let short: Vec<f64> = (0..size).map(|i| f64::from(i % 4)).collect();
                params.insert("abs_ref_scale".to_owned(), Value::PerNeuron(Arc::new(short)));
            }
            let neurons = Neurons { params, initial, filters, inputs, state, ..Neurons::of(model) };
            let dynamics = Dynamics::Model(neurons);
            Population { name: String::new(), size, dynamics }
        })
    })
}

/// Kernels of up to six steps, or those of the model.
fn filters(model: ModelRef) -> impl Strategy<Value = BTreeMap<String, Arc<Vec<f64>>>> {
    let kernel = prop::option::of(vec(-1.0..1.0f64, 0..7));
    vec(kernel, model.filters().len()).prop_map(move |kernels| {
        let named = model.filters().iter().zip(kernels);
        let given = named.filter_map(|(f, kernel)| Some((f.name.to_owned(), Arc::new(kernel?))));
        given.collect()
    })
}

/// A value per neuron, up to `top`.
fn by_neuron(top: f64, size: u32) -> Value {
    Value::PerNeuron(ramp(top, size as usize))
}

/// Values up to `top`.
fn ramp(top: f64, n: usize) -> Arc<Vec<f64>> {
    Arc::new((1..=n).map(|i| top * i as f64 / n as f64).collect())
}

/// A constant current well above threshold, if the model takes one.
fn lift(model: ModelRef) -> Option<f64> {
    model.params().iter().find(|p| p.name == "I_e")?;
    Some(match model.name() {
        "izhikevich" | "izhikevich2003" => 15.0,
        _ => 1200.0,
    })
}

/// Weights of this size, as a power of two, can be felt: a few tens of pA, a few mV or nS.
fn felt(model: ModelRef) -> i32 {
    match model.name() {
        "iaf_psc_exp" | "iaf_psc_alpha" => 6,
        _ => 1,
    }
}

/// Where neurons begin: as the model says, or anywhere below threshold.
fn initial(model: ModelRef) -> impl Strategy<Value = BTreeMap<String, Value>> {
    let potentials = Value::Random(Distribution::uniform(-70.0, -56.0));
    let somewhere = match model.state().iter().any(|s| s.name == "V_m") {
        true => BTreeMap::from([("V_m".to_owned(), potentials)]),
        false => BTreeMap::new(),
    };
    select(vec![BTreeMap::new(), somewhere])
}

fn inputs(model: ModelRef, size: u32, dt_ms: f64, lanes: usize) -> BoxedStrategy<Vec<Input>> {
    if model.ports().is_empty() {
        return Just(Vec::new()).boxed();
    }
    let port = any::<prop::sample::Index>();
    let scale = pow2(felt(model) - 1);
    let poisson = (0.0..20_000.0f64, any::<bool>(), 0.1..2.0f64, port).prop_map(
        move |(rate, each, weight, port)| {
            let rate_hz = if each { by_neuron(rate, size) } else { Value::Constant(rate) };
            let weight = scale * weight;
            Input::Poisson { rate_hz, weight, port: takes(model, (weight, weight), port) }
        },
    );
    let noise = (0.0..5.0f64, 0.0..20.0f64).prop_map(|(mean, std)| Input::Noise { mean, std });
    let steps = (0u32..200, 0.0..10.0f64).prop_map(move |(at, amplitude)| Input::Steps {
        times_ms: vec![f64::from(at) * dt_ms, f64::from(at + 50) * dt_ms],
        amplitudes: vec![amplitude, 0.0],
    });
    let (gain, reached) = (any::<bool>(), prop::option::of(any::<u32>()));
    let stimulus = (course(size, dt_ms), gain, reached, 0u32..40, 1u32..200).prop_map(
        move |(course, each, reached, start, length)| {
            let [start_ms, stop_ms] = [start, start + length].map(|steps| f64::from(steps) * dt_ms);
            let gain = if each { by_neuron(5.0, size) } else { Value::Constant(5.0) };
            let some = |mask: u32| (0..lanes as u32).filter(|l| mask >> l & 1 == 1).collect();
            let lanes = if course.each_neuron() { None } else { reached.map(some) };
            Input::Stimulus(Stimulus { course, start_ms, stop_ms, gain, lanes })
        },
    );
    vec(prop_oneof![2 => poisson, 1 => noise, 1 => steps, 1 => stimulus], 0..3).boxed()
}

/// What a stimulus can do in time, for a population of a size.
fn course(size: u32, dt_ms: f64) -> impl Strategy<Value = Course> {
    let steps = move |n: u32| f64::from(n) * dt_ms;
    let strength = || -2.0..2.0f64;
    let pulses = (strength(), 1u32..40, 0u32..40).prop_map(move |(strength, period, width)| {
        Course::Pulses { strength, period_ms: steps(period), width_ms: steps(width) }
    });
    let sine =
        (strength(), 0.1..30.0f64, -3.0..3.0f64).prop_map(|(amplitude, period_ms, phase)| {
            Course::Sine { amplitude, period_ms, phase, baseline: 0.1 }
        });
    let events =
        (strength(), 0.0..2000.0f64, 1u32..9).prop_map(move |(strength, rate_hz, width)| {
            Course::Events { strength, rate_hz, width_ms: steps(width) }
        });
    let intervals = (strength(), 1u32..30, 1u32..9).prop_map(move |(strength, mean, width)| {
        Course::Intervals { strength, mean_ms: steps(mean), width_ms: steps(width) }
    });
    let samples = vec(strength(), 0..60).prop_map(|xs| Course::Samples(Arc::new(xs)));
    let frames = (0u32..20).prop_map(move |steps| {
        let values = (0..steps * size).map(|i| f64::from(i % 7) / 3.0 - 1.0);
        Course::Frames(Arc::new(values.collect()))
    });
    prop_oneof![pulses, sine, events, intervals, samples, frames]
}

/// One of the ports that take weights in this range if it is named, or none, and then the sign
/// decides. A conductance must not become negative.
fn takes(model: ModelRef, (lo, hi): (f64, f64), which: prop::sample::Index) -> Option<String> {
    let fits = |(port, sign): &(&SlotInfo, &Sign)| match sign {
        Sign::Positive if port.unit == "nS" => lo >= 0.0,
        Sign::Negative if port.unit == "nS" => hi <= 0.0,
        _ => true,
    };
    let ports = model.ports().iter().zip(model.signs()).filter(fits);
    let names: Vec<_> = ports.map(|(port, _)| Some(port.name.to_owned())).chain([None]).collect();
    which.get(&names).clone()
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
pub fn projections(populations: &[Population], dt_ms: f64) -> BoxedStrategy<Vec<Projection>> {
    let receives = |p: &Population| match &p.dynamics {
        Dynamics::Model(n) => !n.model.ports().is_empty(),
        Dynamics::Spikes(_) => false,
    };
    let targets: Vec<usize> =
        (0..populations.len()).filter(|&i| receives(&populations[i])).collect();
    if targets.is_empty() {
        return Just(Vec::new()).boxed();
    }
    let populations = populations.to_vec();
    let ends = (0..populations.len(), select(targets));
    let one =
        ends.prop_flat_map(move |(source, target)| projection(&populations, source, target, dt_ms));
    vec(one, 0..6).boxed()
}

fn projection(
    populations: &[Population],
    source: usize,
    target: usize,
    dt_ms: f64,
) -> impl Strategy<Value = Projection> + use<> {
    let Dynamics::Model(neurons) = &populations[target].dynamics else {
        unreachable!("a target has a model")
    };
    let (model, state) = (neurons.model, neurons.state);
    let from_spikes = matches!(populations[source].dynamics, Dynamics::Spikes(_));
    let ends = Ends {
        n_sources: populations[source].size,
        n_targets: populations[target].size,
        within: source == target,
        dt_ms,
        shortest: u32::from(!from_spikes),
    };
    // f16 ends at 65,504: state that is kept in it must not be driven there
    let felt = if state == Some(Half::F16) { 0 } else { felt(model) };
    let flags = (any::<bool>(), any::<bool>());
    (flags, 0..=felt, any::<prop::sample::Index>()).prop_flat_map(
        move |((autapses, multapses), size, port)| {
            let connector = connector(ends, autapses, multapses, pow2(size));
            let distributions = (weight(size), delay(ends));
            (connector, distributions, storage(), plasticity(3.0 * pow2(size))).prop_map(
                move |(connector, (weight, delay_ms), storage, plasticity)| {
                    let mut p = Projection {
                        source,
                        target,
                        connector,
                        autapses,
                        multapses,
                        weight,
                        delay_ms,
                        port: None,
                        storage,
                        plasticity,
                    };
                    if model.counts().is_some() {
                        // plastic synapses need targets that spike at most once a step
                        p.plasticity = None;
                    }
                    settle(&mut p, ends, |range| takes(model, range, port));
                    p
                },
            )
        },
    )
}

/// What a projection lies between.
#[derive(Clone, Copy, Debug)]
struct Ends {
    n_sources: u32,
    n_targets: u32,
    /// From a population to itself.
    within: bool,
    dt_ms: f64,
    /// Steps of the shortest delay.
    shortest: u32,
}

/// Drops what the parts of a projection, drawn one by one, do not allow each other, and names a
/// port that takes the weights.
fn settle(p: &mut Projection, ends: Ends, port: impl FnOnce((f64, f64)) -> Option<String>) {
    let (mut weights, mut least_ms) = (p.weight.range(), p.delay_ms.range().0);
    if let Connector::Edges(edges) = &p.connector {
        // What edges have of their own is not said twice.
        if let Some(own) = &edges.weight {
            p.weight = Distribution::constant(1.0);
            weights = own.iter().fold((own[0], own[0]), |(a, b), &w| (a.min(w), b.max(w)));
        }
        if let Some(own) = &edges.delay_ms {
            p.delay_ms = Distribution::constant(1.0);
            least_ms = own.iter().copied().fold(f64::INFINITY, f64::min);
        }
    }
    if let Connector::Generated(_) = &p.connector {
        // which are of both signs
        p.weight = Distribution::constant(1.0);
        weights = (-1.0, 1.0);
    }
    let whole = matches!(p.storage, WeightStorage::I8 | WeightStorage::I16);
    let learns = |r: &Plasticity| weights.0 >= 0.0 && weights.1 <= r.w_max;
    p.plasticity = p.plasticity.filter(|r| learns(r) && least_ms >= ends.dt_ms && !whole);
    p.port = port((weights.0, p.plasticity.map_or(weights.1, |r| r.w_max)));
}

fn connector(
    ends: Ends,
    autapses: bool,
    multapses: bool,
    scale: f64,
) -> impl Strategy<Value = Connector> {
    let Ends { n_sources: n, n_targets: m, within, .. } = ends;
    let no_self = u32::from(within && !autapses);
    // Without multapses nobody has more partners than there are.
    let most = |available: u32, wanted: u32| match available {
        0 => 0,
        _ if multapses => wanted,
        n => n.min(wanted),
    };
    let one_to_one = if n == m && no_self == 0 { Connector::OneToOne } else { Connector::AllToAll };
    let total = u64::from(most(n, 20)) * u64::from(most(m - no_self, 20));
    let generated = match within {
        true => generator(n, scale).prop_map(Connector::Generated).boxed(),
        false => Just(Connector::AllToAll).boxed(),
    };
    prop_oneof![
        generated,
        Just(Connector::AllToAll),
        Just(one_to_one),
        (0.0..1.0f64).prop_map(Connector::FixedProbability),
        (0..=most(n - no_self, 19)).prop_map(Connector::FixedInDegree),
        (0..=most(m - no_self, 19)).prop_map(Connector::FixedOutDegree),
        (0..=total).prop_map(Connector::FixedTotal),
        edges(ends, no_self > 0, multapses, scale),
    ]
}

/// Given edges, some with weights and delays of their own.
fn edges(
    ends: Ends,
    no_self: bool,
    multapses: bool,
    scale: f64,
) -> impl Strategy<Value = Connector> {
    let Ends { n_sources, n_targets, dt_ms, shortest, .. } = ends;
    let edge = (0..n_sources, 0..n_targets, -3.0..3.0f64, shortest..40);
    (vec(edge, 0..100), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        move |(mut list, weights, positive, delays)| {
            list.retain(|e| !no_self || e.0 != e.1);
            if !multapses {
                list.sort_unstable_by_key(|e| (e.0, e.1));
                list.dedup_by_key(|e| (e.0, e.1));
            }
            let (weights, delays) = (weights && !list.is_empty(), delays && !list.is_empty());
            let weight = |w: f64| scale * if positive { w.abs() } else { w };
            Connector::Edges(Arc::new(Edges {
                pre: list.iter().map(|e| e.0).collect(),
                post: list.iter().map(|e| e.1).collect(),
                weight: weights.then(|| list.iter().map(|e| weight(e.2)).collect()),
                delay_ms: delays.then(|| list.iter().map(|e| f64::from(e.3) * dt_ms).collect()),
            }))
        },
    )
}

/// Weights up to three times a power of two.
fn weight(size: i32) -> impl Strategy<Value = Distribution> {
    let (inf, scale) = (f64::INFINITY, pow2(size));
    let log_scale = f64::from(size) * std::f64::consts::LN_2;
    let of = |shape, min, max, outside| Distribution { shape, min, max, outside };
    let clip = move |shape, min, max| of(shape, min, max, Outside::Clip);
    let positive = move |shape, outside| of(shape, 0.0, 3.0 * scale, outside);
    prop_oneof![
        (-3.0..3.0f64).prop_map(move |w| Distribution::constant(scale * w)),
        (0.0..3.0f64).prop_map(move |hi| clip(Shape::Uniform(0.0, scale * hi), -inf, inf)),
        (-1.0..1.0f64).prop_map(move |m| clip(Shape::Normal(scale * m, scale), -inf, inf)),
        (0.1..1.0f64)
            .prop_map(move |m| positive(Shape::Normal(scale * m, 0.5 * scale), Outside::Redraw)),
        (-2.0..0.0f64)
            .prop_map(move |m| positive(Shape::LogNormal(m + log_scale, 0.5), Outside::Clip)),
    ]
}

fn delay(ends: Ends) -> impl Strategy<Value = Distribution> {
    let Ends { dt_ms, shortest, .. } = ends;
    let of = |shape| Distribution { shape, min: dt_ms, max: 5.0, outside: Outside::Redraw };
    prop_oneof![
        (shortest..40).prop_map(move |d| Distribution::constant(f64::from(d) * dt_ms)),
        Just(of(Shape::Uniform(dt_ms, 3.0))),
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

fn plasticity(w_max: f64) -> impl Strategy<Value = Option<Plasticity>> {
    let mu = || select(vec![0.0, 1.0, 0.4]);
    let pair = (Just(StdpRule::Pair), mu());
    // nothing bounds this rule: to the power of 1 a weight would grow beyond all floats
    let power_law = (Just(StdpRule::PowerLaw), select(vec![0.0, 0.4]));
    // more would make a weight negative where a neuron fires in every step
    let lambda = 0.001..0.03f64;
    let some = (prop_oneof![pair, power_law], mu(), lambda).prop_map(
        move |((rule, mu_plus), mu_minus, lambda)| {
            Some(Plasticity {
                rule,
                tau_plus: 15.0,
                tau_minus: 30.0,
                lambda,
                alpha: 0.1,
                mu_plus,
                mu_minus,
                w_max,
            })
        },
    );
    prop_oneof![3 => Just(None), 1 => some]
}
