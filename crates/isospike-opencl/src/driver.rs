//! An OpenCL device as `isospike-gpu` wants it: one context, one in-order queue.

use crate::facts::Facts;
use crate::options::options;
use crate::shim;
use isospike_backend::memory::human;
use isospike_backend::{Error, ErrorKind, Result};
use isospike_gpu::{Arg, Driver, Modules, Shape, Size};
use isospike_lane::huge_zeroed;
use isospike_trace::print::Dialect;
use ocl::core::{self, ArgVal, CommandQueue, Context, DeviceId, Event, Kernel, Mem, Program};
use ocl::ffi::{cl_mem, clSetMemObjectDestructorCallback};
use ocl::flags::MemFlags;
use std::ffi::{CString, c_void};
use std::sync::Arc;

/// An opened OpenCL device.
pub(crate) struct OpenClDriver {
    device: DeviceId,
    context: Context,
    queue: CommandQueue,
    facts: Facts,
    shape: Shape,
    options: String,
    modules: Modules<Program>,
}

/// Device memory; on a processor that is host memory, on huge pages.
pub(crate) struct Memory {
    mem: Mem,
}

/// A kernel with its arguments set.
pub(crate) struct Launch {
    kernel: Kernel,
    size: Size,
}

impl OpenClDriver {
    pub(crate) fn new(
        device: DeviceId,
        facts: &Facts,
        shape: Shape,
        through_f64: &[&str],
    ) -> Result<Self> {
        let context = core::create_context(None, &[device], None, None)
            .map_err(|e| failed("a context cannot be created", e))?;
        let queue = core::create_command_queue(&context, device, None)
            .map_err(|e| failed("a queue cannot be created", e))?;
        let facts = facts.clone();
        let options = options(&facts, through_f64);
        let modules = Modules::default();
        Ok(OpenClDriver { device, context, queue, facts, shape, options, modules })
    }
}

/// The driver's words as an error.
fn failed(what: &str, e: ocl::core::Error) -> Error {
    Error::new(ErrorKind::Device, format!("OpenCL: {what}: {}", words(e)))
}

/// The driver's words.
pub(crate) fn words(e: ocl::core::Error) -> String {
    // The library's messages begin with an empty line and a frame.
    let lines = e.to_string();
    let lines = lines.lines().map(|l| l.trim_matches('#').trim()).filter(|l| !l.is_empty());
    let words = lines.collect::<Vec<_>>().join(" ");
    match shim::unheard_of() {
        None => words,
        Some(status) => format!("{words} (it said {status}, which OpenCL has no name for)"),
    }
}

/// Frees host memory when the library has no more use for it, which may be later than when its
/// buffer is released: Intel's does away with buffers on threads of its own.
fn free_when_gone(mem: &Mem, host: Vec<u128>) -> Result<()> {
    extern "C" fn free(_: cl_mem, host: *mut c_void) {
        // SAFETY: it was a box until it was given to the library, which calls this once.
        drop(unsafe { Box::from_raw(host.cast::<Vec<u128>>()) });
    }
    let host = Box::into_raw(Box::new(host)).cast();
    // SAFETY: the buffer is one, and `free` takes what is given with it.
    let status = unsafe { clSetMemObjectDestructorCallback(mem.as_ptr(), Some(free), host) };
    match status {
        0 => Ok(()),
        // then nobody knows when it may go, and it stays
        status => {
            let message = format!("OpenCL: a buffer's end cannot be watched: status {status}");
            Err(Error::new(ErrorKind::Device, message))
        }
    }
}

/// The queue is in order: no event is waited for, and none is made.
const NO_WAIT: Option<&Event> = None;
const NO_EVENT: Option<&mut Event> = None;

impl Driver for OpenClDriver {
    type Buffer = Memory;
    type Module = Program;
    type Launch = Launch;

    fn shape(&self) -> Shape {
        self.shape
    }

    fn dialect(&self) -> Dialect {
        Dialect::OpenCl
    }

    fn memory(&self) -> (Option<u64>, Option<u64>) {
        // OpenCL does not say what is free
        (Some(self.facts.memory_bytes), None)
    }

    fn source(&self, name: &str) -> &'static str {
        match name {
            "prelude" => include_str!("../../../kernels-cl/prelude.cl"),
            "layout" => include_str!("../../../kernels-cl/layout.cl"),
            "half" => include_str!("../../../kernels-cl/half.cl"),
            "list" => include_str!("../../../kernels-cl/list.cl"),
            "deliver" => include_str!("../../../kernels-cl/deliver.cl"),
            "update" => include_str!("../../../kernels-cl/update.cl"),
            "filter" => include_str!("../../../kernels-cl/filter.cl"),
            "sweep" => include_str!("../../../kernels-cl/sweep.cl"),
            "drive" => include_str!("../../../kernels-cl/drive.cl"),
            "check" => include_str!("../../../kernels-cl/check.cl"),
            "history" => include_str!("../../../kernels-cl/history.cl"),
            "synapses" => include_str!("../../../kernels-cl/synapses.cl"),
            "learn" => include_str!("../../../kernels-cl/learn.cl"),
            "settle" => include_str!("../../../kernels-cl/settle.cl"),
            "forget" => include_str!("../../../kernels-cl/forget.cl"),
            "layer" => include_str!("../../../kernels-cl/layer.cl"),
            "note" => include_str!("../../../kernels-cl/note.cl"),
            "arrays" => include_str!("../../../kernels-cl/arrays.cl"),
            "window" => include_str!("../../../kernels-cl/window.cl"),
            "weigh" => include_str!("../../../kernels-cl/weigh.cl"),
            "pool" => include_str!("../../../kernels-cl/pool.cl"),
            "mass" => include_str!("../../../kernels-cl/mass.cl"),
            "sheet" => include_str!("../../../kernels-cl/sheet.cl"),
            "regions" => include_str!("../../../kernels-cl/regions.cl"),
            _ => unreachable!("kernels-cl has no {name}.cl"),
        }
    }

    fn allocate(&self, bytes: usize) -> Result<Memory> {
        if bytes as u64 > self.facts.largest_bytes {
            let message = format!(
                "one buffer needs {}; the device allocates at most {} at once",
                human(bytes as u64),
                human(self.facts.largest_bytes)
            );
            return Err(Error::new(ErrorKind::OutOfMemory, message));
        }
        let refused = |e: ocl::core::Error| {
            Error::new(ErrorKind::OutOfMemory, failed(&human(bytes as u64), e).to_string())
        };
        if self.facts.is_cpu {
            let host: Vec<u128> = huge_zeroed(bytes.div_ceil(size_of::<u128>()));
            // SAFETY: the host memory stays until the library says that the buffer is gone.
            let mem = unsafe {
                let all: &[u8] = std::slice::from_raw_parts(host.as_ptr().cast(), bytes);
                core::create_buffer(&self.context, MemFlags::USE_HOST_PTR, bytes, Some(all))
            };
            let mem = mem.map_err(refused)?;
            free_when_gone(&mem, host)?;
            return Ok(Memory { mem });
        }
        // SAFETY: no host memory is involved.
        let mem = unsafe {
            core::create_buffer::<_, u8>(&self.context, MemFlags::READ_WRITE, bytes, None)
        };
        let memory = Memory { mem: mem.map_err(refused)? };
        self.clear(&memory, bytes)?;
        Ok(memory)
    }

    fn clear(&self, buffer: &Memory, bytes: usize) -> Result<()> {
        core::enqueue_fill_buffer(&self.queue, &buffer.mem, 0u8, 0, bytes, NO_WAIT, NO_EVENT, None)
            .map_err(|e| failed("clearing memory of the device", e))
    }

    fn write(&self, buffer: &Memory, offset: usize, bytes: &[u8]) -> Result<()> {
        // SAFETY: the call blocks until the bytes are copied.
        unsafe {
            core::enqueue_write_buffer(
                &self.queue,
                &buffer.mem,
                true,
                offset,
                bytes,
                NO_WAIT,
                NO_EVENT,
            )
        }
        .map_err(|e| failed("writing to the device", e))
    }

    fn read(&self, buffer: &Memory, offset: usize, bytes: &mut [u8]) -> Result<()> {
        // SAFETY: the call blocks until the bytes are there.
        unsafe {
            core::enqueue_read_buffer(
                &self.queue,
                &buffer.mem,
                true,
                offset,
                bytes,
                NO_WAIT,
                NO_EVENT,
            )
        }
        .map_err(|e| failed("reading from the device", e))
    }

    fn build(&self, text: &str) -> Result<Arc<Program>> {
        let c_string = |s: &str| CString::new(s).expect("kernel text has no zeros");
        self.modules.of(text, || {
            let program = core::create_program_with_source(&self.context, &[c_string(text)])
                .map_err(|e| failed("a program cannot be created", e))?;
            let options = c_string(&self.options);
            core::build_program(&program, Some(&[self.device]), &options, None, None)
                .map_err(|e| failed("the kernels do not compile", e))?;
            Ok(program)
        })
    }

    fn bind(
        &self,
        module: &Program,
        kernel: &str,
        args: &[Arg<'_, Memory>],
        size: Size,
    ) -> Result<Launch> {
        let bound = core::create_kernel(module, kernel)
            .map_err(|e| failed(&format!("kernel {kernel}"), e))?;
        for (i, arg) in args.iter().enumerate() {
            let value = match arg {
                Arg::Buffer(Some(buffer)) => ArgVal::mem(&buffer.mem),
                Arg::Buffer(None) => ArgVal::mem_null(),
                Arg::Word(word) => ArgVal::scalar(word),
            };
            core::set_kernel_arg(&bound, i as u32, value)
                .map_err(|e| failed(&format!("argument {i} of kernel {kernel}"), e))?;
        }
        Ok(Launch { kernel: bound, size })
    }

    fn enqueue(&self, launches: &mut [Launch], times: u64) -> Result<()> {
        for _ in 0..times {
            for l in &mut *launches {
                let items = l.size.items as usize;
                let all = [l.size.groups as usize * items, 1, 1];
                // SAFETY: the arguments are set, and the kernels stay inside the buffers that the
                // layout sized for them.
                unsafe {
                    core::enqueue_kernel(
                        &self.queue,
                        &l.kernel,
                        1,
                        None,
                        &all,
                        Some([items, 1, 1]),
                        NO_WAIT,
                        NO_EVENT,
                    )
                }
                .map_err(|e| failed("a kernel cannot be enqueued", e))?;
            }
        }
        core::flush(&self.queue).map_err(|e| failed("the queue cannot be flushed", e))
    }

    fn finish(&self) -> Result<()> {
        core::finish(&self.queue).map_err(|e| failed("waiting for the device", e))
    }
}
