//! SpikingJelly 2.0.0's values of `klif` on a CPU (`tests/data/klif.py` says what they are).

use crate::{Given, cpu, run};
use isospike_layer::{Keep, Layer, NeuronRef, Reset, Rule, Shape, State, neurons::Klif};
use serde_json::Value;

/// The neuron of a case.
fn neuron(decay: bool, scaled: bool) -> NeuronRef {
    match (decay, scaled) {
        (true, true) => &Klif::<true, true>,
        (true, false) => &Klif::<true, false>,
        (false, true) => &Klif::<false, true>,
        (false, false) => &Klif::<false, false>,
    }
}

/// No more than `relative` of the largest number off.
pub(crate) fn close(what: &str, found: &[f32], expected: &[f32], relative: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let most = expected.iter().fold(0f32, |most, x| most.max(x.abs()));
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= relative * most, "{what}[{i}] = {a:e}, not {b:e}");
    }
}

/// Numbers of a case, given by their bits.
pub(crate) fn floats(case: &Value, key: &str) -> Vec<f32> {
    let text = case[key].as_str().expect("digits");
    let word = |at: usize| u32::from_str_radix(&text[at..at + 8], 16).expect("digits");
    (0..text.len()).step_by(8).map(|at| f32::from_bits(word(at))).collect()
}

#[test]
fn klif_is_that_of_spikingjelly() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../data/klif.json")).expect("JSON");
    assert_eq!(cases.len(), 24);
    let mut fired = 0;
    for (i, case) in cases.iter().enumerate() {
        let number = |key: &str| case[key].as_f64().expect("a number");
        let flag = |key: &str| case[key].as_bool().expect("a flag");
        let floats = |key: &str| floats(case, key);
        let reset = case["v_reset"].as_f64().map_or(Reset::Soft, Reset::Hard);
        let layer = Layer::new(neuron(flag("decay"), flag("scaled")))
            .rule(Rule { reset, detach: flag("detach"), ..Rule::default() })
            .and_then(|layer| layer.param("tau", number("tau")))
            .and_then(|layer| layer.param("k", number("k")))
            .expect("a layer");
        let neurons = number("N") as usize;
        let mut state = State::zero(&layer, 1, neurons);
        state.v = floats("v0");
        let given = Given {
            shape: Shape { steps: number("T") as usize, batch: 1, neurons },
            x: floats("x"),
            state,
            by_spikes: floats("gs"),
            by_v: floats("gv"),
            by_end: State::zero(&layer, 1, neurons),
        };
        let made = run(&cpu(1), &layer, &given, Keep::Potentials).expect("a pass");
        let what = |name: &str| format!("case {i}: {name}");
        let bits = |all: &[f32]| all.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&made.spikes), bits(&floats("s")), "{}", what("s"));
        assert_eq!(bits(&made.v), bits(&floats("v_seq")), "{}", what("v"));
        close(&what("gx"), &made.by_x, &floats("gx"), 1e-6);
        close(&what("gv0"), &made.by_start.v, &floats("gv0"), 1e-6);
        // a sum of 32 terms of about 1, each rounded: 32 times half the last place of 1
        let (found, expected) = (made.learned[0], floats("gk")[0]);
        let off = (found - expected).abs() / expected.abs().max(1.0);
        assert!(off <= 2e-6, "{}: {found:e}, not {expected:e}", what("gk"));
        fired += made.spikes.iter().filter(|s| **s == 1.0).count();
    }
    assert!(fired > 100, "{fired} spikes");
}
