//! What a device really computes: the verdict of the sweep, reached once per process.

use crate::driver::OpenClDriver;
use crate::facts::Facts;
use isospike_backend::Result;
use isospike_gpu::{Driver, Shape, exact, sweep};
use isospike_net::Precision;
use ocl::core::DeviceId;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Primitives of f32 that go through f64 because the device's own are not correctly rounded, as
/// options of the compiler name them.
pub(crate) type ThroughF64 = Vec<&'static str>;

/// A primitive in words.
pub(crate) fn in_words(primitive: &'static str) -> &'static str {
    match primitive {
        "DIV" => "division",
        "SQRT" => "square root",
        other => other,
    }
}

/// A driver that computes every primitive exactly, and what it sends through f64 for it.
pub(crate) fn exact_driver(
    address: &str,
    device: DeviceId,
    facts: &Facts,
    shape: Shape,
) -> Result<(OpenClDriver, ThroughF64)> {
    static REACHED: Mutex<Option<HashMap<String, ThroughF64>>> = Mutex::new(None);
    let mut reached = REACHED.lock().unwrap_or_else(PoisonError::into_inner);
    let reached = reached.get_or_insert_default();
    if let Some(through_f64) = reached.get(address) {
        let driver = OpenClDriver::new(device, facts, shape, through_f64)?;
        return Ok((driver, through_f64.clone()));
    }
    let make = |through_f64: &[&str]| OpenClDriver::new(device, facts, shape, through_f64);
    let (driver, through_f64) = judge(facts.f64, make)?;
    reached.insert(address.to_owned(), through_f64.clone());
    Ok((driver, through_f64))
}

/// Sweeps the drivers that `make` makes, for a device with or without f64, until one is exact.
fn judge<D: Driver>(f64: bool, make: impl Fn(&[&str]) -> Result<D>) -> Result<(D, ThroughF64)> {
    let mut driver = make(&[])?;
    let mut wrong = sweep(&driver, Precision::F32)?;
    let mut through_f64 = ThroughF64::new();
    for (primitive, name) in [("div", "DIV"), ("sqrt", "SQRT")] {
        if f64 && wrong.iter().any(|w| w.primitive == primitive) {
            through_f64.push(name);
        }
    }
    if !through_f64.is_empty() {
        driver = make(&through_f64)?;
        wrong = sweep(&driver, Precision::F32)?;
    }
    if f64 {
        wrong.extend(sweep(&driver, Precision::F64)?);
    }
    exact(&wrong)?;
    Ok((driver, through_f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::OpenCl;
    use crate::watched::{Flaw, Watched};
    use isospike_backend::ErrorKind;
    use std::sync::Arc;

    const DIVISION: Flaw = ("((a) / (b))", "((a) * (1.0f / (b)))");
    const ROOT: Flaw =
        ("define ISOSPIKE_SQRT_F32(a) sqrt(a)", "define ISOSPIKE_SQRT_F32(a) pow(a, 0.5f)");

    /// The verdict on the first device with flaws; `None` if there is no device.
    fn verdict(test: &str, f64: bool, flaws: &'static [Flaw]) -> Option<Result<ThroughF64>> {
        let (device, facts) = match OpenCl::first() {
            Ok(found) => found,
            Err(reason) => {
                println!("SKIPPED verdict::{test}: {reason}");
                return None;
            }
        };
        let make = |through_f64: &[&str]| {
            let driver = OpenClDriver::new(device, &facts, facts.shape(), through_f64)?;
            Ok(Watched::new(driver, flaws))
        };
        Some(judge(f64 && facts.f64, make).map(|(_, through_f64)| through_f64))
    }

    #[test]
    fn division_and_root_go_through_f64_where_they_are_wrong() {
        const TEST: &str = "division_and_root_go_through_f64_where_they_are_wrong";
        for (flaws, expected) in [
            (&[][..], &[][..]),
            (&[DIVISION], &["DIV"]),
            (&[ROOT], &["SQRT"]),
            (&[DIVISION, ROOT], &["DIV", "SQRT"]),
        ] {
            let Some(through_f64) = verdict(TEST, true, flaws) else { return };
            assert_eq!(through_f64.unwrap_or_else(|e| panic!("{e}")), expected, "{flaws:?}");
        }
    }

    #[test]
    fn a_device_that_is_not_exact_is_refused() {
        const TEST: &str = "a_device_that_is_not_exact_is_refused";
        let Some(e) = verdict(TEST, false, &[DIVISION]) else { return };
        let e = e.expect_err("there is no f64 to go through");
        assert_eq!(e.kind(), ErrorKind::Unsupported);
        assert!(e.to_string().contains("exactly: div; for example div of"), "{e}");
    }

    #[test]
    fn a_text_is_compiled_once() {
        let (device, facts) = match OpenCl::first() {
            Ok(found) => found,
            Err(reason) => return println!("SKIPPED verdict::a_text_is_compiled_once: {reason}"),
        };
        let driver = OpenClDriver::new(device, &facts, facts.shape(), &[]).expect("it opens");
        let build = |text: &str| driver.build(text).unwrap_or_else(|e| panic!("{e}"));
        let text = "__kernel void nothing() {}";
        let first = build(text);
        assert!(Arc::ptr_eq(&first, &build(text)));
        assert!(!Arc::ptr_eq(&first, &build("__kernel void nothing() { }")));
    }
}
