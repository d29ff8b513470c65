//! Every device does what the CPU does, to the bit. Skips, with the reason, where a build or a
//! machine has no device.

use isospike::Network;
use isospike_conformance::saved::{self, tried};
use isospike_conformance::strategy::{config, networks};
use isospike_tests::broken;
use isospike_tests::bundled::load;
use isospike_tests::devices::{agrees, all, build, others};
use isospike_tests::run::{self, advance};
use isospike_tests::watch::hold;
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
    ("microcircuit", 0.02, &["batch=2"], 500),
    ("microcircuit", 0.02, &["variant=dc"], 1000),
];

/// Runs on a device and on the CPU; says where they part. `Ok(None)` if the device cannot run the
/// network, else the number of spikes.
fn compare(
    test: &str,
    network: &Network,
    device: &str,
    steps: u64,
    chunk: u64,
) -> Result<Option<usize>, String> {
    let Some(mut there) = build(test, network, device) else { return Ok(None) };
    let planned = there.plan().memory.total_bytes();
    assert_eq!(there.session().allocated_bytes(), planned, "planned is allocated");
    let mut here = run::build(network, 2);
    let spikes = advance(&mut there, steps, chunk);
    let expected = advance(&mut here, steps, steps);
    if let Some(i) =
        (0..spikes.len().max(expected.len())).find(|&i| spikes.get(i) != expected.get(i))
    {
        let (found, expected) = (spikes.get(i), expected.get(i));
        return Err(format!("{device}: spike {i} is {found:?}, on the CPU {expected:?}"));
    }
    let (a, b) = (there.snapshot().expect("readable"), here.snapshot().expect("readable"));
    for ((name, found), (_, expected)) in a.slots.iter().zip(&b.slots) {
        if found != expected {
            let i = found.iter().zip(expected).position(|(a, b)| a != b);
            return Err(format!(
                "{device}: {name} differs in byte {i:?}: {found:?}, on the CPU {expected:?}"
            ));
        }
    }
    assert_eq!(a, b);
    assert_eq!(there.digest(), here.digest());
    Ok(Some(spikes.len()))
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
