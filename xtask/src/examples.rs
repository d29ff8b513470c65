//! The examples of the workspace: every one is built and must run without arguments.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::codegen;
use crate::command::Cmd;

/// Builds them all, then one command per example: files and folders under `crates/*/examples`. A
/// folder with a manifest of its own is a package outside the workspace, the way a user would have
/// it; it shares the workspace's build folder.
pub(crate) fn commands() -> Result<Vec<Cmd>> {
    // The profile and the features of the tests: fast code, and it is built already.
    let build = "build --profile test --workspace --all-features --examples";
    let mut commands = vec![Cmd::cargo(build)];
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    for package in crate::rules::folders(Path::new("crates"))? {
        let examples = package.join("examples");
        if !examples.is_dir() {
            continue;
        }
        let mut entries: Vec<_> = fs::read_dir(&examples)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(fs::DirEntry::path);
        for path in entries.iter().map(fs::DirEntry::path) {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            // It writes, and has been asked already whether it would.
            if stem == codegen::EXAMPLE {
                continue;
            }
            let manifest = path.join("Cargo.toml");
            if manifest.is_file() {
                let run = Cmd::cargo("run --profile test --target-dir").arg(&target);
                commands.push(run.arg("--manifest-path").arg(manifest.to_string_lossy()));
            } else if path.extension().is_some_and(|e| e == "rs") || path.join("main.rs").is_file()
            {
                commands.push(Cmd::new("").arg(format!("{target}/debug/examples/{stem}")));
            }
        }
    }
    Ok(commands)
}
