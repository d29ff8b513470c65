//! OpenCL as a backend: every device of every platform.

use crate::driver::{OpenClDriver, words};
use crate::facts::Facts;
use crate::shim;
use crate::verdict::{ThroughF64, exact_driver, in_words};
use isospike_backend::{
    Backend, Capability, Device, DeviceInfo, Devices, Error, ErrorKind, Plan, Refused, Result,
    Session,
};
use isospike_gpu::{Driver, GpuCompute, GpuLayers, GpuMasses, Shape};
use isospike_layer::compute::Computer;
use isospike_layer::{Passes, Real};
use isospike_mass::Masses;
use ocl::core::{self, DeviceId};
use std::sync::{Arc, Mutex, PoisonError};

/// The OpenCL backend. Without a library or a driver it has no devices and says why.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenCl {
    /// How kernels are cut; what suits each device if not given. For tests: it cannot change a
    /// result.
    pub shape: Option<Shape>,
}

/// A device that was found.
struct Found {
    /// Platform and device: `"0:0"`.
    address: String,
    device: DeviceId,
    facts: Facts,
}

impl OpenCl {
    /// All devices that answer and those that do not, or why none does.
    fn find() -> std::result::Result<(Vec<Found>, Vec<Refused>), String> {
        // Loaders take a first call on one thread while they start on another for no platform.
        static STARTING: Mutex<()> = Mutex::new(());
        let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        shim::library().map_err(|e| format!("there is no OpenCL library: {e}"))?;
        // `ocl` waits for seconds when there is no platform: ask how many there are first.
        let mut n = 0;
        // SAFETY: a null list of length 0 asks for the number only.
        let status = unsafe { ocl::ffi::clGetPlatformIDs(0, std::ptr::null_mut(), &raw mut n) };
        if status != 0 || n == 0 {
            return Err("the OpenCL library finds no driver (no platform)".to_owned());
        }
        let (mut found, mut refused) = (Vec::new(), Vec::new());
        let mut refuse = |address, reason| refused.push(Refused { address, reason });
        for (p, platform) in core::get_platform_ids().map_err(words)?.iter().enumerate() {
            let devices = match core::get_device_ids(platform, None, None) {
                Ok(devices) => devices,
                Err(e) => {
                    refuse(p.to_string(), words(e));
                    continue;
                }
            };
            for (d, device) in devices.into_iter().enumerate() {
                let address = format!("{p}:{d}");
                match Facts::of(device) {
                    Ok(facts) => found.push(Found { address, device, facts }),
                    Err(e) => refuse(address, e.to_string()),
                }
            }
        }
        match found.is_empty() {
            true if refused.is_empty() => Err("no OpenCL platform has a device".to_owned()),
            _ => Ok((found, refused)),
        }
    }
}

#[cfg(test)]
impl OpenCl {
    /// The first device.
    pub(crate) fn first() -> std::result::Result<(DeviceId, Facts), String> {
        let first = Self::find()?.0.into_iter().next().map(|f| (f.device, f.facts));
        first.ok_or_else(|| "no OpenCL device answers".to_owned())
    }
}

impl Backend for OpenCl {
    fn name(&self) -> &'static str {
        "opencl"
    }

    fn devices(&self) -> Devices {
        match Self::find() {
            Ok((found, refused)) => Devices::of(found.iter().map(Found::info).collect(), refused),
            Err(reason) => Devices::none(reason),
        }
    }

    fn open(&self, index: usize) -> Result<Box<dyn Device>> {
        let (found, _) = Self::find().map_err(|reason| Error::new(ErrorKind::Device, reason))?;
        let n = found.len();
        let device = found.into_iter().nth(index).ok_or_else(|| {
            let message = format!("OpenCL device number {index} was asked for; there are {n}");
            Error::new(ErrorKind::Invalid, message)
        })?;
        Ok(Box::new(OpenClDevice::new(device, self.shape)?))
    }
}

impl Found {
    fn info(&self) -> DeviceInfo {
        DeviceInfo {
            address: self.address.clone(),
            name: self.facts.name.clone(),
            memory_bytes: self.facts.memory_bytes,
        }
    }
}

/// An opened device.
struct OpenClDevice {
    info: DeviceInfo,
    facts: Facts,
    driver: Arc<OpenClDriver>,
    through_f64: ThroughF64,
}

impl OpenClDevice {
    fn new(found: Found, shape: Option<Shape>) -> Result<Self> {
        let shape = shape.unwrap_or_else(|| found.facts.shape());
        let (driver, through_f64) =
            exact_driver(&found.address, found.device, &found.facts, shape)?;
        let driver = Arc::new(driver);
        Ok(OpenClDevice { info: found.info(), facts: found.facts, driver, through_f64 })
    }
}

impl Device for OpenClDevice {
    fn info(&self) -> DeviceInfo {
        self.info.clone()
    }

    fn capability(&self) -> Capability {
        self.facts.capability(&self.driver.shape())
    }

    fn is_processor(&self) -> bool {
        self.facts.is_cpu
    }

    fn through_f64(&self) -> Vec<&'static str> {
        self.through_f64.iter().map(|primitive| in_words(primitive)).collect()
    }

    fn layers(&self) -> Option<Box<dyn Passes + '_>> {
        Some(Box::new(GpuLayers::new(self.driver.clone(), self.capability().f64_state)))
    }

    fn computer_f32(&self) -> Result<Computer<f32>> {
        computer(&self.driver, self.info())
    }

    fn computer_f64(&self) -> Result<Computer<f64>> {
        match self.capability().f64_state {
            true => computer(&self.driver, self.info()),
            false => Err(Error::new(ErrorKind::Unsupported, "the device has no f64")),
        }
    }

    fn masses_f32(&self) -> Result<Arc<dyn Masses<f32>>> {
        Ok(Arc::new(GpuMasses::new(self.driver.clone(), self.facts.memory_bytes)))
    }

    fn masses_f64(&self) -> Result<Arc<dyn Masses<f64>>> {
        match self.capability().f64_state {
            true => Ok(Arc::new(GpuMasses::new(self.driver.clone(), self.facts.memory_bytes))),
            false => Err(Error::new(ErrorKind::Unsupported, "the device has no f64")),
        }
    }

    fn compile(&self, plan: Arc<Plan>) -> Result<Box<dyn Session>> {
        let memory = self.facts.memory_bytes;
        isospike_gpu::compile(self.driver.clone(), self.capability(), memory, plan)
    }
}

fn computer<F: Real>(driver: &Arc<OpenClDriver>, info: DeviceInfo) -> Result<Computer<F>> {
    Ok(Computer::new(Arc::new(GpuCompute::new(driver.clone(), info.name)?)))
}
