//! Text for people.

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
pub(crate) use isospike::backend::memory::digits;
use isospike::backend::memory::thousands;
use std::io::Write;

/// Prints a result. A reader that has gone away (`isospike models | head`) is not an error.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints a value as JSON and a new line.
pub(crate) fn print_json(value: &impl serde::Serialize) {
    // Serialising plain data into memory cannot fail.
    let mut text = serde_json::to_string(value).expect("plain data");
    text.push('\n');
    print(&text);
}

/// A count with its noun: `1 neuron`, `2 neurons`.
pub(crate) fn count(n: u64, noun: &str) -> String {
    match (n, noun) {
        (1, "synapses") => "1 synapse".into(),
        (1, noun) => format!("1 {}", noun.trim_end_matches('s')),
        (n, noun) => format!("{} {noun}", thousands(n)),
    }
}

/// A number as short as it can be: thousands apart where it is whole.
pub(crate) fn number(x: f64) -> String {
    match x {
        x if x >= 0.0 && x.fract() == 0.0 && x < 1e15 => thousands(x as u64),
        x => x.to_string(),
    }
}

/// A time with a unit that suits it: `250 ms`, `1.5 s`.
pub(crate) fn time(ms: f64) -> String {
    if ms.abs() < 1000.0 {
        format!("{} ms", digits(ms))
    } else {
        format!("{} s", digits(ms / 1000.0))
    }
}

/// A table with a line under its headings and no frame; the columns in `right` are aligned to the
/// right.
pub(crate) fn table(headings: &[&str], right: &[usize]) -> Table {
    const STYLE: TableStyle =
        TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
    let mut t = Table::new();
    t.load_style(STYLE).set_header(headings.iter().copied());
    for &i in right {
        if let Some(c) = t.column_mut(i) {
            c.set_cell_alignment(CellAlignment::Right);
        }
    }
    t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(count(1, "synapses"), "1 synapse");
        assert_eq!(count(1, "neurons"), "1 neuron");
        assert_eq!(time(1500.0), "1.5 s");
        assert_eq!(time(0.1), "0.1 ms");
    }
}
