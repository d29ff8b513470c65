//! The text of a layer's kernels: the skeletons of the driver's folder around printed graphs.

use crate::driver::Driver;
use isospike_layer::{Firing, Layer, Real, Slopes};
use isospike_model::SlotInfo;
use isospike_trace::Graph;
use isospike_trace::print::function;
use std::fmt::Write;

/// What a layer's kernels are made of.
pub(super) struct Names {
    /// Hidden values, learned parameters, constants, then the numbers of the rule.
    hidden: Vec<&'static str>,
    learned: Vec<&'static str>,
    consts: Vec<&'static str>,
    rule: Vec<&'static str>,
}

impl Names {
    pub(super) fn hidden(&self) -> usize {
        self.hidden.len()
    }
    pub(super) fn learned(&self) -> usize {
        self.learned.len()
    }
}

/// What every text begins with.
pub(crate) fn head<F: Real, D: Driver>(driver: &D) -> String {
    let [prelude, layout] = ["prelude", "layout"].map(|name| driver.source(name));
    format!("{prelude}\ntypedef {} real;\n{layout}", F::NAME)
}

/// The text, and what its kernels carry.
pub(super) fn text<F: Real, D: Driver>(driver: &D, layer: &Layer) -> (String, Names) {
    let neuron = layer.neuron();
    let of = |slots: &'static [SlotInfo]| slots.iter().map(|slot| slot.name).collect();
    let names = Names {
        hidden: of(neuron.hidden()),
        learned: of(neuron.learned()),
        consts: of(neuron.consts()),
        rule: of(<Firing<F> as isospike_model::Slots<F>>::INFO),
    };
    let rows = F::rows(neuron);
    let graphs = [
        ("charge", "CHARGE", rows.forward_graph()),
        ("back", "BACK", rows.backward_graph()),
        ("slope_of", "SLOPE", Slopes::<F>::slope_graph(F::slopes(layer.slope()))),
    ];
    let mut text = head::<F, D>(driver);
    for (name, _, graph) in &graphs {
        text.push_str(&function(graph, name, driver.dialect()));
    }
    for (name, called, graph) in &graphs {
        writeln!(text, "#define {called} {name}({});", names.arguments(graph))
            .expect("a String takes it");
    }
    let all = |n: usize, each: &dyn Fn(usize) -> String| (0..n).map(each).collect::<String>();
    let (h, l) = (names.hidden(), names.learned());
    let load = |k: usize| format!(" real hidden_{k} = (from)[{}ul * width + i];", k + 1);
    let store = |k: usize| format!(" (to)[{}ul * width + i] = hidden_{k};", k + 1);
    let watch = |k: usize| format!(" WATCH(WATCHED, {}, hidden_{k})", k + 1);
    let load_learned = |k: usize| format!(" real learned_{k} = learned[{k}ul * width + i];");
    let store_learned = |k: usize| format!(" learned[{k}ul * width + i] = learned_{k};");
    write!(
        text,
        "#define WATCHED {}u\n#define LOAD_HIDDEN(from){}\n#define STORE_HIDDEN(to){}\n#define WATCH_HIDDEN{}\n\
         #define LOAD_LEARNED{}\n#define STORE_LEARNED{}\n",
        1 + h,
        all(h, &load),
        all(h, &store),
        all(h, &watch),
        all(l, &load_learned),
        all(l, &store_learned)
    )
    .expect("a String takes it");
    text.push_str(driver.source("note"));
    text.push_str(driver.source("layer"));
    (text, names)
}

impl Names {
    /// What a skeleton calls the arguments and outputs of a graph.
    fn arguments(&self, graph: &Graph) -> String {
        let at = |names: &[&str], name: &str| names.iter().position(|n| *n == name);
        let variable = |name: &str| -> String {
            match name.split_once('.') {
                Some(("hidden", name)) => {
                    format!("hidden_{}", at(&self.hidden, name).expect("a hidden value"))
                }
                Some(("learned", name)) => {
                    format!("learned_{}", at(&self.learned, name).expect("a learned parameter"))
                }
                Some(("const", name)) => {
                    format!("consts[{}]", at(&self.consts, name).expect("a constant"))
                }
                Some(("rule", name)) => {
                    let k = at(&self.rule, name).expect("a number of the rule");
                    format!("consts[{}]", self.consts.len() + k)
                }
                Some(("by", "spike")) => "by_spike".to_owned(),
                Some(("by", "v")) => "by_after".to_owned(),
                _ => name.to_owned(),
            }
        };
        let backward = graph.args().iter().any(|a| a.name == "carry");
        let args = graph.args().iter().map(|a| match (&*a.name, backward) {
            ("x", true) => "input".to_owned(),
            ("x", false) => "x[at]".to_owned(),
            (name, _) => variable(name),
        });
        let outputs = graph.outputs().iter().map(|o| match (&*o.name, backward) {
            ("x", true) => "&out".to_owned(),
            (name, _) => format!("&{}", variable(name)),
        });
        args.chain(outputs).collect::<Vec<_>>().join(", ")
    }
}
