//! The course of training as a picture.

use super::{Course, EPOCHS};
use plotters::prelude::*;
use plotters::style::register_font;
use std::error::Error;
use std::path::Path;

/// Loss and recognition against epochs, a line per seed.
pub(crate) fn draw(file: &Path, courses: &[Course]) -> Result<(), Box<dyn Error>> {
    register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular())
        .map_err(|_| "the font is not one")?;
    let root = BitMapBackend::new(file, (900, 420)).into_drawing_area();
    root.fill(&WHITE)?;
    let (left, right) = root.split_horizontally(450);
    let most = courses.iter().flatten().fold(0.0, |most: f64, x| most.max(x.0));
    let panels = [
        (left, "Loss", 0.0..most, 0),
        (right, "Recognised of the digits not trained on", 0.8..1.0, 1),
    ];
    for (area, title, range, which) in panels {
        let mut chart = ChartBuilder::on(&area)
            .caption(title, ("sans-serif", 16))
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(48)
            .build_cartesian_2d(1.0..EPOCHS as f64, range)?;
        chart.configure_mesh().x_desc("epoch").light_line_style(TRANSPARENT).draw()?;
        for (seed, course) in courses.iter().enumerate() {
            let value = |x: &(f64, f64)| if which == 0 { x.0 } else { x.1.max(0.8) };
            let points = course.iter().enumerate().map(|(i, x)| ((i + 1) as f64, value(x)));
            let colour = Palette99::pick(seed).stroke_width(2);
            chart
                .draw_series(LineSeries::new(points, colour))?
                .label(format!("seed {seed}"))
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour));
        }
        chart.configure_series_labels().border_style(BLACK.mix(0.3)).draw()?;
    }
    root.present()?;
    Ok(())
}
