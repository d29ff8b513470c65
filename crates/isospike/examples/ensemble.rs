//! Different networks side by side: sizes, weights and seeds. A member gives the spikes it gives
//! alone, to the bit.
//!
//! `cargo run --release -p isospike --example ensemble`

use isospike::{Ensemble, Network, Options, Simulation};
use std::error::Error;
use std::ops::ControlFlow;

fn network(size: u32, weight: f64, seed: u64) -> Result<Network, isospike::net::NetError> {
    Network::build("member")
        .seed(seed)
        .population("E", size, "iaf_psc_delta", |p| p.poisson(7_800.0, 0.18))
        .project("E", "E", |c| c.in_degree(40).weight(weight).delay(1.5))
        .finish()
}

fn main() -> Result<(), Box<dyn Error>> {
    // All of them together, at any time, within 100 MB.
    let options = Options { memory_limit: Some(100_000_000), ..Options::default() };
    let mut ensemble = Ensemble::new(options);
    let members = [(200, 0.05, 1), (200, 0.05, 2), (400, 0.05, 1), (800, -0.1, 1)];
    for (size, weight, seed) in members {
        let name = format!("{size} neurons, {weight} mV, seed {seed}");
        ensemble.add(name, network(size, weight, seed)?);
    }
    let mut digests = Vec::new();
    ensemble.run(
        |_, simulation| {
            let mut n = 0;
            simulation.run(500.0, |spikes| n += spikes.len())?;
            Ok((n, simulation.digest()))
        },
        |i, (n, digest)| {
            let (size, weight, seed) = members[i];
            let rate = n as f64 / f64::from(size) / 0.5;
            println!("{size} neurons, {weight} mV, seed {seed}: {rate:.2} spikes/s");
            digests.push(digest);
            ControlFlow::Continue(())
        },
    )?;
    for ((size, weight, seed), together) in members.into_iter().zip(digests) {
        let mut alone = Simulation::new(network(size, weight, seed)?, &Options::default())?;
        alone.run(500.0, |_| ())?;
        assert_eq!(alone.digest(), together, "a member does not know the others");
    }
    println!("each member equals its own run");
    Ok(())
}
