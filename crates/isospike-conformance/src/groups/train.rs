//! Trainable layers: `train`.

use crate::passes::{Kind, PLAIN, Stores, rule, run};
use crate::plain::Plain;
use crate::target::Unsupported;
use crate::{Case, Outcome, Target};
use isospike_backend::Backend;
use isospike_lane::Half;
use isospike_layer::surrogates::{Atan, Sigmoid};
use isospike_layer::{
    Forward, Keep, Layer, LayerError, NEURONS, NeuronRef, Passes, Real, Reset, Shape, Spikes,
    State, Stored,
};

/// `train::lif::f32`, ..., `train::storage::f32`, ..., `train::errors`.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &neuron in NEURONS {
        let name = |format: &str| format!("train::{}::{format}", neuron.name());
        cases.push(Case::new(name("f32"), move |target| every_rule::<f32>(target, neuron)));
        cases.push(Case::new(name("f64"), move |target| every_rule::<f64>(target, neuron)));
    }
    cases.push(Case::new("train::storage::f32", storage::<f32>));
    cases.push(Case::new("train::storage::f64", storage::<f64>));
    cases.push(Case::new("train::errors", errors));
    cases
}

/// The device's passes, in a format that it may not have.
fn passes<'a, F: Real>(target: &'a Target<'_>) -> Result<Box<dyn Passes + 'a>, Unsupported> {
    if F::NAME == "f64" && !target.capability().f64_state {
        return Err(Unsupported("it has no f64".to_owned()));
    }
    let none = || Unsupported("it runs no trainable layers".to_owned());
    target.device.layers().ok_or_else(none)
}

fn equal<F: Real>(target: &Target<'_>, layer: &Layer, shape: Shape, stores: Stores) -> Outcome {
    let on = passes::<F>(target)?;
    let plain = Plain.open(0).expect("it is always there");
    let reference = plain.layers().expect("it has them");
    let given = run::<F>(&*on, layer, shape, stores, 0);
    let expected = run::<F>(&*reference, layer, shape, stores, 0);
    assert_eq!(given, expected, "{layer:?}, {shape}, {stores:?}");
    Ok(())
}

fn every_rule<F: Real>(target: &Target<'_>, neuron: NeuronRef) -> Outcome {
    let shapes = [(0, 1, 3), (1, 1, 1), (3, 2, 0), (5, 3, 7), (2, 1, 300)];
    for (k, reset) in
        [Reset::Hard(0.0), Reset::Hard(-0.2), Reset::Soft, Reset::Never].into_iter().enumerate()
    {
        for detach in [false, true] {
            let rule = rule(neuron, reset, detach);
            let layer = Layer::new(neuron).rule(rule).expect("a rule");
            let layer = match k % 2 {
                0 => layer.surrogate(Atan::default()),
                _ => layer.surrogate(Sigmoid { alpha: 4.0 }),
            };
            let (steps, batch, neurons) = shapes[(2 * k + usize::from(detach)) % shapes.len()];
            let shape = Shape { steps, batch, neurons };
            equal::<F>(target, &layer.expect("a surrogate"), shape, PLAIN)?;
        }
    }
    Ok(())
}

fn storage<F: Real>(target: &Target<'_>) -> Outcome {
    let shape = Shape { steps: 7, batch: 2, neurons: 13 };
    for name in ["lif", "plif", "izhikevich"] {
        let neuron = NEURONS.iter().find(|n| n.name() == name).expect("it is bundled");
        let layer = Layer::new(*neuron).rule(rule(*neuron, Reset::Soft, false)).expect("a rule");
        for stores in [
            Stores { keep: Keep::StateEvery(1), ..PLAIN },
            Stores { keep: Keep::StateEvery(3), spikes: Kind::Bits, ..PLAIN },
            Stores { keep: Keep::StateEvery(20), spikes: Kind::Bytes, ..PLAIN },
            Stores { keep: Keep::Rounded(Half::BF16), half: Some(Half::F16), ..PLAIN },
            Stores { keep: Keep::Rounded(Half::F16), half: Some(Half::BF16), ..PLAIN },
            Stores { keep: Keep::StateEvery(4), half: Some(Half::F16), spikes: Kind::Bits },
        ] {
            equal::<F>(target, &layer, shape, stores)?;
        }
    }
    Ok(())
}

/// What is not finite is named, with its place.
fn errors(target: &Target<'_>) -> Outcome {
    let on = passes::<f32>(target)?;
    let layer = Layer::new(NEURONS[0]);
    let shape = Shape { steps: 4, batch: 2, neurons: 3 };
    let mut x = vec![0.5f32; shape.count()];
    x[2 * 6 + 4] = f32::INFINITY;
    x[3 * 6] = f32::NAN;
    let mut spikes = vec![0.0; shape.count()];
    let mut state = State::new(&layer, 2, 3);
    let mut pass = |x: &[f32], state: &mut State<f32>| {
        let spikes = Some(Spikes::Values(Stored::Full(&mut spikes[..])));
        let x = Stored::Full(x);
        on.forward(&layer, Forward { shape, x, state, spikes, v: None, saved: None })
    };
    let error = pass(&x, &mut state).expect_err("it is infinite");
    assert!(
        matches!(error, LayerError::NotFinite { field: "h", step: 2, item: 1, neuron: 1, .. }),
        "{error}"
    );
    let mut state = State::new(&layer, 1, 3);
    let error = pass(&vec![0.5; shape.count()], &mut state).expect_err("another batch");
    assert!(matches!(error, LayerError::State { .. }), "{error}");
    Ok(())
}
