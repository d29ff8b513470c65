//! Whether there is a CUDA driver that can be talked to.
//!
//! `cudarc` loads libcuda, and each function of it, when it is first called, and panics if there is
//! none. So both are looked for here, before the first call.

use cudarc::driver::sys;

/// Every function of libcuda that this crate, or `cudarc` on its behalf, calls.
const FUNCTIONS: &[&str] = &[
    "cuCtxGetCurrent",
    "cuCtxSetCurrent",
    "cuCtxSynchronize",
    "cuDeviceGet",
    "cuDeviceGetAttribute",
    "cuDeviceGetCount",
    "cuDeviceGetName",
    "cuDevicePrimaryCtxRelease_v2",
    "cuDevicePrimaryCtxRetain",
    "cuDeviceTotalMem_v2",
    "cuEventCreate",
    "cuEventDestroy_v2",
    "cuEventSynchronize",
    "cuGetErrorString",
    "cuGraphDestroy",
    "cuGraphExecDestroy",
    "cuGraphInstantiateWithFlags",
    "cuGraphLaunch",
    "cuInit",
    "cuLaunchKernel",
    "cuMemAllocAsync",
    "cuMemAlloc_v2",
    "cuMemFreeAsync",
    "cuMemFreeHost",
    "cuMemFree_v2",
    "cuMemGetInfo_v2",
    "cuMemHostAlloc",
    "cuMemcpyDtoHAsync_v2",
    "cuMemcpyHtoDAsync_v2",
    "cuMemsetD8Async",
    "cuModuleGetFunction",
    "cuModuleLoadData",
    "cuModuleUnload",
    "cuStreamBeginCapture_v2",
    "cuStreamCreate",
    "cuStreamDestroy_v2",
    "cuStreamEndCapture",
    "cuStreamSynchronize",
];

/// Whether libcuda is there with all that is called.
///
/// # Errors
/// What is missing.
pub(crate) fn check() -> Result<(), String> {
    // SAFETY: loading runs the library's own initialisers, as linking to it would.
    if !unsafe { sys::is_culib_present() } {
        return Err("there is no CUDA driver (libcuda); NVIDIA's driver brings it".to_owned());
    }
    // SAFETY: as above; it was just loaded.
    let library = unsafe { sys::culib() };
    for name in FUNCTIONS {
        // SAFETY: the function is only looked for, not called.
        if let Err(e) = unsafe { library.get::<*const ()>(name.as_bytes()) } {
            return Err(format!("the CUDA driver is too old: it has no {name} ({e})"));
        }
    }
    Ok(())
}
