//! `isospike size`: where the memory goes, without building anything unless asked.

mod largest;
mod page;
mod sweep;

use super::fit;
use super::network::{load, options};
use crate::args::SizeArgs;
use crate::failure::Failure;
use crate::text;
use isospike::backend::memory::Buffer;
use isospike::backend::plan::{Phases, Resolution, Sizes};
use isospike::{Choice, Footprint, Room, Spikeometric, footprint, steps_in};
use serde::Serialize;
use std::process::ExitCode;
use std::sync::Arc;

/// Steps that are run where memory is measured, if the record of spikes holds them.
const MEASURED_STEPS: u64 = 100;

/// What is shown of a network.
#[derive(Serialize)]
struct Size<'a> {
    network: &'a str,
    n_neurons: u64,
    n_synapses: u64,
    batch: usize,
    precision: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_choice: Option<Choice>,
    total_bytes: u64,
    buffers: Vec<&'a Buffer>,
    #[serde(flatten)]
    sizes: &'a Sizes,
    phases: &'a Phases,
    /// Resident memory of the program before it did anything; 0 where the system does not say.
    baseline_rss_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<Footprint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spikeometric: Option<Peer>,
    resolution: &'a Resolution,
}

/// What Spikeometric takes.
#[derive(Serialize)]
struct Peer {
    #[serde(flatten)]
    size: Spikeometric,
    documented_bytes: u64,
    total_bytes: u64,
}

/// Shows the memory plan of a network, of its versions in a sweep, or of the largest that fits.
///
/// # Errors
/// If the network or the arguments cannot be used, or if it does not fit into the memory limit.
pub(crate) fn size(args: &SizeArgs, baseline_rss_bytes: u64) -> Result<ExitCode, Failure> {
    if let Some(wanted) = &args.sweep {
        return sweep::sweep(args, wanted);
    }
    if let Some(bytes) = args.fit {
        return largest::largest(args, bytes);
    }
    let network = Arc::new(load(&args.network)?);
    let steps = steps_in(args.time, network.dt_ms)?;
    let (options, device_choice) = options(&args.network, &args.place, &network)?;
    let room = Room::of(&options)?;
    let measured = room.measure(network.clone());
    let planned = measured.map_err(|e| fit::failure(&args.network, &options, e))?;
    let peer = Spikeometric::of(&network, &planned, steps);
    let size = Size {
        network: &network.name,
        n_neurons: network.neurons(),
        n_synapses: planned.n_synapses,
        batch: network.lane_seeds.len(),
        precision: network.precision.to_string(),
        device_choice,
        total_bytes: planned.memory.total_bytes(),
        buffers: planned.memory.biggest_first(),
        sizes: &planned.sizes,
        phases: &planned.phases,
        baseline_rss_bytes,
        measured: match args.measure {
            true => Some(footprint(network.clone(), &options, MEASURED_STEPS)?),
            false => None,
        },
        spikeometric: peer.map(|size| Peer {
            size,
            documented_bytes: size.documented_bytes(),
            total_bytes: size.total_bytes(),
        }),
        resolution: &planned.resolution,
    };
    if args.json {
        text::print_json(&size);
    } else {
        text::print(&page::page(&size, &network, args));
    }
    Ok(ExitCode::SUCCESS)
}

/// Bytes for a synapse, where there are any.
fn per_synapse(bytes: u64, synapses: u64) -> String {
    match synapses {
        0 => "-".to_owned(),
        n => text::digits(bytes as f64 / n as f64),
    }
}
