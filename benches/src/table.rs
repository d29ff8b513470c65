//! A table of rows, some of which have a reason instead of numbers.

use crate::measure::Measurement;
use crate::report::Row;
use comfy_table::{CellAlignment, presets};
use std::fmt::Write;

/// What a column says of a row with numbers.
type Cell<'a> = Box<dyn Fn(&Row, &Measurement) -> String + 'a>;

/// A column: what stands above it, whether it is text, and what it says of a row with numbers.
pub(crate) struct Column<'a> {
    heading: &'static str,
    is_text: bool,
    cell: Cell<'a>,
}

/// A column of numbers.
pub(crate) fn column<'a>(
    heading: &'static str,
    cell: impl Fn(&Row, &Measurement) -> String + 'a,
) -> Column<'a> {
    Column { heading, is_text: false, cell: Box::new(cell) }
}

/// A column of text.
pub(crate) fn text_column<'a>(
    heading: &'static str,
    cell: impl Fn(&Row, &Measurement) -> String + 'a,
) -> Column<'a> {
    Column { is_text: true, ..column(heading, cell) }
}

/// Columns that every row has: where it was run.
const PLACE: [&str; 4] = ["case", "prec", "device", "threads"];

/// Cells under headings.
pub struct Table {
    /// What it is about.
    pub title: &'static str,
    headings: Vec<&'static str>,
    is_text: Vec<bool>,
    /// Cells by row. Where there are fewer than headings, the last one is a reason.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(title: &'static str, columns: &[Column<'_>]) -> Table {
        let headings = PLACE.iter().copied().chain(columns.iter().map(|c| c.heading)).collect();
        let is_text = [true, true, true, false].into_iter();
        let is_text = is_text.chain(columns.iter().map(|c| c.is_text)).collect();
        Table { title, headings, is_text, rows: Vec::new() }
    }

    /// Adds a row: numbers, or the reason why there are none.
    pub(crate) fn push(
        &mut self,
        place: [String; 3],
        threads: String,
        reason: Option<String>,
        columns: &[Column<'_>],
        row: &Row,
    ) {
        let mut cells: Vec<_> = place.into_iter().chain([threads]).collect();
        match row.numbers() {
            Some(m) => cells.extend(columns.iter().map(|c| (c.cell)(row, m))),
            None => cells.extend(reason),
        }
        self.rows.push(cells);
    }

    /// Plain text that is Markdown too. Reasons are written into the last column.
    pub fn text(&self) -> String {
        let mut table = comfy_table::Table::new();
        let has_reasons = self.rows.iter().any(|row| row.len() < self.headings.len());
        let headings = self.headings.iter().copied();
        let headings = headings.chain(has_reasons.then_some("no number"));
        table.load_style(presets::ASCII_MARKDOWN).set_header(headings);
        for (i, _) in self.is_text.iter().enumerate().filter(|(_, is_text)| !**is_text) {
            if let Some(column) = table.column_mut(i) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for row in &self.rows {
            let mut cells = row.clone();
            if cells.len() < self.headings.len() {
                let reason = cells.pop().unwrap_or_default();
                cells.resize(self.headings.len(), String::new());
                cells.push(reason);
            }
            table.add_row(cells);
        }
        table.to_string()
    }

    /// The same as HTML: a reason takes the place of all numbers.
    pub fn html(&self) -> String {
        let mut html = String::from("<table><thead><tr>");
        for heading in &self.headings {
            let _ = write!(html, "<th>{}</th>", escape(heading));
        }
        html += "</tr></thead><tbody>\n";
        for row in &self.rows {
            html += "<tr>";
            for (i, cell) in row.iter().enumerate() {
                let cell = escape(cell);
                let missing = self.headings.len() - row.len();
                let _ = match (i + 1 == row.len() && missing > 0, self.is_text[i]) {
                    (true, _) => {
                        write!(html, "<td class=\"reason\" colspan=\"{}\">{cell}</td>", missing + 1)
                    }
                    (false, true) => write!(html, "<td>{cell}</td>"),
                    (false, false) => write!(html, "<td class=\"number\">{cell}</td>"),
                };
            }
            html += "</tr>\n";
        }
        html + "</tbody></table>\n"
    }
}

/// Text in HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
