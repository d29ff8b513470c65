//! One network everywhere: spikes and state must be equal on every device of the machine.

use crate::{Divergence, Options, PassedOver, Place, Simulation, first_divergence, places};
use isospike_backend::{Error, ErrorKind, Result};
use isospike_net::Network;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What came of running a network everywhere.
pub struct Verification {
    /// One per place. The first that ran is what the others were compared with.
    pub runs: Vec<Run>,
    /// Devices that do not answer and backends of this build without a device, and why.
    pub absent: Vec<PassedOver>,
}

/// A place and what happened there.
pub struct Run {
    /// Where.
    pub place: Place,
    /// What.
    pub verdict: Verdict,
}

/// What happened at a place.
pub enum Verdict {
    /// Same spikes, same state.
    Equal(Ran),
    /// Other spikes or another state, and where they part; `None` if they did not when both were
    /// run again, side by side: then one of the devices does not repeat itself.
    Differs(Ran, Option<Divergence>),
    /// The device cannot run it, and why.
    NotRun(String),
    /// The device broke down, or a state did not stay finite that did elsewhere.
    Failed(String),
}

/// A run to the end.
#[derive(Clone, Debug)]
pub struct Ran {
    /// SHA-256 of the spikes; of neural masses, of the signal after each step.
    pub digest: String,
    /// SHA-256 of the state at the end.
    pub state_digest: String,
    /// Spikes; neural masses have none.
    pub n_spikes: Option<u64>,
    /// Planning and compiling (s).
    pub build_s: f64,
    /// Simulating (s).
    pub simulate_s: f64,
}

impl Verification {
    /// Runs that went to the end; of fewer than two nothing can be said.
    pub fn compared(&self) -> usize {
        let ran = |r: &&Run| matches!(r.verdict, Verdict::Equal(_) | Verdict::Differs(..));
        self.runs.iter().filter(ran).count()
    }

    /// Whether no two runs differ and none failed.
    pub fn holds(&self) -> bool {
        let broken = |r: &Run| matches!(r.verdict, Verdict::Differs(..) | Verdict::Failed(_));
        !self.runs.iter().any(broken)
    }
}

/// Runs a network for `ms` at every one of the [`places`] and compares; `begin` is called with each
/// place before it is tried. `options` says what is not about devices.
///
/// # Errors
/// `Invalid` for a network or a time that is wrong; `NotFinite` if the first run says so.
pub fn verify(
    network: &Arc<Network>,
    ms: f64,
    options: &Options,
    begin: impl FnMut(&Place),
) -> Result<Verification> {
    let steps = crate::steps_in(ms, network.dt_ms)?;
    let run = |place: &Place| run(network, place, steps);
    everywhere(options, begin, run, |places| part(network, places, steps))
}

/// Runs something everywhere and compares with the first that ran; `part` says where two places
/// part.
pub(crate) fn everywhere(
    options: &Options,
    mut begin: impl FnMut(&Place),
    run: impl Fn(&Place) -> Result<Ran>,
    part: impl Fn([&Place; 2]) -> Result<Option<Divergence>>,
) -> Result<Verification> {
    let (places, absent) = places(options);
    let mut runs: Vec<Run> = Vec::new();
    let mut first: Option<(Place, Ran)> = None;
    for place in places {
        begin(&place);
        let verdict = match (run(&place), &first) {
            (Ok(ran), None) => {
                first = Some((place.clone(), ran.clone()));
                Verdict::Equal(ran)
            }
            (Ok(ran), Some((there, expected))) => {
                match ran.digest == expected.digest && ran.state_digest == expected.state_digest {
                    true => Verdict::Equal(ran),
                    false => Verdict::Differs(ran, part([there, &place])?),
                }
            }
            (Err(e), _) if cannot(&e) => Verdict::NotRun(e.to_string()),
            (Err(e), None) => return Err(e),
            (Err(e), Some(_)) => Verdict::Failed(e.to_string()),
        };
        runs.push(Run { place, verdict });
    }
    Ok(Verification { runs, absent })
}

/// Whether a device could not even begin.
fn cannot(e: &Error) -> bool {
    matches!(e.kind(), ErrorKind::Unsupported | ErrorKind::MemoryLimit | ErrorKind::OutOfMemory)
}

fn run(network: &Arc<Network>, place: &Place, steps: u64) -> Result<Ran> {
    let mut simulation = Simulation::new(network.clone(), &place.options)?;
    let mut n_spikes = 0;
    simulation.run_steps(steps, steps, |_, new| {
        n_spikes += new.len() as u64;
        ControlFlow::Continue(())
    })?;
    Ok(Ran {
        digest: simulation.digest(),
        state_digest: simulation.state_digest()?,
        n_spikes: Some(n_spikes),
        build_s: simulation.build_time().as_secs_f64(),
        simulate_s: simulation.simulate_time().as_secs_f64(),
    })
}

fn part(network: &Arc<Network>, places: [&Place; 2], steps: u64) -> Result<Option<Divergence>> {
    let names = places.map(Place::to_string);
    let [mut a, mut b] = [
        Simulation::new(network.clone(), &places[0].options)?,
        Simulation::new(network.clone(), &places[1].options)?,
    ];
    let before = network.equilibration_steps();
    let sessions = [a.session(), b.session()];
    let found = first_divergence(sessions, [&names[0], &names[1]], before + steps)?;
    Ok(found.map(|at| match at.step.checked_sub(before) {
        Some(step) => Divergence { step, ..at },
        None => {
            let what = format!("{} (step {} of the equilibration)", at.what, at.step);
            Divergence { step: 0, what }
        }
    }))
}
