//! A CUDA device as `isospike-gpu` wants it: one context, one stream, nothing else tracked.

use crate::facts::Facts;
use crate::failure::Health;
use crate::graph::{STEPS, StepGraph};
use crate::nvrtc::Nvrtc;
use crate::options::Target;
use crate::sources::source;
use cudarc::driver::{
    CudaContext, CudaFunction, CudaModule, CudaSlice, CudaStream, DevicePtr, DriverError,
    LaunchConfig, PinnedHostSlice, PushKernelArg, result,
};
use cudarc::nvrtc::Ptx;
use isospike_backend::{Error, ErrorKind, Result};
use isospike_gpu::{Arg, Driver, Modules, Shape, Size};
use isospike_trace::print::Dialect;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// An opened CUDA device.
pub(crate) struct CudaDriver {
    context: Arc<CudaContext>,
    stream: Arc<CudaStream>,
    health: Health,
    shape: Shape,
    nvrtc: &'static Nvrtc,
    target: Target,
    modules: Modules<Module>,
    /// Host memory that the device copies into at full speed.
    staging: Mutex<PinnedHostSlice<u8>>,
    launches: AtomicU64,
}

/// Bytes that are read back at once.
const STAGING_BYTES: usize = 1 << 20;

/// Device memory.
pub(crate) struct Memory {
    slice: CudaSlice<u8>,
    address: u64,
}

/// Compiled text, loaded. Kernels keep it.
pub(crate) struct Module(Arc<CudaModule>);

/// A kernel with its arguments.
pub(crate) struct Launch {
    id: u64,
    function: CudaFunction,
    args: Vec<Value>,
    size: Size,
    /// The steps that begin with this launch, once they were captured.
    graph: Option<StepGraph>,
}

/// An argument as the kernel takes it.
enum Value {
    Address(u64),
    Word(u32),
}

impl Launch {
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn enqueue(&self, stream: &Arc<CudaStream>) -> Result<(), DriverError> {
        let mut launch = stream.launch_builder(&self.function);
        for arg in &self.args {
            match arg {
                Value::Address(address) => launch.arg(address),
                Value::Word(word) => launch.arg(word),
            };
        }
        let config = LaunchConfig {
            grid_dim: (self.size.groups, 1, 1),
            block_dim: (self.size.items, 1, 1),
            shared_mem_bytes: 0,
        };
        // SAFETY: the arguments are the kernel's, and the kernels stay inside the buffers that the
        // layout sized for them.
        unsafe { launch.launch(config) }.map(drop)
    }
}

impl CudaDriver {
    pub(crate) fn new(
        ordinal: usize,
        facts: &Facts,
        shape: Option<Shape>,
        nvrtc: &'static Nvrtc,
    ) -> Result<Self> {
        let health = Health::default();
        let target = facts
            .target(nvrtc.supported())
            .map_err(|message| Error::new(ErrorKind::Unsupported, message))?;
        let open = || -> Result<_, DriverError> {
            let context = CudaContext::new(ordinal)?;
            // SAFETY: everything happens on one stream, in order.
            unsafe { context.disable_event_tracking() };
            let stream = context.new_stream()?;
            // SAFETY: nothing is read from it before it was written.
            let staging = unsafe { context.alloc_pinned_with_flags(STAGING_BYTES, 0) }?;
            Ok((context, stream, staging))
        };
        let (context, stream, staging) =
            open().map_err(|e| health.failed("the device cannot be opened", e))?;
        Ok(CudaDriver {
            context,
            stream,
            health,
            shape: shape.unwrap_or_else(|| facts.shape()),
            nvrtc,
            target,
            modules: Modules::default(),
            staging: Mutex::new(staging),
            launches: AtomicU64::new(0),
        })
    }

    /// Enqueues each launch once.
    fn launch(&self, launches: &[Launch]) -> Result<()> {
        self.ask("a kernel cannot be enqueued", || {
            launches.iter().try_for_each(|l| l.enqueue(&self.stream))
        })
    }

    /// Asks a device that is not lost; its error as one of the session.
    fn ask<T>(&self, what: &str, f: impl FnOnce() -> Result<T, DriverError>) -> Result<T> {
        self.health.check()?;
        f().map_err(|e| self.health.failed(what, e))
    }
}

impl Driver for CudaDriver {
    type Buffer = Memory;
    type Module = Module;
    type Launch = Launch;

    fn shape(&self) -> Shape {
        self.shape
    }

    fn dialect(&self) -> Dialect {
        Dialect::Cuda
    }

    fn memory(&self) -> (Option<u64>, Option<u64>) {
        match self.context.mem_get_info() {
            Ok((free, total)) => (Some(total as u64), Some(free as u64)),
            Err(_) => (None, None),
        }
    }

    fn source(&self, name: &str) -> &'static str {
        source(name)
    }

    fn allocate(&self, bytes: usize) -> Result<Memory> {
        self.health.check()?;
        let slice = self.stream.alloc_zeros::<u8>(bytes).map_err(|e| {
            let free = self.context.mem_get_info().ok().map(|(free, _)| free as u64);
            self.health.refused(bytes as u64, free, e)
        })?;
        let address = slice.device_ptr(&self.stream).0;
        Ok(Memory { slice, address })
    }

    fn clear(&self, buffer: &Memory, bytes: usize) -> Result<()> {
        assert!(bytes <= buffer.slice.len(), "inside the buffer");
        self.ask("clearing memory of the device", || {
            self.context.bind_to_thread()?;
            // SAFETY: the bytes lie inside the buffer.
            unsafe { result::memset_d8_async(buffer.address, 0, bytes, self.stream.cu_stream()) }
        })
    }

    fn write(&self, buffer: &Memory, offset: usize, bytes: &[u8]) -> Result<()> {
        assert!(offset + bytes.len() <= buffer.slice.len(), "inside the buffer");
        self.ask("writing to the device", || {
            self.context.bind_to_thread()?;
            let to = buffer.address + offset as u64;
            // SAFETY: the bytes lie inside the buffer, and stay until they are copied.
            unsafe { result::memcpy_htod_async(to, bytes, self.stream.cu_stream()) }?;
            self.stream.synchronize()
        })
    }

    fn read(&self, buffer: &Memory, offset: usize, bytes: &mut [u8]) -> Result<()> {
        assert!(offset + bytes.len() <= buffer.slice.len(), "inside the buffer");
        let mut staging = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        self.ask("reading from the device", || {
            self.context.bind_to_thread()?;
            let staging = staging.as_mut_slice()?;
            let mut from = buffer.address + offset as u64;
            for part in bytes.chunks_mut(STAGING_BYTES) {
                let copied = &mut staging[..part.len()];
                // SAFETY: the part lies inside the buffer, and there is room for it.
                unsafe { result::memcpy_dtoh_async(copied, from, self.stream.cu_stream()) }?;
                self.stream.synchronize()?;
                part.copy_from_slice(copied);
                from += part.len() as u64;
            }
            Ok(())
        })
    }

    fn build(&self, text: &str) -> Result<Arc<Module>> {
        self.modules.of(text, || {
            let image = self.nvrtc.compile(text, self.target).map_err(|e| {
                Error::new(ErrorKind::Device, format!("CUDA: the kernels do not compile: {e}"))
            })?;
            let load = || self.context.load_module(Ptx::from_binary(image));
            self.ask("the kernels cannot be loaded", load).map(Module)
        })
    }

    fn bind(
        &self,
        module: &Module,
        kernel: &str,
        args: &[Arg<'_, Memory>],
        size: Size,
    ) -> Result<Launch> {
        let function = self.ask(&format!("kernel {kernel}"), || module.0.load_function(kernel))?;
        let value = |arg: &Arg<'_, Memory>| match arg {
            Arg::Buffer(buffer) => Value::Address(buffer.map_or(0, |b| b.address)),
            Arg::Word(word) => Value::Word(*word),
        };
        let id = self.launches.fetch_add(1, Ordering::Relaxed);
        Ok(Launch { id, function, args: args.iter().map(value).collect(), size, graph: None })
    }

    /// Whole [`STEPS`] are replayed, what is left is launched one by one.
    fn enqueue(&self, launches: &mut [Launch], times: u64) -> Result<()> {
        let mut left = times;
        if times >= STEPS && !launches.is_empty() {
            let known = launches[0].graph.as_ref().is_some_and(|g| g.repeats(launches));
            if !known {
                // The first launch of a kernel may load it, which must not happen in a capture.
                self.launch(launches)?;
                left -= 1;
                let graph = self.ask("steps cannot be captured", || {
                    StepGraph::capture(&self.stream, launches)
                })?;
                launches[0].graph = Some(graph);
            }
            let graph = launches[0].graph.as_ref().expect("just captured");
            self.ask("steps cannot be enqueued", || {
                (0..left / STEPS).try_for_each(|_| graph.launch())
            })?;
            left %= STEPS;
        }
        (0..left).try_for_each(|_| self.launch(launches))
    }

    fn finish(&self) -> Result<()> {
        self.ask("waiting for the device", || self.stream.synchronize())
    }
}
