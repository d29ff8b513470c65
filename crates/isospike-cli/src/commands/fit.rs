//! What to do about a network above its memory limit.

use super::network::{load, load_at};
use crate::args::NetworkArgs;
use crate::failure::Failure;
use crate::text;
use isospike::backend::memory::human;
use isospike::net::{Half, WeightStorage};
use isospike::{Change, Error, ErrorKind, Fit, MicroBatches, Network, Options, Remedy, Room};
use std::sync::Arc;

/// The failure of a plan: of one above the memory limit with what would fit, each of it planned.
pub(super) fn failure(args: &NetworkArgs, options: &Options, error: Error) -> Failure {
    let advice = match error.kind() {
        ErrorKind::MemoryLimit | ErrorKind::OutOfMemory => advice(args, options),
        _ => None,
    };
    let failure = Failure::from(error);
    match advice {
        Some(lines) => failure.help(lines.join("\n")),
        None => failure,
    }
}

fn advice(args: &NetworkArgs, options: &Options) -> Option<Vec<String>> {
    let network = Arc::new(load(args).ok()?);
    let room = Room::of(options).ok()?;
    let below = Some(args.scale.unwrap_or(1.0));
    // Some networks have one size only.
    let fit = room.largest_scale(|scale| load_at(args, scale), below).ok().flatten();
    let mut lines: Vec<_> = fit.iter().map(smaller).collect();
    lines.extend(room.remedies(&network).iter().map(|r| remedy(r, &network, &room)));
    lines.push("`isospike size` shows where the memory goes".to_owned());
    Some(lines)
}

fn smaller(fit: &Fit) -> String {
    let Fit { scale, n_neurons, n_synapses, total_bytes } = *fit;
    let (neurons, synapses) =
        (text::count(n_neurons, "neurons"), text::count(n_synapses, "synapses"));
    format!("`--scale {scale}` would fit: {neurons}, {synapses}, {}", human(total_bytes))
}

fn remedy(remedy: &Remedy, network: &Arc<Network>, room: &Room) -> String {
    let bytes = human(remedy.total_bytes);
    if let [Change::Lanes(lanes)] = remedy.changes[..] {
        let all = network.lane_seeds.len();
        // Some batches are not run in parts, or have a later lane that does not fit.
        return match MicroBatches::fit(network.clone(), room) {
            Ok(batches) => format!(
                "`isospike run --micro-batch auto` would fit, with the same results: {all} lanes in {} \
                 parts; so would `--batch {lanes}`: {bytes}",
                batches.parts().len()
            ),
            Err(_) => format!("`--batch {lanes}` would fit: {bytes}"),
        };
    }
    let flags = remedy.changes.iter().map(|change| flag(change, network));
    format!("`{}` would fit: {bytes}", flags.collect::<Vec<_>>().join(" "))
}

/// What makes a change, on the command line.
fn flag(change: &Change, network: &Network) -> String {
    match change {
        Change::SinglePrecision => "--precision f32".to_owned(),
        Change::Weights(storage) => {
            let name = match storage {
                WeightStorage::Auto => "auto",
                WeightStorage::Exact => "exact",
                WeightStorage::I8 => "i8",
                WeightStorage::I16 => "i16",
                WeightStorage::F16 => "f16",
                WeightStorage::BF16 => "bf16",
            };
            let changed = change.of(network).projections;
            let changed: Vec<_> =
                (0..changed.len()).filter(|&i| changed[i] != network.projections[i]).collect();
            match changed.len() == network.projections.len() {
                true => format!("--set 'projections[*].storage={name}'"),
                false => {
                    let each = |i: &usize| format!("--set 'projections[{i}].storage={name}'");
                    changed.iter().map(each).collect::<Vec<_>>().join(" ")
                }
            }
        }
        Change::State(Half::F16) => "--set '*.state=f16'".to_owned(),
        Change::State(Half::BF16) => "--set '*.state=bf16'".to_owned(),
        Change::Lanes(lanes) => format!("--batch {lanes}"),
    }
}
