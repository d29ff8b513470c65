//! A rectangle of pixels with a scale along each side.

use super::picture::{Align, Mark};
use super::theme::{FAINT, GRID, INK, ticks};
use crate::text::digits;
use plotters::style::RGBColor;

/// Sizes of letters (pixels).
pub(super) const TITLE: u32 = 30;
pub(super) const LABEL: u32 = 20;
pub(super) const SMALL: u32 = 16;

/// A scale.
#[derive(Clone, Copy)]
pub(super) enum Scale {
    Linear(f64, f64),
    Log(f64, f64),
}

impl Scale {
    /// Where a value lies: 0 at the beginning, 1 at the end.
    #[expect(clippy::disallowed_methods, reason = "a picture, not a simulation")]
    fn at(self, x: f64) -> f64 {
        match self {
            Scale::Linear(a, b) => (x - a) / (b - a),
            Scale::Log(a, b) => (x / a).ln() / (b / a).ln(),
        }
    }

    /// Labelled values and values in between.
    #[expect(clippy::disallowed_methods, reason = "a picture, not a simulation")]
    fn ticks(self, n: usize) -> (Vec<f64>, Vec<f64>) {
        match self {
            Scale::Linear(a, b) => (ticks(a, b, n), Vec::new()),
            Scale::Log(a, b) => {
                let decades = (-9..12).map(|e| 10f64.powi(e)).filter(|x| *x <= b * 1.000001);
                let all: Vec<_> = decades.collect();
                let minor = all.iter().flat_map(|d| (2..10).map(move |k| d * f64::from(k)));
                let within = |x: &f64| *x >= a * 0.999999 && *x <= b * 1.000001;
                let major: Vec<_> = if b / a > 1000.0 {
                    all.clone()
                } else {
                    all.iter().flat_map(|d| [*d, 2.0 * d, 5.0 * d]).collect()
                };
                let labelled = major.into_iter().filter(within).collect();
                (labelled, minor.filter(within).collect())
            }
        }
    }
}

/// The rectangle.
#[derive(Clone, Copy)]
pub(super) struct Axes {
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) top: i32,
    pub(super) bottom: i32,
    pub(super) x: Scale,
    pub(super) y: Scale,
}

impl Axes {
    /// Horizontal position of a value.
    pub(super) fn px(&self, x: f64) -> i32 {
        self.left + (self.x.at(x) * f64::from(self.right - self.left)).round() as i32
    }

    /// Vertical position of a value.
    pub(super) fn py(&self, y: f64) -> i32 {
        self.bottom - (self.y.at(y) * f64::from(self.bottom - self.top)).round() as i32
    }

    /// The frame.
    pub(super) fn frame(&self) -> Mark {
        let corners = [
            (self.left, self.top),
            (self.left, self.bottom),
            (self.right, self.bottom),
            (self.right, self.top),
            (self.left, self.top),
        ];
        line(corners.to_vec(), INK)
    }

    /// Grid, ticks and numbers of the horizontal axis, and its title.
    pub(super) fn x_axis(&self, n: usize, title: &str, marks: &mut Vec<Mark>) {
        let (major, minor) = self.x.ticks(n);
        for x in minor {
            marks.push(line(vec![(self.px(x), self.bottom), (self.px(x), self.bottom + 4)], INK));
        }
        for x in major {
            let px = self.px(x);
            marks.push(line(vec![(px, self.bottom), (px, self.bottom + 8)], INK));
            marks.push(text(digits(x), (px, self.bottom + 22), LABEL, INK, Align::Centre));
        }
        let middle = (self.left + self.right) / 2;
        marks.push(text(title, (middle, self.bottom + 54), LABEL, INK, Align::Centre));
    }

    /// Vertical grid lines where [`Axes::x_axis`] has its numbers.
    pub(super) fn x_grid(&self, n: usize, marks: &mut Vec<Mark>) {
        for x in self.x.ticks(n).0 {
            marks.push(line(vec![(self.px(x), self.top), (self.px(x), self.bottom)], GRID));
        }
    }

    /// Grid, ticks and numbers of the vertical axis.
    pub(super) fn y_axis(&self, n: usize, size: u32, marks: &mut Vec<Mark>) {
        for y in self.y.ticks(n).0 {
            let py = self.py(y);
            marks.push(line(vec![(self.left, py), (self.right, py)], GRID));
            marks.push(line(vec![(self.left - 8, py), (self.left, py)], INK));
            marks.push(text(digits(y), (self.left - 14, py), size, INK, Align::Right));
        }
    }
}

/// A thin line.
pub(super) fn line(points: Vec<(i32, i32)>, colour: RGBColor) -> Mark {
    Mark::Line { points, colour, width: 1 }
}

/// A text.
pub(super) fn text(
    text: impl Into<String>,
    at: (i32, i32),
    size: u32,
    colour: RGBColor,
    align: Align,
) -> Mark {
    Mark::Text { text: text.into(), at, size, colour, align }
}

/// Title and what explains it, at the left edge.
pub(super) fn heading(title: &str, explanation: &str, marks: &mut Vec<Mark>) {
    marks.push(text(title, (30, 34), TITLE, INK, Align::Left));
    marks.push(text(explanation, (30, 72), LABEL, FAINT, Align::Left));
}
