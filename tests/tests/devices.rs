//! Every device does what the CPU does, to the bit. Skips, with the reason, where a build or a
//! machine has no device.

use isospike::{Network, Spike};
use isospike_tests::bundled::load;
use isospike_tests::devices::{build, others};
use isospike_tests::run::{self, Outcome, advance};
use isospike_tests::strategy::{config, networks};
use proptest::prelude::*;

/// Name, scale, overrides, steps: together every model, drive, precision, accumulator and batch.
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
    ("microcircuit", 0.02, &[], 1000),
    ("microcircuit", 0.02, &["precision=\"f64\"", "batch=3"], 500),
    ("microcircuit", 0.02, &["variant=dc"], 1000),
];

/// Runs on a device; `None` if it cannot run the network.
fn outcome(test: &str, network: &Network, device: &str, steps: u64, chunk: u64) -> Option<Outcome> {
    let mut sim = build(test, network, device)?;
    let planned = sim.plan().memory.total_bytes();
    assert_eq!(sim.session().allocated_bytes(), planned, "planned is allocated");
    let spikes = advance(&mut sim, steps, chunk);
    Some(Outcome { spikes, digest: sim.digest(), state: sim.state_digest().expect("readable") })
}

/// Where two runs part, for people.
fn first_difference(a: &[Spike], b: &[Spike]) -> String {
    match a.iter().zip(b).position(|(a, b)| a != b) {
        Some(i) => format!("spike {i} of {}: {:?} and {:?}", a.len(), a[i], b[i]),
        None => format!("{} and {} spikes", a.len(), b.len()),
    }
}

#[test]
fn bundled_networks() {
    const TEST: &str = "devices::bundled_networks";
    for device in others(TEST) {
        for &(name, scale, overrides, steps) in NETWORKS {
            let network = load(name, scale, overrides);
            let what = format!("{device}: {name} at {scale} {overrides:?}");
            let Some(found) = outcome(TEST, &network, &device, steps, steps) else { continue };
            let expected = run::run(&network, 2, steps, steps);
            let difference = first_difference(&found.spikes, &expected.spikes);
            assert_eq!(found.digest, expected.digest, "{what}: spikes: {difference}");
            assert_eq!(found.state, expected.state, "{what}: state");
            println!("{what}: {} spikes", found.spikes.len());
        }
    }
}

#[test]
fn snapshots_move_between_devices() {
    const TEST: &str = "devices::snapshots_move_between_devices";
    for device in others(TEST) {
        for (name, scale, overrides) in
            [("microcircuit", 0.02, &[][..]), ("coba", 0.25, &["precision=\"f64\"", "batch=3"])]
        {
            let network = load(name, scale, overrides);
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
    #![proptest_config(config(12))]

    #[test]
    fn random_networks(mut network in networks(), chunk in 1u64..200) {
        const TEST: &str = "devices::random_networks";
        network.projections.iter_mut().for_each(|p| p.plasticity = None);
        for device in others(TEST) {
            let Some(found) = outcome(TEST, &network, &device, 200, chunk) else { continue };
            let expected = run::run(&network, 2, 200, 200);
            let difference = first_difference(&found.spikes, &expected.spikes);
            prop_assert_eq!(&found.digest, &expected.digest, "{}: {}", device, difference);
            prop_assert_eq!(&found.state, &expected.state, "{}: state", device);
        }
    }
}
