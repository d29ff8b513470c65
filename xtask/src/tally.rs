//! Sums the closing lines of test runners and collects the tests that say why they could not run.
//!
//! A test that cannot run on this machine prints one line, `SKIPPED <test>: <reason>`, and passes;
//! here it counts as skipped, so that a skip never looks like a pass.

use std::collections::BTreeMap;
use std::fmt;

/// Whose output is read: nextest's includes the lines of libtest for a test that fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runner {
    /// `cargo test`
    Cargo,
    /// `cargo nextest run`
    Nextest,
}

/// What every machine of CI has, as names and reasons of skips say it: PoCL, NVRTC, libsonata and
/// nir, which the check installs itself, and a C++ compiler. A driver that is hidden or does not
/// start must not look like a machine without one.
const NEVER_SKIPPED: &[&str] = &["opencl", "nvrtc", "libsonata", "with nir", "c++ compiler"];

/// Test counts over all runs so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    passed: usize,
    failed: usize,
    ignored: usize,
    /// Tests that say so and pass.
    skipped: BTreeMap<String, String>,
    /// Tests that are ignored and say why.
    said: BTreeMap<String, String>,
    /// Steps of the check that cannot be done here.
    left_out: Vec<(String, String)>,
}

impl Tally {
    /// Reads one line of a runner's output; true when it is worth showing even if all goes well.
    pub(crate) fn read(&mut self, runner: Runner, line: &str) -> bool {
        let line = line.trim();
        self.skip(line)
            || match runner {
                Runner::Cargo => self.cargo_test(line),
                Runner::Nextest => self.nextest(line),
            }
    }

    /// `SKIPPED <test>: <reason>`; libtest may have begun the line with `test <test> ... `. Or
    /// `test <test> ... ignored (<reason>)`, of which the runner counts how many there are.
    fn skip(&mut self, line: &str) -> bool {
        let ignored = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ignored ("));
        if let Some((test, reason)) = ignored {
            let reason = reason.strip_suffix(')').unwrap_or(reason);
            self.said.insert(test.trim_end().to_owned(), reason.to_owned());
            return true;
        }
        let line = line.rsplit_once(" ... ").map_or(line, |(_, printed)| printed);
        let Some((test, reason)) =
            line.strip_prefix("SKIPPED ").and_then(|rest| rest.split_once(": "))
        else {
            return false;
        };
        self.skipped.insert(test.to_owned(), reason.to_owned());
        true
    }

    /// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in
    /// 0.00s`
    fn cargo_test(&mut self, line: &str) -> bool {
        let Some(result) = line.strip_prefix("test result: ") else { return false };
        let result = result.split_once(". ").map_or("", |(_, counts)| counts);
        self.count(result.split("; "));
        true
    }

    /// `Summary [   1.2s] 98/100 tests run: 97 passed (1 slow), 1 failed, 2 skipped`
    fn nextest(&mut self, line: &str) -> bool {
        let Some(counts) = line
            .strip_prefix("Summary [")
            .and_then(|rest| rest.split_once(" run: "))
            .map(|(_, counts)| counts)
        else {
            return false;
        };
        self.count(counts.split(", "));
        true
    }

    fn count<'a>(&mut self, parts: impl Iterator<Item = &'a str>) {
        for part in parts {
            let mut words = part.split_whitespace();
            let number = words.next().and_then(|word| word.parse::<usize>().ok());
            let (Some(number), Some(what)) = (number, words.next()) else { continue };
            match what {
                "passed" => self.passed += number,
                "failed" | "timed" | "exec" => self.failed += number,
                "ignored" | "skipped" => self.ignored += number,
                _ => {}
            }
        }
    }

    /// Reads the report of a nextest run for the `SKIPPED` lines of tests that passed.
    pub(crate) fn junit(&mut self, xml: &str) {
        for line in xml.lines() {
            // A captured line can share its line of XML with the tag that opens the output.
            let text = line.rsplit_once('>').filter(|(_, rest)| !rest.is_empty());
            let text = text.map_or(line, |(_, rest)| rest);
            let text = text.split('<').next().unwrap_or(text);
            self.skip(unescape(text).trim());
        }
    }

    /// Counts a step of the check that cannot be done on this machine.
    pub(crate) fn leave_out(&mut self, step: &str, reason: &str) {
        self.left_out.push((step.to_owned(), reason.to_owned()));
    }

    /// Whether any runner has reported.
    pub(crate) fn is_empty(&self) -> bool {
        self.passed + self.failed + self.ignored == 0
    }

    /// Each step and test that could not run, with its reason.
    pub(crate) fn skipped(&self) -> impl Iterator<Item = (&str, &str)> {
        let steps = self.left_out.iter().map(|(step, reason)| (step, reason));
        steps
            .chain(&self.skipped)
            .chain(&self.said)
            .map(|(name, reason)| (name.as_str(), reason.as_str()))
    }

    /// The first step or test that could not run, and why, though every machine of CI can run it.
    pub(crate) fn refused(&self) -> Option<(&str, &str)> {
        self.skipped().find(|(name, reason)| {
            let said = format!("{name}: {reason}").to_lowercase();
            NEVER_SKIPPED.iter().any(|has| said.contains(has))
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.skipped.len();
        let passed = self.passed.saturating_sub(said);
        let skipped = self.ignored + said + self.left_out.len();
        write!(f, "{passed} passed, {} failed, {skipped} skipped", self.failed)
    }
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_and_nextest_summaries_add_up() {
        let cargo = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out";
        let nextest =
            "  Summary [ 0.1s] 9/12 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 2 skipped";
        let mut tally = Tally::default();
        assert!(tally.read(Runner::Cargo, cargo));
        assert!(tally.read(Runner::Nextest, nextest));
        assert!(!tally.read(Runner::Nextest, cargo));
        assert!(!tally.read(Runner::Cargo, "test lanes::adds ... ok"));
        assert_eq!(tally.to_string(), "10 passed, 2 failed, 3 skipped");
    }

    #[test]
    fn a_test_that_says_skipped_did_not_pass() {
        let mut tally = Tally::default();
        tally.read(Runner::Cargo, "test result: ok. 2 passed; 0 failed; 0 ignored");
        tally.junit("<system-out>SKIPPED cuda::lif: no driver &lt;libcuda&gt;\nok</system-out>");
        tally.junit("test cuda::lif ... SKIPPED cuda::lif: no driver &lt;libcuda&gt;</system-out>");
        assert_eq!(tally.to_string(), "1 passed, 0 failed, 1 skipped");
        tally.leave_out("NEON", "no target");
        assert_eq!(tally.to_string(), "1 passed, 0 failed, 2 skipped");
        let skipped: Vec<_> = tally.skipped().collect();
        assert_eq!(skipped, [("NEON", "no target"), ("cuda::lif", "no driver <libcuda>")]);
    }
    #[test]
    fn what_ci_has_may_not_be_skipped() {
        let refused = |line: &str| {
            let mut tally = Tally::default();
            assert!(tally.read(Runner::Cargo, line), "{line}");
            tally.refused().is_some()
        };
        for line in [
            "SKIPPED shapes: there is no OpenCL library: none of libOpenCL.so.1 can be loaded",
            "SKIPPED devices::x: opencl: the OpenCL library finds no driver (no platform)",
            "SKIPPED devices::x: opencl:0:0, hpc: the device does not compute exactly: div",
            "SKIPPED ptx::kernels: NVRTC is missing",
            "SKIPPED sonata::libsonata_reads_it: no Python with libsonata",
            "SKIPPED conformance: there is no C++ compiler for the emulator: c++: not found",
        ] {
            assert!(refused(line), "{line}");
        }
        assert!(refused("test opencl:0:0::net::hpc ... ignored (it has no f64)"));
        assert!(!refused("SKIPPED devices::x: cuda: there is no CUDA driver (libcuda)"));
        assert!(!refused("SKIPPED microcircuit: 1 GB of memory"));
    }
}
