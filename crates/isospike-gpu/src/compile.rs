//! Whether a device can run a plan, before anything is allocated.

use crate::driver::Driver;
use crate::session::GpuSession;
use isospike_backend::memory::human;
use isospike_backend::{Capability, Error, ErrorKind, Plan, Result, Session};
use std::sync::Arc;

/// Compiles a plan for a device that can do `can` and has `memory_bytes`.
///
/// # Errors
/// `Unsupported` if the plan needs what the device cannot do, `OutOfMemory` if it needs more memory
/// than there is, `Device` if the driver fails.
pub fn compile<D: Driver + 'static>(
    driver: Arc<D>,
    can: Capability,
    memory_bytes: u64,
    plan: Arc<Plan>,
) -> Result<Box<dyn Session>> {
    can.admits(&plan)?;
    let needed = plan.memory.total_bytes();
    if needed > memory_bytes {
        let message = format!(
            "the plan needs {} and the device has {}; take a smaller network (--scale)",
            human(needed),
            human(memory_bytes)
        );
        return Err(Error::new(ErrorKind::OutOfMemory, message));
    }
    Ok(Box::new(GpuSession::new(driver, plan)?))
}
