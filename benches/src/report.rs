//! The matrix: what was measured, as JSON, and as tables for people and files.

use crate::baseline::{Against, Baseline};
use crate::cases::Kind;
use crate::machine::Machine;
use crate::measure::{Measurement, Outcome, Spread};
use crate::table::{Column, Table, column, text_column};
use crate::targets::{Absent, Target};
use isospike::backend::memory::{human, thousands};
use serde::{Deserialize, Serialize};

/// Everything that was measured, and what could not be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// The devices.
    pub targets: Vec<Target>,
    /// Backends of the build without a device.
    pub absent: Vec<Absent>,
    /// With which arguments.
    pub arguments: Vec<String>,
    /// Timed repetitions after one warm-up.
    pub repeats: usize,
    /// The cells.
    pub rows: Vec<Row>,
}

/// A cell: case x precision x device.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Network or model.
    pub kind: Kind,
    /// Name without size.
    pub name: String,
    /// Name with size.
    pub case: String,
    /// Device.
    pub device: String,
    /// `"f32"` or `"f64"`.
    pub precision: String,
    /// Threads asked for; `None` where a device has none.
    pub threads: Option<usize>,
    /// What came of it.
    pub outcome: Outcome,
}

impl Row {
    /// Its numbers, if it has any.
    pub fn numbers(&self) -> Option<&Measurement> {
        match &self.outcome {
            Outcome::Measured(m) => Some(m),
            _ => None,
        }
    }

    /// Whether it is the same case, precision, device and number of threads.
    pub fn is_cell_of(&self, other: &Row) -> bool {
        self.is_case_of(other) && self.device == other.device && self.threads == other.threads
    }

    fn is_case_of(&self, other: &Row) -> bool {
        self.case == other.case && self.precision == other.precision
    }

    /// Why it has no numbers, in a cell of a table: up to the first semicolon.
    fn reason(&self) -> Option<String> {
        let short = |text: &str| text.split(';').next().unwrap_or_default().to_owned();
        match &self.outcome {
            Outcome::Measured(_) => None,
            Outcome::NotAvailable(reason) => Some(format!("n/a ({})", short(reason))),
            Outcome::Mismatch(what) => Some(format!("MISMATCH ({what})")),
            Outcome::Failed(reason) => Some(format!("FAILED ({})", short(reason))),
        }
    }

    fn threads_text(&self) -> String {
        match (self.threads, self.numbers().map(|m| m.threads_used)) {
            (None, _) => "-".to_owned(),
            (Some(n), Some(used)) if used < n => format!("{n} ({used})"),
            (Some(n), _) => n.to_string(),
        }
    }
}

const NOTES: &[&str] = &[
    "No number stands here that was not compared first: the digest of spikes and state (first 12 \
     digits of the spikes' SHA-256) is the same in all repetitions, on all devices and thread \
     counts of a case in a precision, on the CPU (untimed, where it is not in the list), and as \
     published where tests/data/digests.txt has it. MISMATCH: it is not. n/a: the device cannot \
     run the case.",
    "build: planning (all synapses are made) and compiling; reading the TOML file is not in it.",
    "simulate and us/step: stepping, draining the spikes in order and their digest, median \
     (min..max) of the repetitions after one warm-up, each from a fresh session of the same plan; \
     two repetitions are enough where they took 8 s, and matrix.json counts them (timed_runs). RTF: its median over the simulated time.",
    "ns/event and ns/update both divide the whole time x threads that had work: by synaptic events \
     (spikes x out-degree), by neurons x steps. Neither is the cost of its part alone.",
    "GB/s: the bytes a step has to move, predicted from the plan, over the time of a step. State \
     is read and written, constants of single neurons are read, accumulators read and cleared; an \
     event reads a stored synapse and reads and writes an accumulator. Indices, spike lists and \
     random words are not counted.",
    "of copy: GB/s over what the device copies, measured here with a model that moves 128 MB of \
     state round and computes nothing, through the same kernels. What fits into a cache can exceed \
     it.",
    "x 1 thread: time of the CPU on one thread over this time.",
    "threads: asked for; in brackets how many had work where that is fewer, since small networks \
     stay on one.",
];
const BASELINE_NOTE: &str = "x before: time over the baseline's, in brackets fastest over its \
     slowest to slowest over its fastest repetition; faster or slower only where that band leaves \
     out 1.";

impl Report {
    /// Whether a cell has a mismatch or broke down.
    pub fn is_broken(&self) -> bool {
        let broken = |r: &Row| matches!(r.outcome, Outcome::Mismatch(_) | Outcome::Failed(_));
        self.rows.iter().any(broken)
    }

    /// One-thread time of the CPU over the time of a row.
    pub fn speed_up(&self, row: &Row) -> Option<f64> {
        let mut rows = self.rows.iter();
        let one = rows.find(|r| r.threads == Some(1) && r.is_case_of(row))?.numbers()?;
        Some(one.simulate_s.median / row.numbers()?.simulate_s.median)
    }

    /// What the columns mean.
    pub fn notes(baseline: Option<&Baseline>) -> impl Iterator<Item = &'static str> {
        NOTES.iter().copied().chain(baseline.map(|_| BASELINE_NOTE))
    }

    /// The machine, its devices, and how they were run, a line each.
    pub fn circumstances(&self) -> Vec<String> {
        let mut lines = self.machine.lines();
        for t in &self.targets {
            let copy = match t.copy_bytes_per_s {
                Some(bytes) => format!("copies {:.1} GB/s", bytes * 1e-9),
                None => "its copy bandwidth could not be measured".to_owned(),
            };
            lines.push(format!("{}: {}; {copy}", t.place(), t.name));
        }
        for a in &self.absent {
            lines.push(format!("{}: n/a ({})", a.backend, a.reason));
        }
        let arguments = self.arguments.join(" ");
        lines.push(format!("`cargo xtask bench {arguments}`, {} repetitions", self.repeats));
        lines
    }

    /// The table of single models and the table of whole networks.
    pub fn tables(&self, baseline: Option<&Baseline>) -> Vec<Table> {
        let speed = |r: &Row, _: &Measurement| self.speed_up(r).map_or("-".to_owned(), digits);
        let before = |r: &Row, _: &Measurement| match baseline.map(|b| b.against(r)) {
            Some(Against::Ratio(ratio)) => ratio.text(),
            Some(Against::OtherWork) => "other digest".to_owned(),
            _ => "-".to_owned(),
        };
        let mut models: Vec<Column<'_>> = vec![
            column("neurons", |_, m| thousands(m.neurons)),
            column("steps", |_, m| thousands(m.steps)),
            column("us/step", |_, m| digits(m.us_per_step)),
            column("min..max", |_, m| {
                let us = |s: f64| digits(s * 1e6 / m.steps as f64);
                format!("{}..{}", us(m.simulate_s.min), us(m.simulate_s.max))
            }),
            column("ns/update", |_, m| digits(m.ns_per_update)),
        ];
        let mut networks: Vec<Column<'_>> = vec![
            column("neurons", |_, m| thousands(m.neurons)),
            column("synapses", |_, m| thousands(m.synapses)),
            column("planned", |_, m| human(m.planned_bytes)),
            column("build s", |_, m| digits(m.build_s)),
            column("model s", |_, m| digits(m.time_ms * 1e-3)),
            column("simulate s", |_, m| digits(m.simulate_s.median)),
            column("min..max", |_, m| {
                let Spread { min, max, .. } = m.simulate_s;
                format!("{}..{}", digits(min), digits(max))
            }),
            column("RTF", |_, m| digits(m.real_time_factor)),
            column("us/step", |_, m| digits(m.us_per_step)),
            column("ns/event", |_, m| m.ns_per_event.map_or("-".to_owned(), digits)),
            column("ns/update", |_, m| digits(m.ns_per_update)),
        ];
        for columns in [&mut models, &mut networks] {
            columns.extend([
                column("GB/s", |_, m| {
                    m.bytes_per_s.map_or("-".to_owned(), |bytes| digits(bytes * 1e-9))
                }),
                column("of copy", |_, m| {
                    m.of_copy.map_or("-".to_owned(), |x| format!("{:.0} %", 100.0 * x))
                }),
                column("x 1 thread", speed),
            ]);
            if baseline.is_some() {
                columns.push(column("x before", before));
            }
            columns.extend([
                column("spikes", |_, m| thousands(m.spikes)),
                column("rate Hz", |_, m| digits(m.rate_hz)),
                text_column("digest", |_, m| m.digest.spikes.chars().take(12).collect()),
            ]);
        }
        let table = |title, kind, columns: &[Column<'_>]| {
            let mut table = Table::new(title, columns);
            for row in self.rows.iter().filter(|r| r.kind == kind) {
                let place = [&row.case, &row.precision, &row.device].map(Clone::clone);
                table.push(place, row.threads_text(), row.reason(), columns, row);
            }
            table
        };
        let tables = [
            table("Single models, no synapses", Kind::Model, &models),
            table("Whole networks", Kind::Network, &networks),
        ];
        tables.into_iter().filter(|t| !t.rows.is_empty()).collect()
    }

    /// The tables between what they were measured on and what their columns mean.
    pub fn markdown(&self, baseline: Option<&Baseline>) -> String {
        let mut text = String::from("# isospike: the matrix\n\n");
        for line in self.circumstances() {
            text += &format!("- {line}\n");
        }
        for table in self.tables(baseline) {
            text += &format!("\n## {}\n\n{}\n", table.title, table.text());
        }
        text.push('\n');
        for note in Report::notes(baseline) {
            text += &format!("- {note}\n");
        }
        text
    }
}

/// Three significant digits, or all before the point.
pub(crate) fn digits(x: f64) -> String {
    match x.abs() {
        0.0 => "0".to_owned(),
        a if a >= 100.0 => format!("{x:.0}"),
        a if a >= 10.0 => format!("{x:.1}"),
        a if a >= 1.0 => format!("{x:.2}"),
        a if a >= 0.1 => format!("{x:.3}"),
        a if a >= 0.01 => format!("{x:.4}"),
        _ => format!("{x:.5}"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::verdict::Digest;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0.0, 0.0123, 0.5, 1.234, 56.78, 1234.5].map(digits),
            ["0", "0.0123", "0.500", "1.23", "56.8", "1234"]
        );
    }

    /// A row that took so long (s).
    fn row(device: &str, threads: Option<usize>, seconds: f64, digest: &str) -> Row {
        let measurement = Measurement {
            threads_used: 1,
            neurons: 4000,
            synapses: 320_000,
            planned_bytes: 1_000_000,
            build_s: 0.1,
            time_ms: 100.0,
            steps: 1000,
            simulate_s: Spread { median: seconds, min: 0.9 * seconds, max: 1.1 * seconds },
            timed_runs: 3,
            real_time_factor: 10.0 * seconds,
            us_per_step: 1000.0 * seconds,
            events: 80_000,
            ns_per_event: Some(2.0),
            updates: 4_000_000,
            ns_per_update: 0.5,
            bytes_per_step: 1e5,
            bytes_per_s: Some(1e8 / seconds),
            of_copy: Some(0.5),
            spikes: 1000,
            rate_hz: 2.5,
            digest: Digest { spikes: digest.to_owned(), state: "s".to_owned() },
        };
        Row {
            kind: Kind::Network,
            name: "cuba".to_owned(),
            case: "cuba@1".to_owned(),
            device: device.to_owned(),
            precision: "f32".to_owned(),
            threads,
            outcome: Outcome::Measured(Box::new(measurement)),
        }
    }

    /// Two thread counts, a device that cannot and one that differs.
    pub(crate) fn report(digest: &str) -> Report {
        let without = |device: &str, outcome| Row { outcome, ..row(device, None, 1.0, digest) };
        let cannot = Outcome::NotAvailable("no plastic projections; do without".to_owned());
        Report {
            machine: Machine::here(),
            targets: Vec::new(),
            absent: vec![Absent { backend: "cuda".to_owned(), reason: "no driver".to_owned() }],
            arguments: vec!["--quick".to_owned()],
            repeats: 3,
            rows: vec![
                row("cpu:0", Some(1), 1.0, digest),
                row("cpu:0", Some(2), 0.5, digest),
                without("opencl:0:0", cannot),
                without("opencl:1:0", Outcome::Mismatch("spikes b".to_owned())),
            ],
        }
    }

    #[test]
    fn what_has_no_number_says_why() {
        let report = report("abcdefghijklmnop");
        assert!(report.is_broken());
        assert_eq!(report.speed_up(&report.rows[1]), Some(2.0));
        let text = report.markdown(None);
        for words in
            ["n/a (no plastic projections)", "MISMATCH (spikes b)", "cuda: n/a (no driver)", "2.00"]
        {
            assert!(text.contains(words), "no {words:?} in {text}");
        }
        assert!(text.contains("| abcdefghijkl ") && !text.contains("x before"), "{text}");
    }

    #[test]
    fn a_former_matrix_stands_beside_it() {
        let then = serde_json::to_string(&report("abc")).expect("plain data");
        let path = std::env::temp_dir().join(format!("isospike-baseline-{}", std::process::id()));
        std::fs::write(&path, then).expect("written");
        let baseline = Baseline::read(&path).expect("a matrix");
        std::fs::remove_file(&path).expect("removed");
        let text = report("abc").markdown(Some(&baseline));
        assert!(text.contains("1.00 (0.82..1.22)") && text.contains("x before"), "{text}");
        // Another digest is other work.
        let text = report("xyz").markdown(Some(&baseline));
        assert!(text.contains("other digest") && !text.contains("1.00 (0.82..1.22)"), "{text}");
    }
}
