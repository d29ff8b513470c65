//! The devices that must do what the CPU does, and the plain backend.

use isospike::{DeviceOptions, ErrorKind, Network, Options, Simulation, backends};
use isospike_conformance::same;

/// Names of all devices of this build, the CPU first; says, for the test, why there are no others.
pub fn all(test: &str) -> Vec<String> {
    [vec!["cpu".to_owned()], others(test)].concat()
}

/// Runs a network on a device, in portions that grow, and on the plain backend: spikes and states
/// are equal. A device that cannot run it says so for the test.
///
/// # Errors
/// Where they part.
pub fn agrees(test: &str, network: &Network, device: &str, steps: u64) -> Result<(), String> {
    let Some(mut there) = build(test, network, device) else { return Ok(()) };
    let planned = there.plan().memory.total_bytes();
    assert_eq!(there.session().allocated_bytes(), planned, "{device}: planned is allocated");
    let mut reference = same::reference(network);
    let same = same::run(there.session(), &mut *reference, steps);
    same.map(|_| ()).map_err(|e| format!("{device}: {e}"))
}

/// Names of all devices of this build but the CPU; says, for the test, why there are none.
pub fn others(test: &str) -> Vec<String> {
    let mut names = Vec::new();
    for backend in backends(&DeviceOptions::default()) {
        let devices = backend.devices();
        match devices.reason {
            Some(reason) => println!("SKIPPED {test}: {}: {reason}", backend.name()),
            None if backend.name() == "cpu" => {}
            None => names
                .extend(devices.list.iter().map(|d| format!("{}:{}", backend.name(), d.address))),
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
