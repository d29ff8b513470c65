//! `masses`: networks of neural masses on one thread; an element is a node in a lane for a step.
//! The id says the node, how many nodes, whether there are delays, and lanes.

mod common;

use common::PerElement;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use isospike_cpu::{Cpu, CpuDevice};
use isospike_mass::{Connectome, MassRun, Network, NodeDef, Plan, Source, Values, models};
use ndarray::Array2;

const STEPS: u64 = 64;

/// Dense weights that keep what they couple small.
fn network(node: &'static dyn NodeDef, nodes: usize, delays: bool, lanes: usize) -> Network {
    let weights = Array2::from_elem((nodes, nodes), 1.0 / nodes as f64);
    let lengths = Array2::from_shape_fn((nodes, nodes), |(i, j)| match delays {
        true => (1 + (7 * i + 13 * j) % 100) as f64,
        false => 0.0,
    });
    let connectome = Connectome::with_lengths(weights.view(), lengths.view()).expect("weights");
    let (variable, minus) = node.shows();
    let network = Network::new(node, connectome).dt(0.1).expect("a step");
    let network = network.speed(Values::from(10.0)).expect("a speed");
    let network = network.coupling_param("a", Values::from(1e-3)).expect("a parameter");
    let network = match node.inputs().len() {
        1 => network.input("c", Some(Source { variable, minus })).expect("an input"),
        _ => network,
    };
    network.lanes(lanes, 1).expect("lanes")
}

fn start(network: Network) -> Box<dyn MassRun<f32>> {
    let device = CpuDevice::new(Cpu::with_threads(1)).expect("a CPU");
    device.masses().start(Plan::new(network).expect("a plan"), &[]).expect("room")
}

fn masses(c: &mut Criterion<PerElement>) {
    let mut group = c.benchmark_group("masses");
    let nodes: [(&'static dyn NodeDef, usize); 4] = [
        (&models::JansenRit, 32),
        (&models::MontbrioPazoRoxin, 84),
        (&models::Epileptor, 76),
        (&models::Kuramoto, 76),
    ];
    for (node, n) in nodes {
        for delays in [false, true] {
            for lanes in [1, 16] {
                let mut run = start(network(node, n, delays, lanes));
                let at = if delays { "delays" } else { "no delays" };
                let id = BenchmarkId::new(node.name(), format!("{n} nodes, {at}, {lanes} lanes"));
                group.throughput(Throughput::Elements((n * lanes) as u64 * STEPS));
                group.bench_function(id, |b| b.iter(|| run.run(STEPS).expect("a run")));
            }
        }
    }
    group.finish();
}

criterion_group! { name = benches; config = common::short(); targets = masses }
criterion_main!(benches);
