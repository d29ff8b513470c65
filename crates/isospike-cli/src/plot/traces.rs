//! Signals over time, a line for each node, above each other.

use super::axes::{Axes, LABEL, SMALL, Scale, heading, text};
use super::picture::{Align, Mark, Picture};
use super::theme::{FAINT, INK, lines};
use crate::text::{digits, time};

/// Columns of the picture: samples of one are drawn as what lies between the least and the most.
const COLUMNS: u64 = 1300;
/// More nodes than this are not drawn.
const MOST: usize = 100;

/// What is needed of signals to draw them: it does not grow with time.
pub(crate) struct Traces {
    name: String,
    nodes: usize,
    /// From one sample to the next (ms).
    period: f64,
    samples: u64,
    /// Samples of a column.
    each: u64,
    seen: u64,
    /// Least and most, `[column][node]`.
    spans: Vec<(f64, f64)>,
}

impl Traces {
    /// Of so many nodes and samples, of which none is there yet.
    pub(crate) fn new(name: &str, nodes: usize, period: f64, samples: u64) -> Traces {
        let each = samples.div_ceil(COLUMNS).max(1);
        let nodes = nodes.min(MOST);
        Traces { name: name.to_owned(), nodes, period, samples, each, seen: 0, spans: Vec::new() }
    }

    /// A sample of every node.
    pub(crate) fn push(&mut self, sample: impl Iterator<Item = f64>) {
        if self.seen.is_multiple_of(self.each) {
            let nothing = (f64::INFINITY, f64::NEG_INFINITY);
            self.spans.extend(std::iter::repeat_n(nothing, self.nodes));
        }
        self.seen += 1;
        let column = self.spans.len() - self.nodes;
        for ((least, most), x) in self.spans[column..].iter_mut().zip(sample) {
            // what is NaN stays so: its line ends
            (*least, *most) = (least.min(x), most.max(x));
        }
    }

    /// Least and most of a node.
    fn range(&self, node: usize) -> Option<(f64, f64)> {
        let of_node = self.spans.iter().skip(node).step_by(self.nodes);
        let (least, most) = of_node.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, m), span| {
            (l.min(span.0), m.max(span.1))
        });
        (least <= most).then_some((least, most))
    }

    /// The picture.
    pub(crate) fn picture(&self) -> Picture {
        let ranges: Vec<_> = (0..self.nodes).map(|node| self.range(node)).collect();
        let widest = ranges.iter().flatten().map(|(least, most)| most - least).fold(0.0, f64::max);
        let apart = if widest > 0.0 { widest } else { 1.0 };
        let rows = self.nodes as i32;
        let (top, height) = (115, (rows * 24).clamp(300, 1600));
        let axes = Axes {
            left: 110,
            right: 1430,
            top,
            bottom: top + height,
            x: Scale::Linear(0.0, self.period * self.samples as f64),
            // the first node is at the top
            y: Scale::Linear(f64::from(rows) - 0.5, -0.5),
        };
        let mut marks = Vec::new();
        let title = format!("{}: signal", self.name);
        let means = format!("a line for each node, samples of {}", time(self.period));
        heading(&title, &means, &mut marks);
        axes.x_grid(10, &mut marks);
        let step = self.nodes.div_ceil(20).max(1);
        for (node, range) in ranges.iter().enumerate() {
            let place = node as f64;
            if node.is_multiple_of(step) {
                let at = (axes.left - 14, axes.py(place));
                marks.push(text(node.to_string(), at, SMALL, INK, Align::Right));
            }
            let Some((least, most)) = range else { continue };
            let middle = 0.5 * (least + most);
            let y = |x: f64| axes.py(place - 0.9 * (x - middle) / apart);
            let mut points = Vec::new();
            let of_node = self.spans.iter().skip(node).step_by(self.nodes);
            for (column, &(least, most)) in of_node.enumerate() {
                if least > most {
                    break;
                }
                let x = axes.px((column as f64 + 0.5) * self.each as f64 * self.period);
                points.push((x, y(least)));
                if y(most) != y(least) {
                    points.push((x, y(most)));
                }
            }
            marks.push(Mark::Line { points, colour: lines(node), width: 1 });
        }
        marks.push(axes.frame());
        let scale = format!("one row is {}", digits(apart / 0.9));
        marks.push(text(scale, (axes.right + 14, axes.top + 12), SMALL, FAINT, Align::Left));
        axes.x_axis(10, "time (ms)", &mut marks);
        marks.push(text("node", (40, top + height / 2), LABEL, INK, Align::Vertical));
        Picture { files: super::SIGNAL, size: (1600, axes.bottom + 85), marks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_does_not_grow() {
        let mut traces = Traces::new("n", 2, 1.0, 100_000);
        for i in 0..100_000 {
            traces.push([f64::from(i % 7), f64::NAN].into_iter());
        }
        assert!(traces.spans.len() <= 2 * COLUMNS as usize);
        assert_eq!((traces.range(0), traces.range(1)), (Some((0.0, 6.0)), None));
        // one line, of the node that was finite
        let drawn = |m: &&Mark| matches!(m, Mark::Line { points, .. } if points.len() > 1000);
        assert_eq!(traces.picture().marks.iter().filter(drawn).count(), 1);
    }
}
