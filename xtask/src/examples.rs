//! The examples of the workspace: every one is built and must run without arguments.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::codegen;
use crate::command::Cmd;

/// One command per example: files and folders under `crates/*/examples`. A folder with a manifest
/// of its own is a package outside the workspace, the way a user would have it; it shares the
/// workspace's build folder.
pub(crate) fn commands() -> Result<Vec<Cmd>> {
    let mut commands = Vec::new();
    for package in crate::rules::folders(Path::new("crates"))? {
        let examples = package.join("examples");
        if !examples.is_dir() {
            continue;
        }
        let name = package.file_name().context("a crate's folder has a name")?.to_string_lossy();
        let mut entries: Vec<_> = fs::read_dir(&examples)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(fs::DirEntry::path);
        for path in entries.iter().map(fs::DirEntry::path) {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            // It writes, and has been asked already whether it would.
            if stem == codegen::EXAMPLE {
                continue;
            }
            let manifest = path.join("Cargo.toml");
            // The profile of the tests: fast code, and the libraries are built already.
            if manifest.is_file() {
                commands.push(
                    Cmd::cargo("run --profile test --target-dir target --manifest-path")
                        .arg(manifest.to_string_lossy()),
                );
            } else if path.extension().is_some_and(|e| e == "rs") || path.join("main.rs").is_file()
            {
                let run = format!("run --profile test --package {name} --example {stem}");
                commands.push(Cmd::cargo(&run));
            }
        }
    }
    Ok(commands)
}
