//! Running a network to the end and keeping what can be compared.

use isospike::{Network, Options, Simulation, Spike};

/// What a run leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// All spikes.
    pub spikes: Vec<Spike>,
    /// Digest of the spikes.
    pub digest: String,
    /// Digest of the final state.
    pub state: String,
}

/// Builds on the CPU with this many threads.
pub fn build(network: &Network, threads: usize) -> Simulation {
    let options = Options { threads: Some(threads), spread: true, ..Options::default() };
    Simulation::new(network.clone(), &options).unwrap_or_else(|e| panic!("{e}"))
}

/// Runs `steps` steps on the CPU with this many threads, `chunk` at a time.
pub fn run(network: &Network, threads: usize, steps: u64, chunk: u64) -> Outcome {
    let mut sim = build(network, threads);
    let spikes = advance(&mut sim, steps, chunk);
    Outcome { spikes, digest: sim.digest(), state: sim.state_digest().expect("readable") }
}

/// Goes on for `steps` steps; returns the spikes.
pub fn advance(sim: &mut Simulation, steps: u64, chunk: u64) -> Vec<Spike> {
    let mut spikes = Vec::new();
    sim.run_steps(steps, chunk, |_, new| {
        spikes.extend_from_slice(new);
        std::ops::ControlFlow::Continue(())
    })
    .unwrap_or_else(|e| panic!("{e}"));
    spikes
}
