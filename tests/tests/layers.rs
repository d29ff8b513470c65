//! Random trainable layers give the same bits on every device.

use isospike::{DeviceOptions, open};
use isospike_conformance::passes::{Kind, Stores, rule, run};
use isospike_conformance::strategy::config;
use isospike_lane::Half;
use isospike_layer::{Keep, Layer, LayerError, NEURONS, Reset, Shape, surrogates};
use isospike_tests::devices::others;
use proptest::prelude::*;

/// A layer with one of the bundled surrogates.
fn with_surrogate(layer: Layer, which: usize) -> Result<Layer, LayerError> {
    match which {
        0 => layer.surrogate(surrogates::Atan::default()),
        1 => layer.surrogate(surrogates::Erf::default()),
        2 => layer.surrogate(surrogates::FastSigmoid::default()),
        3 => layer.surrogate(surrogates::PiecewiseExp::default()),
        4 => layer.surrogate(surrogates::PiecewiseQuadratic::default()),
        5 => layer.surrogate(surrogates::Rectangle::default()),
        6 => layer.surrogate(surrogates::Sigmoid::default()),
        7 => layer.surrogate(surrogates::SoftSign::default()),
        8 => layer.surrogate(surrogates::SuperSpike::default()),
        _ => layer.surrogate(surrogates::Triangle::default()),
    }
}

prop_compose! {
    fn layers()(
        neuron in 0..NEURONS.len(),
        reset in prop_oneof![
            Just(Reset::Soft), Just(Reset::Never), Just(Reset::Hard(0.0)), Just(Reset::Hard(-0.2)),
        ],
        detach in any::<bool>(),
        surrogate in 0..10usize,
    ) -> Layer {
        let neuron = NEURONS[neuron];
        let layer = Layer::new(neuron).rule(rule(neuron, reset, detach)).expect("a rule");
        with_surrogate(layer, surrogate).expect("a surrogate")
    }
}

prop_compose! {
    fn stores()(
        keep in prop_oneof![
            2 => Just(Keep::Potentials),
            1 => Just(Keep::Rounded(Half::F16)),
            1 => Just(Keep::Rounded(Half::BF16)),
            2 => (1..8usize).prop_map(Keep::StateEvery),
        ],
        half in prop_oneof![Just(None), Just(Some(Half::F16)), Just(Some(Half::BF16))],
        spikes in prop_oneof![Just(Kind::Values), Just(Kind::Bytes), Just(Kind::Bits)],
    ) -> Stores {
        Stores { keep, half, spikes }
    }
}

prop_compose! {
    fn shapes()(steps in 0..9usize, batch in 1..4usize, neurons in 0..300usize) -> Shape {
        Shape { steps, batch, neurons }
    }
}

#[test]
fn random_layers() {
    let options = DeviceOptions::default();
    let cpu = open("cpu", &options).expect("the CPU opens");
    let cpu = cpu.layers().expect("it has them");
    for name in others("layers::random_layers") {
        let device = open(&name, &options).unwrap_or_else(|e| panic!("{name}: {e}"));
        let there = device.layers().unwrap_or_else(|| panic!("{name} runs no layers"));
        let has_f64 = device.capability().f64_state;
        proptest!(config(24), |(
            layer in layers(), shape in shapes(), stores in stores(), seed in any::<u32>(),
        )| {
            let here = run::<f32>(&*cpu, &layer, shape, stores, seed);
            prop_assert_eq!(run::<f32>(&*there, &layer, shape, stores, seed), here);
            if has_f64 {
                let here = run::<f64>(&*cpu, &layer, shape, stores, seed);
                prop_assert_eq!(run::<f64>(&*there, &layer, shape, stores, seed), here);
            }
        });
    }
}
