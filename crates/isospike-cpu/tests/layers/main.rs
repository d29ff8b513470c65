//! Trainable layers: against SpikingJelly's values, against central differences, and against
//! themselves with other threads, storage and memory.

mod derivatives;
mod errors;
mod golden;
mod invariance;
mod klif;
mod more;

use isospike_cpu::{Cpu, CpuDevice};
use isospike_lane::philox4x32_10;
use isospike_layer::{
    Backward, Forward, Keep, Layer, LayerError, NeuronRef, Real, Reset, Rule, Saved, Shape, Spikes,
    State, Stored,
};

/// The CPU with so many threads.
fn cpu(threads: usize) -> CpuDevice {
    CpuDevice::new(Cpu::with_threads(threads)).expect("threads start")
}

/// Numbers between -1 and 1 that a seed gives.
fn numbers<F: Real>(seed: u32, n: usize) -> Vec<F> {
    let word = |i: usize| philox4x32_10([i as u32, 0, 0, 0], [seed, 5])[0];
    (0..n).map(|i| F::from_f64(f64::from(word(i)) / f64::from(1u32 << 31) - 1.0)).collect()
}

/// Whether a neuron's potential rises the faster the higher it is.
fn runs_away(neuron: NeuronRef) -> bool {
    ["qif", "eif", "izhikevich"].contains(&neuron.name())
}

/// A rule for a neuron: one that runs away is reset in any case.
fn rule(neuron: NeuronRef, reset: Reset, detach: bool) -> Rule {
    let endless = runs_away(neuron) && reset == Reset::Never;
    Rule { threshold: 0.8, reset: if endless { Reset::Soft } else { reset }, detach }
}

/// What a pass is given.
struct Given<F> {
    shape: Shape,
    x: Vec<F>,
    state: State<F>,
    by_spikes: Vec<F>,
    by_v: Vec<F>,
    by_end: State<F>,
}

impl<F: Real> Given<F> {
    /// Random inputs that make neurons fire now and then.
    fn random(layer: &Layer, shape: Shape, seed: u32) -> Self {
        let row = |k: u32, n: usize| numbers::<F>(seed.wrapping_mul(16).wrapping_add(k), n);
        let (half, len) = (F::from_f64(0.5), shape.count());
        let scale = F::from_f64(if runs_away(layer.neuron()) { 0.5 } else { 1.0 });
        let x = row(0, len).into_iter().map(|x| scale * (x + half + half * x)).collect();
        let state = |k: u32| {
            let mut state = State::zero(layer, shape.batch, shape.neurons);
            state.v = row(k, shape.width()).into_iter().map(|x| half * x).collect();
            for hidden in &mut state.hidden {
                *hidden = row(k + 1, shape.width()).into_iter().map(|x| half * x).collect();
            }
            state
        };
        let (state, by_end) = (state(1), state(3));
        Given { shape, x, state, by_spikes: row(5, len), by_v: row(6, len), by_end }
    }
}

/// What forward and backward passes make of it.
#[derive(Clone, Debug, PartialEq)]
struct Made<F> {
    spikes: Vec<F>,
    v: Vec<F>,
    end: State<F>,
    by_x: Vec<F>,
    by_start: State<F>,
    learned: Vec<F>,
}

/// Runs a layer forwards and backwards, all in full width.
fn run<F: Real>(
    device: &CpuDevice,
    layer: &Layer,
    given: &Given<F>,
    keep: Keep,
) -> Result<Made<F>, LayerError> {
    let (shape, n) = (given.shape, given.shape.count());
    let zeros = vec![F::default(); n];
    let (mut spikes, mut v, mut by_x) = (zeros.clone(), zeros.clone(), zeros);
    let mut saved = Saved::new(layer, shape, keep)?;
    let mut end = given.state.clone();
    let pass = Forward {
        shape,
        x: Stored::Full(&given.x),
        state: &mut end,
        spikes: Some(Spikes::Values(Stored::Full(&mut spikes))),
        v: Some(&mut v),
        saved: Some(&mut saved),
    };
    device.layers().forward(layer, pass)?;
    let mut by_start = given.by_end.clone();
    let pass = Backward {
        shape,
        saved: &saved,
        x: Some(Stored::Full(&given.x)),
        by_spikes: Some(Stored::Full(&given.by_spikes)),
        by_v: Some(&given.by_v),
        by_state: &mut by_start,
        by_x: Some(Stored::Full(&mut by_x)),
    };
    let learned = device.layers().backward(layer, pass)?;
    Ok(Made { spikes, v, end, by_x, by_start, learned })
}
