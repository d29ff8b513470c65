//! The plan: everything that could differ between backends, decided once.
//!
//! `Network -> Plan -> Session`. A plan is data: the layout of neurons in blocks, the fixed-point
//! scale of every port, the synapse tables, the addresses of every random draw, and every buffer
//! with its bytes. Backends execute it and decide nothing that could reach a result.

mod build;
mod check;
pub mod device;
mod exponents;
mod fill;
mod fingerprint;
mod initial;
mod layout;
mod least;
mod memory;
mod neurons;
mod phases;
mod place;
pub mod plain;
mod resolution;
mod rows;
mod scale;
mod sizes;
mod slots;
mod stats;
mod stimulus;
mod storage;
mod sums;
mod table;
mod varying;

pub use check::SourceSpike;
pub use initial::InitialState;
pub use layout::{Block, GROUP, Layout, Piece};
pub use memory::{chunk_len, end_of_run, history_len, record_len};
pub use neurons::{Current, Drive, NeuronPlan, PoissonDrive, PortPlan};
pub use phases::{Peak, Phases};
pub use resolution::{Resolution, StateResolution, WeightResolution};
pub use scale::{Accumulator, pow2};
pub use sizes::{PopulationSize, ProjectionSize, Sizes};
pub use slots::Slot;
pub use stimulus::{Now, StimulusPlan};
pub use table::{Index, Synapses, Table};
pub use varying::{Constant, FilterPlan};

use crate::memory::{Buffers, Group, human};
use crate::{MemoryPlan, Needs, Result};
use isospike_lane::Lane;
use isospike_model::Stdp;
use isospike_net::{Network, Plasticity, Precision, Projection};
use std::fmt;
use std::sync::Arc;

/// What a plan may use and how it is made; nothing here can change a result.
#[derive(Clone)]
pub struct PlanOptions {
    /// Blocks of targets: the device's independent workers ([`crate::Capability::blocks`]).
    pub blocks: usize,
    /// Cut into all `blocks` even when the network is too small for that to pay: for tests.
    pub spread: bool,
    /// Threads that build the plan.
    pub threads: usize,
    /// Whose buffers are counted ([`crate::Capability::buffers`]).
    pub buffers: Buffers,
    /// Refuse plans above this many bytes.
    pub memory_limit: Option<u64>,
    /// Called with (synapses made, synapses in all) while the plan is built.
    pub progress: Option<Arc<dyn Fn(u64, u64) + Send + Sync>>,
}

impl Default for PlanOptions {
    fn default() -> Self {
        PlanOptions {
            blocks: 1,
            spread: false,
            threads: 1,
            buffers: Buffers::Host,
            memory_limit: None,
            progress: None,
        }
    }
}

/// A validated, ordered network with every buffer named and counted.
pub struct Plan {
    /// What it was made from.
    pub network: Arc<Network>,
    /// Populations, in network order.
    pub populations: Vec<PopulationPlan>,
    layout: Layout,
    /// Integer type of all accumulators.
    pub accumulator: Accumulator,
    tables: Vec<Table>,
    /// Pieces of each population.
    pieces: Vec<Vec<usize>>,
    /// Plasticity rules, by `Synapses::Plastic::rule`: one for each format that weights are in.
    pub rules: Vec<Plasticity>,
    /// Smallest delay between neurons (steps): spikes need to be exchanged only this often.
    pub min_delay: u32,
    /// Which part of the network this process owns.
    pub partition: RankPartition,
    /// Every buffer.
    pub memory: MemoryPlan,
    /// What each population and projection takes.
    pub sizes: Sizes,
    /// The most memory in each phase of a run.
    pub phases: Phases,
    /// What is lost where numbers are stored.
    pub resolution: Resolution,
}

/// A plan that was counted and not made.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Every buffer.
    pub memory: MemoryPlan,
    /// What each population and projection takes.
    pub sizes: Sizes,
    /// The most memory in each phase of a run.
    pub phases: Phases,
    /// Synapses.
    pub n_synapses: u64,
    /// What a device must have. Should a sum of weights be much larger than was estimated, the plan
    /// itself can need 64-bit accumulators where this does not say so.
    pub needs: Needs,
    /// What is lost where numbers are stored.
    pub resolution: Resolution,
}

fn needs(
    precision: Precision,
    accumulator: Accumulator,
    rules: &[Plasticity],
    populations: &[PopulationPlan],
) -> Needs {
    let any = |f: fn(&NeuronPlan) -> bool| populations.iter().flat_map(|p| &p.neurons).any(f);
    Needs {
        filters: any(|n| !n.filters.is_empty()),
        counts: any(|n| n.model.counts().is_some()),
        stimuli: any(|n| !n.current.stimuli.is_empty()),
        f64_state: precision == Precision::F64,
        i64_accumulators: accumulator == Accumulator::I64,
        plasticity: !rules.is_empty(),
    }
}

/// A population in the plan.
#[derive(Clone, Debug)]
pub struct PopulationPlan {
    /// Name.
    pub name: String,
    /// Global id of its first neuron.
    pub first_id: u32,
    /// Neurons.
    pub size: u32,
    /// Longest delay of its outgoing synapses (steps): how long its spikes are remembered.
    pub max_delay: u32,
    /// What its neurons do; `None` for a spike source.
    pub neurons: Option<NeuronPlan>,
    /// Given spikes of a source, (step, neuron) ascending.
    pub train: Arc<Vec<(u64, u32)>>,
    /// Most spikes one neuron may emit in a step.
    pub multiplicity: u32,
}

/// Ranks own targets: rank r of n owns the blocks b with `b % n == r` and delivers to them only.
/// With one rank, everything. Sums are integers, so the number of ranks cannot change a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankPartition {
    /// This process.
    pub rank: usize,
    /// All processes.
    pub ranks: usize,
}

impl RankPartition {
    /// Whether this rank owns a block.
    pub fn owns(self, block: usize) -> bool {
        block % self.ranks == self.rank
    }
}

impl Plan {
    /// Validates the network, chooses scales and formats, checks the memory limit, makes all
    /// synapses.
    pub fn new(network: Arc<Network>, options: &PlanOptions) -> Result<Plan> {
        build::plan(network, options)
    }

    /// Only counts: memory, synapses and needs, without making any synapse.
    pub fn measure(network: Arc<Network>, options: &PlanOptions) -> Result<Measured> {
        build::measure(network, options)
    }

    /// What a device must have to run it.
    pub fn needs(&self) -> Needs {
        needs(self.precision(), self.accumulator, &self.rules, &self.populations)
    }

    /// Where neurons lie.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }
    /// Synapse tables; the weights of those with `Synapses::Plastic` are a session's. Every target
    /// lies inside its block and every row inside its table: this is what unchecked loops rely on,
    /// and why tables cannot be changed.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }
    /// How many of `threads` workers have blocks, when each takes as many, side by side.
    pub fn workers(&self, threads: usize) -> usize {
        let blocks = self.layout.blocks.len();
        let each = blocks.div_ceil(threads.max(1)).max(1);
        blocks.div_ceil(each).max(1)
    }
    /// Pieces of a population, ascending; none for a spike source.
    pub fn pieces_of(&self, population: usize) -> &[usize] {
        &self.pieces[population]
    }
    /// The neurons a piece holds some of.
    pub fn neurons_of(&self, piece: &Piece) -> &NeuronPlan {
        let neurons = self.populations[piece.population].neurons.as_ref();
        neurons.expect("pieces hold neurons")
    }
    /// The projection that a plastic table holds: each has a table of its own, in the order of the
    /// network.
    ///
    /// # Panics
    /// If the table is not plastic.
    pub fn plastic_projection(&self, table: usize) -> &Projection {
        let before = self.tables[..table].iter().filter(|t| t.rule().is_some()).count();
        let mut plastic = self.network.projections.iter().filter(|p| p.plasticity.is_some());
        plastic.nth(before).expect("a projection for each plastic table")
    }
    /// Longest delay of the synapses that follow a plasticity rule (steps).
    pub fn longest_delay(&self, rule: usize) -> u32 {
        let plastic = self.tables.iter().filter(|t| t.rule() == Some(rule));
        plastic.map(|t| t.first_delay + t.delays - 1).max().unwrap_or(0)
    }
    /// The equations of a plasticity rule, on lanes of the plan's precision.
    pub fn stdp<L: Lane>(&self, rule: usize) -> Stdp<L> {
        let mut tables = self.tables.iter().map(|t| &t.synapses);
        let half = tables.find_map(|s| match s {
            Synapses::Plastic { rule: r, half, .. } if *r == rule => Some(*half),
            _ => None,
        });
        Stdp::new(&self.rules[rule], self.network.dt_ms).stored_in(half.flatten())
    }
    /// The most units a synapse of a plasticity rule may add at a port of some neurons: the proof
    /// that nothing overflows counts on it, so a session clamps to it, in both directions.
    pub fn plastic_bound(&self, rule: usize, neurons: &NeuronPlan, port: usize) -> i64 {
        let exponent = neurons.ports[port].exponent;
        scale::plastic_bound(&self.rules[rule], self.precision(), exponent)
    }
    /// The initial state of a population in a lane; `None` for a spike source.
    pub fn initial_state(&self, population: usize, lane: usize) -> Option<InitialState<'_>> {
        InitialState::new(&self.network, population, lane)
    }
    /// Bytes of what the plan itself holds, as allocated: tables, threshold tables and constants,
    /// and the arrays the network was given.
    pub fn allocated_bytes(&self) -> u64 {
        let tables: u64 = self.tables.iter().map(Table::allocated_bytes).sum();
        let neurons = self.populations.iter().filter_map(|p| p.neurons.as_ref());
        tables
            + neurons.map(NeuronPlan::allocated_bytes).sum::<u64>()
            + self.memory.group_bytes(Group::Network)
    }

    /// SHA-256 over everything that decides what the plan computes: two plans with the same
    /// fingerprint run to the same spikes and states, however they are cut into blocks, and a state
    /// of one can be resumed by the other. Takes time where synapses are given one by one (about
    /// 0.1 s for 4 million).
    pub fn fingerprint(&self) -> [u8; 32] {
        fingerprint::of(self)
    }
    /// Lanes of the batch.
    pub fn batch(&self) -> usize {
        self.network.lane_seeds.len()
    }
    /// Float format of the state.
    pub fn precision(&self) -> Precision {
        self.network.precision
    }
    /// Neurons and sources.
    pub fn n_neurons(&self) -> u64 {
        self.populations.iter().map(|p| u64::from(p.size)).sum()
    }
    /// Synapses.
    pub fn n_synapses(&self) -> u64 {
        self.tables.iter().map(|t| t.len() as u64).sum()
    }
}

/// Whether synapses of a plasticity rule reach a population.
fn reaches(network: &Network, rule: &Plasticity, population: usize) -> bool {
    let mut projections = network.projections.iter();
    projections.any(|p| p.plasticity.as_ref() == Some(rule) && p.target == population)
}

impl fmt::Display for Plan {
    /// In a line: name, sizes, number formats, blocks, bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accumulator = match self.accumulator {
            Accumulator::I32 => "i32",
            Accumulator::I64 => "i64",
        };
        write!(
            f,
            "{}: {} populations, {} neurons, {} synapses in {} tables, batch {}, {} state, {accumulator} \
             accumulators, {} blocks, {}",
            self.network.name,
            self.populations.len(),
            self.n_neurons(),
            self.n_synapses(),
            self.tables.len(),
            self.batch(),
            self.precision(),
            self.layout.blocks.len(),
            human(self.memory.total_bytes())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_has_one_owner() {
        for ranks in 1..5 {
            let of = |rank| RankPartition { rank, ranks };
            for block in 0..20 {
                let owners = (0..ranks).filter(|&rank| of(rank).owns(block));
                assert_eq!(owners.collect::<Vec<_>>(), [block % ranks], "{block} of {ranks} ranks");
            }
        }
    }
}
