//! Finds the threshold and the coupling with which a network fires at 20 spikes/s, and runs it.
//!
//! `cargo run --release -p isospike --example tune`

use isospike::net::Generator;
use isospike::{Network, Options, Simulation, Tunable, Tuning, tune};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let weights = Generator::Normal { mean: 0.0, std: 5.0, sparsity: 0.5, glorot: true };
    let network = Network::build("tuned")
        .dt(1.0)
        .seed(4)
        .population("n", 200, "bernoulli_glm", |p| p.param("theta", 5.0))
        .project("n", "n", |c| c.generator(weights).delay(1.0))
        .finish()?;
    let parameter = |name: &str, low, high| {
        let (population, name) = ("n".to_owned(), name.to_owned());
        Tunable { population, name, low, high }
    };
    let tuning = Tuning {
        parameters: vec![parameter("theta", 0.0, 10.0), parameter("r", 0.1, 2.0)],
        rates_hz: vec![("n".into(), 20.0)],
        tolerance_hz: 0.2,
        ..Tuning::default()
    };
    let (network, last) = tune(network, &tuning, &Options::default(), |run| {
        let [theta, r] = run.values[..] else { return };
        let (rate, error) = run.rates_hz[0];
        println!("run {}: theta {theta:.3}, r {r:.3}: {rate:.2} +- {error:.2} spikes/s", run.runs);
    })?;
    assert!((last.rates_hz[0].0 - 20.0).abs() < 0.2);

    // other noise, and a longer time
    let mut simulation =
        Simulation::new(Network { lane_seeds: vec![99], ..network }, &Options::default())?;
    let mut spikes = 0;
    simulation.run(20_000.0, |new| spikes += new.len())?;
    let rate = spikes as f64 / 200.0 / 20.0;
    println!("another 20 s: {rate:.2} spikes/s");
    assert!((rate - 20.0).abs() < 0.4, "it fires as was asked");
    Ok(())
}
