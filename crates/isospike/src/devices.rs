//! Which backends this build has: the only place with a `cfg`.

use isospike_backend::{Backend, Device, Error, ErrorKind, Result};

/// How the backends are set up.
#[derive(Clone, Copy, Debug)]
pub struct DeviceOptions {
    /// Threads of the CPU backend.
    pub threads: usize,
}

impl Default for DeviceOptions {
    /// All cores this process may use.
    fn default() -> Self {
        DeviceOptions { threads: std::thread::available_parallelism().map_or(1, |n| n.get()) }
    }
}

/// How a backend is made.
type Make = fn(&DeviceOptions) -> Box<dyn Backend>;

/// The backends of this build, in order of preference.
const BACKENDS: &[Make] = &[
    #[cfg(feature = "cpu")]
    |options| Box::new(isospike_cpu::Cpu::with_threads(options.threads)),
];

/// All backends of this build, in order of preference.
pub fn backends(options: &DeviceOptions) -> Vec<Box<dyn Backend>> {
    BACKENDS.iter().map(|make| make(options)).collect()
}

/// Opens a device by name: `cpu`, `opencl:1`, `cuda:0`; without a number, the first.
///
/// # Errors
/// `Invalid` for a name that is not of this form, `Unsupported` for a backend that is not in this
/// build, `Device` from the backend.
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
