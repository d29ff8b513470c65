//! Rates over time: one panel for each population, all on the same time axis.

use super::axes::{Axes, LABEL, SMALL, Scale, heading, text};
use super::picture::{Align, Mark, Picture};
use super::theme::{FAINT, INK, colours, legend};
use crate::analysis::Analysis;
use crate::summary::rate_hz;
use crate::text::{digits, time};
use isospike_record::Header;

/// More panels than this do not fit on a page; the largest populations are shown.
const MOST_PANELS: usize = 20;
const PANEL: i32 = 110;
const GAP: i32 = 22;

/// Rates of all populations.
pub(crate) fn rates(name: &str, header: &Header, analysis: &Analysis) -> Picture {
    let mut shown: Vec<_> = (0..header.populations.len()).collect();
    shown.sort_by_key(|&p| std::cmp::Reverse(header.populations[p].size));
    shown.truncate(MOST_PANELS);
    shown.sort_unstable();
    let n = shown.len() as i32;
    let panel = if n < 4 { 240 } else { PANEL };
    let (top, bottom) = (115, 115 + n * (panel + GAP) - GAP);
    let mut marks = Vec::new();
    let left_out = match header.populations.len() - shown.len() {
        0 => String::new(),
        k => format!("; {k} smaller populations are not shown"),
    };
    let meaning = match legend(&header.populations) {
        "" => String::new(),
        text => format!("; {text}"),
    };
    let bins = format!("mean over neurons, bins of {}{meaning}{left_out}", time(analysis.bin_ms));
    heading(&format!("{name}: rates"), &bins, &mut marks);
    let colours = colours(&header.populations);
    for (row, &p) in shown.iter().enumerate() {
        let rates = &analysis.rates_hz[p];
        let most = rates.iter().copied().fold(0.0, f64::max);
        let axes = Axes {
            left: 150,
            right: 1430,
            top: top + row as i32 * (panel + GAP),
            bottom: top + row as i32 * (panel + GAP) + panel,
            x: Scale::Linear(0.0, header.duration_ms()),
            y: Scale::Linear(0.0, if most > 0.0 { 1.08 * most } else { 1.0 }),
        };
        axes.x_grid(10, &mut marks);
        axes.y_axis(if panel > PANEL { 5 } else { 3 }, SMALL, &mut marks);
        staircase(rates, analysis.bin_ms, header, &axes, colours[p], &mut marks);
        marks.push(axes.frame());
        let population = &header.populations[p];
        let batch = header.batch.max(1) as usize;
        let mean = rate_hz(analysis.counts[p], population.size, batch, header.duration_ms());
        let middle = (axes.top + axes.bottom) / 2;
        let x = axes.right + 14;
        marks.push(text(&population.name, (x, middle - 12), LABEL, colours[p], Align::Left));
        let mean = format!("{} spikes/s", digits((mean * 100.0).round() / 100.0));
        marks.push(text(mean, (x, middle + 12), SMALL, FAINT, Align::Left));
        if row + 1 == shown.len() {
            axes.x_axis(10, "time (ms)", &mut marks);
        }
    }
    let middle = (top + bottom) / 2;
    marks.push(text("rate (spikes/s)", (40, middle), LABEL, INK, Align::Vertical));
    Picture { files: super::RATES, size: (1600, bottom + 85), marks }
}

fn staircase(
    rates: &[f64],
    bin_ms: f64,
    header: &Header,
    axes: &Axes,
    colour: plotters::style::RGBColor,
    marks: &mut Vec<Mark>,
) {
    let mut points = Vec::new();
    for (i, &rate) in rates.iter().enumerate() {
        let end = ((i + 1) as f64 * bin_ms).min(header.duration_ms());
        points.push((axes.px(i as f64 * bin_ms), axes.py(rate)));
        points.push((axes.px(end), axes.py(rate)));
    }
    let mut area = vec![(axes.left, axes.bottom)];
    area.extend(&points);
    area.push((axes.right, axes.bottom));
    marks.push(Mark::Area { points: area, colour });
    marks.push(Mark::Line { points, colour, width: 2 });
}
