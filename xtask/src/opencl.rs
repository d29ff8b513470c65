//! `cargo xtask opencl`: the device tests on implementations of OpenCL that are not installed where
//! every program would find them.
//!
//! Intel's runtime for processors comes from PyPI, into an environment under `target`. Oclgrind, an
//! interpreter that watches every access to memory, is a Debian package; it is slow, so it gets a
//! small network. Each is the only driver that the tests find: a folder with one `.icd` file says
//! where it lies.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::command::Cmd;

/// An implementation of OpenCL.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Implementation {
    /// Intel's runtime for processors.
    Intel,
    /// The interpreter that finds races and wild accesses.
    Oclgrind,
}

/// Where everything is put.
const FOLDER: &str = "target/opencl";

/// Runs the tests on one implementation, or on all.
pub(crate) fn run(which: Option<Implementation>) -> Result<()> {
    for one in [Implementation::Intel, Implementation::Oclgrind] {
        if which.is_none_or(|which| which == one) {
            match one {
                Implementation::Intel => intel()?,
                Implementation::Oclgrind => oclgrind()?,
            }
        }
    }
    Ok(())
}

fn intel() -> Result<()> {
    const PACKAGES: &str = "intel-opencl-rt intel-cmplr-lib-rt";
    let venv = Path::new(FOLDER).join("intel");
    let library = venv.join("lib/libintelocl.so");
    if !library.exists() {
        Cmd::new("python3 -m venv").arg(venv.to_string_lossy()).run()?;
        let pip = venv.join("bin/pip").to_string_lossy().into_owned();
        Cmd::new(&format!("{pip} install --quiet {PACKAGES}")).run()?;
    }
    let library = library.canonicalize().context("the packages hold libintelocl.so")?;
    let vendors = vendors("intel", &library)?;
    let folder = library.parent().context("it lies in a folder")?.to_string_lossy().into_owned();
    let environment = [("OCL_ICD_VENDORS", vendors), ("LD_LIBRARY_PATH", folder)];
    // Units, the conformance suite, cuts of kernels; then bundled and random networks, without
    // backends that have no device here.
    test("--package isospike-opencl --tests --", &environment)?;
    test("--package isospike-tests --features opencl --test devices --test layers --", &environment)
}

fn oclgrind() -> Result<()> {
    const LIBRARY: &str = "/usr/lib/oclgrind/liboclgrind-rt-icd.so";
    if !Path::new(LIBRARY).exists() {
        bail!("{LIBRARY} is missing; to have it: sudo apt-get install oclgrind");
    }
    let log = Path::new(FOLDER).join("oclgrind.log");
    let vendors = vendors("oclgrind", Path::new(LIBRARY))?;
    let environment = [
        ("OCL_ICD_VENDORS", vendors),
        // it does not know all that its own compiler may write
        ("OCLGRIND_BUILD_OPTIONS", "-Drestrict= -cl-opt-disable".to_owned()),
        ("OCLGRIND_CHECK_API", "1".to_owned()),
        ("OCLGRIND_DATA_RACES", "1".to_owned()),
        ("OCLGRIND_LOG", absolute(&log)?),
    ];
    // A small network in every cut, the steps of trainable layers, and neural masses with delays,
    // on sheets and observed; one after the other, since what it interprets on two threads gets
    // mixed up.
    let masses = ["conformance mass::sheets::f32", "conformance mass::observed::f32"];
    for which in ["shapes small", "conformance train::"].into_iter().chain(masses) {
        if log.exists() {
            fs::remove_file(&log)?;
        }
        let which = format!("--package isospike-opencl --test {which} -- --test-threads 1");
        test(&which, &environment)?;
        let found = fs::read_to_string(&log);
        let found = found.context("Oclgrind leaves a log, empty or not: was it the driver?")?;
        if !found.trim().is_empty() {
            print!("{found}");
            bail!("Oclgrind reports what is above");
        }
    }
    Ok(())
}

/// A folder that names a library as the only driver.
fn vendors(name: &str, library: &Path) -> Result<String> {
    let folder = Path::new(FOLDER).join(format!("{name}-vendors"));
    fs::create_dir_all(&folder)?;
    let icd = folder.join(format!("{name}.icd"));
    fs::write(&icd, format!("{}\n", library.display()))
        .with_context(|| format!("could not write {}", icd.display()))?;
    absolute(&folder)
}

fn absolute(path: &Path) -> Result<String> {
    let path: PathBuf = std::path::absolute(path)?;
    Ok(path.to_string_lossy().into_owned())
}

/// Runs tests, of which `which` says which, up to and beyond `--`; none may be skipped: there is a
/// device.
fn test(which: &str, environment: &[(&'static str, String)]) -> Result<()> {
    let mut cmd = Cmd::cargo(&format!("test {which} --nocapture"));
    for (name, value) in environment {
        cmd = cmd.env(name, value);
    }
    println!("{cmd}");
    let mut skipped = None;
    let passed = cmd.lines(|line| {
        println!("{line}");
        if was_skipped(line) {
            skipped = Some(line.to_owned());
        }
    })?;
    match skipped {
        _ if !passed => bail!("a test failed"),
        Some(line) => bail!("a test was not run: {line}"),
        None => Ok(()),
    }
}

/// Whether a test says so that it could not run: one with libtest, or a case of the suite, whose
/// line ends as in `test opencl::devices ... ignored (no driver)`.
fn was_skipped(line: &str) -> bool {
    let ignored = line.split_once(" ... ").is_some_and(|(_, end)| end.starts_with("ignored"));
    ignored || line.contains("SKIPPED ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skip_is_seen_in_the_output_of_either_harness() {
        for line in [
            "SKIPPED shapes: no platform",
            "test a ... SKIPPED shapes: no platform",
            "test opencl::devices         ... ignored (no platform)",
        ] {
            assert!(was_skipped(line), "{line}");
        }
        assert!(!was_skipped("test opencl:0:0::net::silence::f32_i32 ... ok"));
    }
}
