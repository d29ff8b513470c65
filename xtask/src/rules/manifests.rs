//! Rules about packages: what every manifest says, and what the first lines of every crate say.

use super::File;
use super::architecture::{self, Row};

/// Packages outside `crates/`.
const OTHERS: &[&str] = &["xtask", "tests", "benches"];

/// The only packages with features; each feature is one optional dependency.
pub(super) const WITH_FEATURES: &[&str] =
    &["crates/isospike", "crates/isospike-cli", "tests", "benches"];

/// Checks the manifests and crate roots, adding each broken rule to `broken`.
pub(super) fn check(files: &[File], broken: &mut Vec<String>) {
    let text =
        |path: &str| files.iter().find(|file| file.path == path).and_then(|f| f.text.as_deref());
    match text("rustfmt.toml") {
        Some(settings) if has_line(settings, "max_width = 100") => {}
        _ => broken.push("rustfmt.toml: says max_width = 100".to_owned()),
    }
    let rows = match architecture::table(text("ARCHITECTURE.md").unwrap_or_default()) {
        Ok(rows) => rows,
        Err(error) => {
            broken.push(error.to_string());
            Vec::new()
        }
    };
    for file in files {
        let Some(folder) = file.path.strip_suffix("/Cargo.toml").filter(|f| is_package(f)) else {
            continue;
        };
        let manifest = file.text.as_deref().unwrap_or_default();
        check_manifest(folder, manifest, broken);
        let lib = text(&format!("{folder}/src/lib.rs"));
        let main = text(&format!("{folder}/src/main.rs"));
        let row = rows.iter().find(|row| row.folder == folder);
        check_root(folder, row, lib.or(main).unwrap_or_default(), broken);
    }
}

fn is_package(folder: &str) -> bool {
    let in_crates = folder.strip_prefix("crates/").is_some_and(|name| !name.contains('/'));
    in_crates || OTHERS.contains(&folder)
}

fn check_manifest(folder: &str, manifest: &str, broken: &mut Vec<String>) {
    for line in
        ["version", "edition", "rust-version", "license"].map(|k| format!("{k}.workspace = true"))
    {
        if !has_line(manifest, &line) {
            broken.push(format!("{folder}/Cargo.toml: says {line}"));
        }
    }
    if !manifest.contains("[lints]\nworkspace = true") {
        broken.push(format!("{folder}/Cargo.toml: takes the lints of the workspace"));
    }
    if !WITH_FEATURES.contains(&folder) && has_line(manifest, "[features]") {
        let allowed = WITH_FEATURES.join(", ");
        broken.push(format!("{folder}/Cargo.toml: has features; only {allowed} may"));
    }
}

fn check_root(folder: &str, row: Option<&Row>, root: &str, broken: &mut Vec<String>) {
    let docs: Vec<&str> = root.lines().take_while(|line| line.starts_with("//!")).collect();
    if docs.is_empty() {
        broken.push(format!("{folder}: its lib.rs or main.rs starts with `//!` documentation"));
    }
    let invariant = |line: &&str| line.to_lowercase().contains("architecture invariant");
    if folder.starts_with("crates/") && !docs.iter().any(invariant) {
        broken.push(format!("{folder}: its first documentation says the `Architecture invariant`"));
    }
    if let Some(row) = row.filter(|row| !row.is_said_in(root)) {
        broken.push(format!(
            "{folder}: its first documentation says that it must never know {}, as the table of \
             ARCHITECTURE.md does",
            row.never
        ));
    }
}

fn has_line(text: &str, line: &str) -> bool {
    text.lines().any(|l| l.trim() == line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_says_its_invariant_and_takes_the_workspace_settings() {
        let manifest = "[package]\nversion.workspace = true\nedition.workspace = true\n\
            rust-version.workspace = true\nlicense.workspace = true\n[lints]\nworkspace = true\n";
        let root = "//! Lanes.\n//!\n//! Architecture invariant: it must never know\n//! time.\n\nmod a;\n";
        let table = "|package|may use|knows|must never know|\n|-|-|-|-|\n|crates/a|||time|\n";
        let row = architecture::table(table).expect("a table").remove(0);
        let count = |folder: &str, manifest: &str, root: &str| {
            let mut broken = Vec::new();
            check_manifest(folder, manifest, &mut broken);
            check_root(folder, Some(&row), root, &mut broken);
            broken.len()
        };
        assert_eq!(count("crates/a", manifest, root), 0);
        assert_eq!(count("crates/a", manifest, "//! Lanes.\n"), 2);
        assert_eq!(count("crates/a", manifest, "//! Architecture invariant: none.\n"), 1);
        assert_eq!(count("xtask", manifest, "//! Chores: must never know time.\n"), 0);
        assert_eq!(count("xtask", manifest, "mod a;\n"), 2);
        assert_eq!(count("crates/a", "[package]\n", root), 5);
        assert_eq!(count("crates/a", &format!("{manifest}[features]\n"), root), 1);
        assert_eq!(count("crates/isospike", &format!("{manifest}[features]\n"), root), 0);
    }
}
