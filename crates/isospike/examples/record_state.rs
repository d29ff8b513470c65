//! The membrane potential over time: a current step into one neuron, beside the solution of its
//! equation.
//!
//! `cargo run --release -p isospike --example record_state`

use isospike::lane::precise::exp;
use isospike::{Network, Options, Precision, Simulation};

fn main() -> isospike::Result<()> {
    // 300 pA from 20 ms to 70 ms. Resistance tau_m/C_m = 10 ms/250 pF = 40 MOhm: 12 mV, below
    // threshold.
    let network = Network::build("step")
        .precision(Precision::F64)
        .population("neuron", 1, "iaf_psc_exp", |p| {
            p.params(&[("tau_m", 10.0), ("C_m", 250.0), ("E_L", -70.0)])
                .steps(&[(20.0, 300.0), (70.0, 0.0)])
        })
        .finish()?;

    let mut simulation = Simulation::new(network, &Options::default())?;
    let mut worst = 0f64;
    while simulation.time_ms() < 120.0 {
        // How a run is cut changes nothing, so state can be looked at whenever you like; every 4 ms
        // here.
        simulation.run(4.0, |_| ())?;
        let t = simulation.time_ms();
        let v = simulation.values("neuron", "V_m")?[[0, 0]]; // [neuron, lane], in mV

        let charged = |t: f64| 12.0 * (1.0 - exp(-t / 10.0));
        let expected = match t {
            t if t < 20.0 => -70.0,
            t if t < 70.0 => -70.0 + charged(t - 20.0),
            t => -70.0 + charged(50.0) * exp(-(t - 70.0) / 10.0),
        };
        worst = worst.max((v - expected).abs());
        println!("{t:5.0} ms {v:8.3} mV {}*", " ".repeat(((v + 70.0) * 4.0) as usize));
    }
    println!("largest difference from the closed form: {worst:.1e} mV");
    assert!(worst < 1e-9);
    Ok(())
}
