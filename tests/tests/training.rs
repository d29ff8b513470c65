//! Random networks in training learn the same, to the bit, on every device.

use isospike::backend::Device;
use isospike::{DeviceOptions, open};
use isospike_conformance::passes::rule;
use isospike_conformance::strategy::config;
use isospike_lane::{Half, philox4x32_10};
use isospike_layer::compute::{Computer, Format, Pooling};
use isospike_layer::{Keep, Layer, NEURONS, Reset, Rule, neurons::Lif};
use isospike_tests::devices::others;
use isospike_train::{
    Adam, Network, Optimiser, Sgd, Storage, Tensor, TrainError, clip_norm, clip_value, loss,
    loss::Readout,
};
use proptest::prelude::*;
use std::cell::Cell;

/// A module behind others, that can be put behind any.
#[derive(Clone, Copy, Debug)]
enum Part {
    Linear(usize),
    Neurons(usize, Reset, bool),
    Recurrent(usize),
    Norm,
    Dropout,
    Delay(usize),
}

/// Modules that see a picture.
#[derive(Clone, Copy, Debug)]
enum Look {
    Conv { outputs: usize, size: usize, stride: usize, padding: usize },
    Pool(Pooling, usize),
}

fn parts() -> impl Strategy<Value = Part> {
    let reset = prop_oneof![Just(Reset::Soft), Just(Reset::Hard(0.0)), Just(Reset::Hard(-0.2))];
    prop_oneof![
        (1..20usize).prop_map(Part::Linear),
        (0..NEURONS.len(), reset, any::<bool>()).prop_map(|(n, r, d)| Part::Neurons(n, r, d)),
        (0..NEURONS.len()).prop_map(Part::Recurrent),
        Just(Part::Norm),
        Just(Part::Dropout),
        (0..4usize).prop_map(Part::Delay),
    ]
}

fn looks() -> impl Strategy<Value = Look> {
    let pooling = prop_oneof![Just(Pooling::Average), Just(Pooling::Sum), Just(Pooling::Max)];
    prop_oneof![
        (1..6usize, 1..4usize, 1..3usize, 0..2usize).prop_map(
            |(outputs, size, stride, padding)| Look::Conv { outputs, size, stride, padding }
        ),
        (pooling, 1..3usize).prop_map(|(pooling, size)| Look::Pool(pooling, size)),
    ]
}

#[derive(Clone, Debug)]
struct Sketch {
    side: usize,
    looks: Vec<Look>,
    parts: Vec<Part>,
    storage: Storage,
    adam: bool,
    batch: usize,
    steps: usize,
    seed: u32,
}

prop_compose! {
    fn sketches()(
        side in 2..8usize,
        looks in prop::collection::vec(looks(), 0..3),
        parts in prop::collection::vec(parts(), 0..5),
        spikes in prop_oneof![Just(Format::Full), Just(Format::Bytes), Just(Format::Bits)],
        neurons in prop_oneof![
            Just(Keep::Potentials),
            Just(Keep::Rounded(Half::BF16)),
            (1..6usize).prop_map(Keep::StateEvery),
        ],
        adam in any::<bool>(),
        batch in 1..5usize,
        steps in 1..6usize,
        seed in any::<u32>(),
    ) -> Sketch {
        Sketch { side, looks, parts, storage: Storage { spikes, neurons }, adam, batch, steps, seed }
    }
}

fn numbers(seed: u32, n: usize) -> Vec<f32> {
    let word = |i: usize| philox4x32_10([i as u32, 3, 0, 0], [seed, 6])[0];
    (0..n).map(|i| word(i) as f32 / (1u32 << 31) as f32).collect()
}

/// Modules that cannot be put where they stand are left out, on every device.
fn network(on: &Computer<f32>, sketch: &Sketch) -> Result<Network<f32>, TrainError> {
    let picture = [sketch.side, sketch.side, 2];
    let mut network = Network::new(on, &picture, sketch.seed.into()).store(sketch.storage);
    for look in &sketch.looks {
        network = match (*look, network.output()) {
            (Look::Conv { outputs, size, stride, padding }, [h, w, _])
                if size <= h.min(w) + 2 * padding =>
            {
                network.conv(outputs, size, stride, padding)?
            }
            (Look::Pool(pooling, size), [h, w, _]) if size <= *h.min(w) => {
                network.pool(pooling, size)?
            }
            _ => network,
        };
    }
    for part in &sketch.parts {
        let layer = |neuron: usize, reset, detach| {
            let neuron = NEURONS[neuron];
            Layer::new(neuron).rule(rule(neuron, reset, detach))
        };
        network = match *part {
            Part::Linear(outputs) => network.linear(outputs)?,
            Part::Neurons(neuron, reset, detach) => {
                network.neurons(layer(neuron, reset, detach)?)?
            }
            Part::Recurrent(neuron) => network.recurrent(layer(neuron, Reset::Soft, true)?)?,
            Part::Norm => network.batch_norm(0.5)?,
            Part::Dropout => network.dropout(0.3)?,
            Part::Delay(steps) => network.delay(steps)?,
        };
    }
    network.linear(3)?.neurons(Layer::new(&Lif::<true>).rule(Rule::READOUT)?)
}

/// Two steps of training, and what was learned; or what went wrong, which is the same as well.
fn learned(on: &Computer<f32>, sketch: &Sketch) -> Result<Vec<u32>, TrainError> {
    fn steps(
        network: &mut Network<f32>,
        optimiser: &mut impl Optimiser<f32>,
        sketch: &Sketch,
    ) -> Result<Vec<u32>, TrainError> {
        let on = network.device().clone();
        let mut all = Vec::new();
        for step in 0..2 {
            let n = sketch.batch * sketch.side * sketch.side * 2;
            let pixels = numbers(sketch.seed.wrapping_add(step), n);
            let picture = [sketch.side, sketch.side, 2];
            let x = Tensor::repeated(sketch.steps, sketch.batch, &picture, &pixels)?;
            let labels: Vec<usize> = (0..sketch.batch).map(|i| i % 3).collect();
            network.reset();
            let y = network.forward(&x)?;
            all.extend(y.data.iter().map(|x| x.to_bits()));
            let (_, by_y) = loss::cross_entropy(&y, &labels, Readout::Max)?;
            network.backward(&by_y)?;
            let mut parameters: Vec<_> = network.parameters().into_iter().map(|(_, p)| p).collect();
            clip_value(&on, &mut parameters, 0.5)?;
            clip_norm(&on, &mut parameters, 0.7)?;
            network.step(optimiser, 1e-2)?;
        }
        for (_, p) in network.parameters() {
            all.extend(on.numbers(&p.value)?.iter().map(|x| x.to_bits()));
        }
        Ok(all)
    }
    let mut network = network(on, sketch)?;
    match sketch.adam {
        true => steps(&mut network, &mut Adam::with_decay(0.01), sketch),
        false => steps(&mut network, &mut Sgd::new(0.9, 0.01), sketch),
    }
}

fn computer(device: &dyn Device, name: &str) -> Computer<f32> {
    device.computer_f32().unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn random_networks_learn_the_same() {
    let options = DeviceOptions::default();
    let cpu = computer(&*open("cpu", &options).expect("the CPU opens"), "cpu");
    for name in others("training::random_networks_learn_the_same") {
        let device = open(&name, &options).unwrap_or_else(|e| panic!("{name}: {e}"));
        let there = computer(&*device, &name);
        let fine = Cell::new(0);
        proptest!(config(24), |(sketch in sketches())| {
            let expected = learned(&cpu, &sketch);
            fine.set(fine.get() + usize::from(expected.is_ok()));
            prop_assert_eq!(learned(&there, &sketch), expected);
        });
        assert!(fine.get() > 6, "of 24 networks {} could be trained", fine.get());
    }
}
