//! Poisson input against theory: mean and variance of the membrane potential by Campbell's theorem.
//!
//! A train of rate r whose spikes each cause a response k(t) gives a potential of mean r ∫k and
//! variance r ∫k².
//! - delta synapses: k = w exp(-t/tau_m), so ∫k = w tau_m and ∫k² = w² tau_m/2.
//! - exponential currents: k = w R tau_s/(tau_m - tau_s) (exp(-t/tau_m) - exp(-t/tau_s)), so ∫k = w
//!   R tau_s and ∫k² = (w R tau_s)²/(2 (tau_m + tau_s)), with R = tau_m/C_m.
//!
//! `cargo run --release -p isospike --example poisson_drive`

use isospike::{Network, Options, Precision, Simulation};

const N: u32 = 4_000;
const DT_MS: f64 = 0.1;
const TAU_M: f64 = 10.0;
const TAU_S: f64 = 2.0;
const C_M: f64 = 250.0;
/// Spikes per ms.
const RATE: f64 = 8.0;
const DELTA_MV: f64 = 0.1;
const EXP_PA: f64 = 20.0;

fn main() -> isospike::Result<()> {
    // Thresholds out of reach, potentials relative to rest; every neuron has a train of its own.
    let passive = [("E_L", 0.0), ("V_reset", 0.0), ("V_th", 1e6), ("tau_m", TAU_M), ("C_m", C_M)];
    let network = Network::build("shot noise")
        .dt(DT_MS)
        .precision(Precision::F64)
        .population("delta", N, "iaf_psc_delta", |p| {
            p.params(&passive).poisson(RATE * 1e3, DELTA_MV)
        })
        .population("exp", N, "iaf_psc_exp", |p| {
            p.params(&passive).param("tau_syn_ex", TAU_S).poisson(RATE * 1e3, EXP_PA)
        })
        .finish()?;
    let mut simulation = Simulation::new(network, &Options::default())?;

    // 15 time constants to forget the start, then samples far enough apart to be independent.
    simulation.run(150.0, |_| ())?;
    let mut samples = [Vec::new(), Vec::new()];
    for _ in 0..10 {
        simulation.run(50.0, |_| ())?;
        for (all, name) in samples.iter_mut().zip(["delta", "exp"]) {
            all.extend(simulation.values(name, "V_m")?);
        }
    }

    let charge = EXP_PA * TAU_M / C_M * TAU_S;
    let theory = [
        (RATE * DELTA_MV * TAU_M, RATE * DELTA_MV * DELTA_MV * TAU_M / 2.0),
        (RATE * charge, RATE * charge * charge / (2.0 * (TAU_M + TAU_S))),
    ];
    println!("         mean mV (theory)    variance mV² (theory)");
    for ((name, (mean, variance)), v) in ["delta", "exp"].iter().zip(theory).zip(&samples) {
        let n = v.len() as f64;
        let m = v.iter().sum::<f64>() / n;
        let s2 = v.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / (n - 1.0);
        println!("{name:>5}   {m:8.4} ({mean:.4})    {s2:8.5} ({variance:.5})");
        // Four standard errors, and the step: spikes of a step arrive together at its end, which
        // shifts the moments by about dt/(2 tau) of themselves.
        let step = DT_MS / (2.0 * TAU_S);
        let sampling = [4.0 * (variance / n).sqrt(), 4.0 * variance * (2.0 / n).sqrt()];
        assert!((m - mean).abs() < sampling[0] + step * mean, "{name}: mean");
        assert!((s2 - variance).abs() < sampling[1] + step * variance, "{name}: variance");
    }
    Ok(())
}
