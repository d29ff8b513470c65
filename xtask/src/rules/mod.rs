//! The rules of the repository, each checked over the files git would commit.

mod architecture;
mod cfgs;
pub(crate) mod dependencies;
mod manifests;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::Cmd;

/// A file that git tracks, or would on `git add`.
struct File {
    path: String,
    bytes: u64,
    /// `None` when it is not UTF-8.
    text: Option<String>,
}

/// Checks the rules; an error lists every place that breaks one.
pub(crate) fn check() -> Result<()> {
    let files = files()?;
    let mut broken = Vec::new();
    for file in &files {
        text::check(file, &mut broken);
    }
    text::check_allow_list(&files, &mut broken);
    manifests::check(&files, &mut broken);
    cfgs::check(&files, &mut broken);
    report(&broken)
}

/// The packages that have features.
pub(crate) fn with_features() -> impl Iterator<Item = String> {
    manifests::WITH_FEATURES.iter().map(|folder| architecture::package(folder))
}

/// An error with one line for each broken rule.
fn report(broken: &[String]) -> Result<()> {
    if broken.is_empty() {
        return Ok(());
    }
    bail!("{} broken\n  {}", broken.len(), broken.join("\n  "))
}

fn files() -> Result<Vec<File>> {
    let listed = Cmd::new("git ls-files -z --cached --others --exclude-standard").output()?;
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        // Deleted but still in the index, or a link to somewhere else.
        let Ok(metadata) = fs::symlink_metadata(path) else { continue };
        if !metadata.is_file() {
            continue;
        }
        let content = fs::read(path).with_context(|| format!("reading {path}"))?;
        let text = String::from_utf8(content).ok();
        files.push(File { path: path.to_owned(), bytes: metadata.len(), text });
    }
    Ok(files)
}

/// The folders directly inside `folder`, sorted.
pub(crate) fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
