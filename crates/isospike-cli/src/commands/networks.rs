//! `isospike networks`: what comes with isospike.

use crate::args::ListArgs;
use crate::failure::Failure;
use crate::text;
use isospike::mass::MASSES;
use isospike::net::{BUNDLED, NetworkFile};
use serde::Serialize;
use std::process::ExitCode;

#[derive(Serialize)]
struct Line {
    name: &'static str,
    summary: &'static str,
    variants: Vec<String>,
}

/// Lists the bundled networks.
///
/// # Errors
/// If one of them is damaged, which tests exclude.
pub(crate) fn networks(args: &ListArgs) -> Result<ExitCode, Failure> {
    let mut lines = Vec::new();
    for (name, file) in BUNDLED {
        let first = file.lines().next().unwrap_or("");
        let network = NetworkFile::bundled(name)?;
        lines.push(Line {
            name,
            summary: first.trim_start_matches('#').trim(),
            variants: network.variants().into_iter().map(String::from).collect(),
        });
    }
    for (name, file) in MASSES {
        let first = file.lines().next().unwrap_or("");
        let summary = first.trim_start_matches('#').trim();
        lines.push(Line { name, summary, variants: Vec::new() });
    }
    if args.json {
        text::print_json(&lines);
    } else {
        let mut t = text::table(&["network", "variants", "summary"], &[]);
        for l in &lines {
            t.add_row([l.name, &l.variants.join(", "), l.summary]);
        }
        text::print(&format!(
            "{t}\n`isospike run NAME` runs one, --variant VARIANT another form of it; \
             {} are networks of neural masses.\n",
            MASSES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        ));
    }
    Ok(ExitCode::SUCCESS)
}
