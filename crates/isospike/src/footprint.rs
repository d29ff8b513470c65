//! What a network really takes, beside what was planned.

use crate::{Options, Simulation, resident};
use isospike_backend::plan::Phases;
use isospike_backend::{Result, Spike};
use isospike_net::Network;
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Steps of an equilibration that are run at a time.
const CHUNK: u64 = 1024;

/// What a network takes once it was built and run for some steps.
///
/// Bytes that the system counts are those of the whole process, whatever else it holds. A page
/// counts when it was touched: a record that was never full is not all there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Footprint {
    /// Bytes of the memory plan.
    pub planned_bytes: u64,
    /// Bytes that the session allocated, counted where it did.
    pub allocated_bytes: u64,
    /// Steps that were run after the equilibration.
    pub n_steps: u64,
    /// The most in each phase, as planned.
    pub phases: Phases,
    /// What the system counts; `None` where it does not say.
    pub resident: Option<Resident>,
}

/// Resident memory of the process (bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Resident {
    /// Before the network was built.
    pub before_bytes: u64,
    /// When it had run.
    pub after_bytes: u64,
    /// The most while it was built.
    pub build_bytes: u64,
    /// The most while it ran, its equilibration included.
    pub run_bytes: u64,
    /// The most while spikes were handed out.
    pub record_bytes: u64,
    /// Whether these are each phase's own; if not, each is the most until then.
    pub by_phase: bool,
}

/// Builds a network, runs its equilibration and up to `steps` steps after it (fewer if the record
/// of spikes is full before), takes out the spikes, and looks at memory on the way.
///
/// # Errors
/// As [`Simulation::new`] and [`Simulation::run_steps`].
pub fn footprint(
    network: impl Into<Arc<Network>>,
    options: &Options,
    steps: u64,
) -> Result<Footprint> {
    let network = network.into();
    let mut by_phase = resident::forget_peak();
    let before = resident::now_bytes();
    let mut simulation = Simulation::new(network, options)?;
    let mut peak = || {
        let peak = resident::peak_bytes();
        by_phase &= resident::forget_peak();
        peak
    };
    let build = peak();
    simulation.equilibrate(CHUNK, || ControlFlow::Continue(()))?;
    let session = simulation.session();
    session.run(steps)?;
    let run = peak();
    let mut spikes: Vec<Spike> = Vec::new();
    session.drain_spikes(&mut spikes)?;
    let record = peak();
    drop(spikes);
    let after = resident::now_bytes();
    let resident = (|| {
        Some(Resident {
            before_bytes: before?,
            after_bytes: after?,
            build_bytes: build?,
            run_bytes: run?,
            record_bytes: record?,
            by_phase,
        })
    })();
    Ok(Footprint {
        planned_bytes: simulation.plan().memory.total_bytes(),
        allocated_bytes: simulation.session().allocated_bytes(),
        n_steps: simulation.step(),
        phases: simulation.plan().phases,
        resident,
    })
}
