//! The OpenCL library, looked for when it is first needed.
//!
//! The `ocl` crate links to `libOpenCL` and so would every program that contains it: without the
//! library it would not build, and not even start. So the linker gets an empty archive (`build.rs`)
//! and, from here, the functions: each passes its arguments on to the library's function of the
//! same name. Without the library, or without that function in it, it answers
//! `CL_PLATFORM_NOT_FOUND_KHR`, which is what a library without any driver would answer.
//!
//! It also keeps from `ocl` what makes it panic: a status that it has no name for, no handle and no
//! error either, and an error where something is released, of which nobody could make anything.
//!
//! All functions of OpenCL 1.2 that `ocl` knows are here, except those for OpenGL. Their arguments
//! are written as what they are to the processor: pointers and integers by width.

use libloading::Library;
use std::cell::Cell;
use std::ffi::c_void;
use std::sync::OnceLock;

type Ptr = *mut c_void;

/// `CL_PLATFORM_NOT_FOUND_KHR`.
const ABSENT: i32 = -1001;

#[cfg(target_os = "windows")]
const NAMES: &[&str] = &["OpenCL.dll"];
#[cfg(target_os = "macos")]
const NAMES: &[&str] = &["/System/Library/Frameworks/OpenCL.framework/OpenCL"];
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
const NAMES: &[&str] = &["libOpenCL.so.1", "libOpenCL.so"];

/// The library, or why there is none.
pub(crate) fn library() -> Result<&'static Library, &'static str> {
    static LIBRARY: OnceLock<Result<Library, String>> = OnceLock::new();
    let open = || {
        // SAFETY: loading runs the library's own initialisers, as linking to it would.
        let mut found = NAMES.iter().filter_map(|name| unsafe { Library::new(*name) }.ok());
        found.next().ok_or_else(|| format!("none of {} can be loaded", NAMES.join(", ")))
    };
    LIBRARY.get_or_init(open).as_ref().map_err(String::as_str)
}

/// `CL_OUT_OF_RESOURCES`: stands for every status that `ocl` has no name for.
const UNKNOWN: i32 = -5;

thread_local! {
    /// The last status of this thread that `ocl` has no name for.
    static UNHEARD_OF: Cell<Option<i32>> = const { Cell::new(None) };
}

/// A status as `ocl` takes it.
fn known(status: i32) -> i32 {
    match status {
        0 => 0,
        -19..=-1 | -70..=-30 | -1001..=-1000 | -9999 => {
            UNHEARD_OF.set(None);
            status
        }
        other => {
            UNHEARD_OF.set(Some(other));
            UNKNOWN
        }
    }
}

/// What the library said, if the error that `ocl` made of it cannot say so.
pub(crate) fn unheard_of() -> Option<i32> {
    UNHEARD_OF.take()
}

/// What is released is gone for this program, whatever the library says.
fn released(_: i32) -> i32 {
    0
}

/// Functions that return a status, and what `ocl` gets of it.
macro_rules! status {
    ($seen:ident: $($name:ident($($arg:ident: $type:ty),*);)*) => { $(
        #[unsafe(no_mangle)]
        unsafe extern "system" fn $name($($arg: $type),*) -> i32 {
            static FOUND: OnceLock<Option<unsafe extern "system" fn($($type),*) -> i32>> =
                OnceLock::new();
            // SAFETY: the type is the function's in the OpenCL 1.2 headers; the library stays
            // loaded.
            let find = || unsafe { Some(*library().ok()?.get(stringify!($name)).ok()?) };
            match FOUND.get_or_init(find) {
                // SAFETY: the caller keeps the function's contract.
                Some(f) => $seen(unsafe { f($($arg),*) }),
                None => ABSENT,
            }
        }
    )* };
}

/// Functions that return a handle and, where the last argument points, a status.
macro_rules! handle {
    ($($name:ident($($arg:ident: $type:ty),*) $status:ident;)*) => { $(
        #[unsafe(no_mangle)]
        unsafe extern "system" fn $name($($arg: $type,)* $status: *mut i32) -> Ptr {
            static FOUND: OnceLock<Option<unsafe extern "system" fn($($type,)* *mut i32) -> Ptr>> =
                OnceLock::new();
            // SAFETY: the type is the function's in the OpenCL 1.2 headers; the library stays
            // loaded.
            let find = || unsafe { Some(*library().ok()?.get(stringify!($name)).ok()?) };
            match FOUND.get_or_init(find) {
                Some(f) => {
                    let mut status = 0;
                    // SAFETY: the caller keeps the function's contract.
                    let handle = unsafe { f($($arg,)* &raw mut status) };
                    let status = if status == 0 && handle.is_null() { UNKNOWN } else { status };
                    if !$status.is_null() {
                        // SAFETY: the caller gave a place for the status.
                        unsafe { *$status = known(status) };
                    }
                    handle
                }
                None => {
                    if !$status.is_null() {
                        // SAFETY: the caller gave a place for the status.
                        unsafe { *$status = ABSENT };
                    }
                    std::ptr::null_mut()
                }
            }
        }
    )* };
}

status! { released:
    clReleaseDevice(a: Ptr);
    clReleaseContext(a: Ptr);
    clReleaseCommandQueue(a: Ptr);
    clReleaseMemObject(a: Ptr);
    clReleaseSampler(a: Ptr);
    clReleaseProgram(a: Ptr);
    clReleaseKernel(a: Ptr);
    clReleaseEvent(a: Ptr);
}

status! { known:
    clGetPlatformIDs(a: u32, b: Ptr, c: Ptr);
    clGetPlatformInfo(a: Ptr, b: u32, c: usize, d: Ptr, e: Ptr);
    clGetDeviceIDs(a: Ptr, b: u64, c: u32, d: Ptr, e: Ptr);
    clGetDeviceInfo(a: Ptr, b: u32, c: usize, d: Ptr, e: Ptr);
    clCreateSubDevices(a: Ptr, b: Ptr, c: u32, d: Ptr, e: Ptr);
    clRetainDevice(a: Ptr);
    clRetainContext(a: Ptr);
    clGetContextInfo(a: Ptr, b: u32, c: usize, d: Ptr, e: Ptr);
    clRetainCommandQueue(a: Ptr);
    clGetCommandQueueInfo(a: Ptr, b: u32, c: usize, d: Ptr, e: Ptr);
    clRetainMemObject(a: Ptr);
    clGetSupportedImageFormats(a: Ptr, b: u64, c: u32, d: u32, e: Ptr, f: Ptr);
    clGetMemObjectInfo(a: Ptr, b: u32, c: usize, d: Ptr, e: Ptr);
    clGetImageInfo(a: Ptr, b: u32, c: usize, d: Ptr, e: Ptr);
    clSetMemObjectDestructorCallback(a: Ptr, b: Ptr, c: Ptr);
    clRetainSampler(a: Ptr);
    clGetSamplerInfo(a: Ptr, b: u32, c: usize, d: Ptr, e: Ptr);
    clRetainProgram(a: Ptr);
    clBuildProgram(a: Ptr, b: u32, c: Ptr, d: Ptr, e: Ptr, f: Ptr);
    clCompileProgram(a: Ptr, b: u32, c: Ptr, d: Ptr, e: u32, f: Ptr, g: Ptr, h: Ptr, i: Ptr);
    clGetProgramInfo(a: Ptr, b: u32, c: usize, d: Ptr, e: Ptr);
    clGetProgramBuildInfo(a: Ptr, b: Ptr, c: u32, d: usize, e: Ptr, f: Ptr);
    clCreateKernelsInProgram(a: Ptr, b: u32, c: Ptr, d: Ptr);
    clRetainKernel(a: Ptr);
    clSetKernelArg(a: Ptr, b: u32, c: usize, d: Ptr);
    clGetKernelInfo(a: Ptr, b: u32, c: usize, d: Ptr, e: Ptr);
    clGetKernelArgInfo(a: Ptr, b: u32, c: u32, d: usize, e: Ptr, f: Ptr);
    clGetKernelWorkGroupInfo(a: Ptr, b: Ptr, c: u32, d: usize, e: Ptr, f: Ptr);
    clWaitForEvents(a: u32, b: Ptr);
    clGetEventInfo(a: Ptr, b: u32, c: usize, d: Ptr, e: Ptr);
    clRetainEvent(a: Ptr);
    clSetUserEventStatus(a: Ptr, b: i32);
    clSetEventCallback(a: Ptr, b: i32, c: Ptr, d: Ptr);
    clGetEventProfilingInfo(a: Ptr, b: u32, c: usize, d: Ptr, e: Ptr);
    clFlush(a: Ptr);
    clFinish(a: Ptr);
    clEnqueueReadBuffer(a: Ptr, b: Ptr, c: u32, d: usize, e: usize, f: Ptr, g: u32, h: Ptr, i: Ptr);
    clEnqueueReadBufferRect(
        a: Ptr, b: Ptr, c: u32, d: Ptr, e: Ptr, f: Ptr, g: usize, h: usize,
        i: usize, j: usize, k: Ptr, l: u32, m: Ptr, n: Ptr
    );
    clEnqueueWriteBuffer(
        a: Ptr, b: Ptr, c: u32, d: usize, e: usize,
        f: Ptr, g: u32, h: Ptr, i: Ptr
    );
    clEnqueueWriteBufferRect(
        a: Ptr, b: Ptr, c: u32, d: Ptr, e: Ptr, f: Ptr, g: usize, h: usize,
        i: usize, j: usize, k: Ptr, l: u32, m: Ptr, n: Ptr
    );
    clEnqueueFillBuffer(
        a: Ptr, b: Ptr, c: Ptr, d: usize, e: usize,
        f: usize, g: u32, h: Ptr, i: Ptr
    );
    clEnqueueCopyBuffer(
        a: Ptr, b: Ptr, c: Ptr, d: usize, e: usize,
        f: usize, g: u32, h: Ptr, i: Ptr
    );
    clEnqueueCopyBufferRect(
        a: Ptr, b: Ptr, c: Ptr, d: Ptr, e: Ptr, f: Ptr, g: usize,
        h: usize, i: usize, j: usize, k: u32, l: Ptr, m: Ptr
    );
    clEnqueueReadImage(
        a: Ptr, b: Ptr, c: u32, d: Ptr, e: Ptr, f: usize,
        g: usize, h: Ptr, i: u32, j: Ptr, k: Ptr
    );
    clEnqueueWriteImage(
        a: Ptr, b: Ptr, c: u32, d: Ptr, e: Ptr, f: usize,
        g: usize, h: Ptr, i: u32, j: Ptr, k: Ptr
    );
    clEnqueueFillImage(a: Ptr, b: Ptr, c: Ptr, d: Ptr, e: Ptr, f: u32, g: Ptr, h: Ptr);
    clEnqueueCopyImage(a: Ptr, b: Ptr, c: Ptr, d: Ptr, e: Ptr, f: Ptr, g: u32, h: Ptr, i: Ptr);
    clEnqueueCopyImageToBuffer(
        a: Ptr, b: Ptr, c: Ptr, d: Ptr, e: Ptr,
        f: usize, g: u32, h: Ptr, i: Ptr
    );
    clEnqueueCopyBufferToImage(
        a: Ptr, b: Ptr, c: Ptr, d: usize, e: Ptr,
        f: Ptr, g: u32, h: Ptr, i: Ptr
    );
    clEnqueueUnmapMemObject(a: Ptr, b: Ptr, c: Ptr, d: u32, e: Ptr, f: Ptr);
    clEnqueueMigrateMemObjects(a: Ptr, b: u32, c: Ptr, d: u64, e: u32, f: Ptr, g: Ptr);
    clEnqueueNDRangeKernel(a: Ptr, b: Ptr, c: u32, d: Ptr, e: Ptr, f: Ptr, g: u32, h: Ptr, i: Ptr);
    clEnqueueTask(a: Ptr, b: Ptr, c: u32, d: Ptr, e: Ptr);
    clEnqueueNativeKernel(
        a: Ptr, b: Ptr, c: Ptr, d: usize, e: u32, f: Ptr,
        g: Ptr, h: u32, i: Ptr, j: Ptr
    );
    clEnqueueMarkerWithWaitList(a: Ptr, b: u32, c: Ptr, d: Ptr);
    clEnqueueBarrierWithWaitList(a: Ptr, b: u32, c: Ptr, d: Ptr);
}

handle! {
    clCreateContext(a: Ptr, b: u32, c: Ptr, d: Ptr, e: Ptr) status;
    clCreateContextFromType(a: Ptr, b: u64, c: Ptr, d: Ptr) status;
    clCreateCommandQueue(a: Ptr, b: Ptr, c: u64) status;
    clCreateBuffer(a: Ptr, b: u64, c: usize, d: Ptr) status;
    clCreateSubBuffer(a: Ptr, b: u64, c: u32, d: Ptr) status;
    clCreateImage(a: Ptr, b: u64, c: Ptr, d: Ptr, e: Ptr) status;
    clCreateProgramWithSource(a: Ptr, b: u32, c: Ptr, d: Ptr) status;
    clCreateProgramWithBinary(a: Ptr, b: u32, c: Ptr, d: Ptr, e: Ptr, f: Ptr) status;
    clCreateProgramWithBuiltInKernels(a: Ptr, b: u32, c: Ptr, d: Ptr) status;
    clLinkProgram(a: Ptr, b: u32, c: Ptr, d: Ptr, e: u32, f: Ptr, g: Ptr, h: Ptr) status;
    clCreateKernel(a: Ptr, b: Ptr) status;
    clCreateUserEvent(a: Ptr) status;
    clEnqueueMapBuffer(
        a: Ptr, b: Ptr, c: u32, d: u64, e: usize, f: usize, g: u32, h: Ptr, i: Ptr
    ) status;
    clEnqueueMapImage(
        a: Ptr, b: Ptr, c: u32, d: u64, e: Ptr, f: Ptr,
        g: Ptr, h: Ptr, i: u32, j: Ptr, k: Ptr
    ) status;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_without_a_name_is_remembered() {
        assert_eq!(unheard_of(), None);
        for status in [1, -20, -29, -71, -999, -1002, -9998, i32::MIN] {
            assert_eq!((known(status), unheard_of()), (UNKNOWN, Some(status)));
        }
        for status in [0, -1, -19, -30, -70, -1000, -1001, -9999] {
            assert_eq!((known(status), unheard_of()), (status, None));
        }
        assert_eq!(released(-5), 0);
    }
}
