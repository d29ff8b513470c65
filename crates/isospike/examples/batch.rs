//! Three lanes at once: one network under three seeds of its noise. A lane gives the spikes it
//! gives alone, to the bit.
//!
//! `cargo run --release -p isospike --example batch`

use isospike::net::{Distribution, NetworkBuilder};
use isospike::{Network, Options, Simulation, Spike};

/// The connections follow from the network's seed; lanes share them.
fn network() -> NetworkBuilder {
    Network::build("lanes")
        .seed(7)
        .population("E", 400, "iaf_psc_delta", |p| {
            p.initial("V_m", Distribution::uniform(-70.0, -55.0)).poisson(7_800.0, 0.18)
        })
        .project("E", "E", |c| c.in_degree(40).weight(0.05).delay(1.5))
}

fn spikes(network: Network) -> isospike::Result<Vec<Spike>> {
    let mut simulation = Simulation::new(network, &Options::default())?;
    let mut spikes = Vec::new();
    simulation.run(500.0, |new| spikes.extend_from_slice(new))?;
    Ok(spikes)
}

fn main() -> isospike::Result<()> {
    // Noise and initial state of a lane follow from its own seed.
    let seeds = vec![100, 200, 300];
    let together = spikes(network().lane_seeds(seeds.clone()).finish()?)?;

    for (lane, &seed) in (0u32..).zip(&seeds) {
        let of_lane = together.iter().filter(|s| s.lane == lane);
        let of_lane: Vec<_> = of_lane.map(|s| Spike { lane: 0, ..*s }).collect();
        let rate = of_lane.len() as f64 / 400.0 / 0.5;
        println!("lane {lane}, seed {seed}: {} spikes, {rate:.2} spikes/s", of_lane.len());
        let alone = spikes(network().lane_seeds(vec![seed]).finish()?)?;
        assert!(!alone.is_empty());
        assert_eq!(of_lane, alone, "a lane does not know its neighbours");
    }
    println!("each lane equals its own run");
    Ok(())
}
