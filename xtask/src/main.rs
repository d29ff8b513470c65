//! The checks, benches and chores of the workspace, run as `cargo xtask`.
//!
//! The local check is the CI check: `.ci/run` prepares a bare machine and calls `cargo xtask test`.
//!
//! Architecture invariant: this package must never know an isospike crate, so that it builds when
//! they don't.

mod check;
mod codegen;
mod command;
mod cuda;
mod examples;
mod opencl;
mod plant;
mod powerset;
mod rules;
mod tally;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::check::Settings;
use crate::command::Cmd;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Checks, benches and chores of the isospike workspace")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check everything, cheapest first: tools, repository rules, format, lints, documentation,
    /// tests, examples
    Test {
        /// Only tools, rules, format, lints and unit tests
        #[arg(long)]
        quick: bool,
    },
    /// The same with CI's settings: locked dependencies, no incremental builds, all failures of a
    /// test run
    Ci,
    /// Only the tools and the repository rules
    Rules,
    /// Print the bundled models into `kernels-cl/generated` and `kernels-cu/generated`
    Codegen {
        /// Write nothing; fail if a file is not what the models give
        #[arg(long)]
        check: bool,
    },
    /// Run the device tests on OpenCL implementations that are not installed system-wide
    Opencl {
        /// All if not given
        which: Option<opencl::Implementation>,
    },
    /// Run the conformance suite and a small network on a GPU, alone and under compute-sanitizer
    Cuda {
        /// Only cases whose names contain this
        #[arg(default_value = "")]
        cases: String,
        /// Run nothing; put the programs and a script there, for a machine without Rust
        #[arg(long, value_name = "DIR")]
        gather: Option<PathBuf>,
    },
    /// Plant known bugs in a copy, one after the other; fail if the conformance suite misses one
    Plant {
        /// Only those whose title contains this
        #[arg(default_value = "")]
        which: String,
    },
    /// Lint every set of features and link the command with each, as a machine without a GPU does
    Powerset,
    /// Run the matrix of benchmarks, with every backend there is: `cargo xtask bench --help`
    Bench {
        /// Passed on to the matrix runner
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    // Cargo names the package's own folder, so every task works from anywhere inside the workspace.
    if let Some(root) = Path::new(env!("CARGO_MANIFEST_DIR")).parent() {
        std::env::set_current_dir(root)?;
    }
    let ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    match task {
        Task::Test { quick } => check::run(&Settings { quick, ci, rules_only: false }),
        Task::Ci => check::run(&Settings { quick: false, ci: true, rules_only: false }),
        Task::Rules => check::run(&Settings { quick: false, ci, rules_only: true }),
        Task::Powerset => powerset::commands(Cmd::cargo).iter().try_for_each(Cmd::run),
        Task::Codegen { check } => codegen::command(check, Cmd::cargo).run(),
        Task::Opencl { which } => opencl::run(which),
        Task::Cuda { cases, gather: None } => cuda::run(&cases),
        Task::Cuda { cases, gather: Some(folder) } => cuda::gather(&folder, &cases),
        Task::Plant { which } => plant::run(&which),
        Task::Bench { args } => {
            let matrix = "run --release --package isospike-benches --all-features --bin matrix --";
            Cmd::cargo(matrix).args(args).run()
        }
    }
}
