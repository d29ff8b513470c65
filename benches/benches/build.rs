//! `build`: from a network to its plan (wiring, tables, scales) and, as `rows`, the wiring alone;
//! elements = synapses. The id says connector, `once` where a pair is drawn at most once, threads
//! where there are any, and number of synapses.

mod common;

use common::PerElement;
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use isospike::net::{Connector, Distribution, ProjectionBuilder, Row, Wiring};
use isospike::{Network, Options, Plan};
use std::hint::black_box;
use std::sync::Arc;

const NEURONS: u32 = 2_000;
const DEGREE: u32 = 500;

const TOTAL: Connector = Connector::FixedTotal(NEURONS as u64 * DEGREE as u64);

/// Name, connector, multapses.
const CONNECTORS: [(&str, Connector, bool); 7] = [
    ("all_to_all", Connector::AllToAll, true),
    ("probability", Connector::FixedProbability(DEGREE as f64 / NEURONS as f64), true),
    ("in_degree", Connector::FixedInDegree(DEGREE), true),
    ("in_degree once", Connector::FixedInDegree(DEGREE), false),
    ("out_degree", Connector::FixedOutDegree(DEGREE), true),
    ("total", TOTAL, true),
    ("total once", TOTAL, false),
];

/// One projection; weights and delays as in the microcircuit, or constant.
fn network(connector: &Connector, multapses: bool, drawn: bool) -> Arc<Network> {
    let describe = |c: ProjectionBuilder| {
        let c = c.connector(connector.clone()).multapses(multapses);
        if drawn {
            c.weight(Distribution::normal(87.8, 8.78).redrawn(0.0, f64::INFINITY))
                .delay(Distribution::normal(1.5, 0.75).redrawn(0.05, f64::INFINITY))
        } else {
            c.weight(87.8).delay(1.5)
        }
    };
    let network = Network::build("build")
        .population("neurons", NEURONS, "iaf_psc_exp", |p| p)
        .project("neurons", "neurons", describe);
    Arc::new(network.finish().expect("a valid network"))
}

fn build(c: &mut Criterion<PerElement>) {
    let mut group = c.benchmark_group("build");
    group.sampling_mode(SamplingMode::Flat);
    let all = std::thread::available_parallelism().map_or(1, |n| n.get());
    for (name, connector, multapses) in &CONNECTORS {
        for (drawn, kind) in [(true, "drawn"), (false, "constant")] {
            let network = network(connector, *multapses, drawn);
            let wiring = Wiring::new(&network, 0, 1).expect("a valid projection");
            let synapses = wiring.synapses();
            group.throughput(Throughput::Elements(synapses));
            group.bench_function(BenchmarkId::new(format!("rows/{name}/{kind}"), synapses), |b| {
                let mut row = Row::default();
                b.iter(|| {
                    for source in 0..NEURONS {
                        wiring.row(source, &mut row);
                        black_box(&row);
                    }
                });
            });
            let mut threads = vec![1, all];
            threads.dedup();
            for threads in threads {
                let (_, options) =
                    Options { threads: Some(threads), ..Options::default() }.open().expect("a CPU");
                let what = format!("plan/{name}/{kind}/threads {threads}");
                group.bench_function(BenchmarkId::new(what, synapses), |b| {
                    b.iter(|| Plan::new(network.clone(), &options).expect("a plan"));
                });
            }
        }
    }
    group.finish();
}

criterion_group! { name = benches; config = common::short(); targets = build }
criterion_main!(benches);
