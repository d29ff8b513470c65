//! Which backends this build has: the only place with a `cfg`.

use isospike_backend::{Backend, Device, Error, ErrorKind, Result};

/// How the backends are set up.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceOptions {
    /// Threads of the CPU backend; all cores if not given.
    pub threads: Option<usize>,
}

/// All backends of this build, in order of preference.
pub fn backends(options: &DeviceOptions) -> Vec<Box<dyn Backend>> {
    let mut all: Vec<Box<dyn Backend>> = Vec::new();
    #[cfg(feature = "cpu")]
    all.push(Box::new(match options.threads {
        Some(n) => isospike_cpu::Cpu::with_threads(n),
        None => isospike_cpu::Cpu::default(),
    }));
    let _ = (&mut all, options);
    all
}

/// Opens a device by name: `cpu`, `opencl:1`, `cuda:0`; without a number, the first.
pub fn open(name: &str, options: &DeviceOptions) -> Result<Box<dyn Device>> {
    let (backend, index) = match name.split_once(':') {
        None => (name, 0),
        Some((backend, index)) => {
            let index = index.parse().map_err(|_| {
                let message =
                    format!("device {name:?}: after the colon comes a number, as in cpu:0");
                Error::new(ErrorKind::Invalid, message)
            })?;
            (backend, index)
        }
    };
    let all = backends(options);
    match all.iter().find(|b| b.name() == backend) {
        Some(b) => b.open(index),
        None => {
            let known: Vec<_> = all.iter().map(|b| b.name()).collect();
            let message = format!(
                "device {name:?} is not in this build; it has: {} (see `isospike devices`)",
                known.join(", ")
            );
            Err(Error::new(ErrorKind::Unsupported, message))
        }
    }
}
