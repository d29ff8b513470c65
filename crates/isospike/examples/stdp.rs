//! The window of spike-timing-dependent plasticity: weight change against the time between two
//! spikes.
//!
//! Pair i has one plastic synapse; its presynaptic neuron fires at 100 ms, its postsynaptic one
//! `delta_t[i]` later. With mu = 0 the rule is additive and its window is known: lambda w_max
//! exp(-delta_t/tau_plus) for post after pre, and -alpha lambda w_max exp(delta_t/tau_minus) for
//! pre after post.
//!
//! `cargo run --release -p isospike --example stdp`

use isospike::lane::precise::exp;
use isospike::net::Plasticity;
use isospike::{Network, Options, Precision, Simulation};

const DT_MS: f64 = 0.1;
const W0: f64 = 0.5;
/// All of a plastic synapse's delay is dendritic: a postsynaptic spike reaches the synapse this
/// much later.
const DELAY_MS: f64 = 1.0;
/// From a spike of a source to the spike it forces.
const FORCE_MS: f64 = 0.1;

fn step(ms: f64) -> u64 {
    (ms / DT_MS).round() as u64
}

fn main() -> isospike::Result<()> {
    let delta_t: Vec<f64> = (-10..=10).filter(|&i| i != 0).map(|i| 5.0 * f64::from(i)).collect();
    let n = delta_t.len() as u32;
    let rule = Plasticity {
        mu_plus: 0.0,
        mu_minus: 0.0,
        lambda: 0.02,
        alpha: 1.1,
        tau_plus: 16.8,
        tau_minus: 33.7,
        ..Plasticity::pair(1.0)
    };

    // What the synapse sees: the presynaptic spike at 100 ms, the postsynaptic one delta_t later.
    let pre = (0..n).map(|i| (step(100.0), i));
    let at = |dt: f64| step(100.0 + dt - DELAY_MS - FORCE_MS);
    let post = (0..n).zip(&delta_t).map(|(i, &dt)| (at(dt), i));

    // A jump of 100 mV makes a neuron fire at once; a plastic weight of 0.5 mV never does.
    let network = Network::build("window")
        .dt(DT_MS)
        .precision(Precision::F64)
        .spikes("pre", n, pre.collect())
        .spikes("force", n, post.collect())
        .population("post", n, "iaf_psc_delta", |p| p)
        .project("force", "post", |c| c.one_to_one().weight(100.0).delay(FORCE_MS))
        .project("pre", "post", |c| c.one_to_one().weight(W0).delay(DELAY_MS).plasticity(rule))
        .finish()?;
    let mut simulation = Simulation::new(network, &Options::default())?;
    simulation.run(200.0, |_| ())?;

    // The second projection; one synapse per source, one lane.
    let synapses = simulation.weights(1)?;
    assert!(synapses.pre == synapses.post && synapses.pre.len() == delta_t.len());
    for (&dt, &w) in delta_t.iter().zip(synapses.weight.column(0)) {
        let expected = match dt > 0.0 {
            true => rule.lambda * exp(-dt / rule.tau_plus),
            false => -rule.alpha * rule.lambda * exp(dt / rule.tau_minus),
        };
        let bar = "#".repeat(((w - W0).abs() * 2_000.0) as usize);
        println!("{dt:+6.1} ms {:+.6} {bar}", w - W0);
        assert!((w - W0 - expected).abs() < 1e-12, "expected {expected:+.6}");
    }
    Ok(())
}
