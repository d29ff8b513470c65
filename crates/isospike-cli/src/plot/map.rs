//! Results of a sweep over a grid of one or two axes: a curve or a map for each column.

use super::axes::{Axes, LABEL, SMALL, Scale, heading, line, text};
use super::picture::{Align, Mark, Picture};
use super::theme::INK;
use crate::text::digits;
use plotters::style::RGBColor;

/// Panels of a picture: the first columns.
const MOST: usize = 4;
const WIDTH: i32 = 760;
const HEIGHT: i32 = 560;

/// A picture of columns over a grid whose axes have so many values; none where it has not one or
/// two axes.
pub(crate) fn map(
    name: &str,
    axes: &[(String, Vec<f64>)],
    grid: &[usize],
    columns: &[(&str, &[f64])],
) -> Option<Picture> {
    let shown = &columns[..columns.len().min(MOST)];
    let across = shown.len().min(2) as i32;
    let down = shown.len().div_ceil(2) as i32;
    if shown.is_empty() || !matches!(grid.len(), 1 | 2) || grid.contains(&1) {
        return None;
    }
    let mut marks = Vec::new();
    let of = axes.iter().map(|(name, _)| &**name).collect::<Vec<_>>().join(" and ");
    let points: usize = grid.iter().product();
    heading(&format!("{name}: a sweep of {of}"), &format!("{points} points"), &mut marks);
    for (k, (column, all)) in shown.iter().enumerate() {
        let (x, y) = (k as i32 % across * WIDTH, 110 + k as i32 / across * HEIGHT);
        marks.push(text(*column, (x + 110, y), LABEL, INK, Align::Left));
        let frame = [x + 110, x + WIDTH - 110, y + 20, y + HEIGHT - 90];
        match grid {
            [_] => curve(frame, &axes[0], all, &mut marks),
            _ => cells(frame, axes, [grid[0], grid[1]], all, &mut marks),
        }
    }
    let size = ((across * WIDTH).max(900), 110 + down * HEIGHT);
    Some(Picture { files: super::MAP, size, marks })
}

/// Least and most of what is a number, apart from each other.
fn span(all: &[f64]) -> (f64, f64) {
    let finite = || all.iter().copied().filter(|x| x.is_finite());
    let (least, most) = (finite().fold(f64::MAX, f64::min), finite().fold(f64::MIN, f64::max));
    match least < most {
        true => (least, most),
        false if least == most => (least - 0.5, most + 0.5),
        false => (0.0, 1.0),
    }
}

/// A column over the only axis.
fn curve(
    [left, right, top, bottom]: [i32; 4],
    (name, values): &(String, Vec<f64>),
    all: &[f64],
    marks: &mut Vec<Mark>,
) {
    let (x, y) = (span(values), span(all));
    let margin = 0.05 * (y.1 - y.0);
    let axes = Axes {
        left,
        right,
        top,
        bottom,
        x: Scale::Linear(x.0, x.1),
        y: Scale::Linear(y.0 - margin, y.1 + margin),
    };
    axes.x_grid(6, marks);
    axes.y_axis(5, SMALL, marks);
    axes.x_axis(6, name, marks);
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    // a point that is none leaves a gap
    for part in order.split(|&i| !all[i].is_finite()) {
        let points: Vec<_> = part.iter().map(|&i| (axes.px(values[i]), axes.py(all[i]))).collect();
        marks.push(Mark::Dots { centres: points.clone(), colour: shade(0.3) });
        if points.len() > 1 {
            marks.push(Mark::Line { points, colour: shade(0.3), width: 2 });
        }
    }
    marks.push(axes.frame());
}

/// A column over both axes: the first upwards, the second, which changes fastest, to the right.
fn cells(
    [left, right, top, bottom]: [i32; 4],
    axes: &[(String, Vec<f64>)],
    [rows, columns]: [usize; 2],
    all: &[f64],
    marks: &mut Vec<Mark>,
) {
    let edge = |begin: i32, end: i32, k: usize, n: usize| {
        begin + ((end - begin) as i64 * k as i64 / n as i64) as i32
    };
    let (least, most) = span(all);
    for row in 0..rows {
        for column in 0..columns {
            let x = all[row * columns + column];
            // what is no number stays white
            if x.is_finite() {
                let corners = [
                    (edge(left, right, column, columns), edge(bottom, top, row + 1, rows)),
                    (edge(left, right, column + 1, columns), edge(bottom, top, row, rows)),
                ];
                let colour = shade((x - least) / (most - least));
                marks.push(Mark::Cell { corners, colour });
            }
        }
    }
    let labelled = |n: usize| (0..n).step_by(n.div_ceil(6));
    for k in labelled(columns) {
        let x = (edge(left, right, k, columns) + edge(left, right, k + 1, columns)) / 2;
        marks.push(line(vec![(x, bottom), (x, bottom + 8)], INK));
        marks.push(text(digits(axes[1].1[k]), (x, bottom + 22), SMALL, INK, Align::Centre));
    }
    for k in labelled(rows) {
        let y = (edge(bottom, top, k, rows) + edge(bottom, top, k + 1, rows)) / 2;
        marks.push(line(vec![(left - 8, y), (left, y)], INK));
        let value = digits(axes[0].1[k * columns]);
        marks.push(text(value, (left - 14, y), SMALL, INK, Align::Right));
    }
    let (across, up) = ((left + right) / 2, (top + bottom) / 2);
    marks.push(text(&*axes[1].0, (across, bottom + 54), LABEL, INK, Align::Centre));
    marks.push(text(&*axes[0].0, (left - 88, up), LABEL, INK, Align::Vertical));
    // what colours mean
    const STEPS: usize = 64;
    for k in 0..STEPS {
        let corners = [
            (right + 20, edge(bottom, top, k + 1, STEPS)),
            (right + 40, edge(bottom, top, k, STEPS)),
        ];
        marks.push(Mark::Cell { corners, colour: shade(k as f64 / (STEPS - 1) as f64) });
    }
    for (x, y) in [(least, bottom - 8), (most, top + 8)] {
        marks.push(text(digits(x), (right + 46, y), SMALL, INK, Align::Left));
    }
    let axes =
        Axes { left, right, top, bottom, x: Scale::Linear(0.0, 1.0), y: Scale::Linear(0.0, 1.0) };
    marks.push(axes.frame());
}

/// From dark blue to yellow, evenly lighter.
fn shade(x: f64) -> RGBColor {
    const STOPS: [(f64, f64, f64); 5] = [
        (68.0, 1.0, 84.0),
        (59.0, 82.0, 139.0),
        (33.0, 145.0, 140.0),
        (94.0, 201.0, 98.0),
        (253.0, 231.0, 37.0),
    ];
    let at = x.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let k = (at as usize).min(STOPS.len() - 2);
    let part = at - k as f64;
    let (a, b) = (STOPS[k], STOPS[k + 1]);
    let mix = |a: f64, b: f64| (a + (b - a) * part).round() as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}
