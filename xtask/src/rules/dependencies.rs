//! Who may know whom: the table of crates in ARCHITECTURE.md as a check over `cargo tree`.

use anyhow::{Context, Result};

use super::report;
use crate::command::Cmd;

/// What a package may depend on (normal and build dependencies, all features).
struct Rule {
    package: &'static str,
    /// The packages of this workspace it may know.
    knows: &'static [&'static str],
    /// Packages from outside that it must never depend on.
    never: &'static [&'static str],
}

const THREADS_AND_DRIVERS: &[&str] = &["rayon", "ocl", "cudarc"];

const RULES: &[Rule] = &[
    Rule { package: "isospike-lane", knows: &[], never: THREADS_AND_DRIVERS },
    Rule { package: "isospike-trace", knows: &["isospike-lane"], never: THREADS_AND_DRIVERS },
    Rule {
        package: "isospike-model",
        knows: &["isospike-lane", "isospike-trace"],
        never: THREADS_AND_DRIVERS,
    },
    Rule {
        package: "isospike-net",
        knows: &["isospike-lane", "isospike-trace", "isospike-model"],
        never: &["ocl", "cudarc"],
    },
    Rule { package: "isospike-backend", knows: BELOW_BACKEND, never: THREADS_AND_DRIVERS },
    Rule { package: "isospike-cpu", knows: BELOW_BACKENDS, never: &["ocl", "cudarc"] },
    Rule { package: "isospike-opencl", knows: BELOW_BACKENDS, never: &["cudarc"] },
    Rule { package: "isospike-cuda", knows: BELOW_BACKENDS, never: &["ocl"] },
    Rule { package: "isospike-conformance", knows: BELOW_BACKENDS, never: &["ocl", "cudarc"] },
    Rule { package: "isospike", knows: BELOW_FACADE, never: &["ocl", "cudarc"] },
    Rule { package: "isospike-cli", knows: BELOW_CLI, never: &["ocl", "cudarc"] },
    Rule { package: "isospike-tests", knows: EVERYTHING, never: &[] },
    Rule { package: "isospike-benches", knows: EVERYTHING, never: &[] },
    Rule { package: "xtask", knows: &[], never: &[] },
];

const BELOW_BACKEND: &[&str] =
    &["isospike-lane", "isospike-trace", "isospike-model", "isospike-net"];

const BELOW_BACKENDS: &[&str] =
    &["isospike-lane", "isospike-trace", "isospike-model", "isospike-net", "isospike-backend"];

const BELOW_FACADE: &[&str] = &[
    "isospike-lane",
    "isospike-trace",
    "isospike-model",
    "isospike-net",
    "isospike-backend",
    "isospike-cpu",
    "isospike-opencl",
    "isospike-cuda",
];

const BELOW_CLI: &[&str] = &[
    "isospike-lane",
    "isospike-trace",
    "isospike-model",
    "isospike-net",
    "isospike-backend",
    "isospike",
];

const EVERYTHING: &[&str] = &[
    "isospike-lane",
    "isospike-trace",
    "isospike-model",
    "isospike-net",
    "isospike-backend",
    "isospike-cpu",
    "isospike-opencl",
    "isospike-cuda",
    "isospike-conformance",
    "isospike",
    "isospike-cli",
];

/// Checks every package of the workspace against its rule; an error lists what breaks one.
pub(crate) fn check() -> Result<()> {
    let edges = "--edges normal,build --all-features --no-dedupe";
    let tree = Cmd::cargo(&format!("tree --workspace --depth 1 --prefix depth {edges}"));
    let packages = parse(&tree.output()?).context("reading `cargo tree`")?;
    let mut broken = Vec::new();
    for (package, dependencies) in &packages {
        check_package(package, dependencies, &mut broken);
    }
    report(&broken)
}

fn check_package(package: &str, dependencies: &[String], broken: &mut Vec<String>) {
    let Some(rule) = RULES.iter().find(|rule| rule.package == package) else {
        broken.push(format!("{package}: has no rule yet in xtask/src/rules/dependencies.rs"));
        return;
    };
    for dependency in dependencies {
        let ours = RULES.iter().any(|rule| rule.package == dependency);
        if ours && !rule.knows.contains(&dependency.as_str()) {
            broken.push(format!("{package} must never know {dependency}"));
        }
        if rule.never.contains(&dependency.as_str()) {
            broken.push(format!("{package} must never depend on {dependency}"));
        }
    }
}

/// Each package with its direct dependencies, from lines such as `0isospike-lane v0.1.0 (path)` and
/// `1libc v0.2.1`.
fn parse(tree: &str) -> Result<Vec<(String, Vec<String>)>> {
    let mut packages: Vec<(String, Vec<String>)> = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let name = line[1..].split(' ').next().unwrap_or_default().to_owned();
        if line.starts_with('0') {
            packages.push((name, Vec::new()));
        } else {
            packages.last_mut().context("a dependency before any package")?.1.push(name);
        }
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(tree: &str) -> Vec<String> {
        let mut broken = Vec::new();
        for (package, dependencies) in parse(tree).expect("a tree") {
            check_package(&package, &dependencies, &mut broken);
        }
        broken
    }

    #[test]
    fn forbidden_and_unknown_packages_are_found() {
        let good = "0isospike-lane v0.1.0 (x)\n1libc v0.2.1\n\n0isospike-trace v0.1.0 (y)\n1isospike-lane v0.1.0 (x)\n";
        assert!(broken(good).is_empty());
        assert_eq!(
            broken("0isospike-backend v0.1.0\n1rayon v1.12.0\n1isospike-cpu v0.1.0\n"),
            [
                "isospike-backend must never depend on rayon",
                "isospike-backend must never know isospike-cpu",
            ]
        );
        assert_eq!(broken("0xtask v0.1.0\n1isospike-lane v0.1.0\n").len(), 1);
        assert_eq!(broken("0isospike-new v0.1.0\n").len(), 1);
    }

    #[test]
    fn the_rules_have_no_circle() {
        for rule in RULES {
            for known in rule.knows {
                let other = RULES.iter().find(|other| other.package == *known);
                let back = other.is_some_and(|other| other.knows.contains(&rule.package));
                assert!(!back, "{} and {known} know each other", rule.package);
            }
        }
    }
}
