//! The devices that must do what the CPU does.

use isospike::{DeviceOptions, ErrorKind, Network, Options, Simulation, backends};

/// Names of all devices of this build but the CPU; says why there are none.
pub fn others() -> Vec<String> {
    let mut names = Vec::new();
    for backend in backends(&DeviceOptions::default()) {
        let devices = backend.devices();
        match devices.reason {
            Some(reason) => println!("skipped: {}: {reason}", backend.name()),
            None if backend.name() == "cpu" => {}
            None => names
                .extend(devices.list.iter().map(|d| format!("{}:{}", backend.name(), d.address))),
        }
    }
    if names.is_empty() {
        println!("skipped: this build has no backend with a device but the CPU");
    }
    names
}

/// Builds on a device; `None`, with the reason printed, if the device cannot run the network.
pub fn build(network: &Network, device: &str) -> Option<Simulation> {
    let options = Options { device: device.to_owned(), ..Options::default() };
    match Simulation::new(network.clone(), &options) {
        Ok(sim) => Some(sim),
        Err(e) if e.kind() == ErrorKind::Unsupported => {
            println!("skipped: {device}, {}: {e}", network.name);
            None
        }
        Err(e) => panic!("{device}, {}: {e}", network.name),
    }
}
