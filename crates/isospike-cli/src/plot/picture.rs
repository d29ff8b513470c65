//! Marks in pixels, and how plotters draws them.

use super::Files;
use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::drawing::{DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontStyle, FontTransform, IntoFont, RGBColor, ShapeStyle, TextStyle, WHITE,
    register_font,
};
use std::path::Path;
use std::sync::Once;

/// A pixel of the picture is this many pixels of the bitmap in each direction.
const FINE: i32 = 2;

/// A picture: marks over a white ground, the last on top.
pub(crate) struct Picture {
    /// Its files.
    pub(crate) files: Files,
    /// Width and height (pixels).
    pub(crate) size: (i32, i32),
    /// What is on it.
    pub(crate) marks: Vec<Mark>,
}

/// Something on a picture. Positions are pixels from the upper left corner.
pub(crate) enum Mark {
    /// A line through points.
    Line {
        /// The points.
        points: Vec<(i32, i32)>,
        /// Its colour.
        colour: RGBColor,
        /// Its width.
        width: u32,
    },
    /// A filled polygon, half transparent.
    Area {
        /// Its corners.
        points: Vec<(i32, i32)>,
        /// Its colour.
        colour: RGBColor,
    },
    /// A filled rectangle.
    Cell {
        /// The upper left corner and the lower right one.
        corners: [(i32, i32); 2],
        /// Its colour.
        colour: RGBColor,
    },
    /// Small squares.
    Dots {
        /// Their centres.
        centres: Vec<(i32, i32)>,
        /// Their colour.
        colour: RGBColor,
    },
    /// A line of text.
    Text {
        /// The text.
        text: String,
        /// Where.
        at: (i32, i32),
        /// Height of the letters.
        size: u32,
        /// Its colour.
        colour: RGBColor,
        /// Which part of it is at that place.
        align: Align,
    },
}

/// How a text lies to its position; vertically it is centred, except for `Vertical`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// It begins there.
    Left,
    /// Its middle is there.
    Centre,
    /// It ends there.
    Right,
    /// It is turned to the left, its middle is there.
    Vertical,
}

impl Picture {
    /// Writes it as PNG and as SVG.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn save(&self, png: &Path, svg: &Path) -> Result<(), String> {
        fonts()?;
        let size = (self.size.0 as u32, self.size.1 as u32);
        let fine = (size.0 * FINE as u32, size.1 * FINE as u32);
        // Letters of the bitmap font sit a sixth of their height too high.
        let bitmap = self.draw(BitMapBackend::new(png, fine), FINE, FINE as f64 / 6.0);
        bitmap.map_err(|e| format!("{}: {e}", png.display()))?;
        let vectors = self.draw(SVGBackend::new(svg, size), 1, 0.0);
        vectors.map_err(|e| format!("{}: {e}", svg.display()))
    }

    /// Draws it `fine` times as large.
    fn draw<B: DrawingBackend>(
        &self,
        backend: B,
        fine: i32,
        lower: f64,
    ) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        let root = backend.into_drawing_area();
        root.fill(&WHITE)?;
        let at = |&(x, y): &(i32, i32)| (x * fine, y * fine);
        for mark in &self.marks {
            match mark {
                Mark::Line { points, colour, width } => {
                    let style = ShapeStyle {
                        color: colour.to_rgba(),
                        filled: false,
                        stroke_width: *width * fine as u32,
                    };
                    root.draw(&PathElement::new(points.iter().map(at).collect::<Vec<_>>(), style))?;
                }
                Mark::Area { points, colour } => {
                    root.draw(&Polygon::new(
                        points.iter().map(at).collect::<Vec<_>>(),
                        colour.mix(0.5).filled(),
                    ))?;
                }
                Mark::Cell { corners: [from, to], colour } => {
                    root.draw(&Rectangle::new([at(from), at(to)], colour.filled()))?;
                }
                Mark::Dots { centres, colour } => {
                    for (x, y) in centres.iter().map(at) {
                        let corners = [(x - fine, y - fine), (x + fine, y + fine)];
                        root.draw(&Rectangle::new(corners, colour.filled()))?;
                    }
                }
                Mark::Text { text, at: place, size, colour, align } => {
                    let (mut x, mut y) = at(place);
                    let lower = (lower * f64::from(*size)) as i32;
                    if *align == Align::Vertical {
                        x += lower
                    } else {
                        y += lower
                    }
                    let style = style(*size * fine as u32, *colour, *align);
                    root.draw(&Text::new(text.as_str(), (x, y), style))?;
                }
            }
        }
        root.present()
    }
}

fn style(size: u32, colour: RGBColor, align: Align) -> TextStyle<'static> {
    let font = ("sans-serif", size).into_font();
    let (font, h) = match align {
        Align::Left => (font, HPos::Left),
        Align::Centre => (font, HPos::Center),
        Align::Right => (font, HPos::Right),
        Align::Vertical => (font.transform(FontTransform::Rotate270), HPos::Center),
    };
    TextStyle { color: colour.to_backend_color(), ..TextStyle::from(font) }
        .pos(Pos::new(h, VPos::Center))
}

/// Gives plotters the font of the bitmaps; SVG leaves it to who shows it.
fn fonts() -> Result<(), String> {
    static ONCE: Once = Once::new();
    let mut result = Ok(());
    ONCE.call_once(|| {
        let font = register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular());
        result = font.map_err(|_| "the font of the pictures is damaged".to_owned());
    });
    result
}
