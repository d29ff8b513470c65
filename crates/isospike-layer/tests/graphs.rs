//! Neurons and surrogates as graphs: the same bits as rows, and printed in both dialects of C.

use isospike_lane::isa::Isa;
use isospike_lane::philox4x32_10;
use isospike_layer::{
    BackwardRow, ForwardRow, Layer, NEURONS, Out, Real, Reset, Rows, Rule, Slopes, SurrogateDef,
    surrogates::*,
};
use isospike_trace::print::{Dialect, function};
use isospike_trace::{Graph, Value};
use std::collections::BTreeMap;

/// Numbers between -1 and 1.
struct Numbers(u32);

impl Numbers {
    fn next<F: Real>(&mut self) -> F {
        self.0 += 1;
        let word = philox4x32_10([self.0, 0, 0, 0], [3, 4])[0];
        F::from_f64(f64::from(word) / f64::from(1u32 << 31) - 1.0)
    }
}

/// Evaluates a graph by the names of its arguments and outputs.
fn eval(graph: &Graph, named: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let args: Vec<_> = graph.args().iter().map(|a| named[&a.name]).collect();
    let names = graph.outputs().iter().map(|o| o.name.clone());
    names.zip(graph.eval(&args)).collect()
}

fn check<F: Real + Into<Value>>() {
    let mut numbers = Numbers(0);
    for neuron in NEURONS {
        let rows = F::rows(*neuron);
        for reset in [Reset::Hard(-0.1), Reset::Soft, Reset::Never] {
            for detach in [false, true] {
                let rule = Rule { threshold: 0.3, reset, detach };
                let layer = Layer::new(*neuron).rule(rule).expect("a rule");
                for settled in [false, true] {
                    forward_once(rows, &layer, &mut numbers);
                    backward_once(rows, &layer, &mut numbers, settled);
                }
            }
        }
    }
}

/// Constants and rule under their names.
fn constants<F: Real + Into<Value>>(layer: &Layer, graph: &Graph) -> BTreeMap<String, Value> {
    let consts = graph.args().iter().filter(|a| a.name.starts_with("const."));
    let values = layer.consts::<F>().into_iter().map(Into::into);
    let mut named: BTreeMap<_, _> = consts.map(|a| a.name.clone()).zip(values).collect();
    let firing = layer.firing::<F>();
    for (name, value) in [
        ("threshold", firing.threshold),
        ("to", firing.to),
        ("drop", firing.drop),
        ("hard", firing.hard),
        ("attached", firing.attached),
    ] {
        named.insert(format!("rule.{name}"), value.into());
    }
    named
}

fn forward_once<F: Real + Into<Value>>(rows: &dyn Rows<F>, layer: &Layer, numbers: &mut Numbers) {
    let graph = rows.forward_graph();
    let mut named = constants::<F>(layer, &graph);
    let (x, mut v): ([F; 1], [F; 1]) = ([numbers.next()], [numbers.next()]);
    let slots = layer.neuron().hidden();
    let mut hidden: Vec<[F; 1]> = slots.iter().map(|_| [numbers.next()]).collect();
    named.insert("x".to_owned(), x[0].into());
    named.insert("v".to_owned(), v[0].into());
    for (slot, value) in slots.iter().zip(&hidden) {
        named.insert(format!("hidden.{}", slot.name), value[0].into());
    }
    let (mut h, mut spikes) = ([F::default()], [F::default()]);
    let mut slices: Vec<_> = hidden.iter_mut().map(|h| &mut h[..]).collect();
    let row = ForwardRow {
        x: &x,
        v: &mut v,
        hidden: &mut slices,
        h: Out::near(&mut h),
        spikes: Out::near(&mut spikes),
        ahead: &[],
    };
    assert!(rows.forward(Isa::detect(), &layer.consts(), &layer.firing(), row));
    let out = eval(&graph, &named);
    assert_eq!(out["h"], h[0].into());
    assert_eq!(out["v"], v[0].into());
    assert_eq!(out["spike"], Value::Mask(spikes[0] == F::from_f64(1.0)));
    for (slot, value) in slots.iter().zip(&hidden) {
        assert_eq!(out[&format!("hidden.{}", slot.name)], value[0].into());
    }
}

fn backward_once<F: Real + Into<Value>>(
    rows: &dyn Rows<F>,
    layer: &Layer,
    numbers: &mut Numbers,
    settled: bool,
) {
    let graph = rows.backward_graph();
    let mut named = constants::<F>(layer, &graph);
    let names = ["h", "before", "x", "slope", "by.spike", "by.v", "carry"];
    let [h, before, x, slope, by_spikes, by_v, mut carry]: [[F; 1]; 7] =
        names.map(|_| [numbers.next()]);
    for (name, value) in names.iter().zip([h, before, x, slope, by_spikes, by_v, carry]) {
        named.insert((*name).to_owned(), value[0].into());
    }
    named.insert("settled".to_owned(), Value::Mask(settled));
    let mut hidden: Vec<[F; 1]> =
        layer.neuron().hidden().iter().map(|_| [numbers.next()]).collect();
    let mut learned: Vec<[F; 1]> =
        layer.neuron().learned().iter().map(|_| [numbers.next()]).collect();
    let kinds = [("hidden", layer.neuron().hidden()), ("learned", layer.neuron().learned())];
    let slots = || {
        kinds
            .iter()
            .flat_map(|(kind, slots)| slots.iter().map(move |s| format!("{kind}.{}", s.name)))
    };
    for (name, value) in slots().zip(hidden.iter().chain(&learned)) {
        named.insert(name, value[0].into());
    }
    let mut by_x = [F::default()];
    let mut hidden_slices: Vec<_> = hidden.iter_mut().map(|h| &mut h[..]).collect();
    let mut learned_slices: Vec<_> = learned.iter_mut().map(|h| &mut h[..]).collect();
    let row = BackwardRow {
        h: &h,
        before: &before,
        settled,
        x: &x,
        slope: &slope,
        by_spikes: &by_spikes,
        by_v: &by_v,
        carry: &mut carry,
        hidden: &mut hidden_slices,
        learned: &mut learned_slices,
        by_x: Out::near(&mut by_x),
        ahead: [&[], &[]],
    };
    assert!(rows.backward(Isa::detect(), &layer.consts(), &layer.firing(), row));
    let out = eval(&graph, &named);
    assert_eq!(out["x"], by_x[0].into());
    assert_eq!(out["carry"], carry[0].into());
    for (name, value) in slots().zip(hidden.iter().chain(&learned)) {
        assert_eq!(out[&name], value[0].into());
    }
}

#[test]
fn graphs_and_rows_agree_to_the_bit() {
    check::<f32>();
    check::<f64>();
}

#[test]
fn surrogates_agree_too_and_everything_can_be_printed() {
    let bundled: [&dyn SurrogateDef; 10] = [
        &Atan { alpha: 2.0 },
        &Sigmoid { alpha: 4.0 },
        &PiecewiseQuadratic { alpha: 1.0 },
        &PiecewiseExp { alpha: 1.0 },
        &SoftSign { alpha: 2.0 },
        &SuperSpike { alpha: 1.0 },
        &Erf { alpha: 2.0 },
        &Rectangle { alpha: 1.0 },
        &Triangle { alpha: 0.3 },
        &FastSigmoid { alpha: 25.0 },
    ];
    let mut graphs = Vec::new();
    for surrogate in bundled {
        let surrogate: &dyn Slopes<f32> = surrogate;
        let graph = surrogate.slope_graph();
        for h in [-2.0f32, -0.3, 0.0, 0.29, 0.3, 0.9, 40.0] {
            let mut out = [0.0];
            surrogate.slopes(Isa::detect(), 0.3, &[h], &mut out);
            assert_eq!(graph.eval(&[h.into(), 0.3f32.into()]), [Value::F32(out[0])]);
        }
        graphs.push(graph);
    }
    for neuron in NEURONS {
        graphs.push(Rows::<f32>::forward_graph(*neuron));
        graphs.push(Rows::<f32>::backward_graph(*neuron));
    }
    for graph in graphs {
        for dialect in [Dialect::OpenCl, Dialect::Cuda] {
            assert!(function(&graph, "step", dialect).contains("out_"));
        }
    }
}
