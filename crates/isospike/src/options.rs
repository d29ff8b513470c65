//! Where and how to run.

use crate::devices::{DeviceOptions, open};
use isospike_backend::{Device, Error, ErrorKind, PlanOptions, Result};
use isospike_lane::isa::Isa;
use std::sync::Arc;

/// Called with (synapses made, synapses in all).
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// Most threads that can be asked for per core; thousands on a few cores would do nothing but wait
/// for each other.
pub const MAX_THREADS_PER_CORE: usize = 64;

/// Where and how to run; nothing here can change a result.
#[derive(Clone)]
pub struct Options {
    /// Device by name: `"cpu"`, `"opencl:0:0"`; or [`AUTO`](crate::AUTO), which a network decides
    /// ([`Options::decide`]). A device that was named is used or refused, never replaced.
    pub device: String,
    /// Threads of the CPU, up to [`MAX_THREADS_PER_CORE`] per core; one per core if not given.
    /// Other devices build the plan with so many, and run it as they do: a processor under OpenCL
    /// on all its compute units.
    pub threads: Option<usize>,
    /// Instruction set of the CPU; the strongest if not given.
    pub isa: Option<Isa>,
    /// Use all threads even when the network is too small for that to pay: for tests.
    #[doc(hidden)]
    pub spread: bool,
    /// Refuse networks that need more than this many bytes; the device's memory if not given, since
    /// more than that ends in swapping or in the process being killed.
    pub memory_limit: Option<u64>,
    /// Called while the network is built.
    pub progress: Option<Progress>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            device: "cpu".to_owned(),
            threads: None,
            isa: None,
            spread: false,
            memory_limit: None,
            progress: None,
        }
    }
}

impl Options {
    /// The device and the plan options that go with it: everything that was left open is decided.
    ///
    /// # Errors
    /// `Invalid` for a number of threads that is not allowed and for `auto`, which needs a network,
    /// `Unsupported` for an instruction set that the machine lacks, and as [`open`].
    pub fn open(&self) -> Result<(Box<dyn Device>, PlanOptions)> {
        let DeviceOptions { threads: cores, isa: strongest } = DeviceOptions::default();
        let (threads, most) = (self.threads.unwrap_or(cores), cores * MAX_THREADS_PER_CORE);
        if !(1..=most).contains(&threads) {
            let message = format!(
                "threads = {threads}; must be between 1 and {most}, {MAX_THREADS_PER_CORE} per core"
            );
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let isa = self.isa.unwrap_or(strongest);
        if !isa.available() {
            let message = format!(
                "instruction set {} is not on this machine; it has up to {}",
                isa.name(),
                strongest.name()
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        if self.device == crate::AUTO {
            let message = "device \"auto\" is decided for a network: `Options::decide`";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let device = open(&self.device, &DeviceOptions { threads, isa })?;
        // A device that does not know its memory says 0.
        let memory = Some(device.info().memory_bytes).filter(|&bytes| bytes > 0);
        let can = device.capability();
        let plan = PlanOptions {
            blocks: can.blocks,
            buffers: can.buffers,
            spread: self.spread,
            threads,
            memory_limit: self.memory_limit.or(memory),
            progress: self.progress.clone(),
        };
        Ok((device, plan))
    }
}
