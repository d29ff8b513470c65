//! Networks that broke a property, kept as text and tried again.

use isospike_net::{Network, NetworkFile};
use proptest::test_runner::TestCaseError;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Tries a property of a network. If it does not hold, or panics, the network is kept in the folder
/// under the property's name: again and again while it shrinks, so that the smallest stays. Renamed
/// and committed it is tried in every run.
///
/// # Errors
/// If the property does not hold: why, and where the network is.
///
/// # Panics
/// If the file cannot be written.
pub fn tried<E: Display>(
    folder: &Path,
    property: &str,
    network: &Network,
    check: impl FnOnce() -> Result<(), E>,
) -> Result<(), TestCaseError> {
    let why = match catch_unwind(AssertUnwindSafe(check)) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(e)) => e.to_string(),
        Err(panic) => crate::harness::words(&*panic),
    };
    let path = folder.join(format!("{property}.toml"));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, network.to_toml()))
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Err(TestCaseError::fail(format!("{why}\nthe network is in {}", path.display())))
}

/// All networks of a folder with their files' names, in the order of the names.
///
/// # Panics
/// If one cannot be read.
pub fn all(folder: &Path) -> Vec<(String, Network)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|e| e.expect("a readable folder").path()).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    let load = |path: &Path| {
        let network = NetworkFile::read(path).and_then(|file| file.network());
        network.unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), load(path))).collect()
}
