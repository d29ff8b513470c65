//! Who may use whom: the table of packages in ARCHITECTURE.md as a check over `cargo tree` (normal
//! and build dependencies, all features).

use anyhow::{Context, Result};

use super::architecture::{self, Row};
use super::report;
use crate::command::Cmd;

/// Packages from outside that only those may use whom the table lets.
const GUARDED: &[&str] = &["rayon", "ocl", "cudarc", "hdf5-pure"];

/// Checks every package of the workspace against its row; an error lists what breaks one.
pub(crate) fn check() -> Result<()> {
    let text = std::fs::read_to_string("ARCHITECTURE.md").context("reading ARCHITECTURE.md")?;
    let rows = architecture::table(&text)?;
    let edges = "--edges normal,build --all-features --no-dedupe";
    let tree = Cmd::cargo(&format!("tree --workspace --depth 1 --prefix depth {edges}"));
    let packages = parse(&tree.output()?).context("reading `cargo tree`")?;
    let mut broken = Vec::new();
    for (package, dependencies) in &packages {
        check_package(&rows, package, dependencies, &mut broken);
    }
    report(&broken)
}

fn check_package(rows: &[Row], package: &str, dependencies: &[String], broken: &mut Vec<String>) {
    let Some(row) = rows.iter().find(|row| row.package() == package) else {
        broken.push(format!("{package}: has no row in the table of ARCHITECTURE.md"));
        return;
    };
    for dependency in dependencies {
        let ours = rows.iter().any(|row| row.package() == *dependency);
        let guarded = ours || GUARDED.contains(&dependency.as_str());
        if guarded && !row.may_use(dependency) {
            broken.push(format!(
                "{package} uses {dependency}, which the table of ARCHITECTURE.md does not let it"
            ));
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

    const TABLE: &str = "| package | may use | knows | must never know |\n|---|---|---|---|\n\
                         | `crates/isospike-lane` | | numbers | time |\n\
                         | `crates/isospike-cpu` | lane, rayon | | |\n| `xtask` | | | |\n";

    fn broken(tree: &str) -> Vec<String> {
        let mut broken = Vec::new();
        let rows = architecture::table(TABLE).expect("a table");
        for (package, dependencies) in parse(tree).expect("a tree") {
            check_package(&rows, &package, &dependencies, &mut broken);
        }
        broken
    }

    #[test]
    fn forbidden_and_unknown_packages_are_found() {
        let good = "0isospike-lane v0.1.0 (x)\n1libc v0.2.1\n\n0isospike-cpu v0.1.0 (y)\n\
                    1isospike-lane v0.1.0 (x)\n1rayon v1.12.0\n";
        assert_eq!(broken(good), [""; 0]);
        let bad = broken("0isospike-lane v0.1.0\n1rayon v1.12.0\n1isospike-cpu v0.1.0\n");
        assert!(bad.len() == 2 && bad[0].contains("uses rayon"), "{bad:?}");
        assert_eq!(broken("0xtask v0.1.0\n1isospike-lane v0.1.0\n").len(), 1);
        assert!(broken("0isospike-new v0.1.0\n")[0].contains("has no row"));
    }
}
