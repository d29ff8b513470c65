//! A run of a network that is followed step by step.

use super::target::Target;
use crate::{Options, Simulation};
use isospike_backend::{Result, SessionExt, Slot};
use isospike_glm::Measured;
use isospike_model::{Forward, Of, Seen};
use isospike_net::Network;
use std::ops::ControlFlow;

/// Parts of a run whose means give its standard error.
pub(super) const PARTS: u64 = 16;

/// Runs a network and says what the rates are and how they change with the parameters.
pub(super) fn run(
    network: &Network,
    targets: &[Target],
    options: &Options,
    settle: u64,
    steps: u64,
) -> Result<Vec<Measured>> {
    let (dt_ms, lanes) = (network.dt_ms, network.lane_seeds.len());
    let hz = 1000.0 / dt_ms;
    let mut followed = targets
        .iter()
        .map(|target| Ok(Followed::new(target, target.forward(network, lanes)?)))
        .collect::<Result<Vec<_>>>()?;
    let mut network = network.clone();
    for f in followed.iter().filter(|f| f.forward.asks_arrived()) {
        f.target.look_back(&mut network)?;
    }
    // What does not count.
    let before = network.equilibration_steps() + settle;
    let mut simulation = Simulation::new(network, options)?;
    let mut parts = vec![Vec::new(); targets.len()];
    for part in 0..=PARTS {
        let n = if part == 0 { before } else { steps.div_ceil(PARTS) };
        for _ in 0..n {
            simulation.session().run_steps(1, 1, |_, _| ControlFlow::Continue(()))?;
            followed.iter_mut().try_for_each(|f| f.see(&mut simulation))?;
        }
        for (f, parts) in followed.iter_mut().zip(&mut parts) {
            let (mean, gradient) = f.forward.take();
            if part > 0 {
                parts.push((mean * hz, gradient));
            }
        }
    }
    Ok(parts.iter().map(|parts| measured(parts, hz)).collect())
}

/// The mean of the parts of a run, with its standard error.
fn measured(parts: &[(f64, Vec<f64>)], hz: f64) -> Measured {
    let n = parts.len() as f64;
    let rate = parts.iter().map(|p| p.0).sum::<f64>() / n;
    let squares: f64 = parts.iter().map(|p| (p.0 - rate) * (p.0 - rate)).sum();
    let mut gradient = vec![0.0; parts[0].1.len()];
    for (_, slopes) in parts {
        gradient.iter_mut().zip(slopes).for_each(|(g, s)| *g += s * hz / n);
    }
    Measured { rate, error: (squares / (n - 1.0) / n).sqrt(), gradient }
}

/// A target in a run.
struct Followed<'a> {
    target: &'a Target,
    forward: Forward,
    /// The filter whose past shows what arrives.
    coupling: Option<usize>,
    seen: [Vec<f64>; 4],
}

impl<'a> Followed<'a> {
    fn new(target: &'a Target, forward: Forward) -> Followed<'a> {
        let filters = target.model.filters();
        let coupling = filters.iter().position(|f| matches!(f.of, Of::Port(_)));
        let coupling = coupling.filter(|_| forward.asks_arrived());
        Followed { target, forward, coupling, seen: Default::default() }
    }

    /// Looks at what a step left.
    fn see(&mut self, simulation: &mut Simulation) -> Result<()> {
        let population = self.target.population;
        for (name, seen) in ["g", "spikes", "activation"].iter().zip(&mut self.seen) {
            let slot = self.target.model.state().iter().position(|s| s.name == *name);
            if let Some(slot) = slot {
                *seen = simulation.session().read_values(Slot::State { population, slot })?;
            }
        }
        let [g, spikes, activation, arrived] = &mut self.seen;
        if let Some(filter) = self.coupling {
            // the newest come first
            *arrived = simulation.session().read_values(Slot::Past { population, filter })?;
            arrived.truncate(g.len());
        }
        self.forward.step(&Seen { g, spikes, activation, arrived });
        Ok(())
    }
}
