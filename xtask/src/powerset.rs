//! Every set of features must build and be clean of lints, on machines without a GPU too.

use crate::command::Cmd;
use crate::rules;

/// Lints the packages with features in every set of them, the empty one too. Nothing is built to
/// run: dependencies are checked once for all sets. `cargo` makes a command of cargo's arguments.
pub(crate) fn command(cargo: impl Fn(&str) -> Cmd) -> Cmd {
    let packages = rules::with_features().map(|package| format!("--package {package}"));
    let packages = packages.collect::<Vec<_>>().join(" ");
    let sets = format!("hack {packages} --feature-powerset --exclude-features default");
    cargo(&format!("{sets} clippy --all-targets")).arg("--").arg("-D").arg("warnings")
}
