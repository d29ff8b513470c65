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
    #[cfg(feature = "opencl")]
    |_| Box::new(isospike_opencl::OpenCl::default()),
    #[cfg(feature = "cuda")]
    |_| Box::new(isospike_cuda::Cuda::default()),
];

/// All backends of this build, in order of preference.
pub fn backends(options: &DeviceOptions) -> Vec<Box<dyn Backend>> {
    BACKENDS.iter().map(|make| make(options)).collect()
}

/// Opens a device by name: `cpu`, `opencl:0:0`, `cuda:0`; with only a backend's name, its first.
///
/// # Errors
/// `Unsupported` if the build has no such backend, `Device` if the backend has no devices,
/// `Invalid` if it has no such device, and what opening the device says.
pub fn open(name: &str, options: &DeviceOptions) -> Result<Box<dyn Device>> {
    let (backend, address) = match name.split_once(':') {
        None => (name, None),
        Some((backend, address)) => (backend, Some(address)),
    };
    let all = backends(options);
    let Some(b) = all.iter().find(|b| b.name() == backend) else {
        let known: Vec<_> = all.iter().map(|b| b.name()).collect();
        let message = format!(
            "device {name:?} is not in this build; it has: {} (see `isospike devices`)",
            known.join(", ")
        );
        return Err(Error::new(ErrorKind::Unsupported, message));
    };
    let devices = b.devices();
    if let (true, Some(reason)) = (devices.list.is_empty(), devices.reason) {
        let message = format!("device {name:?}: {reason}");
        return Err(Error::new(ErrorKind::Device, message));
    }
    let index = match address {
        None => Some(0),
        Some(address) => devices.list.iter().position(|d| d.address == address),
    };
    match index {
        Some(index) => b.open(index),
        None => {
            let known = devices.list.iter().map(|d| format!("{backend}:{}", d.address));
            let known: Vec<_> = known.collect();
            let message =
                format!("device {name:?} does not exist; there are: {}", known.join(", "));
            Err(Error::new(ErrorKind::Invalid, message))
        }
    }
}
