//! Networks that were trained, as graphs and back.

use crate::support::{Scratch, noise, plain};
use isospike_layer::compute::Pooling;
use isospike_layer::neurons::{Cuba, Integrate, Klif, Lif};
use isospike_layer::{Layer, Reset, Rule};
use isospike_nir::train::{export, import};
use isospike_nir::{Kind, Model, Watch, read, write};
use isospike_train::{Adam, Network, Tensor, loss};

/// A convolutional network after some steps of training, on pictures of 6 x 6 places.
fn trained(layer: &Layer) -> Network<f32> {
    let network = Network::<f32>::new(&plain(), &[6, 6, 2], 3).conv(4, 3, 1, 1).unwrap();
    let network = network.neurons(layer.clone()).unwrap().pool(Pooling::Average, 2).unwrap();
    let network = network.delay(2).unwrap().linear(8).unwrap().neurons(layer.clone()).unwrap();
    let mut network = network.linear(3).unwrap().neurons(layer.clone()).unwrap();
    let mut adam = Adam::<f32>::default();
    for _ in 0..3 {
        network.reset();
        let spikes = network.forward(&input(4)).unwrap();
        let (_, by_spikes) = loss::rate_mse(&spikes, &[0, 1, 2, 1]).unwrap();
        network.backward(&by_spikes).unwrap();
        network.step(&mut adam, 2e-2).unwrap();
    }
    network.reset();
    network
}

/// Pictures `[H, W, C]` over 8 steps.
fn input(items: usize) -> Tensor<f32> {
    let data = noise(8 * items * 72, 9).iter().map(|&x| (2.0 * x.abs()) as f32).collect();
    Tensor::new(8, items, &[6, 6, 2], data).unwrap()
}

/// The same `[C, H, W]`.
fn channel_first(x: &Tensor<f32>) -> Vec<f32> {
    let place = |item: &[f32], i: usize| item[i % 36 * 2 + i / 36];
    x.data.chunks(72).flat_map(|item| (0..72).map(move |i| place(item, i))).collect()
}

/// Spikes of a network, and of the graph that it is written to a file as.
fn both(layer: &Layer) -> [Vec<f32>; 2] {
    let mut network = trained(layer);
    let (graph, options) = export(&mut network, 1e-3).unwrap();
    let file = Scratch::new(&format!("{}.nir", layer.neuron().name()));
    write(&file.0, &graph).unwrap();
    let graph = read(&file.0).unwrap();
    let x = input(2);
    let mut model = Model::<f32>::new(&plain(), &graph, &options, 2).unwrap();
    let given = channel_first(&x);
    let watch = [Watch::Output("output")];
    let spikes = model.run(8, &[("input", &given)], &watch).unwrap().remove(0);
    // back again, the network does what it did
    let mut again = import(&plain(), &graph, &options).unwrap();
    let needed = network.infer(&x).unwrap();
    assert_eq!(again.infer(&x).unwrap(), needed);
    [needed.data, spikes]
}

#[test]
fn a_trained_network_runs_as_a_graph() {
    let low = Rule { threshold: 0.25, ..Rule::default() };
    for layer in [Layer::new(&Lif::<true>), Layer::new(&Integrate)] {
        let [needed, given] = both(&layer.rule(low).unwrap());
        assert!(needed.contains(&1.0) && needed.contains(&0.0));
        assert_eq!(given, needed);
    }
}

/// Where a step is rounded differently, spikes that differ are few.
#[test]
fn other_neurons_run_as_graphs_within_rounding() {
    let low = Rule { threshold: 0.25, ..Rule::default() };
    let soft = Rule { reset: Reset::Soft, ..low };
    let layers = [
        Layer::new(&Lif::<true>).param("tau", 3.0).unwrap().rule(low).unwrap(),
        Layer::new(&Lif::<false>).rule(soft).unwrap(),
        Layer::new(&Cuba).rule(low).unwrap(),
    ];
    for layer in layers {
        let [needed, given] = both(&layer);
        assert!(needed.contains(&1.0), "{}", layer.neuron().name());
        let differ = needed.iter().zip(&given).filter(|(a, b)| a != b).count();
        assert!(differ * 20 <= needed.len(), "{}: {differ}", layer.neuron().name());
    }
}

#[test]
fn what_a_graph_cannot_say_is_refused() {
    let refused = |network: &mut Network<f32>| export(network, 1e-3).unwrap_err().to_string();
    let network = || Network::<f32>::new(&plain(), &[4], 1).linear(4).unwrap();
    let mut klif = network().neurons(Layer::new(&Klif::<true, false>)).unwrap();
    assert_eq!(refused(&mut klif), "1.neurons: NIR has no node for klif");
    let mut norm = network().batch_norm(1.0).unwrap();
    assert_eq!(refused(&mut norm), "1.batch_norm: NIR has no node for batch_norm");
    let soft = Rule { reset: Reset::Soft, ..Rule::default() };
    let hard = network().neurons(Layer::new(&Integrate)).unwrap();
    let mut two = hard.neurons(Layer::new(&Integrate).rule(soft).unwrap()).unwrap();
    assert!(refused(&mut two).contains("the same for all neurons"));
}

#[test]
fn a_readout_and_dropout_have_their_nodes() {
    let network = Network::<f32>::new(&plain(), &[4], 1).dropout(0.5).unwrap().linear(2).unwrap();
    let readout = Layer::new(&Lif::<true>).rule(Rule::READOUT).unwrap();
    let mut network = network.neurons(readout).unwrap();
    let (graph, options) = export(&mut network, 1e-3).unwrap();
    let kinds: Vec<_> = graph.nodes.values().map(|node| node.kind.name()).collect();
    assert_eq!(kinds, ["Affine", "LI", "Input", "Output"]);
    assert!(matches!(graph.nodes["input"].kind, Kind::Input { .. }));
    let mut again = import(&plain(), &graph, &options).unwrap();
    let x = Tensor::repeated(3, 1, &[4], &[0.5, 0.25, -1.0, 2.0]).unwrap();
    assert_eq!(again.infer(&x).unwrap(), network.infer(&x).unwrap());
}
