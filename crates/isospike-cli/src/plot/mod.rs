//! Pictures of a run, each as PNG and SVG.
//!
//! A figure is a list of marks in pixels ([`Picture`]); only `picture.rs` knows who draws them.

mod axes;
mod histogram;
mod map;
mod picture;
mod raster;
mod rates;
mod theme;
mod traces;

pub(crate) use histogram::{intervals, variation};
pub(crate) use map::map;
pub(crate) use picture::Picture;
pub(crate) use raster::{MOST_NEURONS, Raster, View};
pub(crate) use rates::rates;
pub(crate) use traces::Traces;

use crate::failure::Failure;
use crate::staging::Staging;

/// Files of the raster.
pub(crate) const RASTER: Files = ["raster.png", "raster.svg"];
/// Files of the rates over time.
pub(crate) const RATES: Files = ["rates.png", "rates.svg"];
/// Files of the intervals between spikes.
pub(crate) const INTERVALS: Files = ["isi.png", "isi.svg"];
/// Files of the variation of intervals.
pub(crate) const VARIATION: Files = ["cv.png", "cv.svg"];

/// Files of the signal of neural masses.
pub(crate) const SIGNAL: Files = ["signal.png", "signal.svg"];
/// Files of a sweep over a grid.
pub(crate) const MAP: Files = ["sweep.png", "sweep.svg"];

/// A picture as bitmap and as vectors.
pub(crate) type Files = [&'static str; 2];

/// Writes a picture twice; returns the names of the files.
///
/// # Errors
/// If the files cannot be written.
pub(crate) fn save(picture: &Picture, staging: &Staging) -> Result<Files, Failure> {
    let [png, svg] = picture.files;
    picture.save(&staging.path(png), &staging.path(svg)).map_err(Failure::system)?;
    Ok(picture.files)
}
