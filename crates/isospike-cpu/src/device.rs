//! The CPU as a backend with one device.

use crate::session::CpuSession;
use isospike_backend::memory::Buffers;
use isospike_backend::plan::Accumulator;
use isospike_backend::{
    Backend, Capability, Device, DeviceInfo, Devices, Error, ErrorKind, Plan, Result, Session,
};
use isospike_lane::isa::Isa;
use isospike_layer::Passes;
use isospike_layer::compute::Computer;
use isospike_mass::Masses;
use isospike_net::Precision;
use std::sync::Arc;

/// The CPU backend.
#[derive(Clone, Copy, Debug)]
pub struct Cpu {
    /// Threads to use.
    pub threads: usize,
    /// Instruction set to use.
    pub isa: Isa,
}

impl Default for Cpu {
    /// All cores and the strongest instruction set.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
        Cpu { threads, isa: Isa::detect() }
    }
}

impl Cpu {
    /// The CPU with this many threads.
    pub fn with_threads(threads: usize) -> Self {
        Cpu { threads, ..Cpu::default() }
    }

    fn info(&self) -> DeviceInfo {
        let name = format!("{}, {} threads, {}", model_name(), self.threads, self.isa.name());
        DeviceInfo { address: "0".to_owned(), name, memory_bytes: memory_bytes() }
    }
}

impl Backend for Cpu {
    fn name(&self) -> &'static str {
        "cpu"
    }
    fn devices(&self) -> Devices {
        Devices { list: vec![self.info()], ..Devices::default() }
    }
    fn open(&self, index: usize) -> Result<Box<dyn Device>> {
        if index > 0 {
            let message = format!("device cpu:{index}: there is one CPU device, cpu:0");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(Box::new(CpuDevice::new(*self)?))
    }
}

/// The opened CPU: its threads.
pub struct CpuDevice {
    cpu: Cpu,
    pool: Option<Arc<rayon::ThreadPool>>,
}

impl CpuDevice {
    /// Starts the threads.
    pub fn new(cpu: Cpu) -> Result<Self> {
        if cpu.threads == 0 {
            return Err(Error::new(ErrorKind::Invalid, "threads = 0; at least 1 is needed"));
        }
        let pool = if cpu.threads == 1 {
            None
        } else {
            let build = rayon::ThreadPoolBuilder::new().num_threads(cpu.threads).build();
            Some(Arc::new(build.map_err(|e| {
                Error::new(ErrorKind::Device, format!("{} threads cannot be started", cpu.threads))
                    .caused_by(e)
            })?))
        };
        Ok(CpuDevice { cpu, pool })
    }

    /// Its instruction set.
    pub(crate) fn isa(&self) -> Isa {
        self.cpu.isa
    }

    /// Its threads, if there is more than one, to keep.
    pub(crate) fn shared_pool(&self) -> Option<Arc<rayon::ThreadPool>> {
        self.pool.clone()
    }

    /// Its threads, if there is more than one.
    pub(crate) fn pool(&self) -> Option<&rayon::ThreadPool> {
        self.pool.as_deref()
    }
}

impl Device for CpuDevice {
    fn info(&self) -> DeviceInfo {
        self.cpu.info()
    }

    fn capability(&self) -> Capability {
        Capability {
            f64_state: true,
            i64_accumulators: true,
            plasticity: true,
            filters: true,
            counts: true,
            stimuli: true,
            blocks: self.cpu.threads,
            buffers: Buffers::Host,
            largest_buffer_bytes: u64::MAX,
        }
    }

    fn is_processor(&self) -> bool {
        true
    }

    fn layers(&self) -> Option<Box<dyn Passes + '_>> {
        Some(Box::new(CpuDevice::layers(self)))
    }

    fn computer_f32(&self) -> Result<Computer<f32>> {
        Ok(self.computer())
    }

    fn computer_f64(&self) -> Result<Computer<f64>> {
        Ok(self.computer())
    }

    fn masses_f32(&self) -> Result<Arc<dyn Masses<f32>>> {
        Ok(self.masses())
    }

    fn masses_f64(&self) -> Result<Arc<dyn Masses<f64>>> {
        Ok(self.masses())
    }

    fn compile(&self, plan: Arc<Plan>) -> Result<Box<dyn Session>> {
        self.capability().admits(&plan)?;
        let (isa, pool) = (self.cpu.isa, self.pool.clone());
        Ok(match (plan.precision(), plan.accumulator) {
            (Precision::F32, Accumulator::I32) => {
                Box::new(CpuSession::<f32, i32>::new(plan, isa, pool)?)
            }
            (Precision::F32, Accumulator::I64) => {
                Box::new(CpuSession::<f32, i64>::new(plan, isa, pool)?)
            }
            (Precision::F64, Accumulator::I32) => {
                Box::new(CpuSession::<f64, i32>::new(plan, isa, pool)?)
            }
            (Precision::F64, Accumulator::I64) => {
                Box::new(CpuSession::<f64, i64>::new(plan, isa, pool)?)
            }
        })
    }
}

/// A line of a Linux information file that starts with `key`, after the colon.
fn line_of(file: &str, key: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|l| l.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn model_name() -> String {
    line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// Bytes that a line of `/proc/meminfo` counts.
pub(crate) fn memory_of(key: &str) -> Option<u64> {
    let kib = line_of("/proc/meminfo", key)?;
    Some(kib.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

fn memory_bytes() -> u64 {
    memory_of("MemTotal").unwrap_or(0)
}
