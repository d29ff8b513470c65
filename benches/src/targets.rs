//! Where cases are run: every device of every backend of this build.

use crate::traffic::copy_bandwidth;
use anyhow::{Result, bail};
use isospike::{DeviceOptions, Options, backends};
use serde::{Deserialize, Serialize};

/// A device, with threads where it has them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Target {
    /// As on the command line: `cpu:0`, `opencl:0:0`.
    pub device: String,
    /// In its own words.
    pub name: String,
    /// Threads of the CPU; `None` elsewhere.
    pub threads: Option<usize>,
    /// Whether it is the processors of the machine, by whatever backend.
    #[serde(default)]
    pub is_processor: bool,
    /// Bytes it copies in a second (read and written), measured; `None` if it could not be, and
    /// then every cell says why.
    pub copy_bytes_per_s: Option<f64>,
}

/// A backend of this build without a device, or a device that does not answer, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Absent {
    /// Its name: `cuda`, `opencl:1:0`.
    pub backend: String,
    /// Why it has no device.
    pub reason: String,
}

impl Target {
    /// The options that open it.
    pub fn options(&self) -> Options {
        Options { device: self.device.clone(), threads: self.threads, ..Options::default() }
    }

    /// For people: `cpu:0, 2 threads`.
    pub fn place(&self) -> String {
        match self.threads {
            None => self.device.clone(),
            Some(1) => format!("{}, 1 thread", self.device),
            Some(n) => format!("{}, {n} threads", self.device),
        }
    }
}

/// The backend whose devices have threads, and with which all others are compared.
pub const REFERENCE: &str = "cpu";

/// All devices, or those asked for (`cpu`, `cuda:1`), each thread count a target of its own; and
/// the backends that have none, which must not look as if they had been run. Measures how fast each
/// copies.
///
/// # Errors
/// If a device that was asked for by name is not there.
pub fn targets(only: Option<&str>, threads: &[usize]) -> Result<(Vec<Target>, Vec<Absent>)> {
    let (mut targets, mut absent) = (Vec::new(), Vec::new());
    for backend in backends(&DeviceOptions::default()) {
        let wanted = |device: &str| only.is_none_or(|o| o == backend.name() || o == device);
        let devices = backend.devices();
        let lacks = devices.absent(backend.name()).into_iter();
        let lacks = lacks.filter(|(device, _)| wanted(device));
        absent.extend(lacks.map(|(backend, reason)| Absent { backend, reason }));
        for info in devices.list {
            let device = format!("{}:{}", backend.name(), info.address);
            if !wanted(&device) {
                continue;
            }
            let (name, copy_bytes_per_s) = (info.name, None);
            let options = Options { device: device.clone(), ..Options::default() };
            // One that does not open says so in every cell.
            let is_processor = options.open().is_ok_and(|(device, _)| device.is_processor());
            let target = |threads| {
                let (device, name) = (device.clone(), name.clone());
                let target = Target { device, name, threads, is_processor, copy_bytes_per_s };
                let copied = copy_bandwidth(&target.options());
                let say = |e| eprintln!("{}: no copy bandwidth: {e:#}", target.place());
                let copy_bytes_per_s = copied.map_err(say).ok();
                Target { copy_bytes_per_s, ..target }
            };
            match backend.name() {
                REFERENCE => targets.extend(threads.iter().map(|&n| target(Some(n)))),
                _ => targets.push(target(None)),
            }
        }
    }
    match only {
        Some(name) if targets.is_empty() => {
            let reasons: Vec<_> = absent.iter().map(|a| &*a.reason).collect();
            bail!("--device {name}: there is no such device. {}", reasons.join("; "))
        }
        _ => Ok((targets, absent)),
    }
}
