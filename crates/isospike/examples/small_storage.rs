//! Weights and state in 8 and 16 bits: what they take, what they lose, and what a network makes of
//! it.
//!
//! `cargo run --release -p isospike --example small_storage`

use isospike::net::{Distribution, Half, WeightStorage};
use isospike::{Network, Options, Simulation};

fn network(storage: WeightStorage, state: Option<Half>) -> isospike::Result<Network> {
    let lif = |p: isospike::net::NeuronsBuilder| {
        let p = p.poisson(8_000.0, 20.0).initial("V_m", Distribution::uniform(-70.0, -55.0));
        match state {
            Some(format) => p.state(format),
            None => p,
        }
    };
    let weight = |mean: f64| Distribution::normal(mean, 0.1 * mean.abs());
    Ok(Network::build("balanced")
        .population("E", 800, "iaf_psc_exp", lif)
        .population("I", 200, "iaf_psc_exp", lif)
        .project("E", "I", |c| c.in_degree(80).weight(weight(20.0)).delay(1.5).storage(storage))
        .project("I", "E", |c| c.in_degree(20).weight(weight(-100.0)).delay(1.5).storage(storage))
        .finish()?)
}

fn main() -> isospike::Result<()> {
    let cases = [
        (WeightStorage::Exact, None),
        (WeightStorage::I16, None),
        (WeightStorage::I8, None),
        (WeightStorage::F16, Some(Half::F16)),
        (WeightStorage::BF16, Some(Half::BF16)),
    ];
    println!(
        "weights, state: bits, median error of a weight, largest error of state: bytes, spikes"
    );
    for (storage, state) in cases {
        let options = Options::default();
        let mut simulation = Simulation::new(network(storage, state)?, &options)?;
        let mut spikes = 0;
        simulation.run(200.0, |new| spikes += new.len())?;
        let plan = simulation.plan();
        let (weights, kept) = (&plan.resolution.weights[0], &plan.resolution.state[0]);
        println!(
            "{:>4}, {:>4}: {:>2}, {:.1e}, {:.1e}: {}, {spikes}",
            weights.stored,
            kept.stored,
            weights.bits,
            weights.median_error,
            kept.largest_error,
            plan.memory.total_bytes(),
        );
        assert!(spikes > 100, "the network is active");
    }
    Ok(())
}
