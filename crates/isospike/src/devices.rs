//! Which backends this build has: the only place with a `cfg`.

use isospike_backend::{Backend, Device, Error, ErrorKind, Result};
use isospike_lane::isa::Isa;

/// How the backends are set up.
#[derive(Clone, Copy, Debug)]
pub struct DeviceOptions {
    /// Threads of the CPU backend.
    pub threads: usize,
    /// Instruction set of the CPU backend.
    pub isa: Isa,
}

impl Default for DeviceOptions {
    /// All cores this process may use, and the strongest instruction set.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
        DeviceOptions { threads, isa: Isa::detect() }
    }
}

/// How a backend is made.
type Make = fn(&DeviceOptions) -> Box<dyn Backend>;

/// The backends of this build, in order of preference.
const BACKENDS: &[Make] = &[
    #[cfg(feature = "cpu")]
    |options| Box::new(isospike_cpu::Cpu { threads: options.threads, isa: options.isa }),
    #[cfg(feature = "opencl")]
    |_| Box::new(isospike_opencl::OpenCl::default()),
    #[cfg(feature = "cuda")]
    |_| Box::new(isospike_cuda::Cuda::default()),
];

/// The backend whose devices have threads and instruction sets.
pub(crate) const CPU: &str = "cpu";

/// All backends of this build, in order of preference.
pub fn backends(options: &DeviceOptions) -> Vec<Box<dyn Backend>> {
    BACKENDS.iter().map(|make| make(options)).collect()
}

/// Opens a device by name: `cpu`, `opencl:0:0`, `cuda:0`; with only a backend's name, its first.
///
/// # Errors
/// `Unsupported` if the build has no such backend, `Device` if the backend has no devices or this
/// one does not answer, `Invalid` if it has no such device, and what opening the device says.
pub fn open(name: &str, options: &DeviceOptions) -> Result<Box<dyn Device>> {
    open_of(&backends(options), name)
}

fn open_of(all: &[Box<dyn Backend>], name: &str) -> Result<Box<dyn Device>> {
    let (backend, address) = match name.split_once(':') {
        None => (name, None),
        Some((backend, address)) => (backend, Some(address)),
    };
    let Some(b) = all.iter().find(|b| b.name() == backend) else {
        let known: Vec<_> = all.iter().map(|b| b.name()).collect();
        let message = format!(
            "device {name:?} is not in this build; it has: {} (see `isospike devices`)",
            known.join(", ")
        );
        return Err(Error::new(ErrorKind::Unsupported, message));
    };
    let devices = b.devices();
    if let Some(refused) = devices.refused.iter().find(|r| address == Some(&*r.address)) {
        let message = format!("device {name:?}: {}", refused.reason);
        return Err(Error::new(ErrorKind::Device, message));
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PassedOver;
    use isospike_backend::{Devices, Refused};

    /// A driver with a device that does not answer.
    struct Deaf;

    impl Backend for Deaf {
        fn name(&self) -> &'static str {
            "deaf"
        }
        fn devices(&self) -> Devices {
            let reason = "it does not say its name".to_owned();
            Devices::of(Vec::new(), vec![Refused { address: "1".to_owned(), reason }])
        }
        fn open(&self, index: usize) -> Result<Box<dyn Device>> {
            Err(Error::new(ErrorKind::Invalid, format!("device {index} does not exist")))
        }
    }

    #[test]
    fn a_device_that_does_not_answer_keeps_its_reason() {
        let absent = PassedOver::absent("deaf", &Deaf.devices());
        let said: Vec<_> = absent.iter().map(|a| (&*a.device, &*a.reason)).collect();
        assert_eq!(said, [("deaf:1", "it does not say its name")]);
        let all: [Box<dyn Backend>; 1] = [Box::new(Deaf)];
        let say = |name| {
            let e = open_of(&all, name).err().expect("it does not answer");
            (e.kind(), e.to_string())
        };
        let (kind, words) = say("deaf:1");
        assert_eq!(kind, ErrorKind::Device);
        assert_eq!(words, "device \"deaf:1\": it does not say its name");
        let words = say("deaf").1;
        assert_eq!(words, "device \"deaf\": no device answers: 1: it does not say its name");
        let none = PassedOver::absent("deaf", &Devices::none("no driver"));
        assert_eq!((&*none[0].device, &*none[0].reason), ("deaf", "no driver"));
    }
}
