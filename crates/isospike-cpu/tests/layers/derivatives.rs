//! Derivatives in f64 against central differences.
//!
//! The step function has no derivative, so the check takes a direction through the layer step by
//! step: what a step makes of it comes from central differences of the step itself, what firing and
//! reset make of it is written out here, with the surrogate's slope. The derivative of the loss in
//! that direction must be what the backward pass says.

use crate::{Given, Made, cpu, numbers, rule, run};
use isospike_lane::{Lane, isa::Isa};
use isospike_layer::surrogates::{
    Atan, Erf, FastSigmoid, PiecewiseExp, PiecewiseQuadratic, Rectangle, Sigmoid, SoftSign,
    SuperSpike, Triangle,
};
use isospike_layer::{
    Forward, Keep, Layer, NEURONS, NeuronRef, Real, Reset, Rule, Saved, Shape, State, Stored,
    Surrogate,
};
use proptest::prelude::*;

/// Neurons that are checked at once.
const N: usize = 5;
/// Half the distance of central differences.
const EPSILON: f64 = 1e-5;

/// No slope: the derivative where no neuron changes its mind.
#[derive(Clone, Copy, Debug)]
struct Flat;

impl Surrogate for Flat {
    #[inline(always)]
    fn slope<L: Lane>(&self, _: L) -> L {
        L::lit(0.0)
    }
}

/// A layer like the given one with its learned parameters moved.
fn moved(layer: &Layer, by: f64) -> Layer {
    let mut layer = layer.clone();
    for slot in layer.neuron().learned() {
        let value = layer.value(slot.name).expect("it is a parameter");
        layer.set(slot.name, value + by).expect("within its range");
    }
    layer
}

/// One step: h and the state after it.
fn step(layer: &Layer, state: &State<f64>, x: &[f64]) -> (Vec<f64>, State<f64>) {
    let shape = Shape { steps: 1, batch: 1, neurons: N };
    let mut state = state.clone();
    let mut saved = Saved::new(layer, shape, Keep::Potentials).expect("room");
    let pass = Forward {
        shape,
        x: Stored::Full(x),
        state: &mut state,
        spikes: None,
        v: None,
        saved: Some(&mut saved),
    };
    cpu(1).layers().forward(layer, pass).expect("a step");
    let Stored::Full(h) = saved.potentials else { panic!("in full width") };
    (h, state)
}

/// a + k b
fn along(a: &[f64], k: f64, b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + k * b).collect()
}

fn along_state(a: &State<f64>, k: f64, b: &State<f64>) -> State<f64> {
    let mut out = a.clone();
    out.v = along(&a.v, k, &b.v);
    for (out, (a, b)) in out.hidden.iter_mut().zip(a.hidden.iter().zip(&b.hidden)) {
        *out = along(a, k, b);
    }
    out
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn dot_state(a: &State<f64>, b: &State<f64>) -> f64 {
    let hidden = a.hidden.iter().zip(&b.hidden);
    dot(&a.v, &b.v) + hidden.map(|(a, b)| dot(a, b)).sum::<f64>()
}

/// The derivative of the loss in a direction; `None` if a neuron is about to change its mind, or a
/// potential stands at a corner.
fn directional(
    layer: &Layer,
    rule: Rule,
    given: &Given<f64>,
    x_dot: &[f64],
    start_dot: &State<f64>,
    learned_dot: f64,
) -> Option<f64> {
    let (mut state, mut dot_now) = (given.state.clone(), start_dot.clone());
    let mut loss = 0.0;
    for t in 0..given.shape.steps {
        let row = t * N..(t + 1) * N;
        let (x, x_dot) = (&given.x[row.clone()], &x_dot[row.clone()]);
        let at = |k: f64| {
            let layer = moved(layer, k * learned_dot);
            step(&layer, &along_state(&state, k, &dot_now), &along(x, k, x_dot))
        };
        let ((h, next), (more, up), (less, down)) = (at(0.0), at(EPSILON), at(-EPSILON));
        let central = |a: &[f64], b: &[f64]| -> Vec<f64> {
            a.iter().zip(b).map(|(a, b)| (a - b) / (2.0 * EPSILON)).collect()
        };
        let h_dot = central(&more, &less);
        for ((h, more), less) in h.iter().zip(&more).zip(&less) {
            let fires = |h: &f64| *h >= rule.threshold;
            let corner = (*more == 0.0 || *less == 0.0) && more != less;
            if fires(more) != fires(less) || corner || (h - rule.threshold).abs() < 1e-4 {
                return None;
            }
        }
        let mut slope = vec![0.0; N];
        let slopes = f64::slopes(layer.slope());
        slopes.slopes(Isa::Baseline, rule.threshold, &h, &mut slope);
        let mut after = dot_now.clone();
        for (k, hidden) in after.hidden.iter_mut().enumerate() {
            *hidden = central(&up.hidden[k], &down.hidden[k]);
        }
        // what the reset divides by, and which way that goes
        let scaled = layer.neuron().name().ends_with("_scaled");
        let (k, k_dot) = match layer.value("k") {
            Ok(k) if scaled => (k, learned_dot),
            _ => (1.0, 0.0),
        };
        let part = |x: f64, x_dot: f64| (x / k, x_dot / k - x * k_dot / (k * k));
        for i in 0..N {
            let spike = f64::from(u8::from(h[i] >= rule.threshold));
            let spike_dot = slope[i] * h_dot[i];
            let seen = if rule.detach { 0.0 } else { spike_dot };
            let (kept, kept_dot) = part(h[i], h_dot[i]);
            let (drop, drop_dot) = part(rule.threshold, 0.0);
            after.v[i] = match rule.reset {
                Reset::Hard(to) => (1.0 - spike) * kept_dot + (to - kept) * seen,
                Reset::Soft => kept_dot - spike * drop_dot - drop * seen,
                Reset::Never => kept_dot,
            };
            if layer.neuron().name() == "izhikevich" {
                after.hidden[0][i] += layer.value("b").expect("it has b") * spike_dot;
            }
            loss += given.by_spikes[t * N + i] * spike_dot;
        }
        loss += dot(&given.by_v[row], &after.v);
        (state, dot_now) = (next, after);
    }
    Some(loss + dot_state(&given.by_end, &dot_now))
}

fn layer(neuron: NeuronRef, rule: Rule, surrogate: usize) -> Layer {
    let mut layer = Layer::new(neuron).rule(rule).expect("a rule");
    for (name, value) in [("tau", 2.5), ("w", -0.4), ("k", 1.3), ("a", 0.3), ("b", 0.4)] {
        if neuron.params().iter().any(|p| p.name == name) {
            layer.set(name, value).expect("within its range");
        }
    }
    match surrogate {
        0 => layer.surrogate(Flat),
        1 => layer.surrogate(Atan::default()),
        2 => layer.surrogate(Sigmoid::default()),
        3 => layer.surrogate(PiecewiseQuadratic::default()),
        4 => layer.surrogate(PiecewiseExp::default()),
        5 => layer.surrogate(SoftSign::default()),
        6 => layer.surrogate(SuperSpike::default()),
        7 => layer.surrogate(Erf::default()),
        8 => layer.surrogate(Rectangle::default()),
        9 => layer.surrogate(Triangle::default()),
        _ => layer.surrogate(FastSigmoid::default()),
    }
    .expect("a surrogate")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn the_backward_pass_is_what_central_differences_say(
        neuron in 0..NEURONS.len(),
        surrogate in 0..11usize,
        reset in prop_oneof![
            Just(Reset::Soft), Just(Reset::Never), Just(Reset::Hard(0.0)), Just(Reset::Hard(-0.2)),
        ],
        detach in any::<bool>(),
        steps in 1..7usize,
        seed in any::<u32>(),
    ) {
        let rule = rule(NEURONS[neuron], reset, detach);
        let layer = layer(NEURONS[neuron], rule, surrogate);
        let given = Given::random(&layer, Shape { steps, batch: 1, neurons: N }, seed);
        let Made { by_x, by_start, learned, .. } =
            run(&cpu(1), &layer, &given, Keep::Potentials).expect("a pass");
        let x_dot = numbers::<f64>(seed ^ 77, steps * N);
        let start_dot = Given::<f64>::random(&layer, given.shape, seed ^ 78).state;
        let learned_dot = 0.7;
        let expected = directional(&layer, rule, &given, &x_dot, &start_dot, learned_dot);
        prop_assume!(expected.is_some());
        let expected = expected.expect("just checked");
        let by_learned: f64 = learned.iter().sum();
        let parts =
            [dot(&by_x, &x_dot), dot_state(&by_start, &start_dot), by_learned * learned_dot];
        let found: f64 = parts.iter().sum();
        let size = parts.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
        prop_assert!((found - expected).abs() < 1e-6 * size, "{found} against {expected}");
    }
}
