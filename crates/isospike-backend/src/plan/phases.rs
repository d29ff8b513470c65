//! The most memory there is in each phase of a run, before any of it is allocated.

use super::build::Draft;
use super::memory::{derived, given, tables};
use super::{PlanOptions, fill};
use crate::Spike;
use crate::memory::{Buffers, Group, MemoryPlan};
use isospike_net::Connector;
use serde::Serialize;

/// The most memory there is in each phase of a run, beside the program itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Phases {
    /// While the plan is made and compiled: with what comes and goes while synapses are made.
    pub build: Peak,
    /// While steps are run: the plan's buffers.
    pub run: Peak,
    /// While spikes are handed out: with room for them, at most as many as the record holds. Files
    /// they go to have a buffer each of at most 64 kB.
    pub record: Peak,
}

/// Bytes by where they lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Peak {
    /// In the memory of the machine.
    pub host_bytes: u64,
    /// In the memory of a device that has its own buffers; 0 for one that has none.
    pub device_bytes: u64,
}

pub(super) fn of(d: &Draft<'_>, memory: &MemoryPlan, options: &PlanOptions) -> Phases {
    let (held, total) = (held(d).total_bytes(), memory.total_bytes());
    // Where a session has no use for the plan's own tables they stay beside its copies.
    let (host, device) = match options.buffers {
        Buffers::Host | Buffers::Plain => (total, 0),
        Buffers::Device => (held, total),
    };
    let recorded = memory.buffers.iter().filter(|b| b.group == Group::Recording);
    let recorded: u64 = recorded.map(|b| b.count).sum();
    // An array that has grown has room for up to twice as many.
    let handed_out = recorded.saturating_mul(2 * size_of::<Spike>() as u64);
    let made = held.saturating_add(passing(d, options.threads));
    let on_host = |host_bytes| Peak { host_bytes, device_bytes: device };
    Phases {
        build: on_host(made.max(host)),
        run: on_host(host),
        record: on_host(host.saturating_add(handed_out)),
    }
}

/// What the plan itself keeps on the host.
fn held(d: &Draft<'_>) -> MemoryPlan {
    let mut m = MemoryPlan::default();
    given(d, &mut m);
    tables(d, |_, _| {}, &mut m);
    let populations = d.populations.iter().enumerate();
    populations.filter(|(_, p)| p.neurons.is_some()).for_each(|(i, _)| derived(d, i, &mut m));
    m
}

/// What comes and goes while synapses are made.
fn passing(d: &Draft<'_>, threads: usize) -> u64 {
    let threads = threads.max(1) as u64;
    let sources = |source: usize| u64::from(d.populations[source].size);
    // how many synapses each source has, by projection and by table
    let of_members = d.members.iter().enumerate().map(|(i, _)| sources(d.projection(i).source));
    let degrees =
        4 * (of_members.sum::<u64>() + d.specs.iter().map(|s| sources(s.source)).sum::<u64>());
    let edges = (0..d.members.len()).map(|m| match &d.projection(m).connector {
        Connector::Edges(e) => 4 * e.pre.len() as u64 + 8 * (sources(d.projection(m).source) + 1),
        _ => 0,
    });
    // the proof that nothing overflows: a sum for every accumulator, and for those of each thread
    let sums: usize = d.layout.blocks.iter().map(|b| b.ports * b.elements.len()).sum();
    let proof = 8 * (threads + 1) * sums as u64;
    // rows that targets draw are listed for a window of sources
    let windows = d.specs.iter().map(|s| {
        let drawn = s.members.iter().any(|&m| d.members[m].wiring.is_transposed());
        let counts = 4 * (threads + 1) * sources(s.source);
        if drawn { 4 * fill::window(s.synapses()).min(s.synapses()) + counts } else { 0 }
    });
    degrees + edges.sum::<u64>() + proof + windows.max().unwrap_or(0)
}
