//! A balanced network of excitatory and inhibitory neurons: describe, run, look at the rates.
//!
//! `cargo run --release -p isospike --example quickstart`

use isospike::net::Distribution;
use isospike::{Network, Options, Simulation};

fn main() -> isospike::Result<()> {
    // 1,000 leaky integrate-and-fire neurons. Each gets its own Poisson train (spikes/s, weight in
    // pA).
    let start = Distribution::uniform(-70.0, -55.0);
    let delay = Distribution::normal(1.5, 0.5).redrawn(0.1, f64::INFINITY);
    let network = Network::build("balanced")
        .dt(0.1)
        .seed(42)
        .population("E", 800, "iaf_psc_exp", |p| p.initial("V_m", start).poisson(4_200.0, 40.0))
        .population("I", 200, "iaf_psc_exp", |p| p.initial("V_m", start).poisson(4_200.0, 40.0))
        .project("E", "E", |c| c.probability(0.1).weight(20.0).delay(delay))
        .project("E", "I", |c| c.probability(0.1).weight(20.0).delay(delay))
        .project("I", "E", |c| c.probability(0.1).weight(-120.0).delay(delay))
        .project("I", "I", |c| c.probability(0.1).weight(-120.0).delay(delay))
        .finish()?;

    // Threads, device and instruction set change the time it takes, never a spike.
    let mut simulation = Simulation::new(network, &Options::default())?;
    println!("{} synapses on {}", simulation.plan().n_synapses(), simulation.device().name);

    // Spikes are handed over as they come: nothing keeps them unless you do.
    let mut spikes = Vec::new();
    simulation.run(1_000.0, |new| spikes.extend_from_slice(new))?;

    let plan = simulation.plan().clone();
    for p in &plan.populations {
        let ids = p.first_id..p.first_id + p.size;
        let n = spikes.iter().filter(|s| ids.contains(&s.id)).count();
        let rate = n as f64 / f64::from(p.size) / (simulation.time_ms() * 1e-3);
        println!("{}: {rate:.2} spikes/s", p.name);
        assert!((0.5..50.0).contains(&rate), "neither silent nor runaway");
    }
    let factor = simulation.simulate_time().as_secs_f64() / (simulation.time_ms() * 1e-3);
    println!("real-time factor {factor:.3}");
    println!("digest {}", simulation.digest());
    Ok(())
}
