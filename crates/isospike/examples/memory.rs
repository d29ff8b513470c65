//! Memory before anything is built: what a network takes, the largest that fits, and a batch in
//! parts that fit one after the other, with the same digest.
//!
//! `cargo run --release -p isospike --example memory`

use isospike::backend::SpikeDigest;
use isospike::backend::memory::human;
use isospike::net::Loader;
use isospike::{MicroBatches, Network, Options, Room, Simulation, Spike, merge};

fn network(scale: f64) -> isospike::Result<Network> {
    let loader = Loader { scale: Some(scale), batch: Some(6), ..Loader::default() };
    Ok(loader.load("brunel")?)
}

fn spikes(network: impl Into<std::sync::Arc<Network>>) -> isospike::Result<Vec<Spike>> {
    let mut simulation = Simulation::new(network, &Options::default())?;
    let mut spikes = Vec::new();
    simulation.run(50.0, |new| spikes.extend_from_slice(new))?;
    Ok(spikes)
}

fn main() -> isospike::Result<()> {
    let room = Room::of(&Options::default())?;
    let planned = room.measure(network(0.1)?)?;
    for p in &planned.sizes.projections {
        println!("{} -> {}: {} synapses, {}", p.from, p.to, p.n_conns, human(p.n_bytes));
    }
    let total = planned.memory.total_bytes();
    println!("in all {}", human(total));

    // Half of that is not enough for six lanes at once.
    let half = room.with_limit(Some(total / 2));
    let largest = half.largest_scale(network, None)?.expect("a small one fits");
    println!("scale {} fits into {}", largest.scale, human(total / 2));

    let batches = MicroBatches::fit(network(0.1)?, &half)?;
    let mut streams = Vec::new();
    for part in batches.parts() {
        println!("lanes {:?}", part.lanes);
        let mut spikes = spikes(part.network.clone())?;
        part.renumber(&mut spikes);
        streams.push(spikes.into_iter().map(Ok));
    }
    let merged = merge(streams).collect::<isospike::Result<Vec<Spike>>>()?;
    let mut digest = SpikeDigest::default();
    digest.update(&merged);
    println!("digest {}", digest.hex());
    assert_eq!(merged, spikes(network(0.1)?)?, "the whole batch at once");
    Ok(())
}
