//! Passes over trainable layers, and all that they make, to compare devices by.

use isospike_lane::{Half, philox4x32_10};
use isospike_layer::{
    Backward, Forward, Keep, Layer, LayerError, NeuronRef, Passes, Real, Reset, Rule, Saved, Shape,
    Spikes, State, Stored,
};

/// How numbers are stored and what is kept.
#[derive(Clone, Copy, Debug)]
pub struct Stores {
    /// What is kept for the backward pass.
    pub keep: Keep,
    /// Inputs, derivatives and spikes that are floats.
    pub half: Option<Half>,
    /// Spikes.
    pub spikes: Kind,
}

/// How spikes are stored.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// As floats.
    Values,
    /// As bytes.
    Bytes,
    /// As bits.
    Bits,
}

/// Everything in full width.
pub const PLAIN: Stores = Stores { keep: Keep::Potentials, half: None, spikes: Kind::Values };

/// Numbers between -1 and 1.
fn numbers<F: Real>(seed: u32, n: usize) -> Vec<F> {
    let word = |i: usize| philox4x32_10([i as u32, 1, 0, 0], [seed, 6])[0];
    (0..n).map(|i| F::from_f64(f64::from(word(i)) / f64::from(1u32 << 31) - 1.0)).collect()
}

/// Everything that a forward and a backward pass make, as bits.
#[derive(Debug, PartialEq)]
pub struct Made {
    /// Spikes as they are stored.
    pub spikes: Vec<u8>,
    /// Potentials.
    pub v: Vec<u8>,
    /// The state in the end, and derivatives by that in the beginning.
    pub states: Vec<u8>,
    /// Derivatives by inputs.
    pub by_x: Vec<u8>,
    /// Derivatives by learned parameters.
    pub learned: Vec<u8>,
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

/// A pass forwards and one back, over inputs and from derivatives that a seed gives.
///
/// # Errors
/// Those of the device.
pub fn run<F: Real>(
    on: &dyn Passes,
    layer: &Layer,
    shape: Shape,
    stores: Stores,
    seed: u32,
) -> Result<Made, LayerError> {
    let (n, width) = (shape.count(), shape.width());
    let row = |k: u32, n: usize, scale: f64| -> Vec<F> {
        numbers::<F>(seed.wrapping_mul(64).wrapping_add(k), n)
            .into_iter()
            .map(|x| F::from_f64(scale) * x)
            .collect()
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

/// A rule under which a neuron stays finite: one whose potential runs away is reset in any case.
pub fn rule(neuron: NeuronRef, reset: Reset, detach: bool) -> Rule {
    let endless = ["qif", "eif", "izhikevich"].contains(&neuron.name()) && reset == Reset::Never;
    Rule { threshold: 0.6, reset: if endless { Reset::Soft } else { reset }, detach }
}
