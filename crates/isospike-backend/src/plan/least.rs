//! What any plan of a network needs at the least, counted from its description alone: to refuse one
//! that is far too big before it is spread out in memory.

use crate::memory::{Group, MemoryPlan};
use isospike_net::{Connector, Course, Dynamics, Input, Network, Precision, Projection, Stimulus};

/// State of all neurons, targets of all synapses, events of stimuli. The network may be invalid.
pub(super) fn plan(network: &Network) -> MemoryPlan {
    match network.precision {
        Precision::F32 => with_float::<f32>(network),
        Precision::F64 => with_float::<f64>(network),
    }
}

fn with_float<F>(network: &Network) -> MemoryPlan {
    let mut m = MemoryPlan::default();
    let batch = network.lane_seeds.len();
    for p in &network.populations {
        if let Dynamics::Model(n) = &p.dynamics {
            let floats = (p.size as usize * n.model.state().len()).saturating_mul(batch);
            m.add::<F>(Group::Neurons, &p.name, "state", floats);
            for input in &n.inputs {
                if let Input::Stimulus(stimulus) = input {
                    let events = events(stimulus, network.dt_ms);
                    m.add::<u64>(Group::Neurons, &p.name, "events of a stimulus", events as usize);
                }
            }
        }
    }
    for p in &network.projections {
        let population = |i: usize| network.populations.get(i);
        if let (Some(from), Some(to)) = (population(p.source), population(p.target)) {
            let owner = format!("{} -> {}", from.name, to.name);
            let synapses = synapses(p, from.size.into(), to.size.into());
            m.add::<u16>(Group::Synapses, &owner, "targets", synapses as usize);
        }
    }
    m
}

/// The mean of what is drawn, less ten standard deviations.
fn few(mean: f64) -> u64 {
    (mean - 10.0 * mean.sqrt()) as u64
}

/// About the least number of events in a list.
fn events(stimulus: &Stimulus, dt_ms: f64) -> u64 {
    match stimulus.course {
        // A step at least lies between two of them.
        Course::Intervals { mean_ms, .. } => {
            few((stimulus.stop_ms - stimulus.start_ms) / (mean_ms + dt_ms))
        }
        _ => 0,
    }
}

/// About the least number of synapses.
fn synapses(p: &Projection, sources: u64, targets: u64) -> u64 {
    let candidates = targets - u64::from(p.source == p.target && !p.autapses && targets > 0);
    match &p.connector {
        Connector::AllToAll => sources * candidates,
        Connector::OneToOne => sources.min(targets),
        Connector::FixedProbability(q) => few(q * (sources * candidates) as f64),
        Connector::FixedInDegree(k) => u64::from(*k) * targets,
        Connector::FixedOutDegree(k) => u64::from(*k) * sources,
        Connector::FixedTotal(n) => *n,
        Connector::Generated(generator) => few(generator.mean_synapses(sources as u32)),
        Connector::Edges(edges) => edges.pre.len() as u64,
    }
}
