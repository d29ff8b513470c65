//! How fast rows are made: nanoseconds per synapse, on one thread.
//!
//! `cargo run --release -p isospike-net --example rows`

use isospike_net::*;
use std::time::Instant;

/// All rows of all projections on two threads.
fn whole(name: &str) {
    let network = Loader::default().load(name).expect("bundled");
    let start = Instant::now();
    let mut synapses = 0;
    for p in 0..network.projections.len() {
        let wiring = Wiring::new(&network, p, 2).expect("valid");
        synapses += wiring.synapses();
        let n = network.populations[network.projections[p].source].size as usize;
        par::chunks(n, 2, |_, range| {
            let mut row = Row::default();
            range.for_each(|source| wiring.row(source as u32, &mut row));
        });
    }
    println!("{name}: {synapses} synapses in {:.2} s", start.elapsed().as_secs_f64());
}

fn main() {
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
    for (name, connector, weight, delay, multapses) in cases {
        let network = Network::build(name)
            .population("A", n, "iaf_psc_exp", |p| p)
            .population("B", n, "iaf_psc_exp", |p| p)
            .project("A", "B", |c| {
                c.connector(connector).multapses(multapses).weight(weight).delay(delay)
            })
            .finish()
            .expect("valid");
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
    whole("microcircuit");
    whole("hpc");
}
