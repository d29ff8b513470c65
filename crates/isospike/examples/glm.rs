//! A generalised linear model: refractory neurons that follow a stimulus.
//!
//! `cargo run --release -p isospike --example glm`

use isospike::net::{Course, Stimulus, Value};
use isospike::{Network, Options, Simulation};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let sine = Course::Sine { amplitude: 2.0, period_ms: 200.0, phase: 0.0, baseline: 0.0 };
    // the first half of the neurons sees it
    let half = (0..1000).map(|i| if i < 500 { 1.0 } else { 0.0 }).collect::<Vec<_>>();
    let network = Network::build("glm")
        .dt(1.0)
        .seed(4)
        .population("n", 1000, "bernoulli_glm", |p| {
            p.params(&[("theta", 4.0), ("coupling_window", 10.0), ("alpha", 0.2)])
                .stimulus(Stimulus { gain: Value::from(half), ..Stimulus::new(sine) })
        })
        .project("n", "n", |c| c.in_degree(20).weight(0.1).delay(1.0).autapses(false))
        .finish()?;
    let mut simulation = Simulation::new(network, &Options::default())?;
    // spikes by phase of the stimulus: seen or not
    let mut counts = [[0u32; 4]; 2];
    simulation.run(10_000.0, |spikes| {
        for s in spikes {
            counts[usize::from(s.id >= 500)][(s.step % 200 / 50) as usize] += 1;
        }
    })?;
    for (who, counts) in ["with the stimulus", "without it"].iter().zip(counts) {
        // 500 neurons, 50 periods, quarters of 50 ms
        let rates = counts.map(|n| f64::from(n) / 500.0 / 2.5);
        println!("{who}: {rates:.1?} spikes/s in the quarters of its period");
    }
    assert!(counts[0][0] > 2 * counts[0][2], "neurons follow the stimulus");
    assert!(counts[1][0].abs_diff(counts[1][2]) * 5 < counts[1][0], "others do not");
    Ok(())
}
