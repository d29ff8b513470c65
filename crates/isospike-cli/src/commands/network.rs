//! From arguments to a network and the options to run it with.

use super::masses;
use crate::args::{NetworkArgs, PlaceArgs, PrecisionArg};
use crate::failure::Failure;
use isospike::net::{Loader, NetError};
use isospike::{Choice, Network, Options, Precision};
use std::path::Path;
use std::sync::Arc;

/// The network the arguments describe, valid.
pub(super) fn load(args: &NetworkArgs) -> Result<Network, Failure> {
    if masses::find(&args.network)?.is_some() {
        let message = format!("{}: a network of neural masses", args.network);
        return Err(Failure::user(message).help("`run`, `sweep` and `verify` take it"));
    }
    Ok(loader(args)?.load(&args.network)?)
}

/// The same at another scale.
pub(super) fn load_at(args: &NetworkArgs, scale: f64) -> isospike::Result<Network> {
    Ok(Loader { scale: Some(scale), ..loader(args)? }.load(&args.network)?)
}

/// What the arguments change about a network.
pub(super) fn loader(args: &NetworkArgs) -> Result<Loader, NetError> {
    if args.batch == Some(0) {
        return Err(NetError::value("batch", 0, "must be >= 1"));
    }
    let variants = args.variant.iter().map(|v| format!("variant={v}"));
    Ok(Loader {
        scale: args.scale,
        overrides: variants.chain(args.set.iter().cloned()).collect(),
        dt_ms: args.dt,
        seed: args.seed,
        batch: args.batch,
        precision: args.precision.map(|p| match p {
            PrecisionArg::F32 => Precision::F32,
            PrecisionArg::F64 => Precision::F64,
        }),
    })
}

/// Where and how to run it. What `auto` chose is said on stderr.
pub(super) fn options(
    args: &NetworkArgs,
    place: &PlaceArgs,
    network: &Arc<Network>,
) -> Result<(Options, Option<Choice>), Failure> {
    let options = Options {
        device: place.device().to_owned(),
        threads: place.threads,
        memory_limit: args.memory_limit,
        ..Options::default()
    };
    let (options, choice) = options.decide(network)?;
    if let Some(choice) = &choice {
        eprintln!("device auto: {}: {}", choice.device, choice.why);
        for p in &choice.passed_over {
            eprintln!("  not {}: {}", p.device, p.reason);
        }
    }
    Ok((options, choice))
}

/// A short name for the network: that of the file, or the bundled one.
pub(super) fn stem(args: &NetworkArgs) -> String {
    let stem = Path::new(&args.network).file_stem();
    stem.map_or("network".into(), |s| s.to_string_lossy().into_owned())
}
