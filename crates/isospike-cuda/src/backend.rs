//! CUDA as a backend: every device of the driver.

use crate::driver::CudaDriver;
use crate::facts::Facts;
use crate::failure::words;
use crate::library;
use crate::nvrtc::Nvrtc;
use crate::verdict::judge;
use cudarc::driver::CudaContext;
use isospike_backend::memory::Buffers;
use isospike_backend::{
    Backend, Capability, Device, DeviceInfo, Devices, Error, ErrorKind, Plan, Refused, Result,
    Session,
};
use isospike_gpu::{GpuCompute, GpuLayers, GpuMasses, Shape};
use isospike_layer::compute::Computer;
use isospike_layer::{Passes, Real};
use isospike_mass::Masses;
use std::sync::Arc;

/// The CUDA backend. Without a driver, a device or a compiler it has no devices and says why.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cuda {
    /// How kernels are cut; what suits each device if not given. For tests: it cannot change a
    /// result.
    pub shape: Option<Shape>,
}

/// A device that was found.
struct Found {
    ordinal: usize,
    facts: Facts,
    nvrtc: &'static Nvrtc,
}

impl Cuda {
    /// All devices that answer and those that do not, or why none was found.
    fn find() -> Result<(Vec<Found>, Vec<Refused>), String> {
        library::check()?;
        let n = CudaContext::device_count()
            .map_err(|e| format!("the CUDA driver does not start: {:?}: {}", e.0, words(e)))?;
        if n == 0 {
            return Err("the CUDA driver finds no device".to_owned());
        }
        let nvrtc = Nvrtc::find()?;
        let (mut found, mut refused) = (Vec::new(), Vec::new());
        for ordinal in 0..n {
            match Facts::of(ordinal).and_then(|f| f.target(nvrtc.supported()).map(|_| f)) {
                Ok(facts) => found.push(Found { ordinal: ordinal as usize, facts, nvrtc }),
                Err(reason) => refused.push(Refused { address: ordinal.to_string(), reason }),
            }
        }
        Ok((found, refused))
    }
}

impl Backend for Cuda {
    fn name(&self) -> &'static str {
        "cuda"
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
        let found = found.into_iter().nth(index).ok_or_else(|| {
            let message = format!("CUDA device number {index} was asked for; there are {n}");
            Error::new(ErrorKind::Invalid, message)
        })?;
        let driver = CudaDriver::new(found.ordinal, &found.facts, self.shape, found.nvrtc)?;
        judge(found.ordinal, &driver)?;
        Ok(Box::new(CudaDevice { info: found.info(), driver: Arc::new(driver) }))
    }
}

impl Found {
    fn info(&self) -> DeviceInfo {
        DeviceInfo {
            address: self.ordinal.to_string(),
            name: self.facts.said(&self.nvrtc.version()),
            memory_bytes: self.facts.memory_bytes,
        }
    }
}

/// An opened device.
struct CudaDevice {
    info: DeviceInfo,
    driver: Arc<CudaDriver>,
}

impl Device for CudaDevice {
    fn info(&self) -> DeviceInfo {
        self.info.clone()
    }

    fn capability(&self) -> Capability {
        Capability {
            f64_state: true,
            i64_accumulators: true,
            plasticity: true,
            filters: true,
            counts: true,
            stimuli: true,
            blocks: 1,
            buffers: Buffers::Device,
            largest_buffer_bytes: u64::MAX,
        }
    }

    fn layers(&self) -> Option<Box<dyn Passes + '_>> {
        Some(Box::new(GpuLayers::new(self.driver.clone(), true)))
    }

    fn computer_f32(&self) -> Result<Computer<f32>> {
        computer(&self.driver, self.info())
    }

    fn computer_f64(&self) -> Result<Computer<f64>> {
        computer(&self.driver, self.info())
    }

    fn masses_f32(&self) -> Result<Arc<dyn Masses<f32>>> {
        Ok(Arc::new(GpuMasses::new(self.driver.clone(), self.info.memory_bytes)))
    }

    fn masses_f64(&self) -> Result<Arc<dyn Masses<f64>>> {
        Ok(Arc::new(GpuMasses::new(self.driver.clone(), self.info.memory_bytes)))
    }

    fn compile(&self, plan: Arc<Plan>) -> Result<Box<dyn Session>> {
        let memory = self.info.memory_bytes;
        isospike_gpu::compile(self.driver.clone(), self.capability(), memory, plan)
    }
}

fn computer<F: Real>(driver: &Arc<CudaDriver>, info: DeviceInfo) -> Result<Computer<F>> {
    Ok(Computer::new(Arc::new(GpuCompute::new(driver.clone(), info.name)?)))
}
