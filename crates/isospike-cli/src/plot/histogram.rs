//! Histograms: intervals between spikes, and how much they vary.

use super::axes::{Axes, LABEL, SMALL, Scale, heading, text};
use super::picture::{Align, Mark, Picture};
use super::theme::{FAINT, INK, colours, legend};
use crate::analysis::{Analysis, LEAST_INTERVALS};
use crate::text::digits;
use isospike::backend::memory::thousands;
use isospike_record::Header;

const SIZE: (i32, i32) = (1600, 900);
/// More curves than this cannot be told apart; those with the most data are shown.
const MOST_CURVES: usize = 12;

/// A curve with its entry in the legend.
struct Curve {
    population: usize,
    points: Vec<(f64, f64)>,
    /// How much data it is made of.
    n: u64,
    note: String,
}

/// Intervals between spikes of a neuron, on a logarithmic axis.
pub(crate) fn intervals(name: &str, header: &Header, analysis: &Analysis) -> Picture {
    let curves = analysis.intervals.iter().enumerate().map(|(population, h)| {
        let n = h.total();
        Curve { population, points: h.percent(), n, note: format!("{} intervals", thousands(n)) }
    });
    let curves: Vec<_> = curves.filter(|c| c.n > 0).collect();
    let ends = curves.iter().flat_map(|c| c.points.iter().filter(|(_, y)| *y > 0.0).map(|p| p.0));
    let (lo, hi) = ends.fold((f64::MAX, 0.0f64), |(a, b), x| (a.min(x), b.max(x)));
    let x = if hi > 0.0 { Scale::Log(lo / 1.3, hi * 1.3) } else { Scale::Log(1.0, 1000.0) };
    let axis = ("time between two spikes of a neuron (ms)", "intervals (% per bin of 1/12 decade)");
    let title = (
        format!("{name}: intervals between spikes"),
        "bins of equal width on a logarithmic axis".into(),
    );
    figure(super::INTERVALS, title, header, curves, x, axis)
}

/// Fewer neurons make no distribution.
const LEAST_NEURONS: u64 = 20;

/// Coefficient of variation of the intervals of each neuron.
pub(crate) fn variation(name: &str, header: &Header, analysis: &Analysis) -> Picture {
    const WIDTH: f64 = 0.1;
    const MOST: f64 = 3.0;
    let curves = analysis.cv.iter().enumerate().map(|(population, cv)| {
        let top = cv.last().copied().unwrap_or(0.0).min(MOST);
        let mut counts = vec![0u64; (top / WIDTH) as usize + 2];
        let last = counts.len() - 1;
        cv.iter().for_each(|x| counts[((x / WIDTH) as usize).min(last)] += 1);
        let n = cv.len() as u64;
        let share =
            |(i, c): (usize, &u64)| ((i as f64 + 0.5) * WIDTH, 100.0 * *c as f64 / n.max(1) as f64);
        let mut points = vec![(0.0, 0.0)];
        points.extend(counts.iter().enumerate().map(share));
        let median = cv
            .get(cv.len() / 2)
            .map_or(String::new(), |m| format!("median {}", digits((m * 100.0).round() / 100.0)));
        Curve { population, points, n, note: format!("{median}, {} neurons", thousands(n)) }
    });
    let curves: Vec<_> = curves.filter(|c| c.n >= LEAST_NEURONS).collect();
    let end = curves.iter().flat_map(|c| c.points.iter().map(|p| p.0)).fold(1.5, f64::max);
    let axis = ("coefficient of variation of a neuron's intervals", "neurons (%)");
    let least = format!(
        "neurons with at least {LEAST_INTERVALS} intervals, not shown if fewer than {LEAST_NEURONS}; \
         a Poisson process has 1, a clock 0"
    );
    let title = (format!("{name}: irregularity"), least);
    figure(super::VARIATION, title, header, curves, Scale::Linear(0.0, end), axis)
}

fn figure(
    files: super::Files,
    (title, explanation): (String, String),
    header: &Header,
    mut curves: Vec<Curve>,
    x: Scale,
    (x_title, y_title): (&str, &str),
) -> Picture {
    curves.sort_by_key(|c| std::cmp::Reverse(c.n));
    let left_out = curves.len().saturating_sub(MOST_CURVES);
    curves.truncate(MOST_CURVES);
    curves.sort_by_key(|c| c.population);
    let most = curves.iter().flat_map(|c| c.points.iter().map(|p| p.1)).fold(0.0, f64::max);
    let y = Scale::Linear(0.0, if most > 0.0 { 1.08 * most } else { 1.0 });
    let axes = Axes { left: 130, right: 1250, top: 115, bottom: 810, x, y };
    let mut marks = Vec::new();
    let more = if left_out > 0 {
        format!("; {left_out} populations are not shown")
    } else {
        String::new()
    };
    let meaning = match legend(&header.populations) {
        "" => String::new(),
        text => format!("; {text}"),
    };
    heading(&title, &format!("{explanation}{meaning}{more}"), &mut marks);
    axes.x_grid(10, &mut marks);
    axes.y_axis(6, LABEL, &mut marks);
    let colours = colours(&header.populations);
    for (i, c) in curves.iter().enumerate() {
        let colour = colours[c.population];
        let points: Vec<_> = c.points.iter().map(|&(x, y)| (axes.px(x), axes.py(y))).collect();
        let inside = points.into_iter().filter(|p| (axes.left..=axes.right).contains(&p.0));
        marks.push(Mark::Line { points: inside.collect(), colour, width: 3 });
        let y = axes.top + 24 + 56 * i as i32;
        let swatch = vec![(axes.right + 24, y), (axes.right + 60, y)];
        marks.push(Mark::Line { points: swatch, colour, width: 4 });
        let population = &header.populations[c.population].name;
        marks.push(text(population, (axes.right + 72, y), LABEL, colour, Align::Left));
        marks.push(text(&c.note, (axes.right + 72, y + 22), SMALL, FAINT, Align::Left));
    }
    marks.push(axes.frame());
    axes.x_axis(10, x_title, &mut marks);
    let middle = ((axes.left + axes.right) / 2, (axes.top + axes.bottom) / 2);
    marks.push(text(y_title, (40, middle.1), LABEL, INK, Align::Vertical));
    if curves.is_empty() {
        marks.push(text("there are not enough spikes", middle, LABEL, FAINT, Align::Centre));
    }
    Picture { files, size: SIZE, marks }
}
