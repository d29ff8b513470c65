//! Stop half way, keep the state, go on elsewhere: a snapshot taken on one thread is resumed on
//! two, with the same end.
//!
//! `cargo run --release -p isospike --example snapshot`

use isospike::backend::SpikeDigest;
use isospike::net::Distribution;
use isospike::{Network, Options, Simulation};

fn network() -> isospike::Result<Network> {
    let network = Network::build("resumed")
        .population("E", 1_600, "iaf_psc_exp", |p| {
            p.initial("V_m", Distribution::uniform(-70.0, -55.0)).poisson(4_200.0, 40.0)
        })
        .population("I", 400, "iaf_psc_exp", |p| p.poisson(4_200.0, 40.0))
        .project("E", "I", |c| c.probability(0.05).weight(20.0).delay(1.5))
        .project("I", "E", |c| c.probability(0.05).weight(-120.0).delay(0.8));
    Ok(network.finish()?)
}

fn on_threads(n: usize) -> isospike::Result<Simulation> {
    let options = Options { threads: Some(n), ..Options::default() };
    Simulation::new(network()?, &options)
}

fn main() -> isospike::Result<()> {
    // In one go.
    let mut whole = on_threads(1)?;
    whole.run(200.0, |_| ())?;
    let mut later = Vec::new();
    whole.run(200.0, |spikes| later.extend_from_slice(spikes))?;

    // Half way, saved: state, clock and the spikes that are still under way.
    let mut first = on_threads(1)?;
    first.run(200.0, |_| ())?;
    let snapshot = first.snapshot()?;
    let bytes: usize = snapshot.slots.iter().map(|(_, bytes)| bytes.len()).sum();
    println!("snapshot of step {}: {} slots, {bytes} bytes", first.step(), snapshot.slots.len());
    drop(first);

    // Resumed on another number of threads.
    let mut second = on_threads(2)?;
    assert_eq!(second.threads(), 2, "the network is large enough for two threads to pay");
    second.restore(&snapshot)?;
    assert_eq!(second.time_ms(), 200.0);
    second.run(200.0, |_| ())?;

    // The digest of a resumed simulation is that of its spikes since then.
    let mut digest = SpikeDigest::default();
    digest.update(&later);
    println!("{} spikes in the second half, digest {}", later.len(), second.digest());
    assert!(!later.is_empty());
    assert_eq!(second.digest(), digest.hex(), "the same spikes");
    assert_eq!(second.state_digest()?, whole.state_digest()?, "the same state");
    println!("state digest {}", second.state_digest()?);
    Ok(())
}
