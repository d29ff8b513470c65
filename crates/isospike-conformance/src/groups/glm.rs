//! What generalised linear models need: filters, several spikes a step, stimuli: `glm`.

use crate::hand::{Edge, edges, model, network, neurons, source};
use crate::{Case, Outcome, Target, same};
use isospike_backend::SessionExt;
use isospike_net::{
    Course, Distribution, Function, Input, Network, Population, Precision, Stimulus, Value,
};
use std::sync::Arc;

/// Networks by name, in f64 where nothing asks for f32.
pub fn examples() -> Vec<(String, Network)> {
    let lengths = [0, 1, 2, 3, 70].map(|n| (format!("filters_of_{n}_steps"), filtered(n)));
    let others = [
        ("counts".to_owned(), counting()),
        ("stimuli".to_owned(), stimulated()),
        ("a_filter_in_16_bit_state".to_owned(), narrow()),
        ("filters_by_neuron_and_lane".to_owned(), own_filters()),
    ];
    lengths.into_iter().chain(others).collect()
}

/// Each in both precisions.
pub fn cases() -> Vec<Case> {
    let both = |(name, network): (String, Network)| {
        let of = |precision, network| Network { precision, ..network };
        // 16 bits go with single precision
        let f64 = (!name.contains("16_bit")).then(|| of(Precision::F64, network.clone()));
        let all = [Some(of(Precision::F32, network)), f64].into_iter().flatten();
        all.flat_map(move |network| {
            let case = |what: &str, run: fn(&Target<'_>, &Network) -> Outcome| {
                let name = format!("glm::{name}::{what}{}", network.precision);
                let network = network.clone();
                Case::new(name, move |target| run(target, &network))
            };
            vec![case("", agrees), case("resumed_", resumes)]
        })
        .collect::<Vec<_>>()
    };
    examples().into_iter().flat_map(both).collect()
}

const STEPS: u64 = 200;

fn agrees(target: &Target<'_>, network: &Network) -> Outcome {
    for blocks in [1, 3] {
        let plan = target.plan_in_blocks(network, blocks)?;
        let planned = plan.memory.total_bytes();
        let (mut device, mut reference) = (target.compile(plan), same::reference(network));
        assert_eq!(device.allocated_bytes(), planned, "planned is allocated");
        let spikes = same::run(&mut *device, &mut *reference, STEPS);
        let spikes = spikes.unwrap_or_else(|e| panic!("{blocks} blocks: {e}"));
        assert!(!spikes.is_empty(), "somebody spikes");
    }
    Ok(())
}

/// Half a run, moved to the reference, and back for the rest.
fn resumes(target: &Target<'_>, network: &Network) -> Outcome {
    let half = STEPS / 2 + 3;
    let (mut device, mut reference) = (target.session(network)?, same::reference(network));
    let mut whole = same::reference(network);
    same::advance(&mut *device, half, 7);
    let moved = device.snapshot().expect("readable");
    reference.restore(&moved).expect("of the same network");
    same::run(&mut *device, &mut *reference, half).unwrap_or_else(|e| panic!("moved: {e}"));
    let back = reference.snapshot().expect("readable");
    let mut device = target.session(network)?;
    same::advance(&mut *device, 11, 11);
    device.restore(&back).expect("of the same network");
    same::advance(&mut *whole, 2 * half, 50);
    same::run(&mut *device, &mut *whole, 20).unwrap_or_else(|e| panic!("back: {e}"));
    Ok(())
}

fn glm(name: &str, kind: &str, size: u32, b: f64, filters: [Vec<f64>; 2]) -> Population {
    let mut p = neurons(name, kind, size, &[("b", b)]);
    for (filter, kernel) in ["coupling", "history"].into_iter().zip(filters) {
        model(&mut p).filters.insert(filter.to_owned(), Arc::new(kernel));
    }
    p
}

/// Everybody to everybody else nearby, with delays of one step and more.
fn coupled(size: u32) -> Vec<Edge> {
    let weight = |i: u32, k: u32| 0.3 * (f64::from((i * 7 + k * 5) % 11) - 5.0);
    (0..size)
        .flat_map(|i| (1..6).map(move |k| (i, (i + k * k) % size, weight(i, k), 1 + (i + k) % 4)))
        .collect()
}

/// Filters of a length, and of two steps more, in three lanes; a source without delay.
fn filtered(steps: usize) -> Network {
    let kernel = |n: usize, sign: f64| -> Vec<f64> {
        (0..n).map(|k| sign * (1.0 - k as f64 / n as f64) + 0.01 * k as f64).collect()
    };
    let a = glm("a", "glm_sigmoid_bernoulli", 90, -1.0, [kernel(steps, 0.8), kernel(steps, -2.0)]);
    let longer = [kernel(steps + 2, -0.5), kernel(steps + 2, 0.3)];
    let b = glm("b", "glm_sigmoid_bernoulli", 65, -1.5, longer);
    let given = source("source", 2, (0..40).map(|t| (5 * t, (t % 2) as u32)).collect());
    let now: Vec<Edge> = (0..30).map(|i| (i % 2, i * 3, 1.5, 0)).collect();
    let list: Vec<Edge> = (0..65).map(|i| (i, (i * 3) % 65, 0.7, 2)).collect();
    let projections = vec![edges(0, 0, &coupled(90)), edges(2, 0, &now), edges(0, 1, &list)];
    Network { lane_seeds: vec![5, 1005, 7], ..network(vec![a, b, given], projections) }
}

/// Neurons that spike up to fifteen times a step, and would more often.
fn counting() -> Network {
    let kernels = || [vec![0.1, 0.05], vec![-0.05, -0.02]];
    let few = glm("few", "glm_exp_poisson", 100, -0.5, kernels());
    let mut many = glm("many", "glm_relu_poisson", 70, 0.0, kernels());
    let ramp = (0..70).map(|i| 2.0 * f64::from(i % 10)).collect();
    model(&mut many).params.insert("b".into(), Value::PerNeuron(Arc::new(ramp)));
    model(&mut many).params.insert("scale".into(), Value::Constant(10.0));
    let cross: Vec<Edge> = (0..70).map(|i| (i, (i * 7) % 100, 0.02, 1 + i % 3)).collect();
    let small = |list: Vec<Edge>| -> Vec<Edge> {
        list.into_iter().map(|(i, j, w, d)| (i, j, w / 20.0, d)).collect()
    };
    let projections = vec![edges(0, 0, &small(coupled(100))), edges(1, 0, &cross)];
    Network { lane_seeds: vec![3, 4], ..network(vec![few, many], projections) }
}

/// Every course, with gains of every kind, besides steps and noise.
fn stimulated() -> Network {
    let with = |course, start_ms, stop_ms, gain| {
        Input::Stimulus(Stimulus { course, start_ms, stop_ms, gain, lanes: None })
    };
    let end = f64::INFINITY;
    let one = || Value::Constant(1.0);
    let random = || Value::Random(Distribution::uniform(-1.0, 1.0));
    let each = || Value::PerNeuron(Arc::new((0..80).map(|i| f64::from(i % 3) / 2.0).collect()));
    let values = |n: usize| Arc::new((0..n).map(|i| (i % 13) as f64 / 9.0 - 0.5).collect());
    let mut a = glm("a", "glm_sigmoid_bernoulli", 80, -1.0, [vec![1.0], vec![-3.0]]);
    let pulses = Course::Pulses { strength: 2.0, period_ms: 1.7, width_ms: 0.4 };
    let (amplitude, phase, baseline) = (1.5, 0.3, -0.2);
    let sine = Course::Sine { amplitude, period_ms: 3.3, phase, baseline };
    let events = Course::Events { strength: 1.0, rate_hz: 400.0, width_ms: 0.3 };
    let intervals = Course::Intervals { strength: -1.0, mean_ms: 0.9, width_ms: 0.2 };
    model(&mut a).inputs = vec![
        with(pulses, 0.3, 12.0, each()),
        with(sine, 0.0, end, one()),
        Input::Noise { mean: 0.1, std: 0.2 },
        with(events, 1.0, end, random()),
        Input::Steps { times_ms: vec![0.0, 5.0], amplitudes: vec![0.2, -0.1] },
    ];
    let mut b = neurons("b", "iaf_psc_exp", 70, &[("t_ref", 0.5)]);
    let strong = |gain: f64| Value::Constant(gain);
    let wave = |step: u64, neuron: u32| 40.0 * ((step + u64::from(neuron)) % 9) as f64;
    let wave = Function::of_neuron("wave", wave);
    let each_of_70 = || Value::PerNeuron(Arc::new((0..70).map(|i| f64::from(i % 4)).collect()));
    let second = Course::Pulses { strength: 150.0, period_ms: 2.1, width_ms: 1.0 };
    let ramp = Function::new("ramp", |step| step as f64 / 100.0);
    model(&mut b).inputs = vec![
        with(intervals, 0.5, 18.0, strong(100.0)),
        with(Course::Samples(values(100)), 2.0, 10.0, strong(900.0)),
        with(Course::Frames(values(70 * 150)), 0.2, end, strong(1200.0)),
        with(Course::Function(ramp), 0.0, end, strong(300.0)),
        with(Course::Function(wave), 3.0, 14.0, each_of_70()),
        Input::Stimulus(Stimulus { lanes: Some(vec![1]), ..Stimulus::new(second) }),
    ];
    let projections = vec![edges(0, 0, &coupled(80))];
    let equilibration_ms = 1.3;
    Network { lane_seeds: vec![8, 9], equilibration_ms, ..network(vec![a, b], projections) }
}

/// Parameters that differ from neuron to neuron and from lane to lane, those of filters too, beside
/// gains of stimuli that do.
fn own_filters() -> Network {
    let by_neuron = |n: u32, x: &dyn Fn(f64) -> f64| {
        Value::PerNeuron(Arc::new((0..n).map(|i| x(f64::from(i))).collect()))
    };
    let by_lane = |xs: [f64; 3]| Value::PerLane(Arc::new(xs.to_vec()));
    let mut a = neurons("a", "bernoulli_glm", 90, &[("coupling_window", 7.0), ("r", 0.5)]);
    let params = &mut model(&mut a).params;
    params.insert("alpha".into(), by_neuron(90, &|i| 0.1 + i / 50.0));
    params.insert("abs_ref_scale".into(), by_neuron(90, &|i| (i % 5.0).floor()));
    params.insert("theta".into(), by_lane([0.5, 1.0, 2.0]));
    let gain = by_neuron(90, &|i| (i % 3.0) / 2.0);
    let course = Course::Pulses { strength: 2.0, period_ms: 1.7, width_ms: 0.4 };
    let stimulus = Stimulus { course, start_ms: 0.3, stop_ms: 12.0, gain, lanes: None };
    model(&mut a).inputs = vec![Input::Stimulus(stimulus)];
    let mut b = neurons("b", "poisson_glm", 65, &[("alpha", 1.0), ("beta", 0.05), ("T", 9.0)]);
    let params = &mut model(&mut b).params;
    params.insert("tau".into(), by_lane([0.2, 0.5, 0.7]));
    params.insert("b".into(), by_neuron(65, &|i| i / 65.0));
    let mut c = neurons("c", "iaf_psc_exp", 70, &[]);
    let params = &mut model(&mut c).params;
    params.insert("I_e".into(), by_lane([500.0, 700.0, 300.0]));
    params.insert("tau_m".into(), by_neuron(70, &|i| 10.0 + i / 20.0));
    params.insert("C_m".into(), by_lane([250.0, 250.0, 251.0]));
    let list: Vec<Edge> = (0..65).map(|i| (i, (i * 3) % 65, 0.7, 2)).collect();
    let projections = vec![edges(0, 0, &coupled(90)), edges(0, 1, &list)];
    Network { lane_seeds: vec![5, 1005, 7], ..network(vec![a, b, c], projections) }
}

/// State in 16 bits, whose spikes are filtered.
fn narrow() -> Network {
    let mut network = filtered(3);
    model(&mut network.populations[0]).state = Some(isospike_net::Half::BF16);
    Network { precision: Precision::F32, ..network }
}
