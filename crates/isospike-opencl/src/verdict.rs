//! What a device really computes: the verdict of the sweep, reached once per process.

use crate::driver::OpenClDriver;
use crate::facts::Facts;
use isospike_backend::Result;
use isospike_gpu::{Shape, exact, sweep};
use isospike_net::Precision;
use ocl::core::DeviceId;
use std::collections::HashMap;
use std::sync::Mutex;

/// Primitives of f32 that go through f64 because the device's own are not correctly rounded.
pub(crate) type ThroughF64 = Vec<&'static str>;

/// A driver that computes every primitive exactly.
pub(crate) fn exact_driver(
    address: &str,
    device: DeviceId,
    facts: &Facts,
    shape: Shape,
) -> Result<OpenClDriver> {
    static REACHED: Mutex<Option<HashMap<String, ThroughF64>>> = Mutex::new(None);
    let mut reached = REACHED.lock().expect("nobody panics with it");
    let reached = reached.get_or_insert_default();
    if let Some(through_f64) = reached.get(address) {
        return OpenClDriver::new(device, facts, shape, through_f64);
    }
    let (driver, through_f64) = judge(device, facts, shape)?;
    reached.insert(address.to_owned(), through_f64);
    Ok(driver)
}

fn judge(device: DeviceId, facts: &Facts, shape: Shape) -> Result<(OpenClDriver, ThroughF64)> {
    let mut driver = OpenClDriver::new(device, facts, shape, &[])?;
    let mut wrong = sweep(&driver, Precision::F32)?;
    let mut through_f64 = ThroughF64::new();
    for (primitive, name) in [("div", "DIV"), ("sqrt", "SQRT")] {
        if facts.f64 && wrong.iter().any(|w| w.primitive == primitive) {
            through_f64.push(name);
        }
    }
    if !through_f64.is_empty() {
        driver = OpenClDriver::new(device, facts, shape, &through_f64)?;
        wrong = sweep(&driver, Precision::F32)?;
    }
    if facts.f64 {
        wrong.extend(sweep(&driver, Precision::F64)?);
    }
    exact(&wrong)?;
    Ok((driver, through_f64))
}
