//! What each population and projection takes: connections, and bytes by whose they are.

use super::build::{Draft, Spec};
use super::memory::{ROW_START, SEGMENT_INDEX};
use crate::memory::{Buffer, Buffers, MemoryPlan};
use isospike_net::{Connector, Dynamics};
use serde::Serialize;
use std::collections::BTreeMap;

/// What each population and projection takes. Every byte of the memory plan is counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// Populations, in network order.
    pub populations: Vec<PopulationSize>,
    /// Projections, in network order.
    pub projections: Vec<ProjectionSize>,
    /// Bytes that belong to nobody alone: accumulators, working space, and the row index of tables
    /// that hold several projections.
    pub shared_bytes: u64,
}

/// What a population takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PopulationSize {
    /// Name.
    pub name: String,
    /// Model; `"spikes"` for a source of given spikes.
    pub model: &'static str,
    /// Neurons.
    pub n_neurons: u32,
    /// Synapses that end here.
    pub n_conns: u64,
    /// Steps of each of its filters, by name; the longest of its neurons and lanes.
    pub n_taps: BTreeMap<&'static str, usize>,
    /// Bytes of its own buffers, those of its synapses not included.
    pub n_bytes: u64,
}

/// What a projection takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProjectionSize {
    /// Source population.
    pub from: String,
    /// Target population.
    pub to: String,
    /// Synapses.
    pub n_conns: u64,
    /// Bytes of its synapses and of the arrays it was given; with the row index where it has a
    /// table of its own.
    pub n_bytes: u64,
}

impl Sizes {
    /// All bytes: the total of the memory plan.
    pub fn total_bytes(&self) -> u64 {
        let populations = self.populations.iter().map(|p| p.n_bytes);
        let projections = self.projections.iter().map(|p| p.n_bytes);
        populations.chain(projections).fold(self.shared_bytes, u64::saturating_add)
    }
}

pub(super) fn of(d: &Draft<'_>, memory: &MemoryPlan, buffers: Buffers) -> Sizes {
    let populations = d.populations.iter().enumerate().map(|(i, p)| {
        let neurons = p.neurons.iter();
        let filters = neurons.flat_map(|n| n.model.filters().iter().zip(&n.filters));
        PopulationSize {
            name: p.name.clone(),
            model: match &d.network.populations[i].dynamics {
                Dynamics::Model(n) => n.model.name(),
                Dynamics::Spikes(_) => "spikes",
            },
            n_neurons: p.size,
            n_conns: d.members.iter().filter(|m| m.target == i).map(|m| m.synapses).sum(),
            n_taps: filters.map(|(info, f)| (info.name, f.steps)).collect(),
            n_bytes: owned(memory, &p.name).map(|b| b.bytes).fold(0, u64::saturating_add),
        }
    });
    let projections = (0..d.members.len()).map(|m| {
        let p = d.projection(m);
        let [from, to] = [p.source, p.target].map(|i| d.populations[i].name.clone());
        let n_conns = d.members[m].synapses;
        // A device session keeps no array that the network was given.
        let given = if buffers == Buffers::Device { 0 } else { given(&p.connector) };
        ProjectionSize { from, to, n_conns, n_bytes: given + in_table(d, m, memory) }
    });
    let mut sizes = Sizes {
        populations: populations.collect(),
        projections: projections.collect(),
        shared_bytes: 0,
    };
    sizes.shared_bytes = memory.total_bytes().saturating_sub(sizes.total_bytes());
    sizes
}

/// Buffers that carry a name.
fn owned<'m>(memory: &'m MemoryPlan, owner: &'m str) -> impl Iterator<Item = &'m Buffer> {
    memory.buffers.iter().filter(move |b| b.owner == owner)
}

/// Bytes of a list of edges.
fn given(connector: &Connector) -> u64 {
    let Connector::Edges(edges) = connector else { return 0 };
    let ids = (edges.pre.capacity() + edges.post.capacity()) * size_of::<u32>();
    let each = edges.weight.iter().chain(&edges.delay_ms);
    let values: usize = each.map(|v| v.capacity() * size_of::<f64>()).sum();
    (ids + values) as u64
}

/// Bytes in the table in which a projection lies: all of them if it is alone, otherwise those of
/// its synapses, of which all in a table are equally wide.
fn in_table(d: &Draft<'_>, member: usize, memory: &MemoryPlan) -> u64 {
    let Some(spec) = d.specs.iter().find(|s| s.members.contains(&member)) else { return 0 };
    let table = owned(memory, &spec.name);
    if let [_] = spec.members[..] {
        return table.map(|b| b.bytes).fold(0, u64::saturating_add);
    }
    let of_synapses = table.filter(|b| b.name != ROW_START && b.name != SEGMENT_INDEX);
    let bytes: u64 = of_synapses.map(|b| b.bytes).fold(0, u64::saturating_add);
    share(bytes, d.members[member].synapses, spec)
}

fn share(bytes: u64, synapses: u64, spec: &Spec) -> u64 {
    (u128::from(bytes) * u128::from(synapses) / u128::from(spec.synapses().max(1))) as u64
}
