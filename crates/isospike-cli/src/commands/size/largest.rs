//! `isospike size --fit`: the largest version of a network that fits.

use super::per_synapse;
use crate::args::SizeArgs;
use crate::commands::network::{load, load_at, options};
use crate::failure::Failure;
use crate::text;
use isospike::backend::memory::{human, thousands};
use isospike::{Fit, Room};
use serde::Serialize;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Serialize)]
struct Page<'a> {
    network: &'a str,
    limit_bytes: u64,
    #[serde(flatten)]
    fit: &'a Fit,
}

/// Shows the largest scale at which the network takes up to so many bytes.
///
/// # Errors
/// If the network or the arguments cannot be used, if the network has one size only, or if none
/// fits.
pub(super) fn largest(args: &SizeArgs, bytes: u64) -> Result<ExitCode, Failure> {
    let network = Arc::new(load(&args.network)?);
    let (options, _) = options(&args.network, &args.place, &network)?;
    let room = Room::of(&options)?.with_limit(Some(bytes));
    let fit = room.largest_scale(|scale| load_at(&args.network, scale), args.network.scale)?;
    let Some(fit) = fit else {
        let message = format!("{} does not fit into {} at any scale", network.name, human(bytes));
        return Err(Failure::user(message));
    };
    if args.json {
        text::print_json(&Page { network: &network.name, limit_bytes: bytes, fit: &fit });
    } else {
        text::print(&format!(
            "{} fits into {} with --scale {}: {}, {}, {} ({} bytes, {} a synapse)\n",
            network.name,
            human(bytes),
            fit.scale,
            text::count(fit.n_neurons, "neurons"),
            text::count(fit.n_synapses, "synapses"),
            human(fit.total_bytes),
            thousands(fit.total_bytes),
            per_synapse(fit.total_bytes, fit.n_synapses),
        ));
    }
    Ok(ExitCode::SUCCESS)
}
