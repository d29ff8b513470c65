//! Trainable layers: `train`.

use crate::plain::Plain;
use crate::target::Unsupported;
use crate::{Case, Outcome, Target};
use isospike_backend::Backend;
use isospike_lane::{Half, philox4x32_10};
use isospike_layer::surrogates::{Atan, Sigmoid};
use isospike_layer::{
    Backward, Forward, Keep, Layer, LayerError, NEURONS, NeuronRef, Passes, Real, Reset, Rule,
    Saved, Shape, Spikes, State, Stored,
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

/// How numbers are stored and what is kept.
#[derive(Clone, Copy, Debug)]
struct Stores {
    keep: Keep,
    half: Option<Half>,
    spikes: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Values,
    Bytes,
    Bits,
}

const PLAIN: Stores = Stores { keep: Keep::Potentials, half: None, spikes: Kind::Values };

/// Numbers between -1 and 1.
fn numbers<F: Real>(seed: u32, n: usize) -> Vec<F> {
    let word = |i: usize| philox4x32_10([i as u32, 1, 0, 0], [seed, 6])[0];
    (0..n).map(|i| F::from_f64(f64::from(word(i)) / f64::from(1u32 << 31) - 1.0)).collect()
}

/// Everything that a forward and a backward pass make, as bits.
#[derive(Debug, PartialEq)]
struct Made {
    spikes: Vec<u8>,
    v: Vec<u8>,
    states: Vec<u8>,
    by_x: Vec<u8>,
    learned: Vec<u8>,
}

fn bytes<T: bytemuck::Pod>(all: &[T]) -> Vec<u8> {
    bytemuck::cast_slice(all).to_vec()
}

/// Numbers in the format they are stored in.
fn stored<F: Real>(all: Vec<F>, half: Option<Half>) -> Stored<Vec<F>, Vec<u16>> {
    match half {
        None => Stored::Full(all),
        Some(format) => {
            let mut bits = vec![0; all.len()];
            F::encode(format, &all, &mut bits);
            Stored::Half(format, bits)
        }
    }
}

fn stored_bytes<F: Real>(all: &Stored<Vec<F>, Vec<u16>>) -> Vec<u8> {
    match all {
        Stored::Full(all) => bytes(all),
        Stored::Half(_, all) => bytes(all),
    }
}

fn run<F: Real>(
    on: &dyn Passes,
    layer: &Layer,
    shape: Shape,
    stores: Stores,
) -> Result<Made, LayerError> {
    let (n, width) = (shape.count(), shape.width());
    let row = |k: u32, n: usize, scale: f64| -> Vec<F> {
        numbers::<F>(k, n).into_iter().map(|x| F::from_f64(scale) * x).collect()
    };
    let state = |k: u32| {
        let mut state = State::<F>::zero(layer, shape.batch, shape.neurons);
        state.v = row(k, width, 0.5);
        state.hidden.iter_mut().for_each(|hidden| *hidden = row(k + 1, width, 0.5));
        state
    };
    let shift = F::from_f64(0.4);
    let x = row(0, n, 0.8).into_iter().map(|x| x + shift).collect();
    let x = stored(x, stores.half);
    let mut end = state(10);
    let mut saved = Saved::new(layer, shape, stores.keep)?;
    let mut v = vec![F::default(); n];
    let mut floats = stored(vec![F::default(); n], stores.half);
    let (mut bytewise, mut bits) = (vec![0; n], vec![0; shape.steps * width.div_ceil(8)]);
    let spikes = match stores.spikes {
        Kind::Values => Spikes::Values(floats.values_mut()),
        Kind::Bytes => Spikes::Bytes(&mut bytewise),
        Kind::Bits => Spikes::Bits(&mut bits),
    };
    let pass = Forward {
        shape,
        x: x.values(),
        state: &mut end,
        spikes: Some(spikes),
        v: Some(&mut v),
        saved: Some(&mut saved),
    };
    on.forward(layer, pass)?;
    let mut by_state = state(20);
    let by_spikes = stored(row(30, n, 1.0), stores.half);
    let by_v: Vec<F> = row(31, n, 1.0);
    let mut by_x = stored(vec![F::default(); n], stores.half);
    let pass = Backward {
        shape,
        saved: &saved,
        x: Some(x.values()),
        by_spikes: Some(by_spikes.values()),
        by_v: Some(&by_v),
        by_state: &mut by_state,
        by_x: Some(by_x.values_mut()),
    };
    let learned = on.backward(layer, pass)?;
    let states = [&end, &by_state].into_iter();
    let states = states.flat_map(|s| [&s.v].into_iter().chain(&s.hidden));
    Ok(Made {
        spikes: match stores.spikes {
            Kind::Values => stored_bytes(&floats),
            Kind::Bytes => bytewise,
            Kind::Bits => bits,
        },
        v: bytes(&v),
        states: states.flat_map(|all| bytes(all)).collect(),
        by_x: stored_bytes(&by_x),
        learned: bytes(&learned),
    })
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
    let given = run::<F>(&*on, layer, shape, stores);
    let expected = run::<F>(&*reference, layer, shape, stores);
    assert_eq!(given, expected, "{layer:?}, {shape}, {stores:?}");
    Ok(())
}

/// A rule under which a neuron stays finite.
fn rule(neuron: NeuronRef, reset: Reset, detach: bool) -> Rule {
    let endless = ["qif", "eif", "izhikevich"].contains(&neuron.name()) && reset == Reset::Never;
    Rule { threshold: 0.6, reset: if endless { Reset::Soft } else { reset }, detach }
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
