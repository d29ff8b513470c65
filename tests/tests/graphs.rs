//! Graphs of NIR run to the same bits on every device.

use isospike::{DeviceOptions, open};
use isospike_layer::compute::Computer;
use isospike_nir::{Graph, Method, Model, Options, Watch, read};
use isospike_tests::devices::others;
use std::path::Path;

const STEPS: usize = 40;

fn graph(name: &str) -> Graph {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/isospike-nir/tests/data");
    read(&folder.join(name)).expect("a graph")
}

/// What every node gives, and every potential, for inputs that differ from place to place; and how
/// many of those numbers are not 0.
fn run(on: &Computer<f32>, graph: &Graph, options: &Options, items: usize) -> (Vec<u32>, usize) {
    let mut model = Model::new(on, graph, options, items).expect("a model");
    let mut inputs = Vec::new();
    for (name, shape) in model.inputs() {
        let n = STEPS * items * shape.iter().product::<usize>();
        let number = |i: usize| ((i * 7919 + i / 13) % 97) as f32 / 97.0;
        inputs.push((name.to_owned(), (0..n).map(number).collect::<Vec<_>>()));
    }
    let nodes: Vec<String> = model.nodes().map(str::to_owned).collect();
    let potentials = nodes.iter().filter(|name| model.has_potential(name));
    let mut watch: Vec<_> = potentials.map(|name| Watch::Potential(name)).collect();
    watch.extend(nodes.iter().map(|name| Watch::Output(name)));
    let inputs: Vec<_> = inputs.iter().map(|(name, x)| (name.as_str(), &x[..])).collect();
    let all = model.run(STEPS, &inputs, &watch).expect("it runs").concat();
    let active = all.iter().filter(|x| **x != 0.0).count();
    (all.into_iter().map(f32::to_bits).collect(), active)
}

#[test]
fn every_graph_gives_the_same() {
    let options = DeviceOptions::default();
    let cpu = open("cpu", &options).expect("the CPU opens").computer_f32().expect("arrays");
    for name in others("graphs::every_graph_gives_the_same") {
        let device = open(&name, &options).unwrap_or_else(|e| panic!("{name}: {e}"));
        let there = device.computer_f32().unwrap_or_else(|e| panic!("{name}: {e}"));
        for (file, items) in [
            ("lif_norse.nir", 3),
            ("two_lif_neurons.nir", 2),
            ("braille_noDelay_noBias_subtract.nir", 2),
            ("cnn_sinabs.nir", 1),
        ] {
            let graph = graph(file);
            for method in [Method::Euler, Method::Exponential] {
                let options = Options { method, ..Options::default() };
                let (expected, active) = run(&cpu, &graph, &options, items);
                assert!(active > STEPS, "{file}: {active} numbers are not 0");
                assert!(run(&there, &graph, &options, items).0 == expected, "{name}: {file}");
            }
        }
    }
}
