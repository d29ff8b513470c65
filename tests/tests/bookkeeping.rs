//! The networks that the conformance suite has to break the bookkeeping, and more: delays far
//! apart, sizes around every boundary, batches. State compared after every step between threads,
//! instruction sets and the plain backend.

use isospike::lane::isa::Isa;
use isospike::net::{
    Connector, Distribution, Input, MAX_DELAY_STEPS, Network, Plasticity, Projection, Value,
};
use isospike::{ErrorKind, Options, Precision, SessionExt, Simulation, Spike};
use isospike_conformance::groups::net::{clocks, examples};
use isospike_conformance::hand::{
    Edge, edges, model, network, neurons, projection, set_initial, source, variants,
};
use isospike_tests::run;
use isospike_tests::watch::{advance, hold, session};
use std::sync::Arc;

#[test]
fn every_example_of_the_suite() {
    for example in examples() {
        for network in variants(&example.network) {
            (example.holds)(&hold(&network, example.steps));
        }
    }
}

#[test]
fn delays_far_apart() {
    // more delays than fit into 16 bits between the shortest and the longest
    let list = [(0, 0, 100.0, 1), (0, 1, 200.0, 34_000), (1, 2, -300.0, 33_000), (1, 3, 400.0, 2)];
    let kicks = source("kicks", 2, vec![(0, 0), (1, 1)]);
    let network =
        network(vec![neurons("n", "iaf_psc_exp", 4, &[]), kicks], vec![edges(1, 0, &list)]);
    let mut s = session(&network, 1, Isa::detect());
    let slots = s.plan().slots();
    let current = |name: &str| slots.iter().find(|s| s.0 == name).expect("a current").1;
    let (ex, inh) = (current("n.I_syn_ex"), current("n.I_syn_in"));
    // each arrival leaves its weight in the current at the end of the step it arrives in
    for (neuron, slot, step, weight) in
        [(0, ex, 1, 100.0), (3, ex, 3, 400.0), (2, inh, 33_001, -300.0), (1, ex, 34_000, 200.0)]
    {
        let before = s.step();
        advance(&mut *s, step - before);
        let read = |s: &mut dyn isospike::backend::Session| s.read_values(slot).expect("readable");
        assert_eq!(read(&mut *s)[neuron], 0.0, "neuron {neuron} before step {step}");
        advance(&mut *s, 1);
        assert_eq!(read(&mut *s)[neuron], weight, "neuron {neuron} after step {step}");
    }
}

#[test]
fn the_longest_delay() {
    let too_long = f64::from(MAX_DELAY_STEPS + 1) * 0.1;
    let p = projection(0, 0, Connector::AllToAll, 1.0, too_long);
    let network = network(vec![clocks("n", 1)], vec![p]);
    let e = network.validate().expect_err("too long").to_string();
    assert!(e.contains("delay"), "{e}");
}

#[test]
fn a_plastic_projection_without_synapses_changes_nothing() {
    let all =
        examples().into_iter().find(|e| e.name == "empty_parts").expect("it is there").network;
    let mut with_plastic = all.clone();
    with_plastic.projections.push(Projection {
        plasticity: Some(Plasticity::pair(10.0)),
        ..projection(0, 0, Connector::FixedProbability(0.0), 2.0, 1.5)
    });
    let (a, b) = (run::run(&with_plastic, 3, 200, 200), run::run(&all, 1, 200, 200));
    assert_eq!(a.spikes, b.spikes);
    let lonely = network(vec![clocks("alone", 1)], Vec::new());
    assert!(!hold(&lonely, 400).is_empty());
}

/// Two populations of these sizes with noise, connected in every direction.
fn pair(a: u32, b: u32, lanes: u64) -> Network {
    let mut first = clocks("a", a);
    let initial = Value::Random(Distribution::uniform(-70.0, -56.0));
    model(&mut first).initial.insert("V_m".into(), initial);
    model(&mut first).inputs = vec![
        Input::Poisson { rate_hz: Value::Constant(9000.0), weight: 20.0, port: None },
        Input::Noise { mean: 10.0, std: 50.0 },
        Input::Steps { times_ms: vec![0.5, 2.0], amplitudes: vec![150.0, -50.0] },
    ];
    let mut second = neurons("b", "iaf_psc_delta", b, &[("I_e", 300.0)]);
    let rates = (0..b).map(|i| 1000.0 * f64::from(i % 5)).collect();
    let rate_hz = Value::PerNeuron(Arc::new(rates));
    model(&mut second).inputs = vec![Input::Poisson { rate_hz, weight: 0.4, port: None }];
    let connect = |s, t, w: f64, k| Projection {
        delay_ms: Distribution::uniform(0.1, 2.0),
        weight: Distribution::normal(w, w.abs() / 5.0),
        ..projection(s, t, Connector::FixedInDegree(k), w, 0.1)
    };
    let projections = vec![
        connect(0, 0, 30.0, 5),
        connect(0, 1, 0.3, 9),
        connect(1, 0, -60.0, 3),
        connect(1, 1, -0.2, 4),
    ];
    let lane_seeds = (0..lanes).map(|b| 77 + 1000 * b).collect();
    Network {
        name: format!("{a} and {b}, {lanes} lanes"),
        lane_seeds,
        ..network(vec![first, second], projections)
    }
}

#[test]
fn sizes_around_every_boundary() {
    let sizes = [1, 15, 16, 17, 63, 64, 65];
    for (i, a) in sizes.into_iter().enumerate() {
        let b = sizes[(i * 3 + 1) % sizes.len()];
        for precision in [Precision::F32, Precision::F64] {
            hold(&Network { precision, ..pair(a, b, 1) }, 60);
            hold(&Network { precision, ..pair(a, b, 3) }, 60);
        }
        hold(&Network { precision: Precision::F32, ..pair(a, b, 64) }, 40);
    }
}

#[test]
fn a_thousand_neurons() {
    hold(&Network { precision: Precision::F32, ..pair(1000, 65, 1) }, 60);
    hold(&pair(65, 1000, 3), 40);
    hold(&Network { precision: Precision::F32, ..pair(1000, 17, 64) }, 25);
}

#[test]
fn pushed_spikes_are_as_good_as_given_ones() {
    let train = |n: u64| -> Vec<(u64, u32)> { (0..n).map(|t| (t, (t * t % 5) as u32)).collect() };
    let with = |spikes: Vec<(u64, u32)>| {
        let list: Vec<Edge> =
            (0..5).flat_map(|s| (0..20).map(move |t| (s, t, 50.0, (s + t) % 4))).collect();
        network(vec![clocks("n", 20), source("source", 5, spikes)], vec![edges(1, 0, &list)])
    };
    let given = advance(&mut *session(&with(train(200)), 1, Isa::detect()), 200);
    let mut s = session(&with(Vec::new()), 3, Isa::detect());
    let mut pushed = Vec::new();
    for chunk in train(200).chunks(40) {
        let spikes: Vec<_> =
            chunk.iter().map(|&(step, i)| Spike { step, lane: 0, id: 20 + i }).collect();
        s.push_spikes(&spikes).expect("in time");
        pushed.extend(advance(&mut *s, 40));
    }
    assert_eq!(pushed, given);
    let wrong = [
        (Spike { step: 100, lane: 0, id: 20 }, "must not have passed"),
        (Spike { step: 300, lane: 1, id: 20 }, "batch"),
        (Spike { step: 300, lane: 0, id: 3 }, "spike source"),
        (Spike { step: 300, lane: 0, id: 25 }, "spike source"),
    ];
    for (spike, why) in wrong {
        let e = s.push_spikes(&[spike]).expect_err("wrong");
        assert!(e.kind() == ErrorKind::Invalid && e.to_string().contains(why), "{e}");
    }
    let twice = [Spike { step: 300, lane: 0, id: 20 }; 2];
    assert!(s.push_spikes(&twice).is_err(), "the accumulators are sized for one");
}

#[test]
fn a_thousand_steps_in_ten_ways() {
    let network = Network { precision: Precision::F32, ..pair(120, 70, 2) };
    let whole = run::run(&network, 2, 1000, 1000);
    for (threads, chunk) in
        [(1, 1000), (2, 100), (1, 100), (2, 1), (1, 1), (3, 333), (7, 64), (7, 1)]
    {
        let other = run::run(&network, threads, 1000, chunk);
        assert!(other == whole, "{threads} threads, chunks of {chunk}");
    }
    // as users run it: threads only where they pay
    let options = Options { threads: Some(3), ..Options::default() };
    let mut sim = Simulation::new(network, &options).unwrap_or_else(|e| panic!("{e}"));
    assert!(run::advance(&mut sim, 1000, 1000) == whole.spikes);
    assert_eq!(sim.state_digest().expect("readable"), whole.state);
}

#[test]
fn looking_at_the_state_moves_no_spike() {
    let network = network(vec![clocks("n", 30)], Vec::new());
    let spikes = advance(&mut *session(&network, 1, Isa::detect()), 120);
    let mut s = session(&network, 1, Isa::detect());
    for _ in 0..3 {
        assert_eq!(s.run(40).expect("runs"), 40);
        s.state_digest().expect("readable");
    }
    let mut drained = Vec::new();
    s.drain_spikes(&mut drained).expect("finite");
    assert!(!spikes.is_empty() && drained == spikes, "spikes were drained after a look");
}

#[test]
fn a_snapshot_of_the_start_starts_again() {
    let mut p = clocks("n", 30);
    set_initial(&mut p, "V_m", (0..30).map(|i| -70.0 + 0.5 * f64::from(i)).collect());
    let list: Vec<Edge> = (0..30).map(|i| (i, (i * 11 + 3) % 30, 250.0, 1 + i % 20)).collect();
    let network = network(vec![p], vec![edges(0, 0, &list)]);
    let mut s = session(&network, 3, Isa::detect());
    let start = s.snapshot().expect("readable");
    let first = advance(&mut *s, 400);
    let end = s.state_digest().expect("readable");
    s.restore(&start).expect("its own");
    assert_eq!(s.step(), 0);
    assert!(advance(&mut *s, 400) == first, "the past must not come back");
    assert_eq!(s.state_digest().expect("readable"), end);
    let other = network_of(29);
    let mut other = session(&other, 1, Isa::detect());
    assert!(other.restore(&start).is_err(), "a snapshot of another network");
}

fn network_of(size: u32) -> Network {
    network(vec![clocks("n", size)], vec![edges(0, 0, &[(0, 0, 1.0, 20)])])
}
