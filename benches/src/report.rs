//! The matrix as a table for people and files, and as JSON.

use crate::machine::Machine;
use crate::measure::{Measurement, Spread};
use comfy_table::{CellAlignment, Table, presets};
use isospike::backend::memory::{human, thousands};
use serde::Serialize;
use std::fmt::Write;

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// With which arguments.
    pub arguments: Vec<String>,
    /// Timed repetitions after one warm-up.
    pub repeats: usize,
    /// The rows.
    pub rows: Vec<Measurement>,
}

const NOTES: &[&str] = &[
    "build: planning (all synapses are made) and compiling; reading the TOML file is not in it.",
    "simulate: stepping, draining the spikes in order and their digest, median (min..max) of the \
     repetitions after one warm-up, each from a fresh session of the same plan. RTF: its median \
     over the simulated time.",
    "ns/event and ns/update both divide the whole simulate time x threads that had work: by \
     synaptic events (spikes x out-degree), by neurons x steps. Neither is the cost of its part \
     alone.",
    "threads: asked for; in brackets how many had work where that is fewer, since small networks \
     stay on one.",
    "digest: SHA-256 of the spikes, first 12 digits, compared between all repetitions, thread \
     counts and devices of a network in a precision before this table was made.",
];

const HEADINGS: [&str; 17] = [
    "network",
    "device",
    "prec",
    "threads",
    "neurons",
    "synapses",
    "planned",
    "build s",
    "model s",
    "simulate s",
    "min..max",
    "RTF",
    "ns/event",
    "ns/update",
    "spikes",
    "rate Hz",
    "digest",
];

/// Columns with text; the rest are numbers.
const TEXT: [usize; 4] = [0, 1, 2, 16];

impl Report {
    /// A table that is plain text and Markdown at once.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN).set_header(HEADINGS);
        for i in (0..HEADINGS.len()).filter(|i| !TEXT.contains(i)) {
            if let Some(column) = table.column_mut(i) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for row in &self.rows {
            table.add_row(cells(row));
        }
        table.to_string()
    }

    /// The table between what it was measured on and what its columns mean.
    pub fn markdown(&self) -> String {
        let mut text = String::from("# isospike: whole runs\n\n");
        for line in self.machine.lines() {
            let _ = writeln!(text, "- {line}");
        }
        let arguments = self.arguments.join(" ");
        let _ = writeln!(
            text,
            "- command: `cargo xtask bench {arguments}`, {} repetitions",
            self.repeats
        );
        let _ = writeln!(text, "\n{}\n", self.table());
        for note in NOTES {
            let _ = writeln!(text, "- {note}");
        }
        text
    }

    /// The notes below the table.
    pub fn notes() -> &'static [&'static str] {
        NOTES
    }
}

fn cells(m: &Measurement) -> [String; 17] {
    let threads = match m.threads {
        None => "-".to_owned(),
        Some(n) if n == m.threads_used => n.to_string(),
        Some(n) => format!("{n} ({})", m.threads_used),
    };
    let Spread { median, min, max } = m.simulate_s;
    [
        m.network.clone(),
        m.device.clone(),
        m.precision.to_owned(),
        threads,
        thousands(m.neurons),
        thousands(m.synapses),
        human(m.planned_bytes),
        digits(m.build_s),
        digits(m.time_ms * 1e-3),
        digits(median),
        format!("{}..{}", digits(min), digits(max)),
        digits(m.real_time_factor),
        m.ns_per_event.map_or("-".to_owned(), digits),
        digits(m.ns_per_update),
        thousands(m.spikes),
        digits(m.rate_hz),
        m.digest.chars().take(12).collect(),
    ]
}

/// Three significant digits, or all before the point.
fn digits(x: f64) -> String {
    match x.abs() {
        a if a >= 100.0 => format!("{x:.0}"),
        a if a >= 10.0 => format!("{x:.1}"),
        a if a >= 1.0 => format!("{x:.2}"),
        a if a >= 0.1 => format!("{x:.3}"),
        a if a >= 0.01 => format!("{x:.4}"),
        _ => format!("{x:.5}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0.0123, 0.5, 1.234, 56.78, 1234.5].map(digits),
            ["0.0123", "0.500", "1.23", "56.8", "1234"]
        );
    }
}
