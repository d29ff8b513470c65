//! How fast rows are made: nanoseconds per synapse, on one thread.
//!
//! `cargo run --release -p isospike-net --example rows`

use isospike_model::by_name;
use isospike_net::*;
use std::collections::BTreeMap;
use std::time::Instant;

fn main() {
    let population = |name: &str, size| Population {
        name: name.into(),
        size,
        dynamics: Dynamics::Model(Neurons {
            model: by_name("iaf_psc_exp").expect("bundled"),
            params: BTreeMap::new(),
            initial: BTreeMap::new(),
            inputs: Vec::new(),
        }),
    };
    let n = 20_683;
    let weight = Distribution::normal(87.8, 8.78).redrawn(0.0, f64::INFINITY);
    let delay = Distribution::normal(1.5, 0.75).redrawn(0.05, f64::INFINITY);
    let constant = Distribution::constant;
    let cases = [
        (
            "total, normal weights and delays",
            Connector::FixedTotal(45_499_805),
            weight,
            delay,
            true,
        ),
        ("total, constants", Connector::FixedTotal(45_499_805), constant(1.0), constant(1.0), true),
        (
            "total, no multapses",
            Connector::FixedTotal(45_499_805),
            constant(1.0),
            constant(1.0),
            false,
        ),
        ("probability 0.1", Connector::FixedProbability(0.1), constant(1.0), constant(1.0), true),
        ("out-degree 2000", Connector::FixedOutDegree(2000), constant(1.0), constant(1.0), true),
        ("in-degree 2000", Connector::FixedInDegree(2000), constant(1.0), constant(1.0), true),
        (
            "in-degree 2000, no multapses",
            Connector::FixedInDegree(2000),
            constant(1.0),
            constant(1.0),
            false,
        ),
    ];
    for (name, connector, weight, delay_ms, multapses) in cases {
        let network = Network {
            name: name.into(),
            dt_ms: 0.1,
            seed: 1,
            lane_seeds: vec![1],
            precision: Precision::F32,
            populations: vec![population("A", n), population("B", n)],
            projections: vec![Projection {
                source: 0,
                target: 1,
                connector,
                autapses: true,
                multapses,
                weight,
                delay_ms,
                port: None,
                storage: WeightStorage::Auto,
                plasticity: None,
            }],
        };
        let start = Instant::now();
        let wiring = Wiring::new(&network, 0, 1).expect("valid");
        let new = start.elapsed();
        let start = Instant::now();
        let (mut row, mut check) = (Row::default(), 0u64);
        for source in 0..n {
            wiring.row(source, &mut row);
            check += row.delays.iter().map(|&d| u64::from(d)).sum::<u64>();
        }
        let per = |d: std::time::Duration| d.as_secs_f64() * 1e9 / wiring.synapses() as f64;
        println!(
            "{name}: {} synapses, new {:.2} ns, rows {:.2} ns per synapse (mean delay {:.3})",
            wiring.synapses(),
            per(new),
            per(start.elapsed()),
            check as f64 / wiring.synapses() as f64,
        );
    }
}
