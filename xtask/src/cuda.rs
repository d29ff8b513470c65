//! `cargo xtask cuda`: the conformance suite and a small network on a GPU, alone and watched by
//! NVIDIA's compute-sanitizer: no wild access, no race in shared memory.
//!
//! A machine with a GPU need not have Rust: `--gather DIR` puts what is needed into a folder, with
//! a script that runs it there.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::Cmd;

/// The suite on the devices of the machine, not on the emulator: a test of `isospike-cuda`.
const SUITE: &str = "gpu";
const COMMAND: &str = "isospike";
/// What compute-sanitizer looks for.
const TOOLS: [&str; 2] = ["memcheck", "racecheck"];

/// Where the two programs are.
struct Programs {
    suite: PathBuf,
    command: PathBuf,
}

/// Runs everything here, with only the cases whose names contain `cases`.
pub(crate) fn run(cases: &str) -> Result<()> {
    if !Cmd::new("compute-sanitizer --version").succeeds() {
        bail!(
            "compute-sanitizer is missing; NVIDIA's CUDA toolkit has it (on Debian: sudo apt-get \
             install nvidia-cuda-toolkit)"
        );
    }
    for cmd in commands(&build()?, cases) {
        println!("── {cmd}");
        let why = "it needs a GPU, its driver and NVRTC (`isospike devices` says what is missing)";
        cmd.run().with_context(|| format!("`{cmd}`: {why}"))?;
    }
    Ok(())
}

/// Puts both programs and a script into a folder, for a machine without Rust.
pub(crate) fn gather(folder: &Path, cases: &str) -> Result<()> {
    let built = build()?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for (from, name) in [(&built.suite, SUITE), (&built.command, COMMAND)] {
        fs::copy(from, folder.join(name)).with_context(|| from.display().to_string())?;
    }
    let script = folder.join("run.sh");
    fs::write(&script, script_of(cases)).with_context(|| script.display().to_string())?;
    println!("on the machine with the GPU: sh {}", script.display());
    Ok(())
}

fn script_of(cases: &str) -> String {
    let here =
        Programs { suite: Path::new(".").join(SUITE), command: Path::new(".").join(COMMAND) };
    let lines = commands(&here, cases).iter().map(|cmd| format!("{cmd}\n")).collect::<String>();
    format!("# Written by `cargo xtask cuda --gather`.\nset -ex\ncd \"$(dirname \"$0\")\"\n{lines}")
}

/// What is run, the cheapest first: without a device the first fails and says why.
fn commands(programs: &Programs, cases: &str) -> Vec<Cmd> {
    let network = "run microcircuit --scale 0.02 --time 20ms --device cuda:0 --no-files --quiet";
    let network = Cmd::new(&format!("{} {network}", programs.command.display()));
    let suite = Cmd::new(&programs.suite.to_string_lossy());
    let suite = if cases.is_empty() { suite } else { suite.arg(cases) };
    let plain = [network.clone(), suite.clone()];
    let watched = TOOLS.into_iter().flat_map(|tool| {
        let sanitizer = format!("compute-sanitizer --tool {tool} --error-exitcode 9");
        // Cases in parallel would be watched one after the other anyway.
        [network.clone(), suite.clone().arg("--test-threads=1")].map(|cmd| cmd.under(&sanitizer))
    });
    plain.into_iter().chain(watched).collect()
}

fn build() -> Result<Programs> {
    Cmd::cargo("build --release --package isospike-cli --features cuda").run()?;
    let cmd = Cmd::cargo(&format!("test --no-run --package isospike-cuda --test {SUITE}"));
    let mut suite = None;
    let built = cmd.lines(|line| {
        println!("{line}");
        // `  Executable tests/gpu.rs (target/debug/deps/gpu-0123456789abcdef)`
        let path = line.trim().strip_prefix("Executable ").and_then(|l| l.split_once('('));
        suite = path.map(|(_, path)| PathBuf::from(path.trim_end_matches(')'))).or(suite.take());
    })?;
    if !built {
        bail!("`{cmd}` failed");
    }
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let command = Path::new(&target).join("release").join(COMMAND);
    Ok(Programs { suite: suite.context("cargo says what it built")?, command })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_runs_both_programs_alone_and_watched() {
        let script = script_of("net::");
        let lines: Vec<_> = script.lines().filter(|line| line.contains("./")).collect();
        assert_eq!(lines.len(), 6, "{script}");
        assert_eq!(lines[1], "./gpu net::");
        let watched = "compute-sanitizer --tool racecheck --error-exitcode 9 ./gpu net:: ";
        assert_eq!(lines[5], format!("{watched}--test-threads=1"));
        assert!(lines[4].ends_with("--no-files --quiet"), "{script}");
    }
}
