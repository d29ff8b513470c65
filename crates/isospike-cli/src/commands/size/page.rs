//! The text of `isospike size`.

use super::{Peer, Size, per_synapse};
use crate::args::SizeArgs;
use crate::text;
use isospike::Network;
use isospike::backend::memory::{human, thousands};
use isospike::backend::plan::{Peak, Resolution};
use isospike::net::{Dynamics, WeightStorage};

/// All that is said of one network.
pub(super) fn page(size: &Size<'_>, network: &Network, args: &SizeArgs) -> String {
    let parts = [
        buffers(size, args.all),
        owners(size),
        memory(size),
        size.spikeometric.as_ref().map(|peer| spikeometric(size, peer)).unwrap_or_default(),
        stored(network, size.resolution, args.all),
        line(size),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn line(size: &Size<'_>) -> String {
    let lanes = if size.batch > 1 { format!(" in {} lanes", size.batch) } else { String::new() };
    format!(
        "{}: {}, {}{lanes}, {}: {} ({} bytes, {} a synapse)\n",
        size.network,
        text::count(size.n_neurons, "neurons"),
        text::count(size.n_synapses, "synapses"),
        size.precision,
        human(size.total_bytes),
        thousands(size.total_bytes),
        per_synapse(size.total_bytes, size.n_synapses),
    )
}

fn buffers(size: &Size<'_>, all: bool) -> String {
    /// The rest is summed up in one line.
    const SHOWN: f64 = 0.999;
    let total = size.total_bytes.max(1) as f64;
    let headings = ["owner", "buffer", "group", "elements", "type", "bytes", "%", "sum %"];
    let mut table = text::table(&headings, &[3, 5, 6, 7]);
    let mut sum = 0;
    let mut row =
        |owner: &str, name: &str, group: &str, count: String, element: &str, bytes: u64| {
            sum += bytes;
            let percent = |n: u64| format!("{:.1}", 100.0 * n as f64 / total);
            let bytes = [human(bytes), percent(bytes), percent(sum)];
            let cells = [owner.into(), name.into(), group.into(), count, element.into()];
            table.add_row(cells.into_iter().chain(bytes));
            sum
        };
    let mut buffers = size.buffers.iter();
    for b in buffers.by_ref() {
        let sum = row(&b.owner, &b.name, b.group.name(), thousands(b.count), b.element, b.bytes);
        if !all && sum as f64 >= SHOWN * total {
            break;
        }
    }
    let rest: Vec<_> = buffers.collect();
    if !rest.is_empty() {
        let name = format!("{} smaller buffers (--all)", rest.len());
        row("", &name, "", String::new(), "", rest.iter().map(|b| b.bytes).sum());
    }
    format!("{table}\n")
}

/// Bytes by whose they are; every byte once.
fn owners(size: &Size<'_>) -> String {
    let headings = ["population or projection", "neurons", "n_conns", "n_bytes", "bytes a synapse"];
    let mut table = text::table(&headings, &[1, 2, 3, 4]);
    let none = String::new;
    for p in &size.sizes.populations {
        let (neurons, conns) = (thousands(p.n_neurons.into()), thousands(p.n_conns));
        table.add_row([p.name.clone(), neurons, conns, thousands(p.n_bytes), none()]);
    }
    for p in &size.sizes.projections {
        let name = format!("{} -> {}", p.from, p.to);
        let each = per_synapse(p.n_bytes, p.n_conns);
        table.add_row([name, none(), thousands(p.n_conns), thousands(p.n_bytes), each]);
    }
    let shared = thousands(size.sizes.shared_bytes);
    table.add_row(["shared".to_owned(), none(), none(), shared, none()]);
    format!("{table}\n")
}

/// The process, part by part and phase by phase: planned, and measured beside it.
fn memory(size: &Size<'_>) -> String {
    let on_device = size.phases.run.device_bytes > 0;
    let code = size.baseline_rss_bytes;
    let resident = size.measured.as_ref().and_then(|m| m.resident);
    let allocated = size.measured.as_ref().map(|m| m.allocated_bytes);
    let on_host = allocated.filter(|_| !on_device);
    let cell = |bytes: Option<u64>| bytes.map_or_else(|| "-".to_owned(), human);
    let of = |peak: Peak| Some(code + peak.host_bytes);
    let mut table = text::table(&["memory", "planned", "measured"], &[1, 2]);
    let mut row = |name: &str, planned: Option<u64>, measured: String| {
        table.add_row([name.to_owned(), cell(planned), measured]);
    };
    row("code", Some(code), cell(Some(code)));
    let beside = resident.zip(on_host).map(|(r, arrays)| {
        let beside = r.after_bytes as i64 - (code + arrays) as i64;
        let sign = if beside < 0 { "-" } else { "" };
        format!("{sign}{}", human(beside.unsigned_abs()))
    });
    row("structures", None, beside.unwrap_or_else(|| "-".to_owned()));
    row("arrays", Some(size.phases.run.host_bytes), cell(on_host));
    row("process", of(size.phases.run), cell(resident.map(|r| r.after_bytes)));
    if on_device {
        row("arrays on the device", Some(size.phases.run.device_bytes), cell(allocated));
    }
    let phases = size.phases;
    let build = resident.map(|r| r.build_bytes);
    row("process, most while it is built", of(phases.build), cell(build));
    row("process, most while it runs", of(phases.run), cell(resident.map(|r| r.run_bytes)));
    let record = resident.map(|r| r.record_bytes);
    row("process, most while spikes come out", of(phases.record), cell(record));
    let mut text = format!("{table}\n");
    match &size.measured {
        None => text.push_str("measured: --measure builds the network and runs some steps\n"),
        Some(m) => {
            text.push_str(&format!(
                "measured after {}: arrays by the session, to the byte; the process by the system, which \
                 counts what was touched (structures below 0: arrays that were not)\n",
                text::count(m.n_steps, "steps"),
            ));
            if resident.is_some_and(|r| !r.by_phase) {
                text.push_str(
                    "the most of a phase is the most until then: this system keeps one peak\n",
                );
            }
        }
    }
    text
}

fn spikeometric(size: &Size<'_>, peer: &Peer) -> String {
    let s = &peer.size;
    let mut table = text::table(&["Spikeometric 1.0.3", "bytes", "a synapse"], &[1, 2]);
    let mut row = |name: &str, bytes: u64| {
        let synapses = s.n_synapses;
        table.add_row([name.to_owned(), human(bytes), per_synapse(bytes, synapses)]);
    };
    row(
        "its formula: 4 T E + 8 E + N steps (it says 32, 64 and 8, which are bits)",
        peer.documented_bytes,
    );
    row("filters [E, T]", s.filter_bytes());
    row("edges", s.edge_bytes());
    row("weights", s.weight_bytes());
    row("spikes of all steps", s.spike_bytes());
    row("every step, for a moment", s.passing_bytes());
    row("all of it", peer.total_bytes);
    row("isospike", size.total_bytes);
    format!("{table}\nT = {} taps, {} steps (--time)\n", s.n_taps, thousands(s.n_steps))
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
    if table.is_empty() { String::new() } else { format!("{table}\n") }
}
