//! Pictures of the matrix: for every case a small chart of some number against its neurons, a line
//! per device and precision, as SVG.

use crate::cases::Kind;
use crate::measure::Measurement;
use crate::report::{Report, Row};
use anyhow::{Result, anyhow};
use plotters::chart::ChartBuilder;
use plotters::coord::combinators::IntoLogRange;
use plotters::element::Circle;
use plotters::prelude::{DashedLineSeries, IntoDrawingArea, LineSeries, SVGBackend};
use plotters::style::{Color, FontStyle, IntoFont, RGBColor, WHITE, register_font};
use std::sync::Once;

/// Width and height of a chart (pixels).
const SIZE: (u32, u32) = (380, 270);
const GRID: RGBColor = RGBColor(225, 225, 225);
const COLOURS: [RGBColor; 8] = [
    RGBColor(31, 95, 168),
    RGBColor(200, 45, 40),
    RGBColor(30, 130, 90),
    RGBColor(226, 125, 20),
    RGBColor(92, 82, 180),
    RGBColor(38, 150, 170),
    RGBColor(140, 75, 35),
    RGBColor(90, 90, 90),
];

/// A number of a row that is drawn.
pub(crate) type Value<'a> = &'a dyn Fn(&Row, &Measurement) -> Option<f64>;

/// A line: where it was run, and its points (neurons, value).
struct Line {
    colour: RGBColor,
    is_double: bool,
    points: Vec<(f64, f64)>,
}

/// What a place is called, and its colour.
pub(crate) fn legend(report: &Report) -> Vec<(String, RGBColor)> {
    let places = report.targets.iter().map(crate::targets::Target::place);
    places.zip(COLOURS.into_iter().cycle()).collect()
}

/// The charts of all cases that have such a number, each as SVG.
///
/// # Errors
/// If the font of the pictures is damaged: a mistake in this program.
pub(crate) fn charts(report: &Report, value: Value<'_>) -> Result<Vec<String>> {
    fonts()?;
    let mut names: Vec<_> = report.rows.iter().map(|r| (r.kind, &*r.name)).collect();
    names.dedup();
    let lines = names.into_iter().map(|of| (of, lines(report, of, value)));
    let title = |(kind, name): (Kind, &str)| match kind {
        Kind::Model => format!("{name} (no synapses)"),
        Kind::Network => name.to_owned(),
    };
    let drawn = lines.filter(|(_, lines)| !lines.is_empty());
    drawn.map(|(of, lines)| chart(&title(of), &lines)).collect()
}

fn lines(report: &Report, (kind, name): (Kind, &str), value: Value<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for (target, (_, colour)) in report.targets.iter().zip(legend(report)) {
        for precision in ["f32", "f64"] {
            let mine = report.rows.iter().filter(|r| {
                (r.kind, &*r.name) == (kind, name)
                    && r.precision == precision
                    && r.device == target.device
                    && r.threads == target.threads
            });
            let point = |r: &Row| {
                let m = r.numbers()?;
                Some((m.neurons as f64, value(r, m).filter(|y| *y > 0.0)?))
            };
            let points: Vec<_> = mine.filter_map(point).collect();
            if !points.is_empty() {
                lines.push(Line { colour, is_double: precision == "f64", points });
            }
        }
    }
    lines
}

fn chart(name: &str, lines: &[Line]) -> Result<String> {
    let points = || lines.iter().flat_map(|l| &l.points);
    let range = |of: fn(&(f64, f64)) -> f64, room: f64| {
        let (low, high) =
            points().map(of).fold((f64::MAX, f64::MIN_POSITIVE), |(a, b), x| (a.min(x), b.max(x)));
        (low / room..high * room).log_scale()
    };
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    let draw = || -> Result<(), Box<dyn std::error::Error>> {
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(name, ("sans-serif", 16).into_font())
            .margin(8)
            .x_label_area_size(26)
            .y_label_area_size(58)
            .build_cartesian_2d(range(|p| p.0, 1.6), range(|p| p.1, 1.4))?;
        chart
            .configure_mesh()
            .bold_line_style(GRID)
            .x_labels(4)
            .max_light_lines(1)
            .light_line_style(GRID)
            .x_label_formatter(&|x| short(*x))
            .y_label_formatter(&|y| short(*y))
            .draw()?;
        for line in lines {
            let (points, style) = (line.points.iter().copied(), line.colour.stroke_width(2));
            match line.is_double {
                false => drop(chart.draw_series(LineSeries::new(points, style))?),
                true => drop(chart.draw_series(DashedLineSeries::new(points, 5, 4, style))?),
            }
            let dots = line.points.iter().map(|&at| Circle::new(at, 3, line.colour.filled()));
            chart.draw_series(dots)?;
        }
        root.present()?;
        Ok(())
    };
    draw().map_err(|e| anyhow!("the chart of {name}: {e}"))?;
    drop(root);
    Ok(svg)
}

/// `4k`, `1M`, `0.03`: a number on an axis.
fn short(x: f64) -> String {
    match x {
        x if x >= 1e6 => format!("{}M", x / 1e6),
        x if x >= 1e3 => format!("{}k", x / 1e3),
        x => format!("{}", (x * 1e9).round() / 1e9),
    }
}

/// plotters measures text with it; SVG leaves the font to who shows it.
fn fonts() -> Result<()> {
    static ONCE: Once = Once::new();
    let mut result = Ok(());
    ONCE.call_once(|| {
        let font = register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular());
        result = font.map_err(|_| anyhow!("the font of the pictures is damaged"));
    });
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_on_axes_are_short() {
        assert_eq!(
            [4000.0, 1e6, 0.1, 3e-4, 250.0].map(short),
            ["4k", "1M", "0.1", "0.0003", "250"]
        );
    }
}
