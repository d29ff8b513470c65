//! The bundled networks are as active as theory, the literature and other simulators say.

use isospike::Network;
use isospike::net::{BUNDLED, NetworkFile};
use isospike_tests::activity::Activity;
use isospike_tests::bundled::load;
use isospike_tests::run::{advance, build};
use isospike_tests::theory::Sparse;
use std::ops::Range;

/// Runs for some time; the activity after the first `skip_ms`.
fn active(network: &Network, skip_ms: f64, ms: f64) -> Activity {
    let mut sim = build(network, 2);
    let steps = |ms: f64| (ms / network.dt_ms).round() as u64;
    let end = steps(skip_ms + ms);
    let spikes = advance(&mut sim, end, end);
    let a = Activity::new(sim.plan(), &spikes, steps(skip_ms)..end);
    let (rate, cv, synchrony) = (a.rate(), a.cv(), a.synchrony(3.0));
    let name = &network.name;
    println!("{name}: {rate:.2} /s, CV {cv:.2}, synchrony {synchrony:.1}, {:.2?}", a.rates());
    a
}

#[track_caller]
fn within(what: &str, x: f64, range: Range<f64>) {
    assert!(range.contains(&x), "{what}: {x}, expected {range:?}");
}

/// Relative distance to the theory.
#[track_caller]
fn near(what: &str, x: f64, theory: f64, tolerance: f64) {
    assert!((x / theory - 1.0).abs() < tolerance, "{what}: {x}, theory {theory}");
}

#[test]
fn every_variant_loads() {
    for (name, _) in BUNDLED {
        let file = NetworkFile::bundled(name).expect("it parses");
        file.network().unwrap_or_else(|e| panic!("{name}: {e}"));
        for variant in file.variants() {
            let mut other = file.clone();
            other.apply_variant(variant).expect("it exists");
            other.network().unwrap_or_else(|e| panic!("{name}, {variant}: {e}"));
        }
    }
}

#[test]
fn the_readme_says_the_same_in_toml_and_in_rust() {
    let readme = include_str!("../../README.md");
    let toml = readme.split("```toml\n").nth(1).and_then(|t| t.split("```").next());
    let file = NetworkFile::parse("README", toml.expect("a block"), "").expect("it parses");
    // The copy of its Rust is only as good as the eye that compares them.
    let built = Network::build("balanced")
        .seed(42)
        .population("E", 800, "iaf_psc_exp", |p| p.poisson(8_000.0, 20.0))
        .population("I", 200, "iaf_psc_exp", |p| p.poisson(8_000.0, 20.0))
        .project("E", "I", |c| c.in_degree(80).weight(20.0).delay(1.5))
        .project("I", "E", |c| c.probability(0.1).weight(-100.0).delay(1.5));
    assert_eq!(file.network().expect("valid"), built.finish().expect("valid"));
}

#[test]
fn brunel_asynchronous_irregular() {
    let theory = Sparse { degree: 1000.0, g: 5.0, external_hz: 20_000.0, reset_mv: 10.0 };
    let a = active(&load("brunel_delta", 1.0, &["variant=ai"]), 300.0, 700.0);
    near("rate", a.rate(), theory.rate(), 0.05);
    // seven tenths of a second is short for intervals of 27 ms: regular firing has less than 0.1
    within("CV", a.cv(), 0.3..1.1);
}

#[test]
fn brunel_fast_oscillation() {
    let theory = Sparse { degree: 1000.0, g: 6.0, external_hz: 40_000.0, reset_mv: 10.0 };
    let a = active(&load("brunel_delta", 1.0, &["variant=si_fast"]), 200.0, 300.0);
    near("rate", a.rate(), theory.rate(), 0.15);
    within("CV", a.cv(), 0.6..1.3);
    // the network oscillates at about 180 Hz, three times as fast as its neurons fire
    within("power at 150 to 220 Hz", a.power(150.0..220.0), 0.5..1.0);
}

#[test]
fn brunel_slow_oscillation() {
    let theory = Sparse { degree: 1000.0, g: 4.5, external_hz: 9000.0, reset_mv: 10.0 };
    let a = active(&load("brunel_delta", 1.0, &["variant=si_slow"]), 300.0, 1200.0);
    near("rate", a.rate(), theory.rate(), 0.25);
    within("CV", a.cv(), 0.4..1.2);
    within("power at 10 to 50 Hz", a.power(10.0..50.0), 0.5..1.0);
}

#[test]
fn brunel_synchronous_regular() {
    let a = active(&load("brunel_delta", 0.4, &["variant=sr"]), 100.0, 200.0);
    within("rate", a.rate(), 100.0..500.0);
    within("CV", a.cv(), 0.0..0.2);
}

#[test]
fn brunel_as_in_other_simulators() {
    // order 2000, delta synapses: NEST 3.10 34.8, Brian2 2.11 34.1, GeNN 5.4 35.2 /s in the first
    // 200 ms
    let theory = Sparse { degree: 800.0, g: 5.0, external_hz: 20_000.0, reset_mv: 0.0 };
    let a = active(&load("brunel_delta", 0.8, &[]), 0.0, 200.0);
    within("rate", a.rate(), 33.0..37.0);
    let a = active(&load("brunel_delta", 0.8, &[]), 200.0, 300.0);
    near("rate", a.rate(), theory.rate(), 0.05);
    let a = active(&load("brunel_alpha", 0.8, &[]), 200.0, 300.0);
    near("rate with alpha synapses", a.rate(), theory.rate(), 0.15);
}

#[test]
fn cuba_fires_at_5_to_6_hz() {
    let a = active(&load("cuba", 1.0, &[]), 200.0, 3000.0);
    within("rate", a.rate(), 5.0..6.2);
    within("CV", a.cv(), 0.4..1.5);
}

#[test]
fn coba_sustains_itself() {
    let network = load("coba", 1.0, &[]);
    let a = active(&network, 200.0, 1500.0);
    within("rate", a.rate(), 10.0..35.0);
    within("CV", a.cv(), 0.8..3.0);
    within("rate in the last half second", active(&network, 1200.0, 500.0).rate(), 5.0..40.0);
}

#[test]
fn cobahh_sustains_itself() {
    let a = active(&load("cobahh", 1.0, &[]), 600.0, 400.0);
    within("rate", a.rate(), 10.0..70.0);
}

#[test]
fn izhikevich_has_alpha_and_gamma() {
    let a = active(&load("izhikevich2003", 1.0, &[]), 500.0, 4000.0);
    within("rate", a.rate(), 5.0..15.0);
    // flat noise up to 500 Hz would have 1 % and 6 % in these bands
    within("alpha", a.power(8.0..13.0), 0.04..0.6);
    within("gamma", a.power(30.0..60.0), 0.12..0.8);
}

#[test]
fn hpc_fires_at_a_few_hz() {
    let a = active(&load("hpc", 1.0, &[]), 100.0, 200.0);
    within("rate", a.rate(), 2.0..15.0);
    within("CV", a.cv(), 0.2..1.5);
}

#[test]
fn glm_ring_fires_at_its_fixed_point() {
    // 93.19 spikes/s; 100 neurons for 2 s count to 1 %.
    let a = active(&load("glm_ring", 1.0, &[]), 100.0, 2000.0);
    near("glm_ring", a.rate(), 93.19, 0.03);
}

#[test]
fn microcircuit_at_a_tenth() {
    // NEST 3.10, Brian2 2.11 and GeNN 5.4 agree on these to 14 %, with Poisson drive
    let others = [0.47, 2.0, 3.8, 4.9, 6.1, 7.5, 0.79, 7.0];
    let a = active(&load("microcircuit", 0.1, &[]), 100.0, 2000.0);
    for ((name, rate), expected) in a.rates().iter().zip(others) {
        within(name, *rate, expected * 0.75..expected * 1.25);
    }
    within("CV", a.cv(), 0.5..1.2);
}
