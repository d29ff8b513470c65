//! Pictures of a run, each as PNG and SVG.
//!
//! A figure is a list of marks in pixels ([`Picture`]); only `picture.rs` knows who draws them.

mod axes;
mod histogram;
mod picture;
mod raster;
mod rates;
mod theme;

pub use histogram::{intervals, variation};
pub use picture::{Align, Mark, Picture};
pub use raster::{MOST_NEURONS, Raster, View};
pub use rates::rates;

use crate::failure::Failure;
use crate::staging::Staging;

/// Writes a picture twice; returns the names of the files.
///
/// # Errors
/// If the files cannot be written.
pub fn save(picture: &Picture, staging: &Staging) -> Result<[&'static str; 2], Failure> {
    let find = |ending: &str| {
        let name = format!("{}.{ending}", picture.name);
        crate::staging::FILES.iter().copied().find(|f| *f == name).expect("a known file")
    };
    let files = [find("png"), find("svg")];
    picture.save(&staging.path(files[0]), &staging.path(files[1])).map_err(Failure::system)?;
    Ok(files)
}
