//! The matrix as one HTML page that needs nothing else: charts, tables, notes.

use crate::baseline::Baseline;
use crate::plot::{Value, charts, legend};
use crate::report::Report;
use crate::table::escape;
use anyhow::Result;

const STYLE: &str = "\
body { font-family: sans-serif; color: #282828; margin: 2em; max-width: 1240px; }
.charts { display: flex; flex-wrap: wrap; gap: 6px; }
.key { display: inline-block; width: 2.2em; height: 4px; margin: 0 0.4em 3px 1.4em; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 12px; white-space: nowrap; }
th, td { padding: 2px 7px; border-bottom: 1px solid #e1e1e1; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
td.reason { color: #a02020; }
li { margin: 0.2em 0; }
";

/// Draws it.
///
/// # Errors
/// If a chart cannot be drawn.
pub fn html(report: &Report, baseline: Option<&Baseline>) -> Result<String> {
    let sections: [(&str, &str, Value<'_>); 4] = [
        (
            "Time per step (us)",
            "Median of a whole step; flat where a device is not yet busy.",
            &|_, m| Some(m.us_per_step),
        ),
        (
            "Time per synaptic event (ns)",
            "The whole time x threads that had work, by events: updates are in it.",
            &|_, m| m.ns_per_event,
        ),
        (
            "Memory traffic (% of the device's measured copy bandwidth)",
            "Bytes a step has to move, predicted from the plan, over its time. Above 100: it fits \
             into a cache.",
            &|_, m| m.of_copy.map(|x| 100.0 * x),
        ),
        (
            "Speed-up over one thread of the CPU",
            "Of the same case in the same precision.",
            &|r, _| report.speed_up(r),
        ),
    ];
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <title>isospike: the matrix</title><style>\n{STYLE}</style></head><body>\n\
         <h1>isospike: the matrix</h1>\n<ul>\n"
    );
    for line in report.circumstances() {
        page += &format!("<li>{}</li>\n", escape(&line));
    }
    page += "</ul>\n<p>Each chart: against neurons, both axes logarithmic; lines are f32, dashes \
             f64.";
    for (place, colour) in legend(report) {
        let rgb = format!("rgb({}, {}, {})", colour.0, colour.1, colour.2);
        page +=
            &format!("<span class=\"key\" style=\"background: {rgb}\"></span>{}", escape(&place));
    }
    page += "</p>\n";
    for (title, explanation, value) in sections {
        let charts = charts(report, value)?;
        if !charts.is_empty() {
            page += &format!("<h2>{title}</h2>\n<p>{explanation}</p>\n<div class=\"charts\">\n");
            page += &charts.join("\n");
            page += "\n</div>\n";
        }
    }
    for table in report.tables(baseline) {
        page += &format!("<h2>{}</h2>\n<div class=\"wide\">{}</div>\n", table.title, table.html());
    }
    page += "<h2>What the columns mean</h2>\n<ul>\n";
    for note in Report::notes(baseline) {
        page += &format!("<li>{}</li>\n", escape(note));
    }
    Ok(page + "</ul>\n</body></html>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;
    use crate::targets::Target;

    #[test]
    fn a_page_has_charts_tables_and_reasons_and_needs_nothing_else() {
        let mut report = report("abcdefghijklmnop");
        report.targets = [Some(1), Some(2)]
            .map(|threads| Target {
                device: "cpu:0".to_owned(),
                name: "a <CPU>".to_owned(),
                threads,
                is_processor: true,
                copy_bytes_per_s: Some(1e10),
            })
            .to_vec();
        let page = html(&report, None).expect("drawn");
        assert_eq!(page.matches("<svg").count(), 4, "{page}");
        assert!(page.contains("n/a (no plastic projections)") && page.contains("MISMATCH"));
        assert!(page.contains("a &lt;CPU&gt;") && page.contains("copies 10.0 GB/s"), "{page}");
        for outside in ["src=", "href=", "@import", "<script"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
