//! SpikingJelly 2.0.0's values on a CPU (`tests/data/reduce.py` says what they are).

use crate::cpu;
use isospike_lane::Half;
use isospike_layer::surrogates::{
    Atan, Erf, PiecewiseExp, PiecewiseQuadratic, Sigmoid, SoftSign, SuperSpike,
};
use isospike_layer::{
    Backward, Forward, Keep, Layer, NeuronRef, Reset, Rule, Saved, Shape, Spikes, State, Stored,
    neurons,
};
use serde_json::Value;
use std::path::Path;

#[test]
fn the_first_neurons_of_all_cases() {
    check_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/spikingjelly.json"));
}

#[test]
fn all_neurons_of_all_cases() {
    let shared = "../../../shared/refs/spikingjelly/golden.json";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(shared);
    if path.exists() {
        check_all(&path);
    } else {
        println!("SKIPPED all_neurons_of_all_cases: there is no shared/refs/spikingjelly");
    }
}

fn check_all(path: &Path) {
    let text = std::fs::read_to_string(path).expect("the file can be read");
    let golden: Value = serde_json::from_str(&text).expect("a JSON file");
    let cases = golden["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 132);
    for (i, case) in cases.iter().enumerate() {
        let name = format!(
            "case {i}: {} {} {} reset {} detach {} {}",
            case["model"],
            case["dtype"],
            case["surrogate"],
            case["v_reset"],
            case["detach"],
            case["params"]
        );
        check(&Case { case, name: &name });
    }
}

struct Case<'a> {
    case: &'a Value,
    name: &'a str,
}

impl Case<'_> {
    fn number(&self, key: &str) -> f64 {
        self.case[key].as_f64().unwrap_or_else(|| panic!("{}: {key}", self.name))
    }

    /// Numbers of `digits` hexadecimal digits each.
    fn bits(&self, key: &str, digits: usize) -> Vec<u32> {
        let text = self.case[key].as_str().unwrap_or_else(|| panic!("{}: {key}", self.name));
        let word = |i| u32::from_str_radix(&text[i..i + digits], 16).expect("digits");
        (0..text.len()).step_by(digits).map(word).collect()
    }

    fn floats(&self, key: &str) -> Vec<f32> {
        self.bits(key, 8).into_iter().map(f32::from_bits).collect()
    }

    /// Numbers in the format of the case.
    fn stored(&self, key: &str) -> Stored<Vec<f32>, Vec<u16>> {
        match self.half() {
            None => Stored::Full(self.floats(key)),
            Some(format) => {
                Stored::Half(format, self.bits(key, 4).into_iter().map(|b| b as u16).collect())
            }
        }
    }

    fn half(&self) -> Option<Half> {
        match self.case["dtype"].as_str() {
            Some("f32") => None,
            Some("f16") => Some(Half::F16),
            Some("bf16") => Some(Half::BF16),
            other => panic!("{}: {other:?}", self.name),
        }
    }

    fn is(&self, key: &str, value: &str) -> bool {
        self.case[key].as_str() == Some(value)
    }

    fn layer(&self) -> Layer {
        let params = self.case["params"].as_object().expect("parameters");
        let decay = params.get("decay_input").and_then(Value::as_bool).unwrap_or(true);
        let neuron: NeuronRef = match (self.case["model"].as_str(), decay) {
            (Some("if"), _) => &neurons::Integrate,
            (Some("lif"), true) => &neurons::Lif::<true>,
            (Some("lif"), false) => &neurons::Lif::<false>,
            (Some("plif"), true) => &neurons::Plif::<true>,
            (Some("plif"), false) => &neurons::Plif::<false>,
            (Some("qif"), _) => &neurons::Qif,
            (Some("eif"), _) => &neurons::Eif,
            other => panic!("{}: {other:?}", self.name),
        };
        let reset = self.case["v_reset"].as_f64().map_or(Reset::Soft, Reset::Hard);
        let detach = self.case["detach"].as_bool().expect("a flag");
        let mut layer = Layer::new(neuron)
            .rule(Rule { threshold: self.number("v_th"), reset, detach })
            .expect("a rule");
        for (name, value) in params.iter().filter(|(name, _)| *name != "decay_input") {
            layer.set(name, value.as_f64().expect("a number")).expect("a parameter");
        }
        let alpha = self.number("alpha");
        match self.case["surrogate"].as_str().expect("a name") {
            "ATan" => layer.surrogate(Atan { alpha }),
            "Sigmoid" => layer.surrogate(Sigmoid { alpha }),
            "PiecewiseQuadratic" => layer.surrogate(PiecewiseQuadratic { alpha }),
            "PiecewiseExp" => layer.surrogate(PiecewiseExp { alpha }),
            "SoftSign" => layer.surrogate(SoftSign { alpha }),
            "SuperSpike" => layer.surrogate(SuperSpike { alpha }),
            "Erf" => layer.surrogate(Erf { alpha }),
            other => panic!("{}: {other}", self.name),
        }
        .expect("a surrogate")
    }

    /// Whether no function is computed on the way backwards, so that derivatives are exact.
    fn is_rational(&self) -> bool {
        let functions = ["Sigmoid", "PiecewiseExp", "Erf"];
        !functions.iter().any(|f| self.is("surrogate", f)) && !self.is("model", "eif")
    }

    /// Equal bits.
    fn same(&self, what: &str, found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len(), "{}: {what}", self.name);
        for (i, (a, b)) in found.iter().zip(expected).enumerate() {
            let same = a.to_bits() == b.to_bits();
            assert!(same, "{}: {what}[{i}] = {a:e}, not {b:e}", self.name);
        }
    }

    /// Equal bits, unless the neuron computes an exponential: then no more than two units off, in
    /// the last place of the numbers around 1 that a potential is the sum of.
    fn potentials(&self, what: &str, found: &[f32], expected: &[f32]) {
        if !self.is("model", "eif") {
            return self.same(what, found, expected);
        }
        assert_eq!(found.len(), expected.len(), "{}: {what}", self.name);
        for (i, (a, b)) in found.iter().zip(expected).enumerate() {
            let unit = f32::EPSILON * a.abs().max(1.0);
            assert!((a - b).abs() <= 2.0 * unit, "{}: {what}[{i}] = {a:e}, not {b:e}", self.name);
        }
    }

    /// No more than `relative` of the largest number off.
    fn close(&self, what: &str, found: &[f32], expected: &[f32], relative: f32) {
        assert_eq!(found.len(), expected.len(), "{}: {what}", self.name);
        let most = expected.iter().fold(0f32, |most, x| most.max(x.abs()));
        for (i, (a, b)) in found.iter().zip(expected).enumerate() {
            let off = (a - b).abs() / most;
            assert!(off <= relative, "{}: {what}[{i}] = {a:e}, not {b:e}: {off:e}", self.name);
        }
    }
}

/// Numbers of either width as floats.
fn wide(stored: &Stored<Vec<f32>, Vec<u16>>) -> Vec<f32> {
    match stored {
        Stored::Full(all) => all.clone(),
        Stored::Half(format, all) => all.iter().map(|&bits| format.decode(bits)).collect(),
    }
}

fn empty_like(stored: &Stored<Vec<f32>, Vec<u16>>) -> Stored<Vec<f32>, Vec<u16>> {
    match stored {
        Stored::Full(all) => Stored::Full(vec![0.0; all.len()]),
        Stored::Half(format, all) => Stored::Half(*format, vec![0; all.len()]),
    }
}

fn check(case: &Case<'_>) {
    let (steps, neurons) = (case.number("T") as usize, case.number("N") as usize);
    let shape = Shape { steps, batch: 1, neurons };
    let (layer, device) = (case.layer(), cpu(1));
    let (x, gs) = (case.stored("x"), case.stored("gs"));
    let mut state = State::new(&layer, 1, neurons);
    state.v = case.floats("v0");
    let mut v = vec![0.0; shape.count()];
    let mut spikes = empty_like(&x);
    let mut saved = Saved::new(&layer, shape, Keep::Potentials).expect("room");
    let pass = Forward {
        shape,
        x: x.values(),
        state: &mut state,
        spikes: Some(Spikes::Values(spikes.values_mut())),
        v: Some(&mut v),
        saved: Some(&mut saved),
    };
    device.layers().forward(&layer, pass).expect(case.name);
    case.same("s", &wide(&spikes), &wide(&case.stored("s")));
    case.potentials("v", &v, &case.floats("v_seq"));
    case.same("the last v", &state.v, &v[(steps - 1) * neurons..]);
    if !case.is("model", "plif") {
        case.potentials("h", &wide(&saved.potentials), &case.floats("h_seq"));
    }

    let mut by_state = State::zero(&layer, 1, neurons);
    let mut by_x = empty_like(&x);
    let gv = case.floats("gv");
    let pass = Backward {
        shape,
        saved: &saved,
        x: Some(x.values()),
        by_spikes: Some(gs.values()),
        by_v: Some(&gv),
        by_state: &mut by_state,
        by_x: Some(by_x.values_mut()),
    };
    let learned = device.layers().backward(&layer, pass).expect(case.name);
    let by_x = wide(&by_x);
    // half of the last place of what is stored in 16 bits
    let stored = case.half().map_or(0.0, |half| 1.0 / half.whole() as f32);
    let kernel = if case.is("model", "plif") { "autograd" } else { "kernel" };
    let (gx, gv0) =
        (wide(&case.stored(&format!("gx_{kernel}"))), case.floats(&format!("gv0_{kernel}")));
    if case.is_rational() && kernel == "kernel" {
        case.same("gx", &by_x, &gx);
        case.same("gv0", &by_state.v, &gv0);
    } else {
        case.close("gx", &by_x, &gx, 1e-6 + stored);
        case.close("gv0", &by_state.v, &gv0, 1e-6);
    }
    case.close("gx", &by_x, &wide(&case.stored("gx_autograd")), 1e-6 + stored);
    case.close("gv0", &by_state.v, &case.floats("gv0_autograd"), 1e-6);
    if let [by_w] = learned[..] {
        // autograd's sum is itself up to 1.35e-6 off what exact arithmetic makes of the same terms
        case.close("gw", &[by_w], &case.floats("gw_autograd"), 1.5e-6);
    }
}
