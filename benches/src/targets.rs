//! Where networks are run: every device of every backend of this build.

use anyhow::{Result, bail};
use isospike::{DeviceOptions, Options, backends};

/// A device, with threads where it has them.
#[derive(Clone, Debug)]
pub struct Target {
    /// `cpu:0`.
    pub device: String,
    /// Threads of the CPU; `None` elsewhere.
    pub threads: Option<usize>,
    /// Whether it computes in double precision.
    pub f64_state: bool,
}

impl Target {
    /// The options that open it.
    pub fn options(&self) -> Options {
        Options { device: self.device.clone(), threads: self.threads, ..Options::default() }
    }
}

/// The backend whose devices have threads.
const WITH_THREADS: &str = "cpu";

/// All devices, or the one asked for (`cpu`, `cuda:1`), each thread count a target of its own. A
/// backend without devices is named on stderr with its reason: it must not look as if it had been
/// run.
///
/// # Errors
/// If a device that was asked for by name is not there.
pub fn targets(only: Option<&str>, threads: &[usize]) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for backend in backends(&DeviceOptions::default()) {
        let wanted = |device: &str| only.is_none_or(|o| o == backend.name() || o == device);
        let devices = backend.devices();
        if devices.list.is_empty() && wanted(backend.name()) {
            let reason = devices.reason.as_deref().unwrap_or("no device found");
            eprintln!("not run: {}: {reason}", backend.name());
        }
        for i in 0..devices.list.len() {
            let device = format!("{}:{i}", backend.name());
            if !wanted(&device) {
                continue;
            }
            let f64_state = backend.open(i)?.capability().f64_state;
            let target = |threads| Target { device: device.clone(), threads, f64_state };
            match backend.name() {
                WITH_THREADS => targets.extend(threads.iter().map(|&n| target(Some(n)))),
                _ => targets.push(target(None)),
            }
        }
    }
    match only {
        Some(name) if targets.is_empty() => bail!("--device {name}: this build has no such device"),
        _ => Ok(targets),
    }
}
