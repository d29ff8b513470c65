//! Kinds: pieces that one update kernel can advance.
//!
//! Two populations are of one kind when the same straight-line code serves both: the same model,
//! the same constants uniform, differing by neuron or differing by lane, inputs at the same ports,
//! stimuli of the same form, the same number of noise currents, filters of the same things, plastic
//! synapses or none, state of the same format. Their numbers may differ, and so may the lengths of
//! filters.

use isospike_backend::Plan;
use isospike_backend::plan::{Constant, Drive, NeuronPlan};
use isospike_model::Of;
use isospike_net::{Column, Half, Precision};
use isospike_trace::Graph;

/// What the code of an update kernel depends on.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    /// The equations, as a graph of the plan's precision.
    pub(crate) graph: Graph,
    hash: u128,
    /// The 16-bit format of the state, if it has one.
    pub(crate) state: Option<Half>,
    /// How far each constant differs.
    pub(crate) varies: Vec<Varies>,
    /// Poisson inputs.
    pub(crate) poisson: Vec<Poisson>,
    /// Stimuli.
    pub(crate) stimuli: Vec<Stimulus>,
    /// Draw of each noise current.
    pub(crate) noise: Vec<u32>,
    /// What each filter filters.
    pub(crate) filters: Vec<Of>,
    /// The state slot that counts spikes, if there can be several in a step.
    pub(crate) counts: Option<usize>,
    /// Random words per neuron and step.
    pub(crate) draws: u32,
    /// Plastic synapses reach it.
    pub(crate) learns: bool,
    /// The most thresholds of any table of its pieces.
    pub(crate) thresholds: u32,
}

/// How far a constant differs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Varies {
    /// Not at all.
    No,
    /// From neuron to neuron.
    ByNeuron,
    /// From lane to lane, perhaps from neuron to neuron too.
    ByLane,
}

/// What the code of a Poisson input depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Poisson {
    pub(crate) port: usize,
    pub(crate) draw: u32,
    /// Every neuron has its own table.
    pub(crate) each: bool,
}

/// What the code of a stimulus depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stimulus {
    /// Every neuron has its own gain.
    pub(crate) gains: bool,
    /// Every neuron has its own value.
    pub(crate) frames: bool,
}

impl Varies {
    pub(crate) fn of(constant: &Constant) -> Varies {
        match constant {
            Constant::PerLane(_) => Varies::ByLane,
            Constant::Shared(Column::Each(_)) => Varies::ByNeuron,
            Constant::Shared(Column::Uniform(_)) => Varies::No,
        }
    }
}

impl Kind {
    fn of(neurons: &NeuronPlan, precision: Precision) -> Kind {
        let graph = match precision {
            Precision::F32 => neurons.model.graph_f32(),
            Precision::F64 => neurons.model.graph_f64(),
        };
        let drives = neurons.drives.iter().map(|Drive::Poisson(p)| p);
        let stimuli = neurons
            .current
            .stimuli
            .iter()
            .map(|s| Stimulus { gains: matches!(s.gain, Column::Each(_)), frames: s.has_frames() });
        let tables = drives.clone().flat_map(|p| &p.tables);
        Kind {
            hash: graph.content_hash(),
            graph,
            state: neurons.state,
            varies: neurons.consts.iter().map(Varies::of).collect(),
            poisson: drives
                .map(|p| Poisson { port: p.port, draw: p.draw, each: p.table_of.is_some() })
                .collect(),
            stimuli: stimuli.collect(),
            filters: neurons.filters.iter().map(|f| f.of).collect(),
            counts: neurons.model.counts().map(|c| c.slot),
            noise: neurons.current.noise.iter().map(|n| n.2).collect(),
            draws: neurons.draws,
            learns: neurons.pending > 0,
            thresholds: tables.map(|t| t.thresholds().len() as u32).max().unwrap_or(0),
        }
    }

    /// Ports of the model.
    pub(crate) fn ports(&self) -> usize {
        self.graph.args().iter().filter(|a| a.name.starts_with("port.")).count()
    }

    /// Whether the same code serves both. Models are told apart by what they compute: user models
    /// may share a name.
    fn serves(&self, o: &Kind) -> bool {
        self.hash == o.hash
            && (&self.varies, &self.poisson, &self.noise) == (&o.varies, &o.poisson, &o.noise)
            && (self.draws, self.learns, self.state) == (o.draws, o.learns, o.state)
            && (&self.stimuli, &self.filters, self.counts) == (&o.stimuli, &o.filters, o.counts)
    }
}

/// All kinds of a plan, each with its pieces.
pub(crate) fn kinds(plan: &Plan) -> Vec<(Kind, Vec<usize>)> {
    let mut kinds: Vec<(Kind, Vec<usize>)> = Vec::new();
    for (i, piece) in plan.layout().pieces.iter().enumerate() {
        let neurons = plan.populations[piece.population].neurons.as_ref();
        let kind = Kind::of(neurons.expect("pieces are neurons"), plan.precision());
        match kinds.iter_mut().find(|(known, _)| known.serves(&kind)) {
            Some((known, pieces)) => {
                known.thresholds = known.thresholds.max(kind.thresholds);
                pieces.push(i);
            }
            None => kinds.push((kind, vec![i])),
        }
    }
    kinds
}
