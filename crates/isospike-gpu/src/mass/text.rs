//! The text of a network's kernels: printed graphs, and functions that call them with what the
//! skeleton `mass` has at hand.

use super::numbers::Numbers;
use crate::driver::Driver;
use isospike_lane::random;
use isospike_mass::{
    CouplingStage, Equation, Integrator, Real, Recipe, Section, Surface, Values, noise_words,
};
use isospike_trace::Graph;
use isospike_trace::print::function;
use std::fmt::Write;

/// Every function has these arguments in front.
const KNOWN: &str = "#define KNOWN GLOBAL const real *restrict numbers, GLOBAL const u32 *restrict at, \
                     const u32 node, const u32 lane, const u64 i\n\
                     #define KNOWN_HERE numbers, at, node, lane, i\n\
                     #define ROOM(n) ((n) > 0 ? (n) : 1)\n";

/// What a step of a section consists of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    pub(super) variables: usize,
    /// Values that coupling sees, and numbers that a node sends.
    pub(super) coupled: usize,
    pub(super) numbers: usize,
    pub(super) stages: usize,
    pub(super) noisy: bool,
    /// Whether later stages see others.
    again: bool,
    /// Whether sums over delayed edges of the next step are made by this one.
    pub(super) late: bool,
    /// Whether later stages see what nodes send meanwhile.
    pub(super) instant: bool,
    /// Whether stages are launches of their own.
    pub(super) split: bool,
    /// Whether nodes are vertices of a sheet, and whether these see their neighbours.
    pub(super) sheet: bool,
    local: bool,
}

impl Steps {
    pub(super) fn new<F: Real>(
        recipe: &Recipe<'_>,
        section: &Section<F>,
        surface: Option<&Surface>,
    ) -> Self {
        let again = recipe.stage == CouplingStage::Reevaluate;
        let stages = recipe.integrator.stages();
        let coupled = recipe.inputs.iter().flatten().count();
        let instant = again && section.wires.iter().any(|wire| wire.lag == 0) && coupled > 0;
        let sheet = surface.is_some();
        Steps {
            variables: recipe.node.state().len(),
            coupled,
            numbers: coupled * recipe.coupling.sent(),
            stages,
            noisy: !recipe.noise.is_empty(),
            again,
            late: again && recipe.integrator.looks_ahead(),
            instant: instant && stages > 1,
            split: stages > 1 && (instant || again && sheet),
            sheet,
            local: surface.is_some_and(|surface| !surface.edges().is_empty()),
        }
    }
}

/// A text that is being written.
struct Writer(String);

impl Writer {
    fn line(&mut self, line: impl AsRef<str>) {
        self.0.push_str(line.as_ref());
        self.0.push('\n');
    }

    /// A call of a printed graph.
    fn call(
        &mut self,
        name: &str,
        graph: &Graph,
        argument: impl Fn(&str) -> String,
        output: impl Fn(&str) -> String,
    ) {
        let args = graph.args().iter().map(|a| argument(&a.name));
        let outputs = graph.outputs().iter().map(|o| format!("&{}", output(&o.name)));
        let all: Vec<_> = args.chain(outputs).collect();
        self.line(format!("    {name}({});", all.join(", ")));
    }
}

/// The text; numbers it knows are put into a list.
pub(super) fn text<F: Real, D: Driver>(
    driver: &D,
    recipe: &Recipe<'_>,
    section: &Section<F>,
    steps: Steps,
    numbers: &mut Numbers<'_, F>,
) -> String {
    let [prelude, layout, note] = ["prelude", "layout", "note"].map(|name| driver.source(name));
    let mut text = Writer(format!("{prelude}\ntypedef {} real;\n{layout}{note}", F::NAME));
    let print = |text: &mut Writer, graph: &Graph, name: &str| {
        text.line(function(graph, name, driver.dialect()));
    };
    for equation in Equation::ALL {
        print(&mut text, &equation.graph::<F>(), equation.name());
    }
    defines(&mut text, recipe, steps, numbers);
    let node = F::drift(recipe.node).graph();
    print(&mut text, &node, "drift");
    drift(&mut text, recipe, &node, numbers);
    own(&mut text, recipe, steps);
    let coupling = F::couple(recipe.coupling);
    let (sent, received) = (coupling.send_graph(), coupling.receive_graph());
    print(&mut text, &sent, "send");
    print(&mut text, &received, "receive");
    let regions = section.weights.len();
    let params = recipe.coupling_params.iter().map(|p| numbers.put_of(regions, p));
    let params: Vec<_> = params.collect();
    send(&mut text, recipe, &sent, &params);
    receive(&mut text, recipe, &received, &params, section, numbers);
    bound(&mut text, recipe, numbers);
    if steps.noisy {
        print(&mut text, &noise_words(), "noise_words");
    }
    noise(&mut text, recipe, numbers);
    let sources = match steps.sheet {
        true => &["sheet", "mass", "regions"][..],
        false => &["mass"],
    };
    sources.iter().for_each(|name| text.0.push_str(driver.source(name)));
    text.0
}

fn defines<F: Real>(
    text: &mut Writer,
    recipe: &Recipe<'_>,
    steps: Steps,
    numbers: &mut Numbers<'_, F>,
) {
    let scheme = match recipe.integrator {
        Integrator::Euler => "EULER",
        Integrator::Heun => "HEUN",
        Integrator::RungeKutta4 => "RUNGE_KUTTA_4",
        Integrator::Trapezoidal => "TRAPEZOIDAL",
    };
    let mut number = |x: f64| numbers.put(&Values::Scalar(x));
    let parts = [recipe.dt, 0.5 * recipe.dt, recipe.dt / 6.0].map(&mut number);
    write!(
        text.0,
        "#define EULER 0\n#define HEUN 1\n#define RUNGE_KUTTA_4 2\n#define TRAPEZOIDAL 3\n\
         #define SCHEME {scheme}\n#define STAGES {}\n#define VARIABLES {}\n#define INPUTS {}\n\
         #define COUPLED {}\n#define NUMBERS {}\n#define NOISY {}\n#define AGAIN {}\n\
         #define LATE {}\n#define INSTANT {}\n#define SHEET {}\n#define LOCAL_COUPLING {}\n\
         #define PARTS {}\n#define DT {}\n#define HALF {}\n#define SIXTH {}\n{KNOWN}",
        steps.stages,
        steps.variables,
        recipe.inputs.len(),
        recipe.inputs.iter().flatten().count(),
        steps.numbers,
        u8::from(steps.noisy),
        u8::from(steps.again),
        u8::from(steps.late),
        u8::from(steps.instant),
        u8::from(steps.sheet),
        u8::from(steps.local),
        if steps.split { steps.stages } else { 1 },
        parts[0],
        parts[1],
        parts[2],
    )
    .expect("a String takes it");
}

/// Where a name of a table is in it.
fn place<T>(table: &[T], name: &str, of: impl Fn(&T) -> &'static str) -> usize {
    table.iter().position(|entry| of(entry) == name).expect("a name of the table")
}

/// The drift of a state y that receives c.
fn drift<F: Real>(
    text: &mut Writer,
    recipe: &Recipe<'_>,
    graph: &Graph,
    numbers: &mut Numbers<'_, F>,
) {
    let node = recipe.node;
    let params: Vec<_> = recipe.params.iter().map(|p| numbers.put(p)).collect();
    let variable = |name: &str| place(node.state(), name, |slot| slot.name);
    let argument = |name: &str| match name.split_once('.') {
        Some(("param", name)) => params[place(node.params(), name, |p| p.name)].clone(),
        Some(("state", name)) => format!("y[{}]", variable(name)),
        Some(("input", name)) => format!("c[{}]", place(node.inputs(), name, |slot| slot.name)),
        _ => unreachable!("a drift has no argument {name}"),
    };
    let output = |name: &str| {
        format!("d[{}]", variable(name.strip_prefix("drift.").expect("drifts are outputs")))
    };
    text.line("INLINE void drift_of(KNOWN, const real *y, const real *c, real *d)\n{");
    text.call("drift", graph, argument, output);
    text.line("}");
}

/// The values of a state that coupling sees.
fn own(text: &mut Writer, recipe: &Recipe<'_>, steps: Steps) {
    let single = |text: &mut Writer| {
        for i in 0..recipe.inputs.iter().flatten().count() {
            if recipe.sends_f32 {
                text.line(format!("    own[{i}] = (real)(f32)own[{i}];"));
            }
        }
        text.line("}");
    };
    text.line("INLINE void own_of(const real *x, real *own)\n{");
    for (i, source) in recipe.inputs.iter().flatten().enumerate() {
        match source.minus {
            None => text.line(format!("    own[{i}] = x[{}];", source.variable)),
            Some(minus) => {
                text.line(format!("    less(x[{}], x[{minus}], &own[{i}]);", source.variable));
            }
        }
    }
    if !steps.sheet {
        return single(text);
    }
    // there it is means of regions that are rounded
    text.line("}\nINLINE void single_of(real *own)\n{");
    single(text);
    text.line("INLINE u32 input_of(const u32 coupled)\n{");
    let inputs = recipe.inputs.iter().enumerate().filter(|(_, source)| source.is_some());
    for (i, (k, _)) in inputs.enumerate() {
        text.line(format!("    if (coupled == {i})\n        return {k};"));
    }
    text.line("    return 0;\n}");
}

fn send(text: &mut Writer, recipe: &Recipe<'_>, graph: &Graph, params: &[String]) {
    let (coupling, sent) = (recipe.coupling, recipe.coupling.sent());
    text.line("INLINE void send_of(KNOWN, const real *own, real *sent)\n{");
    for i in 0..recipe.inputs.iter().flatten().count() {
        let argument = |name: &str| match name.split_once('.') {
            Some(("param", name)) => params[place(coupling.params(), name, |p| p.name)].clone(),
            _ => format!("own[{i}]"),
        };
        let output = |name: &str| {
            let k: usize = name.strip_prefix("sent.").and_then(|k| k.parse().ok()).expect("sent.K");
            format!("sent[{}]", i * sent + k)
        };
        text.call("send", graph, argument, output);
    }
    text.line("}");
}

fn receive<F: Real>(
    text: &mut Writer,
    recipe: &Recipe<'_>,
    graph: &Graph,
    params: &[String],
    section: &Section<F>,
    numbers: &mut Numbers<'_, F>,
) {
    let (coupling, sent) = (recipe.coupling, recipe.coupling.sent());
    let weights = Values::PerNode(section.weights.iter().map(|w| w.to_f64()).collect());
    let weights = numbers.put(&weights);
    let nodes = numbers.put(&Values::Scalar(section.weights.len() as f64));
    text.line("INLINE void receive_of(KNOWN, const real *sums, const real *own, real *c)\n{");
    let mut i = 0;
    for (k, source) in recipe.inputs.iter().enumerate() {
        if source.is_none() {
            text.line(format!("    c[{k}] = 0;"));
            continue;
        }
        let argument = |name: &str| match name.split_once('.') {
            Some(("param", name)) => params[place(coupling.params(), name, |p| p.name)].clone(),
            Some(("sum", n)) => format!("sums[{} + {n}]", i * sent),
            _ => match name {
                "weights" => weights.clone(),
                "nodes" => nodes.clone(),
                _ => format!("own[{i}]"),
            },
        };
        text.call("receive", graph, argument, |_| format!("c[{k}]"));
        i += 1;
    }
    text.line("}");
}

/// A variable of a stage back into its bounds.
fn bound<F: Real>(text: &mut Writer, recipe: &Recipe<'_>, numbers: &mut Numbers<'_, F>) {
    text.line("INLINE void bound_of(KNOWN, const u32 variable, real *y)\n{");
    for (k, span) in recipe.node.spans().iter().enumerate() {
        let (least, most) = span.bounds;
        if least > f64::NEG_INFINITY || most < f64::INFINITY {
            let [least, most] = [least, most].map(|x| numbers.put(&Values::Scalar(x)));
            text.line(format!(
                "    if (variable == {k})\n        bounded({least}, {most}, *y, y);"
            ));
        }
    }
    text.line("}");
}

/// What a step adds to each variable.
fn noise<F: Real>(text: &mut Writer, recipe: &Recipe<'_>, numbers: &mut Numbers<'_, F>) {
    text.line(
        "INLINE void noise_of(KNOWN, const u32 nodes, GLOBAL const u32 *restrict keys, \
         const u64 step, const real *x, real *add)\n{",
    );
    for noise in &recipe.noise {
        let k = noise.variable;
        let deviation = numbers.put(&noise.deviation);
        text.line("    {");
        text.line(format!("        const u32 element = {k}u * nodes + node;"));
        // as random::place has it
        const _: () = assert!(random::place(0x7F).0 == 31 && random::place(0x7F).1 == 3);
        text.line("        const u32 block = (element >> 6) * 16 + (element & 15);");
        text.line("        const u32 which = element >> 4 & 3;");
        text.line("        u32 w0, w1, w2, w3;");
        text.line(
            "        noise_words(keys[2 * lane], keys[2 * lane + 1], (u32)step, \
             (u32)(step >> 32), block, &w0, &w1, &w2, &w3);",
        );
        text.line(
            "        const u32 word = which == 0 ? w0 : which == 1 ? w1 : which == 2 ? w2 : w3;",
        );
        match noise.gain {
            None => text.line(format!("        noise({deviation}, word, &add[{k}]);")),
            Some((slope, offset)) => {
                let [slope, offset] = [slope, offset].map(|x| numbers.put(&Values::Scalar(x)));
                text.line(format!(
                    "        noise_times({deviation}, {slope}, {offset}, x[{k}], word, &add[{k}]);"
                ));
            }
        }
        text.line("    }");
    }
    text.line("}");
}
