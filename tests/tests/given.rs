//! Peak memory of a network of given edges stays within its plan. A test binary of its own, so that
//! peak memory is its own.

use isospike::net::{Edges, Network};
use isospike::{Options, Simulation};
use isospike_tests::process;
use isospike_tests::run::advance;

const NEURONS: u32 = 20_000;
const EDGES: u32 = 4_000_000;

fn network() -> Network {
    let edges = Edges {
        pre: (0..EDGES).map(|e| e.wrapping_mul(2_654_435_761) % NEURONS).collect(),
        post: (0..EDGES).map(|e| e.wrapping_mul(40_503) % NEURONS).collect(),
        weight: Some((0..EDGES).map(|e| 1.0 + f64::from(e % 1000) / 1000.0).collect()),
        delay_ms: Some((0..EDGES).map(|e| 0.1 * f64::from(1 + e % 20)).collect()),
    };
    let each = |from: f64| (0..NEURONS).map(|i| from + f64::from(i % 7)).collect::<Vec<_>>();
    Network::build("given")
        .population("n", NEURONS, "iaf_psc_exp", |p| {
            p.param("tau_m", each(10.0)).param("I_e", each(370.0)).initial("V_m", each(-70.0))
        })
        .project("n", "n", |c| c.edges(edges))
        .finish()
        .unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn peak_memory_stays_within_the_plan() {
    let Some(baseline) = process::resident_bytes() else {
        println!("SKIPPED given: this system does not say how much memory a process has");
        return;
    };
    let network = network();
    let mut sim = Simulation::new(network, &Options::default()).unwrap_or_else(|e| panic!("{e}"));
    let planned = sim.plan().memory.total_bytes();
    assert_eq!(sim.session().allocated_bytes(), planned, "planned is allocated");
    assert!(!advance(&mut sim, 500, 100).is_empty());
    let peak = process::peak_bytes().unwrap_or(0);
    let allowed = planned / 10 * 11 + 50_000_000 + baseline;
    println!("planned {planned}, peak {peak}, allowed {allowed} bytes");
    assert!(peak <= allowed, "peak of {peak} bytes, planned {planned}, before {baseline}");
}
