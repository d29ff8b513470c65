//! From network to plan: what comes first decides what comes later, and nothing goes back, except
//! that a scale whose estimate proved too high for the exact sums is lowered and the synapses are
//! made again.

use super::fill;
use super::layout::Occupant;
use super::neurons::{self, PoissonInput, port};
use super::rows::Packing;
use super::stats::WeightStats;
use super::storage::{Demand, Format};
use super::sums::Sums;
use super::{
    Accumulator, Layout, Measured, NeuronPlan, Plan, PlanOptions, PopulationPlan, RankPartition,
    least, memory, needs, phases, pow2, resolution, sizes,
};
use crate::{Error, ErrorKind, Result};
use isospike_net::{Dynamics, Network, Plasticity, Projection, Wiring};
use std::sync::Arc;

/// A projection on its way into a table.
pub(super) struct Member<'n> {
    pub(super) wiring: Wiring<'n>,
    pub(super) target: usize,
    /// Ports of weights >= 0 and of weights < 0.
    pub(super) ports: [usize; 2],
    pub(super) stats: WeightStats,
    pub(super) synapses: u64,
}

/// A table before its synapses are made.
pub(super) struct Spec {
    pub(super) source: usize,
    pub(super) name: String,
    /// Projections in it.
    pub(super) members: Vec<usize>,
    pub(super) format: Format,
    /// The stored number 1 counts 2^shift units.
    pub(super) shift: i32,
    /// Plasticity rule: weights are floats, 16-bit ones if that is the format.
    pub(super) rule: Option<usize>,
    /// All initial weights of a plastic table are this.
    pub(super) initial: Option<f64>,
    /// Smallest delay, number of delays.
    pub(super) delays: (u32, u32),
    pub(super) groups: Vec<(usize, usize)>,
    /// Synapses per source.
    pub(super) degrees: Vec<u32>,
}

impl Spec {
    pub(super) fn synapses(&self) -> u64 {
        self.degrees.iter().map(|&d| u64::from(d)).sum()
    }
    pub(super) fn stride(&self) -> usize {
        self.groups.len() * self.delays.1 as usize + 1
    }
    /// Rows short enough for two-byte index entries.
    pub(super) fn short(&self) -> bool {
        self.degrees.iter().all(|&d| d < 1 << 16)
    }
}

/// Everything that is known before synapses are made.
pub(super) struct Draft<'n> {
    pub(super) network: &'n Network,
    pub(super) populations: Vec<PopulationPlan>,
    pub(super) members: Vec<Member<'n>>,
    pub(super) poisson: Vec<Vec<PoissonInput>>,
    pub(super) accumulator: Accumulator,
    pub(super) layout: Layout,
    pub(super) specs: Vec<Spec>,
    pub(super) rules: Vec<Plasticity>,
    pub(super) min_delay: u32,
}

pub(super) fn measure(network: Arc<Network>, options: &PlanOptions) -> Result<Measured> {
    let draft = Draft::new(&network, options)?;
    let memory = memory::plan(&draft, options.buffers);
    memory.check(options.memory_limit, false)?;
    Ok(Measured {
        sizes: sizes::of(&draft, &memory, options.buffers),
        phases: phases::of(&draft, &memory, options),
        memory,
        n_synapses: draft.specs.iter().map(Spec::synapses).sum(),
        needs: needs(network.precision, draft.accumulator, &draft.rules, &draft.populations),
        resolution: resolution::of(&draft),
    })
}

pub(super) fn plan(network: Arc<Network>, options: &PlanOptions) -> Result<Plan> {
    let shared = network.clone();
    let mut draft = Draft::new(&network, options)?;
    let mut memory = memory::plan(&draft, options.buffers);
    memory.check(options.memory_limit, false)?;
    neurons::check_initial(&network)?;
    let tables = loop {
        let mut sums = Sums::new(&draft.layout);
        let tables = fill::tables(&mut draft, options, &mut sums);
        if !draft.lower_exponents(&sums)? {
            break tables;
        }
        drop(tables);
        memory = memory::plan(&draft, options.buffers);
        memory.check(options.memory_limit, false)?;
    };
    draft.set_drives();
    let resolution = resolution::of(&draft);
    let sizes = sizes::of(&draft, &memory, options.buffers);
    let phases = phases::of(&draft, &memory, options);
    let pieces = |p| draft.layout.pieces_of(p).map(|(i, _)| i).collect();
    Ok(Plan {
        pieces: (0..network.populations.len()).map(pieces).collect(),
        populations: draft.populations,
        layout: draft.layout,
        accumulator: draft.accumulator,
        tables,
        rules: draft.rules,
        min_delay: draft.min_delay,
        partition: RankPartition { rank: 0, ranks: 1 },
        memory,
        sizes,
        phases,
        resolution,
        network: shared,
    })
}

impl<'n> Draft<'n> {
    fn new(network: &'n Network, options: &PlanOptions) -> Result<Draft<'n>> {
        // first of all: already the values of each neuron may be too many
        least::plan(network).check(options.memory_limit, true)?;
        network.validate()?;
        let populations = populations(network, options.threads)?;
        let members = members(network, options.threads)?;
        let poisson: Vec<_> = (0..network.populations.len())
            .map(|p| PoissonInput::all(network, p))
            .collect::<Result<_>>()?;
        let mut draft = Draft {
            network,
            populations,
            members,
            poisson,
            accumulator: Accumulator::I32,
            layout: Layout::default(),
            specs: Vec::new(),
            rules: Vec::new(),
            min_delay: 1,
        };
        draft.choose_exponents()?;
        draft.layout = draft.cut(options);
        draft.choose_specs()?;
        draft.choose_delays();
        Ok(draft)
    }

    pub(super) fn projection(&self, member: usize) -> &'n Projection {
        &self.network.projections[member]
    }

    /// The neurons of a population that is known to have some: every target of a projection.
    pub(super) fn neurons_of(&self, population: usize) -> &NeuronPlan {
        self.populations[population].neurons.as_ref().expect("a population of neurons")
    }

    /// Cuts the neurons into blocks of equal cost: no more than asked for, and no more than pays.
    fn cut(&self, options: &PlanOptions) -> Layout {
        let occupants: Vec<_> = self
            .populations
            .iter()
            .enumerate()
            .map(|(i, p)| {
                let to = self.members.iter().filter(|m| m.target == i);
                let arriving: u64 = to.map(|m| m.synapses).sum();
                let (size, ports, update) = match &p.neurons {
                    Some(n) => (p.size as usize, n.ports.len(), update_cost(n)),
                    None => (0, 0, 0.0),
                };
                Occupant { size, ports, cost: update + arriving as f64 / f64::from(p.size.max(1)) }
            })
            .collect();
        let total: f64 = occupants.iter().map(|o| o.cost * o.size as f64).sum();
        let worth = (total / LEAST_BLOCK).ceil().max(1.0) as usize;
        // every block adds index entries to every row, as many as there are delays and ports
        let longest = self.members.iter().map(|m| m.wiring.delay_range().1 + 1).max().unwrap_or(1);
        let ports = occupants.iter().map(|o| o.ports).max().unwrap_or(1).max(1);
        let most = (MOST_ENTRIES / (longest as usize * ports)).max(1);
        let asked = if options.spread { options.blocks } else { options.blocks.min(worth) };
        Layout::new(&occupants, asked.min(most))
    }

    fn demand(&self, member: usize) -> Demand {
        let (m, p) = (&self.members[member], self.projection(member));
        let [plus, minus] = m.ports.map(|port| self.neurons_of(m.target).ports[port].exponent);
        let s = &m.stats;
        let units = |w: f64| w * pow2(if w < 0.0 { minus } else { plus });
        Demand {
            min: units(s.min),
            max: units(s.max),
            median: s.median_abs * pow2(plus.min(minus)),
            constant: s.min == s.max,
            // 2^-f divides every weight, so 2^(k-f) divides it in units
            zeros: s.fraction_bits.map_or(0, |f| (plus.min(minus) - f as i32).max(0) as u32),
            storage: p.storage,
        }
    }

    pub(super) fn choose_specs(&mut self) -> Result<()> {
        self.specs.clear();
        self.rules.clear();
        for m in 0..self.members.len() {
            let p = self.projection(m);
            let s = &self.members[m].stats;
            if let Some(rule) = p.plasticity {
                let format = p.storage.half().map_or(Format::I64, Format::Half);
                let same = self.specs.iter().filter(|s| s.format == format);
                let known = same.filter_map(|s| s.rule).find(|r| self.rules[*r] == rule);
                let rule = known.unwrap_or_else(|| {
                    self.rules.push(rule);
                    self.rules.len() - 1
                });
                let initial = (s.min == s.max).then_some(s.min);
                self.push_spec(m, format, 0, Some((rule, initial)));
                continue;
            }
            let demand = self.demand(m);
            let format = Format::choose(&demand);
            let shift = format.shift(&demand);
            // join a table of the same source if all its weights keep their resolution
            let home = self.specs.iter().position(|spec| {
                let joint = shift.max(spec.shift);
                let all = spec.members.iter().map(|&m| self.demand(m)).chain([demand]);
                spec.source == p.source
                    && spec.rule.is_none()
                    && spec.format == format
                    && all.into_iter().all(|d| format.serves(&d, joint))
            });
            match home {
                Some(i) => {
                    self.specs[i].members.push(m);
                    self.specs[i].shift = self.specs[i].shift.max(shift);
                }
                None => self.push_spec(m, format, shift, None),
            }
        }
        self.finish_specs();
        self.check_segments()
    }

    fn push_spec(
        &mut self,
        m: usize,
        format: Format,
        shift: i32,
        rule: Option<(usize, Option<f64>)>,
    ) {
        let source = self.projection(m).source;
        let nth = self.specs.iter().filter(|s| s.source == source).count();
        let from = &self.populations[source].name;
        let name = if nth == 0 { format!("{from} ->") } else { format!("{from} -> #{nth}") };
        self.specs.push(Spec {
            source,
            name,
            members: vec![m],
            format,
            shift,
            rule: rule.map(|r| r.0),
            initial: rule.and_then(|r| r.1),
            delays: (0, 0),
            groups: Vec::new(),
            degrees: Vec::new(),
        });
    }

    /// Delays, groups and row lengths of every table.
    fn finish_specs(&mut self) {
        let mut specs = std::mem::take(&mut self.specs);
        for spec in &mut specs {
            let sources = self.populations[spec.source].size as usize;
            spec.degrees = vec![0; sources];
            let (mut first, mut last) = (u32::MAX, 0);
            for &m in &spec.members {
                let member = &self.members[m];
                for (sum, d) in spec.degrees.iter_mut().zip(member.wiring.out_degrees()) {
                    *sum += d;
                }
                let range = member.wiring.delay_range();
                (first, last) = (first.min(range.0), last.max(range.1));
                let used = [
                    (member.stats.max >= 0.0).then_some(member.ports[0]),
                    (member.stats.min < 0.0).then_some(member.ports[1]),
                ];
                for (_, piece) in self.layout.pieces_of(member.target) {
                    spec.groups.extend(used.iter().flatten().map(|&port| (piece.block, port)));
                }
            }
            spec.groups.sort_unstable();
            spec.groups.dedup();
            spec.delays = (first, last + 1 - first);
        }
        self.specs = specs;
    }

    /// While a row is sorted, a word holds a synapse's segment, target and position.
    fn check_segments(&self) -> Result<()> {
        for spec in &self.specs {
            let (groups, (_, delays)) = (spec.groups.len() as u64, spec.delays);
            let segments = Packing::of(spec).segments();
            if groups * u64::from(delays) > segments {
                let source = &self.populations[spec.source].name;
                let longest = spec.degrees.iter().max().unwrap_or(&0);
                let most = segments / groups;
                let message = format!(
                    "projections from {source}: delay ranges over {delays} steps of dt; with {groups} target \
                     ports and blocks and up to {longest} synapses of one neuron at most {most} are allowed \
                     between the shortest and the longest"
                );
                return Err(Error::new(ErrorKind::Invalid, message));
            }
        }
        Ok(())
    }

    fn choose_delays(&mut self) {
        let mut shortest = u32::MAX;
        for spec in &self.specs {
            let (first, n) = spec.delays;
            let last = first + n - 1;
            let source = &mut self.populations[spec.source];
            source.max_delay = source.max_delay.max(last);
            if source.neurons.is_some() {
                shortest = shortest.min(first);
            }
            if spec.rule.is_some() {
                // plasticity looks at every step's spikes
                shortest = 1;
                for &m in &spec.members {
                    let target = &mut self.populations[self.members[m].target];
                    let n = target.neurons.as_mut().expect("targets are neurons");
                    n.pending = n.pending.max(last + 1);
                }
            }
        }
        self.min_delay = match shortest {
            // nothing has to be exchanged; the record still wants a pause now and then
            u32::MAX => {
                (PAUSE_AFTER / self.flat_neurons().max(1)).clamp(1, MOST_STEPS.into()) as u32
            }
            steps => steps.clamp(1, MOST_STEPS),
        };
    }

    /// Neurons times lanes.
    fn flat_neurons(&self) -> u64 {
        let neurons = self.populations.iter().filter(|p| p.neurons.is_some());
        neurons.map(|p| u64::from(p.size)).sum::<u64>() * self.network.lane_seeds.len() as u64
    }

    fn set_drives(&mut self) {
        for (p, inputs) in self.populations.iter_mut().zip(&self.poisson) {
            if let Some(n) = &mut p.neurons {
                let drives = inputs.iter().enumerate();
                n.drives =
                    drives.map(|(i, d)| d.drive(n.ports[d.port].exponent, i as u32)).collect();
            }
        }
    }
}

/// The unit of cost is one incoming synapse at the rates of cortex (a few spikes per second, 0.1 ms
/// steps): about 0.4 ps of a step. An operation of the model's graph takes about 20 ps with
/// AVX-512.
fn update_cost(n: &NeuronPlan) -> f64 {
    const OPERATION: f64 = 50.0;
    const DRAW: f64 = 2000.0;
    let taps: usize = n.filters.iter().map(|f| f.steps).sum();
    let operations = (n.model.graph_f32().stats().operations() + 2 * taps) as f64;
    operations * OPERATION + f64::from(n.draws) * DRAW
}

/// Most steps between two exchanges.
const MOST_STEPS: u32 = 64;
/// Where no delay says how often to pause: after about this many spikes, if every neuron fires all
/// the time, so that the record needs 8 MB and room for one step more.
const PAUSE_AFTER: u64 = 1 << 20;

/// Index entries a row may have for the sake of more blocks.
const MOST_ENTRIES: usize = u16::MAX as usize;

/// A block below this cost (about 2 us of a step) is not worth the exchange with another worker.
const LEAST_BLOCK: f64 = 5e6;

fn populations(network: &Network, threads: usize) -> Result<Vec<PopulationPlan>> {
    let equilibration = network.equilibration_steps();
    let mut first_id = 0u32;
    let mut plans = Vec::new();
    for (i, p) in network.populations.iter().enumerate() {
        let train = match &p.dynamics {
            Dynamics::Model(_) => Arc::new(Vec::new()),
            Dynamics::Spikes(train) if train.is_sorted() && equilibration == 0 => train.clone(),
            Dynamics::Spikes(train) => {
                let mut sorted = train.to_vec();
                sorted.sort_unstable();
                sorted.iter_mut().for_each(|spike| spike.0 += equilibration);
                Arc::new(sorted)
            }
        };
        let neurons = NeuronPlan::new(network, i, threads)?;
        let at_once = train.chunk_by(|a, b| a == b).map(<[_]>::len).max().unwrap_or(1) as u32;
        let multiplicity = neurons.as_ref().map_or(at_once, NeuronPlan::most_spikes);
        let flat = u64::from(p.size) * network.lane_seeds.len() as u64;
        if flat >= 1 << 31 {
            let message = format!(
                "populations.{}: size times batch = {flat}; it must be below 2^31 = 2,147,483,648",
                p.name
            );
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let (name, size) = (p.name.clone(), p.size);
        plans.push(PopulationPlan {
            name,
            first_id,
            size,
            max_delay: 0,
            neurons,
            train,
            multiplicity,
        });
        first_id = first_id.checked_add(size).ok_or_else(|| {
            Error::new(
                ErrorKind::Invalid,
                "populations: more than 2^32 neurons; at most 4,294,967,295",
            )
        })?;
    }
    Ok(plans)
}

fn members(network: &Network, threads: usize) -> Result<Vec<Member<'_>>> {
    let projections = network.projections.iter().enumerate();
    projections
        .map(|(i, p)| {
            let wiring = Wiring::new(network, i, threads)?;
            let Dynamics::Model(target) = &network.populations[p.target].dynamics else {
                unreachable!("validated: targets are neurons")
            };
            if p.plasticity.is_some() && target.model.counts().is_some() {
                let message = format!(
                    "projections[{i}].plasticity: neurons of {} may spike more than once in a step; \
                     plastic synapses need targets that spike at most once",
                    target.model.name()
                );
                return Err(Error::new(ErrorKind::Invalid, message));
            }
            let port = |w: f64| port(target.model, p.port.as_deref(), w);
            let stats = WeightStats::of(&network.synapse_weights(i));
            let ports = [port(1.0), port(-1.0)].map(|p| p.unwrap_or(0));
            let synapses = wiring.out_degrees().iter().map(|&d| u64::from(d)).sum();
            Ok(Member { wiring, target: p.target, ports, stats, synapses })
        })
        .collect()
}
