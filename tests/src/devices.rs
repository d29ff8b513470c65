//! The devices that must do what the CPU does, and the plain backend.

use crate::run::{self, advance};
use isospike::backend::{DeviceInfo, Session};
use isospike::{DeviceOptions, ErrorKind, Network, Options, SessionExt, Simulation, backends};
use isospike_conformance::same;
use isospike_conformance::strategy::pushes;

/// Names of all devices of this build, the CPU first; says, for the test, why there are no others.
pub fn all(test: &str) -> Vec<String> {
    [vec!["cpu".to_owned()], others(test)].concat()
}

/// Runs a network on a device, in portions that grow, and on the plain backend: spikes and states
/// are equal. Spikes are pushed to the sources of both, and half way the device goes on alone and
/// back to a snapshot. A device that cannot run it says so for the test.
///
/// # Errors
/// Where they part.
pub fn agrees(test: &str, network: &Network, device: &str, steps: u64) -> Result<(), String> {
    let Some(mut there) = build(test, network, device) else { return Ok(()) };
    let planned = there.plan().memory.total_bytes();
    assert_eq!(there.session().allocated_bytes(), planned, "{device}: planned is allocated");
    let (there, mut reference) = (there.session(), same::reference(network));
    let pushed = pushes(network, steps);
    for session in [&mut *there, &mut *reference] {
        session.push_spikes(&pushed).unwrap_or_else(|e| panic!("{device}: {e}"));
    }
    let mut same = |there: &mut dyn Session, steps| {
        same::run(there, &mut *reference, steps).map_err(|e| format!("{device}: {e}"))
    };
    same(there, steps / 2)?;
    let snapshot = there.snapshot().expect("readable");
    same::advance(there, 17, 17);
    there.restore(&snapshot).expect("its own");
    same(there, steps - steps / 2)?;
    Ok(())
}

/// Names of all devices of this build but the CPU; says, for the test, why there are none and which
/// do not answer.
pub fn others(test: &str) -> Vec<String> {
    let mut names = Vec::new();
    for backend in backends(&DeviceOptions::default()) {
        let devices = backend.devices();
        for (device, reason) in devices.absent(backend.name()) {
            println!("SKIPPED {test}: {device}: {reason}");
        }
        if backend.name() != "cpu" {
            let name = |d: &DeviceInfo| format!("{}:{}", backend.name(), d.address);
            names.extend(devices.list.iter().map(name));
        }
    }
    if backends(&DeviceOptions::default()).len() == 1 {
        println!("SKIPPED {test}: this build has no backend but the CPU");
    }
    names
}

/// Builds on a device; `None`, with the reason printed, if the device cannot run the network.
pub fn build(test: &str, network: &Network, device: &str) -> Option<Simulation> {
    let options = Options { device: device.to_owned(), ..Options::default() };
    match Simulation::new(network.clone(), &options) {
        Ok(sim) => Some(sim),
        Err(e) if e.kind() == ErrorKind::Unsupported => {
            println!("SKIPPED {test}: {device}, {}: {e}", network.name);
            None
        }
        Err(e) => panic!("{device}, {}: {e}", network.name),
    }
}

/// Runs on a device, `chunk` steps at a time, and on the CPU, in one go; says where they part.
/// `Ok(None)` if the device cannot run the network, else the number of spikes.
pub fn compare(
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
