//! From arguments to a network and the options to run it with.

use crate::args::{NetworkArgs, PrecisionArg};
use crate::failure::Failure;
use isospike::net::{Loader, NetError};
use isospike::{DeviceOptions, Network, Options, Precision, backends};
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
pub(super) fn options(args: &NetworkArgs) -> Result<Options, Failure> {
    if args.threads == Some(0) {
        return Err(NetError::value("threads", 0, "must be >= 1").into());
    }
    Ok(Options {
        device: args.device.clone(),
        threads: args.threads,
        memory_limit: args.memory_limit.or_else(|| device_memory(args)),
        ..Options::default()
    })
}

/// Threads that will be used.
pub(super) fn threads(args: &NetworkArgs) -> usize {
    let all = std::thread::available_parallelism().map_or(1, |n| n.get());
    args.threads.unwrap_or(all)
}

/// Memory of the device: more than that ends in swapping or in the process being killed.
fn device_memory(args: &NetworkArgs) -> Option<u64> {
    let (name, index) = args.device.split_once(':').unwrap_or((&args.device, "0"));
    let all = backends(&DeviceOptions { threads: args.threads });
    let devices = all.iter().find(|b| b.name() == name)?.devices();
    let bytes = devices.list.get(index.parse::<usize>().ok()?)?.memory_bytes;
    (bytes > 0).then_some(bytes)
}

/// A short name for the network: that of the file, or the bundled one.
pub(super) fn stem(args: &NetworkArgs) -> String {
    let stem = Path::new(&args.network).file_stem();
    stem.map_or("network".into(), |s| s.to_string_lossy().into_owned())
}
