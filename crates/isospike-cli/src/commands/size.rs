//! `isospike size`: where the memory goes.

use super::fit;
use super::network::{load, options};
use crate::args::SizeArgs;
use crate::failure::Failure;
use crate::text;
use isospike::Plan;
use isospike::backend::memory::{Buffer, human, thousands};
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
    total_bytes: u64,
    buffers: Vec<&'a Buffer>,
}

/// Shows the memory plan of a network.
///
/// # Errors
/// If the network or the arguments cannot be used, or if it does not fit into the memory limit.
pub(crate) fn size(args: &SizeArgs) -> Result<ExitCode, Failure> {
    let network = Arc::new(load(&args.network)?);
    let (_device, plan) = options(&args.network).open()?;
    let measured = Plan::measure(network.clone(), &plan);
    let (memory, n_synapses) = measured.map_err(|e| fit::failure(&args.network, e))?;
    let size = Size {
        network: &network.name,
        n_neurons: network.populations.iter().map(|p| u64::from(p.size)).sum(),
        n_synapses,
        batch: network.lane_seeds.len(),
        precision: network.precision.to_string(),
        total_bytes: memory.total_bytes(),
        buffers: memory.biggest_first(),
    };
    if args.json {
        text::print_json(&size);
    } else {
        text::print(&page(&size, args.all));
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
