//! SpikingJelly 2.0.0's values of `izhikevich` and `cuba` on a CPU (`tests/data/more.py` says what
//! they are).

use crate::klif::{close, floats};
use crate::{Given, cpu, run};
use isospike_layer::{Keep, Layer, Reset, Rule, Shape, State, by_name};
use serde_json::Value;

#[test]
fn izhikevich_and_cuba_are_those_of_spikingjelly() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../data/more.json")).expect("JSON");
    assert_eq!(cases.len(), 12);
    let mut fired = 0;
    for (i, case) in cases.iter().enumerate() {
        let number = |key: &str| case[key].as_f64().expect("a number");
        let name = case["neuron"].as_str().expect("a name");
        let reset = case["v_reset"].as_f64().map_or(Reset::Soft, Reset::Hard);
        let detach = case["detach"].as_bool().expect("a flag");
        let layer = Layer::new(by_name(name).expect("a neuron"));
        let mut layer = layer.rule(Rule { reset, detach, ..Rule::default() }).expect("a rule");
        for (key, value) in case["params"].as_object().expect("parameters") {
            layer = layer.param(key, value.as_f64().expect("a number")).expect("allowed");
        }
        let neurons = number("N") as usize;
        let mut state = State::zero(&layer, 1, neurons);
        (state.v, state.hidden[0]) = (floats(case, "v0"), floats(case, "u0"));
        let given = Given {
            shape: Shape { steps: number("T") as usize, batch: 1, neurons },
            x: floats(case, "x"),
            state,
            by_spikes: floats(case, "gs"),
            by_v: floats(case, "gv"),
            by_end: State::zero(&layer, 1, neurons),
        };
        let made = run(&cpu(1), &layer, &given, Keep::Potentials).expect("a pass");
        let what = |key: &str| format!("case {i}, {name}: {key}");
        let bits = |all: &[f32]| all.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&made.spikes), bits(&floats(case, "s")), "{}", what("s"));
        assert_eq!(bits(&made.v), bits(&floats(case, "v_seq")), "{}", what("v"));
        assert_eq!(bits(&made.end.hidden[0]), bits(&floats(case, "u")), "{}", what("u"));
        close(&what("gx"), &made.by_x, &floats(case, "gx"), 1e-6);
        close(&what("gv0"), &made.by_start.v, &floats(case, "gv0"), 1e-6);
        close(&what("gu0"), &made.by_start.hidden[0], &floats(case, "gu0"), 1e-6);
        fired += made.spikes.iter().filter(|s| **s == 1.0).count();
    }
    assert!(fired > 50, "{fired} spikes");
}
