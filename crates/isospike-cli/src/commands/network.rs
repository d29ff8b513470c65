//! From arguments to a network and the options to run it with.

use crate::args::{NetworkArgs, PrecisionArg};
use crate::failure::Failure;
use isospike::net::{Loader, NetError};
use isospike::{Network, Options, Precision};
use std::path::Path;

/// The network the arguments describe, valid.
pub(super) fn load(args: &NetworkArgs) -> Result<Network, Failure> {
    if args.batch == Some(0) {
        return Err(NetError::value("batch", 0, "must be >= 1").into());
    }
    let variants = args.variant.iter().map(|v| format!("variant={v}"));
    let loader = Loader {
        scale: args.scale,
        overrides: variants.chain(args.set.iter().cloned()).collect(),
        dt_ms: args.dt,
        seed: args.seed,
        batch: args.batch,
        precision: args.precision.map(|p| match p {
            PrecisionArg::F32 => Precision::F32,
            PrecisionArg::F64 => Precision::F64,
        }),
    };
    Ok(loader.load(&args.network)?)
}

/// Where and how to run it.
pub(super) fn options(args: &NetworkArgs) -> Options {
    Options {
        device: args.device.clone(),
        threads: args.threads,
        memory_limit: args.memory_limit,
        ..Options::default()
    }
}

/// A short name for the network: that of the file, or the bundled one.
pub(super) fn stem(args: &NetworkArgs) -> String {
    let stem = Path::new(&args.network).file_stem();
    stem.map_or("network".into(), |s| s.to_string_lossy().into_owned())
}
