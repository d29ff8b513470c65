//! The steps of `cargo xtask test`, cheapest first, stopping at the first that fails.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::command::Cmd;
use crate::tally::{Runner, Tally};
use crate::tools::Tool;
use crate::{codegen, examples, powerset, rules, tools};

/// How much to check.
pub(crate) struct Settings {
    /// Leave out what takes long: feature sets, generated kernels, documentation, integration and
    /// documentation tests, examples.
    pub(crate) quick: bool,
    /// Locked dependencies, no incremental builds, all failures of a test run; and nothing is
    /// skipped that a machine of CI has ([`Tally::refused`]).
    pub(crate) ci: bool,
    /// Only tools and rules.
    pub(crate) rules_only: bool,
}

/// A named part of the check.
struct Step {
    name: &'static str,
    kind: Kind,
}

enum Kind {
    /// Part of this program.
    Own(fn() -> Result<()>),
    /// Part of this program that the rest can do without: its error is why it is skipped.
    Optional(fn() -> Result<()>),
    /// Each must succeed.
    Commands(Vec<Cmd>),
    /// Each must succeed, if the tool is there or can be installed.
    With(&'static Tool, Vec<Cmd>),
    /// Tests, whose results are counted.
    Tests(Runner, Cmd),
    /// Cannot be done on this machine, and why.
    Skipped(String),
}

/// Runs the chosen steps and prints the closing summary.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    let mut tally = Tally::default();
    let start = Instant::now();
    let result = steps(settings)?.into_iter().try_for_each(|step| {
        step.run(&mut tally)?;
        match tally.refused() {
            Some((what, reason)) if settings.ci => {
                bail!("{what} was skipped, which CI may not: {reason}")
            }
            _ => Ok(()),
        }
    });
    for (test, reason) in tally.skipped() {
        println!("skipped {test}: {reason}");
    }
    if result.is_ok() {
        let left_out = match settings {
            Settings { rules_only: true, .. } => " (rules only)",
            Settings { quick: true, .. } => {
                " (quick: no feature sets, generated kernels, documentation, integration or \
                 documentation tests, examples)"
            }
            _ => "",
        };
        println!("all checks passed in {:.0} s{left_out}", start.elapsed().as_secs_f64());
    }
    if !tally.is_empty() {
        println!("{tally}");
    }
    result
}

fn steps(settings: &Settings) -> Result<Vec<Step>> {
    let own = |name, check| Step { name, kind: Kind::Own(check) };
    let mut steps = vec![
        own("tools", tools::check),
        own("repository rules", rules::check),
        own("who knows whom", rules::dependencies::check),
    ];
    if settings.rules_only {
        return Ok(steps);
    }

    let once = |cmd: Cmd| if settings.ci { cmd.env("CARGO_INCREMENTAL", "0") } else { cmd };
    let cargo = |line: &str| {
        let cmd = once(Cmd::cargo(line));
        if settings.ci { cmd.arg("--locked") } else { cmd }
    };
    let one = |name, cmd| Step { name, kind: Kind::Commands(vec![cmd]) };
    steps.push(one("format", Cmd::cargo("fmt --all --check")));
    // `--` ends what cargo reads, so CI's flags go in before it.
    let clippy = cargo("clippy --workspace --all-features --all-targets")
        .arg("--")
        .arg("-D")
        .arg("warnings");
    steps.push(one("lints", clippy));
    if settings.quick {
        steps.push(Step { name: "unit tests", kind: tests(settings, cargo, "--lib --bins") });
        return Ok(steps);
    }
    let sets = powerset::commands(cargo);
    steps.push(Step { name: "feature sets", kind: Kind::With(tools::HACK, sets) });
    steps.push(one("generated kernels", codegen::command(true, cargo)));
    steps.push(neon(cargo));
    let doc = cargo("doc --workspace --all-features --no-deps").env("RUSTDOCFLAGS", "-D warnings");
    steps.push(one("documentation", doc));
    let nvrtc = Kind::Optional(tools::nvrtc);
    steps.push(Step { name: "CUDA kernel compiler", kind: nvrtc });
    let libsonata = Kind::Optional(tools::libsonata);
    steps.push(Step { name: "reader of SONATA: libsonata", kind: libsonata });
    let nir = Kind::Optional(tools::nir);
    steps.push(Step { name: "reader of graphs: nir", kind: nir });
    let grasshopper = Kind::Optional(tools::grasshopper);
    steps.push(Step { name: "recordings of a grasshopper", kind: grasshopper });
    steps.push(Step { name: "tests", kind: tests(settings, cargo, "") });
    if tools::NEXTEST.is_there() {
        steps.push(Step { name: "conformance suites", kind: suites(cargo) });
    }
    let doc_tests = Kind::Tests(Runner::Cargo, cargo("test --workspace --all-features --doc"));
    steps.push(Step { name: "documentation tests", kind: doc_tests });
    let examples = examples::commands()?.into_iter().map(once).collect();
    steps.push(Step { name: "examples", kind: Kind::Commands(examples) });
    Ok(steps)
}

/// There is no ARM machine among those that run this, so its instruction set is only compiled.
fn neon(cargo: impl Fn(&str) -> Cmd) -> Step {
    const TARGET: &str = "aarch64-unknown-linux-gnu";
    let folder = Cmd::new(&format!("rustc --print target-libdir --target {TARGET}")).output();
    let kind = match folder.is_ok_and(|folder| Path::new(folder.trim()).is_dir()) {
        true => Kind::Commands(vec![cargo(&format!("check --workspace --target {TARGET}"))]),
        false => Kind::Skipped(format!("to have it: rustup target add {TARGET}")),
    };
    Step { name: "NEON compiles", kind }
}

fn tests(settings: &Settings, cargo: impl Fn(&str) -> Cmd, which: &str) -> Kind {
    if tools::NEXTEST.is_there() {
        let profile = if settings.ci { "ci" } else { "default" };
        let run = "nextest run --workspace --all-features --no-tests pass --profile";
        let cmd = cargo(&format!("{run} {profile} {which}"));
        Kind::Tests(Runner::Nextest, cmd.arg("-E").arg("not binary(/^conformance/)"))
    } else {
        let which = if which.is_empty() { "--lib --bins --tests" } else { which };
        let all = if settings.ci { "--no-fail-fast" } else { "" };
        let cmd = cargo(&format!("test --workspace --all-features {which} {all}"));
        // Without this the output of a test that passes is lost, and with it the reason why it
        // skipped.
        Kind::Tests(Runner::Cargo, cmd.arg("--").arg("--show-output"))
    }
}

/// The conformance suites, each in one process: nextest would open a device and compile its kernels
/// for every case, which takes ten times as long.
fn suites(cargo: impl Fn(&str) -> Cmd) -> Kind {
    let suites = "--test conformance --test conformance_shared --no-fail-fast";
    Kind::Tests(Runner::Cargo, cargo(&format!("test --workspace --all-features {suites}")))
}

impl Step {
    fn run(self, tally: &mut Tally) -> Result<()> {
        println!("── {}", self.name);
        let start = Instant::now();
        let missing = match &self.kind {
            Kind::Skipped(reason) => Some(reason.clone()),
            Kind::With(tool, _) if !tool.is_there_now() => Some(tool.to_have_it()),
            Kind::Optional(part) => part().err().map(|error| format!("{error:#}")),
            _ => None,
        };
        if let Some(reason) = missing {
            tally.leave_out(self.name, &reason);
            println!("   SKIPPED {}: {reason}", self.name);
            return Ok(());
        }
        let commands = |commands: &[Cmd]| {
            commands.iter().try_for_each(|cmd| {
                println!("   {cmd}");
                cmd.run().map_err(|error| (error, cmd.to_string()))
            })
        };
        let result = match &self.kind {
            Kind::Own(check) => check().map_err(|error| (error, "cargo xtask rules".to_owned())),
            Kind::Commands(all) | Kind::With(_, all) => commands(all),
            Kind::Optional(_) | Kind::Skipped(_) => Ok(()),
            Kind::Tests(runner, cmd) => {
                println!("   {cmd}");
                run_tests(*runner, cmd, tally).map_err(|error| (error, cmd.to_string()))
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        match result {
            Ok(()) => {
                println!("   {}: ok, {seconds:.1} s", self.name);
                Ok(())
            }
            Err((error, repeat)) => {
                println!("   {}: FAILED, {seconds:.1} s", self.name);
                bail!("{}: {error:#}\nto repeat it: {repeat}", self.name)
            }
        }
    }
}

/// Shows the summaries of a run that passes, and everything of one that fails.
fn run_tests(runner: Runner, cmd: &Cmd, tally: &mut Tally) -> Result<()> {
    let nextest = runner == Runner::Nextest;
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let reports = ["default", "ci"].map(|p| format!("{target}/nextest/{p}/junit.xml"));
    if nextest {
        // An old report must not be taken for this run's.
        for report in &reports {
            let _ = fs::remove_file(report);
        }
    }
    let mut hidden = Vec::new();
    let ok = cmd.lines(|line| {
        // nextest hides what passes by itself; libtest with --show-output does not.
        if tally.read(runner, line) || nextest {
            println!("{line}");
        } else {
            hidden.push(line.to_owned());
        }
    })?;
    if nextest {
        for xml in reports.iter().filter_map(|report| fs::read_to_string(report).ok()) {
            tally.junit(&xml);
        }
    }
    if !ok {
        for line in hidden {
            println!("{line}");
        }
        bail!("see above");
    }
    Ok(())
}
