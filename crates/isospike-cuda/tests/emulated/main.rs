//! The CUDA backend, on an emulated device, does what the CPU does, to the bit.

mod emulator;

use emulator::start;
use isospike_backend::Backend;
use isospike_cuda::Cuda;
use isospike_tests::bundled::load;
use isospike_tests::devices::{build, compare};
use isospike_tests::plastic::{ROUND, case, recurrent, rules};
use isospike_tests::run::{self, advance};
use isospike_tests::strategy::{config, networks};
use proptest::prelude::*;

const DEVICE: &str = "cuda:0";

/// Name, scale, overrides, steps: together every model, drive, precision, accumulator and batch.
const NETWORKS: &[(&str, f64, &[&str], u64)] = &[
    ("brunel_delta", 0.05, &[], 300),
    ("brunel_delta", 0.05, &["precision=\"f64\"", "batch=3"], 150),
    ("brunel_alpha", 0.05, &["precision=\"f64\""], 150),
    ("cuba", 0.25, &[], 500),
    ("cuba", 0.1, &["batch=3"], 300),
    ("coba", 0.25, &["precision=\"f64\"", "batch=3"], 200),
    ("coba", 0.25, &[], 500),
    ("cobahh", 0.1, &[], 300),
    ("cobahh", 0.1, &["precision=\"f64\"", "batch=3"], 100),
    ("izhikevich2003", 1.0, &[], 200),
    ("izhikevich2003", 1.0, &["precision=\"f32\"", "batch=3"], 200),
    ("hpc", 0.02, &["variant=plastic"], 300),
    ("hpc", 0.02, &["variant=plastic", "precision=\"f64\"", "batch=2"], 150),
    ("microcircuit", 0.02, &[], 300),
    ("microcircuit", 0.02, &["precision=\"f64\"", "batch=3"], 150),
    ("microcircuit", 0.02, &["variant=dc"], 300),
];

#[test]
fn bundled_networks() {
    const TEST: &str = "emulated::bundled_networks";
    if start(TEST).is_none() {
        return;
    }
    for &(name, scale, overrides, steps) in NETWORKS {
        let network = load(name, scale, overrides);
        match compare(TEST, &network, DEVICE, steps, steps) {
            Ok(n) => println!("{name} at {scale} {overrides:?}: {n:?} spikes"),
            Err(e) => panic!("{name} at {scale} {overrides:?}: {e}"),
        }
    }
}

#[test]
fn plastic_synapses() {
    const TEST: &str = "emulated::plastic_synapses";
    if start(TEST).is_none() {
        return;
    }
    let cases =
        rules().into_iter().enumerate().map(|(i, rule)| case(rule, 1 + i as u64 % 2, ROUND));
    for network in cases.chain([recurrent()]) {
        let compared = compare(TEST, &network, DEVICE, ROUND, 170);
        compared.unwrap_or_else(|e| panic!("{}: {e}", network.name));
    }
}

#[test]
fn snapshots_move_between_devices() {
    const TEST: &str = "emulated::snapshots_move_between_devices";
    if start(TEST).is_none() {
        return;
    }
    for network in [load("cuba", 0.1, &["batch=2"]), case(rules()[2], 2, 300)] {
        let whole = run::run(&network, 1, 300, 300);
        let mut there = build(TEST, &network, DEVICE).expect("it runs everything");
        let mut here = run::build(&network, 1);
        let mut spikes = advance(&mut here, 100, 100);
        there.restore(&here.snapshot().expect("readable")).expect("same network");
        spikes.extend(advance(&mut there, 100, 37));
        here.restore(&there.snapshot().expect("readable")).expect("same network");
        spikes.extend(advance(&mut here, 100, 100));
        assert_eq!(spikes, whole.spikes, "{}", network.name);
    }
}

#[test]
fn the_device_is_listed() {
    if start("emulated::the_device_is_listed").is_none() {
        return;
    }
    let devices = Cuda::default().devices();
    assert_eq!(devices.reason, None);
    assert_eq!(devices.list.len(), 1);
    assert_eq!(devices.list[0].address, "0");
    assert_eq!(devices.list[0].name, "CUDA emulator, compute capability 9.0, NVRTC 0.0");
    let e = Cuda::default().open(1).err().expect("there is one device");
    assert!(e.to_string().contains("there are 1"), "{e}");
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn random_networks(network in networks(), chunk in 1u64..200) {
        const TEST: &str = "emulated::random_networks";
        if start(TEST).is_some() {
            let compared = compare(TEST, &network, DEVICE, 150, chunk);
            prop_assert!(compared.is_ok(), "{}", compared.unwrap_err());
        }
    }
}
