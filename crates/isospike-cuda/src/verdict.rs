//! What a device really computes: the verdict of the sweep, reached once per process.

use crate::driver::CudaDriver;
use isospike_backend::Result;
use isospike_gpu::{exact, sweep};
use isospike_net::Precision;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Whether every primitive of both precisions comes out exactly.
///
/// # Errors
/// `Unsupported`, naming what does not; `Device` if the driver fails.
pub(crate) fn judge(ordinal: usize, driver: &CudaDriver) -> Result<()> {
    static EXACT: Mutex<Option<HashSet<usize>>> = Mutex::new(None);
    let mut known = EXACT.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if !known.contains(&ordinal) {
        let mut wrong = sweep(driver, Precision::F32)?;
        wrong.extend(sweep(driver, Precision::F64)?);
        exact(&wrong)?;
        known.insert(ordinal);
    }
    Ok(())
}
