//! Bad input is an error that says which number is wrong and what it may be.

use crate::{Given, cpu, run};
use isospike_lane::Half;
use isospike_layer::surrogates::Atan;
use isospike_layer::{
    Backward, Forward, Keep, Layer, LayerError, NEURONS, Reset, Rule, Saved, Shape, Spikes, State,
    Stored, neurons::*,
};

const SHAPE: Shape = Shape { steps: 4, batch: 2, neurons: 3 };

fn lif() -> Layer {
    Layer::new(&Lif::<true>)
}

/// A forward pass over so many inputs with the given state.
fn forward(layer: &Layer, x: &[f32], state: &mut State<f32>) -> Result<(), LayerError> {
    let x = Stored::Full(x);
    let pass = Forward { shape: SHAPE, x, state, spikes: None, v: None, saved: None };
    cpu(2).layers().forward(layer, pass)
}

#[test]
fn time_constants_are_greater_than_one() {
    let taus = NEURONS.iter().flat_map(|neuron| {
        let taus = neuron.params().iter().map(|p| p.name).filter(|name| name.starts_with("tau"));
        taus.map(move |name| (neuron, name))
    });
    let mut found = Vec::new();
    for (neuron, name) in taus {
        for tau in [1.0, 0.5, -2.0, f64::NAN, f64::INFINITY] {
            let error = Layer::new(*neuron).param(name, tau).expect_err("an error");
            assert_eq!(error.to_string(), format!("{name} = {tau}; it must be > 1"));
        }
        let error = Layer::new(*neuron).param(name, 1.0 + 1e-9).expect_err("an error").to_string();
        assert!(error.ends_with("it must be > 1 when it is rounded to f32, too"), "{error}");
        found.push(name);
    }
    assert!(found.contains(&"tau") && found.contains(&"tau_w"), "{found:?}");
    let error = Layer::new(&Integrate).param("tau", 2.0).expect_err("an error");
    assert_eq!(error.to_string(), "if has no parameter tau; it has none");
    let error = lif().param("tua", 2.0).expect_err("an error");
    assert_eq!(error.to_string(), "lif has no parameter tua; it has tau");
}

#[test]
fn rules_and_surrogates_are_checked() {
    let error = lif().surrogate(Atan { alpha: 0.0 }).expect_err("an error");
    assert_eq!(error.to_string(), "alpha = 0; it must be finite and > 0");
    let rules = [
        Rule { threshold: f64::NAN, ..Rule::default() },
        Rule { threshold: f64::INFINITY, reset: Reset::Soft, detach: true },
        Rule { reset: Reset::Hard(f64::NEG_INFINITY), ..Rule::default() },
    ];
    for rule in rules {
        let error = lif().rule(rule).expect_err("an error");
        assert!(error.to_string().ends_with("it must be finite"), "{error}");
    }
}

#[test]
fn shapes_must_fit() {
    let layer = lif();
    let error = forward(&layer, &[0.0; 23], &mut State::new(&layer, 2, 3)).expect_err("an error");
    let text = "x has 23 values; 24 are needed for [T = 4, B = 2, N = 3]";
    assert_eq!(error.to_string(), text);
    let mut bits = [0; 7];
    let pass = Forward {
        shape: SHAPE,
        x: Stored::Full(&[0.0f32; 24]),
        state: &mut State::new(&layer, 2, 3),
        spikes: Some(Spikes::Bits(&mut bits)),
        v: None,
        saved: None,
    };
    let error = cpu(1).layers().forward(&layer, pass).expect_err("an error");
    let text = "spikes has 7 values; 4 are needed for [T = 4, B = 2, N = 3]";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_state_belongs_to_its_batch_and_its_neuron() {
    let layer = lif();
    for (batch, neurons) in [(3, 3), (2, 4), (3, 2), (1, 6)] {
        let mut state = State::new(&layer, batch, neurons);
        let before = state.clone();
        let error = forward(&layer, &[1.0; 24], &mut state).expect_err("an error");
        assert!(error.to_string().contains("make a new one"), "{error}");
        assert_eq!(state, before, "nothing is refilled");
    }
    let mut other = State::new(&Layer::new(&Cuba), 2, 3);
    let error = forward(&layer, &[1.0; 24], &mut other).expect_err("an error");
    assert!(matches!(error, LayerError::State { given: (2, 3, 1), needed: (2, 3, 0), .. }));
}

#[test]
fn what_is_not_finite_is_named() {
    for (bad, shown) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
        let layer = lif();
        let mut x = vec![0.5; 24];
        (x[10], x[20]) = (bad, bad);
        let error = forward(&layer, &x, &mut State::new(&layer, 2, 3)).expect_err("an error");
        let text = format!("h of neuron 1 of item 1 is {shown} in step 1; it must be finite");
        assert_eq!(error.to_string(), text);
    }
    // a recovery that runs away by its spikes alone
    let layer = Layer::new(&Izhikevich).param("b", 3e38).expect("b");
    let error = forward(&layer, &[9.0; 24], &mut State::new(&layer, 2, 3)).expect_err("an error");
    assert!(error.to_string().contains("of neuron 0 of item 0"), "{error}");
}

#[test]
fn derivatives_that_are_not_finite_are_named() {
    let layer = lif();
    let mut given = Given::<f32>::random(&layer, SHAPE, 1);
    given.by_v[13] = f32::NAN;
    for keep in [Keep::Potentials, Keep::StateEvery(2)] {
        let error = run(&cpu(1), &layer, &given, keep).expect_err("an error");
        let text = "the derivative by x of neuron 1 of item 0 is NaN in step 2; it must be finite";
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn what_is_learned_is_finite() {
    let layer = Layer::new(&Plif::<true>).rule(Rule::READOUT).expect("a rule");
    let mut given = Given::<f32>::random(&layer, SHAPE, 1);
    given.x.fill(5.0);
    given.by_v[18..].fill(2e38);
    let error = run(&cpu(1), &layer, &given, Keep::Potentials).expect_err("an error");
    let text = "a derivative by a learned parameter = inf; it must be finite";
    assert_eq!(error.to_string(), text);
}

#[test]
fn sixteen_bits_overflow_with_an_error() {
    let layer = Layer::new(&Integrate).rule(Rule::READOUT).expect("a rule");
    let mut given = Given::<f32>::random(&layer, SHAPE, 1);
    given.x[8] = 7.1e4;
    let error = run(&cpu(1), &layer, &given, Keep::Rounded(Half::F16)).expect_err("an error");
    let text = error.to_string();
    assert!(text.starts_with("h of neuron 2 of item 0 is 7"), "{text}");
    assert!(text.ends_with("store it as bf16 or f32"), "{text}");
    run(&cpu(1), &layer, &given, Keep::Rounded(Half::BF16)).expect("bf16 holds it");
}

#[test]
fn nothing_goes_backwards_that_did_not_go_forwards() {
    let layer = Layer::new(&Plif::<true>);
    let mut saved = Saved::<f32>::new(&layer, SHAPE, Keep::Potentials).expect("room");
    let mut by_state = State::zero(&layer, 2, 3);
    let mut back = |saved: &Saved<f32>| {
        let by_state = &mut by_state;
        let pass = Backward {
            shape: SHAPE,
            saved,
            x: None,
            by_spikes: None,
            by_v: None,
            by_state,
            by_x: None,
        };
        cpu(1).layers().backward(&layer, pass).expect_err("an error").to_string()
    };
    assert!(back(&saved).contains("no forward pass has filled it"));
    let mut state = State::new(&layer, 2, 3);
    let x = [0.5; 24];
    let pass = Forward {
        shape: SHAPE,
        x: Stored::Full(&x),
        state: &mut state,
        spikes: None,
        v: None,
        saved: Some(&mut saved),
    };
    cpu(1).layers().forward(&layer, pass).expect("a pass");
    assert_eq!(back(&saved), "x is missing: what the neuron learns depends on it");
    let error = Saved::<f32>::new(&layer, SHAPE, Keep::StateEvery(0)).expect_err("an error");
    assert_eq!(error.to_string(), "steps between states = 0; it must be at least 1");
}
