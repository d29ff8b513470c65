//! Every device does what the CPU does, to the bit. Skips, with the reason, where a build or a
//! machine has no device.

use isospike::net::{Plasticity, StdpRule, bundled};
use isospike::{ErrorKind, Network, Precision};
use isospike_conformance::hand::variants;
use isospike_conformance::plastic::{ROUND, case, recurrent, rule, rules};
use isospike_conformance::saved::{self, tried};
use isospike_conformance::strategy::{config, networks};
use isospike_tests::broken;
use isospike_tests::bundled::load;
use isospike_tests::devices::{agrees, all, build, compare, others};
use isospike_tests::own::ESCAPE;
use isospike_tests::run::{self, advance};
use isospike_tests::watch::hold;
use proptest::prelude::*;

/// Name, scale, overrides, steps: together every bundled network with its model, and every drive,
/// precision, accumulator and batch.
const NETWORKS: &[(&str, f64, &[&str], u64)] = &[
    ("brunel_delta", 0.05, &[], 1000),
    ("brunel_delta", 0.05, &["precision=\"f64\"", "batch=3"], 500),
    ("brunel_alpha", 0.05, &[], 1000),
    ("brunel_alpha", 0.05, &["precision=\"f64\""], 500),
    ("cuba", 0.5, &[], 2000),
    ("cuba", 0.25, &["batch=3"], 1500),
    ("cuba", 0.25, &["precision=\"f64\""], 1500),
    ("coba", 0.5, &[], 1500),
    ("coba", 0.25, &["precision=\"f64\"", "batch=3"], 1000),
    ("cobahh", 0.25, &[], 1000),
    ("cobahh", 0.1, &["precision=\"f64\"", "batch=3"], 500),
    ("izhikevich2003", 1.0, &[], 300),
    ("izhikevich2003", 1.0, &["precision=\"f32\"", "batch=3"], 300),
    ("hpc", 0.02, &[], 500),
    ("hpc", 0.02, &["variant=plastic"], 1500),
    ("hpc", 0.02, &["variant=plastic", "precision=\"f64\"", "batch=2"], 500),
    ("microcircuit", 0.02, &[], 1000),
    ("microcircuit", 0.02, &["precision=\"f64\"", "batch=3"], 500),
    ("microcircuit", 0.02, &["batch=2"], 500),
    ("microcircuit", 0.02, &["variant=dc"], 1000),
    ("microcircuit", 0.02, &["projections[0].storage=i8", "projections[1].storage=i16"], 500),
    ("microcircuit", 0.02, &["projections[0].storage=f16", "projections[1].storage=bf16"], 500),
    ("cuba", 0.25, &["populations.E.state=f16", "populations.I.state=bf16", "batch=3"], 1000),
    ("cobahh", 0.1, &["populations.E.state=f16"], 500),
    ("glm_ring", 1.0, &[], 1000),
    ("glm_ring", 1.0, &["precision=\"f64\"", "batch=3"], 500),
];

#[test]
fn every_bundled_network_is_there() {
    for (name, text) in isospike::net::BUNDLED {
        // Some have two names.
        let same = |network: &(&str, f64, &[&str], u64)| bundled(network.0) == Some(*text);
        assert!(NETWORKS.iter().any(same), "{name}");
    }
}

#[test]
fn bundled_networks() {
    const TEST: &str = "devices::bundled_networks";
    for device in others(TEST) {
        for &(name, scale, overrides, steps) in NETWORKS {
            let network = load(name, scale, overrides);
            match compare(TEST, &network, &device, steps, steps) {
                Ok(n) => println!("{device}: {name} at {scale} {overrides:?}: {n:?} spikes"),
                Err(e) => panic!("{name} at {scale} {overrides:?}: {e}"),
            }
        }
    }
}

#[test]
fn plastic_synapses() {
    const TEST: &str = "devices::plastic_synapses";
    let firing = rules().into_iter().enumerate().map(|(i, rule)| {
        // every rule and exponent, in all formats by turns
        variants(&case(rule, 1 + i as u64 % 2, ROUND)).swap_remove(i % 4)
    });
    let networks: Vec<_> = firing.chain(variants(&recurrent())).collect();
    for device in others(TEST) {
        for network in &networks {
            for chunk in [ROUND, 170] {
                let compared = compare(TEST, network, &device, ROUND, chunk);
                compared.unwrap_or_else(|e| panic!("{}: {e}", network.name));
            }
        }
    }
}

#[test]
fn a_weight_that_becomes_infinite_is_an_error() {
    const TEST: &str = "devices::a_weight_that_becomes_infinite_is_an_error";
    let power = Plasticity { lambda: 1e38, ..rule(StdpRule::PowerLaw, 0.4, 1.0) };
    let network = Network { precision: Precision::F32, ..case(power, 2, 600) };
    for device in others(TEST) {
        let Some(mut there) = build(TEST, &network, &device) else { continue };
        let e = there.run(60.0, |_| ()).expect_err("it overflows");
        assert_eq!(e.kind(), ErrorKind::NotFinite, "{device}: {e}");
        assert!(e.to_string().starts_with("a plastic weight from neuron"), "{device}: {e}");
    }
}

#[test]
fn a_model_of_your_own() {
    const TEST: &str = "devices::a_model_of_your_own";
    for device in others(TEST) {
        for precision in [Precision::F32, Precision::F64] {
            let network = Network::build("own")
                .precision(precision)
                .batch(2)
                .population("a", 100, ESCAPE, |p| p.poisson(9_000.0, 0.3))
                .population("b", 70, ESCAPE, |p| p.param("rate", 90.0).noise(0.1, 0.2))
                .project("a", "b", |c| c.in_degree(20).weight(0.5).delay(1.0))
                .project("b", "a", |c| c.in_degree(10).weight(-0.4).delay(0.5))
                .finish()
                .unwrap_or_else(|e| panic!("{e}"));
            let spikes = compare(TEST, &network, &device, 2000, 333);
            let spikes = spikes.unwrap_or_else(|e| panic!("{e}"));
            assert!(spikes.is_none_or(|n| n > 500), "{device}: {spikes:?} spikes");
        }
    }
}

#[test]
fn snapshots_move_between_devices() {
    const TEST: &str = "devices::snapshots_move_between_devices";
    for device in others(TEST) {
        let networks = [
            load("microcircuit", 0.02, &[]),
            load("coba", 0.25, &["precision=\"f64\"", "batch=3"]),
            case(rules()[2], 2, 600),
            recurrent(),
        ];
        for network in networks {
            let name = &network.name;
            let whole = run::run(&network, 2, 600, 600);
            let Some(mut there) = build(TEST, &network, &device) else { continue };
            let mut here = run::build(&network, 2);
            // there and back again
            let mut spikes = advance(&mut here, 200, 200);
            there.restore(&here.snapshot().expect("readable")).expect("same network");
            spikes.extend(advance(&mut there, 200, 77));
            let snapshot = there.snapshot().expect("readable");
            here.restore(&snapshot).expect("same network");
            assert_eq!(here.snapshot().expect("readable"), snapshot);
            spikes.extend(advance(&mut here, 200, 200));
            assert_eq!(spikes, whole.spikes, "{device}: {name}");
            assert_eq!(here.state_digest().expect("readable"), whole.state, "{device}: {name}");
            // and back in time, where other spikes are under way
            there.restore(&snapshot).expect("same network");
            let again = advance(&mut there, 200, 200);
            assert!(whole.spikes.ends_with(&again), "{device}: {name}");
        }
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn random_networks(network in networks()) {
        const TEST: &str = "devices::random_networks";
        tried(&broken(), "devices", &network, || {
            all(TEST).iter().try_for_each(|device| agrees(TEST, &network, device, 200))
        })?;
    }
}

/// Networks that once broke a property.
#[test]
fn broken_networks() {
    const TEST: &str = "devices::broken_networks";
    let networks = saved::all(&broken());
    assert!(!networks.is_empty(), "there are some");
    for (name, network) in networks {
        for device in all(TEST) {
            agrees(TEST, &network, &device, 300).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        hold(&network, 100);
    }
}
