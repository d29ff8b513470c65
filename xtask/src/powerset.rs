//! Every set of features must build and be clean of lints, on machines without a GPU too.

use crate::command::Cmd;

/// Lints the packages with features in every set of them, the empty one too. Nothing is built to
/// run: dependencies are checked once for all sets. `cargo` makes a command of cargo's arguments.
pub(crate) fn command(cargo: impl Fn(&str) -> Cmd) -> Cmd {
    let packages = ["isospike", "isospike-cli", "isospike-tests", "isospike-benches"];
    let packages = packages.map(|package| format!("--package {package}")).join(" ");
    let sets = format!("hack {packages} --feature-powerset --exclude-features default");
    cargo(&format!("{sets} clippy --all-targets")).arg("--").arg("-D").arg("warnings")
}
