//! The cortical microcircuit at full scale: every synapse, the published rates with both drives,
//! and memory within the plan. A test binary of its own, so that peak memory is its own.
//!
//! Rates are those of the reference implementation (T. C. Potjans, M. Diesmann 2014, numbers of
//! INM-6/microcircuit-PD14-model, one seed). An older list for the same network has 0.971 2.868
//! 4.746 5.396 8.142 9.078 0.991 7.523, another simulator 0.94 2.98 4.37 5.84 7.56 8.58 1.14 7.82:
//! with other seeds and over seconds, populations differ from the reference by up to 10.3 % (L6E),
//! so 12 % is what one second of one seed is held to here.

use isospike::{Network, Options, Simulation};
use isospike_tests::activity::Activity;
use isospike_tests::bundled::load;
use isospike_tests::process;
use isospike_tests::run::advance;

const RATES: [f64; 8] = [0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829];
const TOLERANCE: f64 = 0.12;
const SYNAPSES: u64 = 298_880_968;
/// What must be free for the network to be built.
const NEEDED: u64 = 3_000_000_000;

fn rates_agree(network: Network, baseline: u64) {
    let name = network.name.clone();
    let mut sim = Simulation::new(network, &Options::default()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(sim.plan().n_synapses(), SYNAPSES);
    let planned = sim.plan().memory.total_bytes();
    assert_eq!(sim.session().allocated_bytes(), planned, "planned is allocated");
    let spikes = advance(&mut sim, 15_000, 1000);
    let a = Activity::new(sim.plan(), &spikes, 5000..15_000);
    let (build, run) = (sim.build_time(), sim.simulate_time() / 3 * 2);
    println!("{name}: built in {build:.1?}, a model second in {run:.1?}; {:.3?}", a.rates());
    for ((population, rate), expected) in a.rates().iter().zip(RATES) {
        let off = rate / expected - 1.0;
        assert!(off.abs() < TOLERANCE, "{name}: {population} fires at {rate}, not {expected} /s");
    }
    let peak = process::peak_bytes().unwrap_or(0);
    let allowed = planned / 10 * 11 + 50_000_000 + baseline;
    println!("{name}: planned {planned}, peak {peak}, allowed {allowed} bytes");
    assert!(peak <= allowed, "{name}: peak of {peak} bytes, planned {planned}, before {baseline}");
}

#[test]
fn full_scale() {
    if let Some(available) = process::available_bytes().filter(|a| *a < NEEDED) {
        println!("SKIPPED microcircuit: {available} bytes of memory available, {NEEDED} needed");
        return;
    }
    let baseline = process::resident_bytes().unwrap_or(0);
    rates_agree(load("microcircuit", 1.0, &[]), baseline);
    rates_agree(load("microcircuit", 1.0, &["variant=dc"]), baseline);
}
