//! The `isospike` command.
//!
//! Results go to stdout, progress, logs and errors to stderr. Exit codes: 0 done, 1 a device or a
//! file failed (for `diff` and `verify`: runs differ), 2 the request cannot be fulfilled as it
//! stands, 130 stopped by Ctrl-C, SIGTERM or SIGHUP with what was recorded written.
//!
//! Spikes are never held in memory: a run appends them to files (`records`; 16 bytes a spike for
//! `spikes.npz`, which is made of them at the end); `diff` and `plot` read that file in pieces.
//! Everything a run writes appears at once, or not at all (`staging`); if a file or a device fails
//! on the way, what was recorded until then is kept beside the directory of results. A run with
//! checkpoints can be ended at any moment, and goes on from the last one (`checkpoint`).
//!
//! Architecture invariant: this crate turns arguments into calls of the facade and results into
//! text, files and pictures. It must never know how anything is computed, nor which
//! backends exist.

mod analysis;
mod args;
mod checkpoint;
mod commands;
mod failure;
mod folder;
mod interrupt;
mod plot;
mod progress;
mod quantity;
mod records;
mod request;
mod spikes;
mod staging;
mod states;
mod summary;
mod text;
mod vary;

use args::{Args, Command};
use clap::Parser;
use failure::Failure;
use std::process::ExitCode;

/// Parses the arguments, does what they say and reports what went wrong.
pub fn main() -> ExitCode {
    // Before anything of size is allocated.
    let baseline = isospike::resident::now_bytes().unwrap_or(0);
    let args = Args::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("ISOSPIKE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match dispatch(args.command, baseline) {
        Ok(code) => code,
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.code())
        }
    }
}

fn dispatch(command: Command, baseline: u64) -> Result<ExitCode, Failure> {
    match command {
        Command::Run(args) => commands::run(&args, baseline),
        Command::Sweep(args) => commands::sweep(&args),
        Command::Size(args) => commands::size(&args, baseline),
        Command::Models(args) => commands::models(&args),
        Command::Networks(args) => commands::networks(&args),
        Command::Devices(args) => commands::devices(&args),
        Command::Verify(args) => commands::verify(&args),
        Command::Diff(args) => commands::diff(&args),
        Command::Tune(args) => commands::tune(&args),
        Command::Plot(args) => commands::plot(&args),
    }
}
