//! Rules about packages: what every manifest says, and what the first lines of every crate say.

use super::File;

/// Packages outside `crates/`.
const OTHERS: &[&str] = &["xtask", "tests", "benches"];

/// The only packages with features; each feature is one optional dependency.
const WITH_FEATURES: &[&str] = &["crates/isospike", "crates/isospike-cli", "tests", "benches"];

/// Checks the manifests and crate roots, adding each broken rule to `broken`.
pub(super) fn check(files: &[File], broken: &mut Vec<String>) {
    let text =
        |path: &str| files.iter().find(|file| file.path == path).and_then(|f| f.text.as_deref());
    match text("rustfmt.toml") {
        Some(settings) if has_line(settings, "max_width = 100") => {}
        _ => broken.push("rustfmt.toml: says max_width = 100".to_owned()),
    }
    for file in files {
        let Some(folder) = file.path.strip_suffix("/Cargo.toml").filter(|f| is_package(f)) else {
            continue;
        };
        let manifest = file.text.as_deref().unwrap_or_default();
        check_manifest(folder, manifest, broken);
        let lib = text(&format!("{folder}/src/lib.rs"));
        let main = text(&format!("{folder}/src/main.rs"));
        check_root(folder, lib.or(main).unwrap_or_default(), broken);
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

fn check_root(folder: &str, root: &str, broken: &mut Vec<String>) {
    let docs: Vec<&str> = root.lines().take_while(|line| line.starts_with("//!")).collect();
    if docs.is_empty() {
        broken.push(format!("{folder}: its lib.rs or main.rs starts with `//!` documentation"));
    }
    let invariant = |line: &&str| line.to_lowercase().contains("architecture invariant");
    if folder.starts_with("crates/") && !docs.iter().any(invariant) {
        broken.push(format!("{folder}: its first documentation says the `Architecture invariant`"));
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
        let root = "//! Lanes.\n//!\n//! Architecture invariant: knows numbers.\n\npub mod a;\n";
        let count = |folder: &str, manifest: &str, root: &str| {
            let mut broken = Vec::new();
            check_manifest(folder, manifest, &mut broken);
            check_root(folder, root, &mut broken);
            broken.len()
        };
        assert_eq!(count("crates/a", manifest, root), 0);
        assert_eq!(count("crates/a", manifest, "//! Lanes.\n"), 1);
        assert_eq!(count("xtask", manifest, "//! Chores.\n"), 0);
        assert_eq!(count("xtask", manifest, "mod a;\n"), 1);
        assert_eq!(count("crates/a", "[package]\n", root), 5);
        assert_eq!(count("crates/a", &format!("{manifest}[features]\n"), root), 1);
        assert_eq!(count("crates/isospike", &format!("{manifest}[features]\n"), root), 0);
    }
}
