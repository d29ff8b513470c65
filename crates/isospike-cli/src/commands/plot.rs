//! `isospike plot`: pictures of a run.

use crate::analysis::Analysis;
use crate::args::PlotArgs;
use crate::failure::Failure;
use crate::plot::{self, Raster, View};
use crate::spikes;
use crate::staging::Staging;
use crate::{summary, text};
use std::path::Path;
use std::process::ExitCode;

/// Draws raster, rates, intervals and their variation into the directory of a run.
///
/// # Errors
/// If there are no spikes in it, or if the pictures cannot be written.
pub(crate) fn plot(args: &PlotArgs) -> Result<ExitCode, Failure> {
    if !args.dir.is_dir() {
        let message = format!("{}: is not a directory", args.dir.display());
        return Err(
            Failure::user(message).help("give the directory that `isospike run --out DIR` made")
        );
    }
    let reader = spikes::open(&args.dir)?;
    let header = reader.header.clone();
    let name = name(&args.dir);
    let analysis = Analysis::read(reader)?;
    let view = View::new(&header, &analysis.counts, args.neurons, args.from, args.to)?;
    let pictures = [
        Raster::read(&name, &header, view, spikes::open(&args.dir)?)?,
        plot::rates(&name, &header, &analysis),
        plot::intervals(&name, &header, &analysis),
        plot::variation(&name, &header, &analysis),
    ];
    let mut staging = Staging::new(&args.dir)?;
    let mut files = Vec::new();
    for picture in &pictures {
        files.extend(plot::save(picture, &staging)?);
    }
    staging.finish(false)?;
    text::print(&format!("{}: {}\n", args.dir.display(), files.join(", ")));
    Ok(ExitCode::SUCCESS)
}

/// The network's name, from the summary if there is one.
fn name(dir: &Path) -> String {
    let summary = std::fs::read_to_string(dir.join(summary::FILE)).unwrap_or_default();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap_or_default();
    match summary["network"].as_str() {
        Some(name) => name.into(),
        None => dir.file_name().map_or("run".into(), |n| n.to_string_lossy().into_owned()),
    }
}
