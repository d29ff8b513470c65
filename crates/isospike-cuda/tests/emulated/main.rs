//! The CUDA backend, on an emulated device, does what the CPU does, to the bit.

mod emulator;

use emulator::start;
use isospike_backend::{Backend, Plan, PlanOptions, SessionExt};
use isospike_conformance::hand::variants;
use isospike_conformance::plastic::{case, recurrent, rules};
use isospike_conformance::saved::{self, tried};
use isospike_conformance::strategy::{config, networks};
use isospike_cuda::{Cuda, Nvrtc};
use isospike_net::{Distribution, Network};
use isospike_tests::broken;
use isospike_tests::bundled::load;
use isospike_tests::devices::{build, compare};
use isospike_tests::run::{self, advance};
use proptest::prelude::*;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

const DEVICE: &str = "cuda:0";

/// Name, scale, overrides, steps: together every model, drive, precision, accumulator,
/// batch and storage.
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
    ("glm_ring", 1.0, &["precision=\"f64\"", "batch=3"], 150),
    ("glm_ring", 1.0, &[], 300),
    ("izhikevich2003", 1.0, &[], 200),
    ("izhikevich2003", 1.0, &["precision=\"f32\"", "batch=3"], 200),
    ("hpc", 0.02, &["variant=plastic"], 300),
    ("hpc", 0.02, &["variant=plastic", "precision=\"f64\"", "batch=2"], 150),
    ("microcircuit", 0.02, &[], 300),
    ("microcircuit", 0.02, &["precision=\"f64\"", "batch=3"], 150),
    ("microcircuit", 0.02, &["variant=dc"], 300),
    ("microcircuit", 0.02, &["projections[0].storage=i8", "projections[1].storage=i16"], 200),
    ("microcircuit", 0.02, &["projections[0].storage=f16", "projections[1].storage=bf16"], 200),
    ("cuba", 0.1, &["populations.E.state=f16", "populations.I.state=bf16", "batch=3"], 300),
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

/// Rows that end in more blocks than a warp has threads, a synapse or two in each.
#[test]
fn many_short_segments() {
    if start("emulated::many_short_segments").is_none() {
        return;
    }
    let network = Network::build("scattered")
        .batch(2)
        .population("n", 3000, "iaf_psc_exp", |p| p.poisson(9_000.0, 90.0).param("I_e", 400.0))
        .project("n", "n", |c| {
            let (weight, delay) =
                (Distribution::normal(0.0, 30.0), Distribution::uniform(0.1, 0.4));
            c.in_degree(60).weight(weight).delay(delay)
        })
        .finish()
        .unwrap_or_else(|e| panic!("{e}"));
    let whole = run::run(&network, 1, 60, 60);
    assert!(whole.spikes.len() > 500, "{} spikes", whole.spikes.len());
    let device = Cuda::default().open(0).expect("it opens");
    let buffers = device.capability().buffers;
    for blocks in [1, 3, 20] {
        let options = PlanOptions { blocks, spread: true, buffers, ..PlanOptions::default() };
        let plan = Plan::new(Arc::new(network.clone()), &options).expect("valid");
        let routes = plan.tables().iter().map(|t| t.groups.len()).max();
        assert_eq!(routes, Some(2 * blocks), "blocks and ports");
        let mut session = device.compile(Arc::new(plan)).expect("it compiles");
        let mut spikes = Vec::new();
        let ran = session.run_steps(60, 60, |_, new| {
            spikes.extend_from_slice(new);
            ControlFlow::Continue(())
        });
        ran.expect("it runs");
        assert_eq!(spikes, whole.spikes, "{blocks} blocks");
        assert_eq!(session.state_digest().expect("readable"), whole.state, "{blocks} blocks");
    }
}

#[test]
fn filters_counts_and_stimuli() {
    const TEST: &str = "emulated::filters_counts_and_stimuli";
    if start(TEST).is_none() {
        return;
    }
    for (name, network) in isospike_conformance::groups::glm::examples() {
        match compare(TEST, &network, DEVICE, 120, 40) {
            Ok(n) => println!("{name}: {n:?} spikes"),
            Err(e) => panic!("{name}: {e}"),
        }
    }
}

#[test]
fn plastic_synapses() {
    const TEST: &str = "emulated::plastic_synapses";
    if start(TEST).is_none() {
        return;
    }
    const STEPS: u64 = 500;
    let rules = rules().into_iter().enumerate();
    let cases = rules.map(|(i, rule)| case(rule, 1 + i as u64 % 2, STEPS));
    for network in cases.chain([recurrent()]).flat_map(|network| variants(&network)) {
        let compared = compare(TEST, &network, DEVICE, STEPS, 170);
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
            tried(&broken(), "emulated", &network, || {
                compare(TEST, &network, DEVICE, 150, chunk).map(|_| ())
            })?;
        }
    }
}

/// Networks that once broke a property, here or elsewhere.
#[test]
fn broken_networks() {
    const TEST: &str = "emulated::broken_networks";
    if start(TEST).is_none() {
        return;
    }
    let networks = saved::all(&broken());
    assert!(!networks.is_empty(), "there are some");
    for (name, network) in networks {
        compare(TEST, &network, DEVICE, 150, 60).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

/// In a folder of several libraries one that cannot be loaded is in nobody's way.
#[test]
fn a_folder_is_searched_for_a_library_that_loads() {
    if start("emulated::a_folder_is_searched_for_a_library_that_loads").is_none() {
        return;
    }
    let emulator = std::env::var("ISOSPIKE_NVRTC").expect("set by the emulator");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("two-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("it can be made");
    std::fs::write(folder.join("libnvrtc.so.11"), "no library").expect("it can be written");
    let e = Nvrtc::open(&folder).err().expect("there is no other");
    assert!(e.contains("libnvrtc.so.11"), "{e}");
    std::fs::copy(emulator, folder.join("libnvrtc.so.12")).expect("it can be copied");
    let found = Nvrtc::open(&folder).unwrap_or_else(|e| panic!("{e}"));
    assert!(found.path().ends_with("libnvrtc.so.12"), "{}", found.path().display());
    std::fs::remove_dir_all(folder).expect("it can be removed");
}
