//! Every set of features must link and be clean of lints, on machines without a GPU too.

use crate::command::Cmd;
use crate::rules;

/// Lints the packages with features in every set of them, the empty one too; dependencies are
/// checked once for all sets. And links the command with every set: a symbol of a library that is
/// not there shows only then. `cargo` makes a command of cargo's arguments.
pub(crate) fn commands(cargo: impl Fn(&str) -> Cmd) -> Vec<Cmd> {
    const SETS: &str = "--feature-powerset --exclude-features default";
    let packages = rules::with_features().map(|package| format!("--package {package}"));
    let packages = packages.collect::<Vec<_>>().join(" ");
    let lints = cargo(&format!("hack {packages} {SETS} clippy --all-targets"));
    // Unoptimised: what is linked, not how fast it is, is asked.
    let links = cargo(&format!("hack --package isospike-cli {SETS} build"));
    let links = links.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
    vec![lints.arg("--").arg("-D").arg("warnings"), links]
}
