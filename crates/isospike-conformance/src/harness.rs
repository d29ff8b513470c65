//! Cases as tests that the usual runners run, filter and count.

use crate::groups;
use crate::target::{Outcome, Target};
use isospike_backend::Backend;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;

/// Something every backend must do: a function that panics if the device does not.
pub struct Case {
    /// Group and name: `net::self_loops::f32_i32`.
    pub name: String,
    run: Box<dyn Fn(&Target<'_>) -> Outcome + Send + Sync>,
}

impl Case {
    /// A case.
    pub fn new(
        name: impl Into<String>,
        run: impl Fn(&Target<'_>) -> Outcome + Send + Sync + 'static,
    ) -> Case {
        Case { name: name.into(), run: Box::new(run) }
    }

    /// Tries a device.
    ///
    /// # Errors
    /// If the device lacks what the case needs.
    ///
    /// # Panics
    /// If the device is wrong.
    pub fn run(&self, target: &Target<'_>) -> Outcome {
        (self.run)(target)
    }
}

/// A failure that is known: the case must fail on the device, and is reported when it no longer
/// does, or is no longer tried.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// Name of the backend.
    pub backend: &'static str,
    /// Part of the device's name (driver and version are in it where it matters).
    pub device: &'static str,
    /// Beginning of the case's name.
    pub case: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// Runs every case on every device of a backend, as `main` of a test without libtest
/// (`harness = false`). A case that needs what a device lacks is ignored and says why; so is the
/// whole suite where there is no device, and a device that does not answer.
pub fn main(backend: impl Backend + 'static, expected: &'static [Expected]) -> ExitCode {
    run_all(backend, expected, groups::all)
}

/// The same with the cases of some groups only, for a device in a second configuration that does
/// not touch what the other groups look at.
///
/// # Panics
/// If there is no group of such a name.
pub fn main_of(
    backend: impl Backend + 'static,
    expected: &'static [Expected],
    groups: &'static [&'static str],
) -> ExitCode {
    let of = |case: &Case, group: &str| case.name.split("::").next() == Some(group);
    let unknown = groups.iter().find(|group| !groups::all().iter().any(|case| of(case, group)));
    assert!(unknown.is_none(), "no group is called {unknown:?}");
    run_all(backend, expected, move || {
        groups::all()
            .into_iter()
            .filter(|case| groups.iter().any(|group| of(case, group)))
            .collect()
    })
}

fn run_all(
    backend: impl Backend + 'static,
    expected: &'static [Expected],
    cases: impl Fn() -> Vec<Case> + Send + Sync + 'static,
) -> ExitCode {
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, trials(Arc::new(backend), expected, cases)).exit_code()
}

fn trials(
    backend: Arc<dyn Backend>,
    expected: &'static [Expected],
    cases: impl Fn() -> Vec<Case> + Send + Sync + 'static,
) -> Vec<Trial> {
    let devices = backend.devices();
    if devices.list.is_empty() {
        let name = format!("{}::devices", backend.name());
        let reason = devices.reason.expect("an empty list comes with a reason");
        let skip = name.clone();
        return vec![Trial::ignorable_test(name, move || Ok(skipped(&skip, &reason)))];
    }
    let names = cases().into_iter().map(|case| case.name).collect();
    let mut trials = vec![every_expected_failure_names_a_case(backend.name(), names, expected)];
    for (index, info) in devices.list.iter().enumerate() {
        for case in cases() {
            let name = format!("{}:{}::{}", backend.name(), info.address, case.name);
            let expected = expected.iter().find(|e| {
                e.backend == backend.name()
                    && info.name.contains(e.device)
                    && case.name.starts_with(e.case)
            });
            let (backend, full) = (backend.clone(), name.clone());
            let run = move || run(&*backend, index, &case, &full, expected);
            trials.push(Trial::ignorable_test(name, run));
        }
    }
    for refused in devices.refused {
        let name = format!("{}:{}::opens", backend.name(), refused.address);
        let skip = name.clone();
        trials.push(Trial::ignorable_test(name, move || Ok(skipped(&skip, &refused.reason))));
    }
    trials
}

fn every_expected_failure_names_a_case(
    backend: &str,
    cases: Vec<String>,
    expected: &'static [Expected],
) -> Trial {
    Trial::test(format!("{backend}::expected_failures_name_cases"), move || {
        let lost = expected.iter().find(|e| !cases.iter().any(|name| name.starts_with(e.case)));
        match lost {
            Some(e) => Err(Failed::from(format!("no case begins with {:?}", e.case))),
            None => Ok(()),
        }
    })
}

fn run(
    backend: &dyn Backend,
    index: usize,
    case: &Case,
    name: &str,
    expected: Option<&Expected>,
) -> Result<Completion, Failed> {
    let tried = catch_unwind(AssertUnwindSafe(|| case.run(&Target::open(backend, index))));
    match (tried, expected) {
        (Ok(Err(lacks)), None) => Ok(skipped(name, &lacks.0)),
        (Ok(Err(lacks)), Some(e)) => Err(Failed::from(format!(
            "expected to fail ({}), and was not tried: {}",
            e.reason, lacks.0
        ))),
        (Ok(Ok(())), None) => Ok(Completion::Completed),
        (Ok(Ok(())), Some(e)) => Err(Failed::from(format!(
            "expected to fail ({}), and passed: take it off the list",
            e.reason
        ))),
        (Err(panic), None) => Err(Failed::from(words(&*panic))),
        (Err(panic), Some(e)) => {
            println!("failed as expected ({}): {}", e.reason, words(&*panic));
            Ok(Completion::Completed)
        }
    }
}

/// A case that cannot be tried. nextest takes a test that ignores itself for one that passes, so
/// there it says so in the words that `cargo xtask test` counts.
fn skipped(name: &str, reason: &str) -> Completion {
    if std::env::var_os("NEXTEST").is_some() {
        println!("SKIPPED {name}: {reason}");
    }
    Completion::ignored_with(reason)
}

/// What a panic said.
pub(crate) fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
        .unwrap_or_else(|| "it panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::Plain;
    use crate::target::Unsupported;

    const EXPECTED: Expected =
        Expected { backend: "plain", device: "", case: "ops", reason: "it is known" };

    /// What becomes of a case on a device.
    fn outcome(
        index: usize,
        case: fn(&Target<'_>) -> Outcome,
        expected: Option<&Expected>,
    ) -> Result<bool, String> {
        let completion = run(&Plain, index, &Case::new("ops::a", case), "plain:0::ops", expected);
        match completion {
            Ok(Completion::Completed) => Ok(true),
            Ok(_) => Ok(false),
            Err(failed) => Err(failed.message().unwrap_or_default().to_owned()),
        }
    }

    fn passes(_: &Target<'_>) -> Outcome {
        Ok(())
    }

    fn fails(_: &Target<'_>) -> Outcome {
        panic!("2 + 2 is 5")
    }

    fn lacks(_: &Target<'_>) -> Outcome {
        Err(Unsupported("it has no plus".to_owned()))
    }

    #[test]
    fn a_case_passes_fails_or_is_skipped() {
        assert_eq!(outcome(0, passes, None), Ok(true));
        assert_eq!(outcome(0, fails, None), Err("2 + 2 is 5".to_owned()));
        assert_eq!(outcome(0, lacks, None), Ok(false));
        let closed = outcome(7, passes, None).expect_err("there is no such device");
        assert!(closed.contains("does not open"), "{closed}");
    }

    #[test]
    fn an_expected_failure_must_fail() {
        assert_eq!(outcome(0, fails, Some(&EXPECTED)), Ok(true));
        let passed = outcome(0, passes, Some(&EXPECTED)).expect_err("it passes");
        assert!(passed.contains("it is known") && passed.contains("take it off"), "{passed}");
        let skipped = outcome(0, lacks, Some(&EXPECTED)).expect_err("it is not tried");
        assert!(skipped.contains("was not tried: it has no plus"), "{skipped}");
    }
}
