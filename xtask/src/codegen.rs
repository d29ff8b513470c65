//! The printed models under `kernels-cl` and `kernels-cu`. What prints them is an example, because
//! this package must never know an isospike crate.

use crate::command::Cmd;

/// Its name.
pub(crate) const EXAMPLE: &str = "codegen";

/// Prints the models, or checks what was printed; `cargo` makes a command of cargo's arguments. The
/// profile is that of the tests, whose libraries are built anyway.
pub(crate) fn command(check: bool, cargo: impl Fn(&str) -> Cmd) -> Cmd {
    let run = cargo(&format!("run --profile test --package isospike-model --example {EXAMPLE}"));
    if check { run.arg("--").arg("--check") } else { run }
}
