//! `isospike size`: where the memory goes.

use super::fit;
use super::network::{load, options};
use crate::args::SizeArgs;
use crate::failure::Failure;
use crate::text;
use isospike::backend::Measured;
use isospike::backend::memory::{Buffer, human, thousands};
use isospike::backend::plan::Resolution;
use isospike::net::{Dynamics, WeightStorage};
use isospike::{Choice, Network, Plan};
use serde::Serialize;
use std::process::ExitCode;
use std::sync::Arc;

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
    resolution: &'a Resolution,
}

/// Shows the memory plan of a network.
///
/// # Errors
/// If the network or the arguments cannot be used, or if it does not fit into the memory limit.
pub(crate) fn size(args: &SizeArgs) -> Result<ExitCode, Failure> {
    let network = Arc::new(load(&args.network)?);
    let (options, choice) = options(&args.network, &args.place, &network)?;
    let (_device, plan) = options.open()?;
    let measured = Plan::measure(network.clone(), &plan);
    let measured = measured.map_err(|e| fit::failure(&args.network, &options, e))?;
    let Measured { memory, n_synapses, resolution, .. } = measured;
    let size = Size {
        network: &network.name,
        n_neurons: network.populations.iter().map(|p| u64::from(p.size)).sum(),
        n_synapses,
        batch: network.lane_seeds.len(),
        precision: network.precision.to_string(),
        device_choice: choice,
        total_bytes: memory.total_bytes(),
        buffers: memory.biggest_first(),
        resolution: &resolution,
    };
    if args.json {
        text::print_json(&size);
    } else {
        text::print(&(page(&size, args.all) + &stored(&network, &resolution, args.all)));
    }
    Ok(ExitCode::SUCCESS)
}

fn page(size: &Size<'_>, all: bool) -> String {
    /// The rest is summed up in one line.
    const SHOWN: f64 = 0.999;
    let total = size.total_bytes.max(1) as f64;
    let headings = ["owner", "buffer", "group", "elements", "type", "bytes", "%", "sum %"];
    let mut table = text::table(&headings, &[3, 5, 6, 7]);
    let mut sum = 0;
    let mut row =
        |owner: &str, name: &str, group: String, count: String, element: &str, bytes: u64| {
            sum += bytes;
            let percent = |n: u64| format!("{:.1}", 100.0 * n as f64 / total);
            let bytes = [human(bytes), percent(bytes), percent(sum)];
            let cells = [owner.into(), name.into(), group, count, element.into()];
            table.add_row(cells.into_iter().chain(bytes));
            sum
        };
    let mut buffers = size.buffers.iter();
    for b in buffers.by_ref() {
        let group = format!("{:?}", b.group).to_lowercase();
        let sum = row(&b.owner, &b.name, group, thousands(b.count), b.element, b.bytes);
        if !all && sum as f64 >= SHOWN * total {
            break;
        }
    }
    let rest: Vec<_> = buffers.collect();
    if !rest.is_empty() {
        let name = format!("{} smaller buffers (--all)", rest.len());
        row("", &name, String::new(), String::new(), "", rest.iter().map(|b| b.bytes).sum());
    }
    format!(
        "{table}\n{}: {}, {}, {}: {} ({} bytes)\n",
        size.network,
        text::count(size.n_neurons, "neurons"),
        text::count(size.n_synapses, "synapses"),
        size.precision,
        human(size.total_bytes),
        thousands(size.total_bytes)
    )
}

/// What is lost where numbers are stored, as the network asks, or `all` of it.
fn stored(network: &Network, resolution: &Resolution, all: bool) -> String {
    let headings = ["stored", "as", "in units of", "median error", "largest error"];
    let mut table = text::table(&headings, &[2, 3, 4]);
    let error = |x: f64| format!("{x:.1e}");
    for (p, w) in network.projections.iter().zip(&resolution.weights) {
        if all || !matches!(p.storage, WeightStorage::Auto | WeightStorage::Exact) {
            let what = format!("weights {} -> {}", w.from, w.to);
            let errors = [w.median_error, w.largest_error].map(error);
            let unit = format!("{:.3e}", w.scale);
            table.add_row([what, w.stored.into(), unit].into_iter().chain(errors));
        }
    }
    let neurons = network.populations.iter().filter_map(|p| match &p.dynamics {
        Dynamics::Model(n) => Some(n),
        Dynamics::Spikes(_) => None,
    });
    for (n, s) in neurons.zip(&resolution.state) {
        if all || n.state.is_some() {
            let what = format!("state {}", s.population);
            let none = String::new;
            table.add_row([what, s.stored.into(), none(), none(), error(s.largest_error)]);
        }
    }
    if table.is_empty() { String::new() } else { format!("\n{table}\n") }
}
