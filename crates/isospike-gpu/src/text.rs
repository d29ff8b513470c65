//! The text of the kernels: the files of the driver's folder, with what this plan makes of them.
//!
//! All arithmetic on floats and all random words come from printed graphs: the model, the scaling
//! of sums, noise currents, plasticity rules, Philox. What is written here moves data and adds
//! integers; numbers that are stored in 16 bits are widened and rounded on the way.

use crate::driver::{Driver, Shape};
use crate::kind::{Kind, Varies};
use crate::rules::Equation;
use isospike_backend::Plan;
use isospike_backend::plan::Accumulator;
use isospike_backend::plan::device::{FILTER_WORDS, STIMULUS_STEPS};
use isospike_lane::{Float, Lane, distribution, filter, random};
use isospike_model::Of;
use isospike_net::Precision;
use isospike_trace::print::function;
use isospike_trace::{Graph, Sym, SymInt, trace};
use std::fmt::Write;

/// The kernels that know no model: `list`, `deliver`, `check`.
pub(crate) fn common<D: Driver>(driver: &D, plan: &Plan) -> String {
    let mut text = begin(driver, plan);
    for name in ["list", "deliver", "check"] {
        text.push_str(driver.source(name));
    }
    text
}

/// The kernels of plasticity: `learn`, `settle`, `forget`.
pub(crate) fn learning<D: Driver>(driver: &D, plan: &Plan) -> String {
    let mut text = begin(driver, plan);
    text.push_str(&rules(driver, plan, &Equation::LEARN));
    for name in ["synapses", "learn", "settle", "forget"] {
        text.push_str(driver.source(name));
    }
    text
}

/// Equations of every rule, and how a kernel picks a rule's.
fn rules<D: Driver>(driver: &D, plan: &Plan, equations: &[Equation]) -> String {
    let mut text = String::new();
    let mut cases = String::new();
    for rule in 0..plan.rules.len() {
        for equation in equations {
            let name = format!("{}_{rule}", equation.name());
            text.push_str(&function(&equation.graph(plan, rule), &name, driver.dialect()));
            text.push('\n');
        }
        cases.push_str(&format!(" case {rule}u: {{ DO({rule}); break; }}"));
    }
    text.push_str(&format!("#define WITH_RULE(rule, DO) switch ((u32)(rule)) {{{cases} }}\n"));
    text
}

/// The kernel that updates a kind.
pub(crate) fn update<D: Driver>(driver: &D, plan: &Plan, row: u64, kind: &Kind) -> String {
    let mut text = begin(driver, plan);
    let precision = plan.precision();
    let mut print = |graph: &Graph, name: &str| {
        text.push_str(&function(graph, name, driver.dialect()));
        text.push('\n');
    };
    print(&kind.graph, "model_step");
    print(&scaled_sum(precision, plan.accumulator), "scaled_sum");
    if kind.draws > 0 {
        print(&philox(), "philox_block");
    }
    if !kind.noise.is_empty() {
        print(&noise(precision), "add_noise");
    }
    if !kind.stimuli.is_empty() {
        print(&stimulus(precision), "add_stimulus");
    }
    if !kind.filters.is_empty() {
        print(&filter_term(precision), "filter_term");
    }
    if kind.counts.is_some() {
        print(&count(precision), "count_spikes");
    }
    text.push_str(&constants(kind, &driver.shape()));
    let steps = STIMULUS_STEPS;
    text += &format!("#define STIMULUS_STEPS {steps}u\n#define STIMULUS_ROW {row}u\n");
    if kind.learns {
        text.push_str(&rules(driver, plan, &[Equation::PostTrace]));
        text.push_str(driver.source("history"));
    }
    text.push_str(driver.source("drive"));
    if !kind.filters.is_empty() {
        text.push_str(driver.source("filter"));
    }
    text.push_str(&advance(kind));
    text.push_str(driver.source("update"));
    text
}

fn begin<D: Driver>(driver: &D, plan: &Plan) -> String {
    let s = driver.shape().for_batch(plan.batch());
    let real = match plan.precision() {
        Precision::F32 => "f32",
        Precision::F64 => "f64",
    };
    let (sum, wide) = match plan.accumulator {
        Accumulator::I32 => ("i32", 0),
        Accumulator::I64 => ("i64", 1),
    };
    let mut text = driver.source("prelude").to_owned();
    write!(
        text,
        "\ntypedef {real} real;\ntypedef {sum} sum_t;\n\
         #define WIDE_SUMS {wide}\n#define OWNED {}\n#define BATCH {}u\n\
         #define LIST_ITEMS {}u\n#define DELIVER_ITEMS {}u\n#define UPDATE_ITEMS {}u\n\n",
        u32::from(s.owned),
        plan.batch(),
        s.list_items,
        s.deliver.items,
        s.update_items,
    )
    .expect("a String takes it");
    text.push_str(driver.source("layout"));
    text.push_str(driver.source("half"));
    text
}

/// What a port sees of an accumulator.
fn scaled_sum(precision: Precision, accumulator: Accumulator) -> Graph {
    fn graph<F: Float>(accumulator: Accumulator) -> Graph {
        trace(|t| {
            let sum = match accumulator {
                Accumulator::I32 => Sym::<F>::from_i32(t.arg("sum")),
                Accumulator::I64 => Sym::<F>::from_i64(t.arg("sum")),
            };
            t.output("input", sum * t.arg("scale"));
        })
    }
    match precision {
        Precision::F32 => graph::<f32>(accumulator),
        Precision::F64 => graph::<f64>(accumulator),
    }
}

/// A noise current added to a current.
fn noise(precision: Precision) -> Graph {
    fn graph<F: Float>() -> Graph {
        trace(|t| {
            let current: Sym<F> = t.arg("current");
            let (mean, std): (Sym<F>, Sym<F>) = (t.arg("mean"), t.arg("std"));
            let z = distribution::normal(t.arg("word"));
            t.output("current", current + (mean + std * z));
        })
    }
    match precision {
        Precision::F32 => graph::<f32>(),
        Precision::F64 => graph::<f64>(),
    }
}

/// A stimulus added to a current.
fn stimulus(precision: Precision) -> Graph {
    fn graph<F: Float>() -> Graph {
        trace(|t| {
            let current: Sym<F> = t.arg("current");
            let (gain, value): (Sym<F>, Sym<F>) = (t.arg("gain"), t.arg("value"));
            t.output("current", current + gain * value);
        })
    }
    match precision {
        Precision::F32 => graph::<f32>(),
        Precision::F64 => graph::<f64>(),
    }
}

/// One more term of a filtered sum.
fn filter_term(precision: Precision) -> Graph {
    fn graph<F: Float>() -> Graph {
        trace(|t| {
            let sum: Sym<F> = t.arg("sum");
            t.output("sum", filter::term(sum, t.arg("k"), t.arg("x")));
        })
    }
    match precision {
        Precision::F32 => graph::<f32>(),
        Precision::F64 => graph::<f64>(),
    }
}

/// A small whole number in a float as an integer.
fn count(precision: Precision) -> Graph {
    fn graph<F: Float>() -> Graph {
        trace(|t| {
            let spikes: Sym<F> = t.arg("spikes");
            t.output("n", spikes.to_i32());
        })
    }
    match precision {
        Precision::F32 => graph::<f32>(),
        Precision::F64 => graph::<f64>(),
    }
}

/// The four random words of a block.
fn philox() -> Graph {
    trace(|t| {
        let arg = |name: &str| t.arg::<SymInt<u32>>(name);
        let key = [arg("key_low"), arg("key_high")];
        let address = [arg("step_low"), arg("step_high"), arg("stream")];
        let words = random::block(key, address, arg("block"));
        for (i, word) in words.into_iter().enumerate() {
            t.output(&format!("word_{i}"), word);
        }
    })
}

/// Bits of a number of spikes.
const COUNT_BITS: u32 = 4;
const _: () = assert!(isospike_model::MAX_COUNT < 1 << COUNT_BITS);

/// How many random words there are, how Poisson counts are found and state is stored.
fn constants(kind: &Kind, shape: &Shape) -> String {
    let mut text = match kind.state {
        None => "typedef real state_t;\n#define LOAD_STATE(from, i) (from)[i]\n\
                 #define STORE_STATE(to, i, x) (to)[i] = (x)\n"
            .to_owned(),
        Some(format) => format!(
            "typedef u16 state_t;\n#define LOAD_STATE load_{0}\n#define STORE_STATE store_{0}\n",
            format.name()
        ),
    };
    text += &format!(
        "#define DRAWS {}\n#define PORTS {}u\n#define LEARNS {}\n#define SHORT_POISSON {}u\n",
        kind.draws,
        kind.ports(),
        u32::from(kind.learns),
        if kind.thresholds <= shape.short_poisson { kind.thresholds } else { 0 },
    );
    if kind.thresholds <= shape.short_poisson {
        text.push_str("#define POISSON_IS_SHORT\n");
    }
    let spike_bits = if kind.counts.is_some() { COUNT_BITS } else { 1 };
    text += &format!(
        "#define SPIKE_BITS {spike_bits}u\n#define FILTERS {}\n#define FILTER_WORDS {FILTER_WORDS}u\n",
        kind.filters.len()
    );
    text
}

/// Where the next constant or gain lies.
#[derive(Default)]
struct Columns {
    uniform: usize,
    by_neuron: usize,
    by_lane: usize,
}

impl Columns {
    fn constant(&mut self, varies: Varies) -> String {
        match varies {
            Varies::No => {
                self.uniform += 1;
                format!("params[{}u]", self.uniform - 1)
            }
            Varies::ByNeuron => self.by_neuron(),
            Varies::ByLane => {
                self.by_lane += 1;
                format!("each[{} + at]", self.begin(self.by_neuron, self.by_lane - 1))
            }
        }
    }

    fn by_neuron(&mut self) -> String {
        self.by_neuron += 1;
        format!("each[{} + element]", self.begin(self.by_neuron - 1, self.by_lane))
    }

    /// After so many columns of either kind.
    fn begin(&self, by_neuron: usize, by_lane: usize) -> String {
        match by_lane {
            0 => format!("{by_neuron}u * p->padded"),
            _ => format!("{by_neuron}u * p->padded + {by_lane}u * p->flat"),
        }
    }
}

/// Draws, and one step of one neuron: what of the update kernel depends on the kind.
fn advance(kind: &Kind) -> String {
    let mut text = String::new();
    let mut line = |l: &str| {
        text.push_str(l);
        text.push('\n');
    };
    let draws = 0..kind.draws;
    let declare = |d: u32| {
        let words = [0, 1, 2, 3].map(|j| format!("w{d}_{j}"));
        format!("u32 {}; draw({d}u, &{}); ", words.join(", "), words.join(", &"))
    };
    let declared: String = draws.clone().map(declare).collect();
    line(&format!("#define DRAW_WORDS(draw) {declared}"));
    let drawn: String = draws.clone().map(|d| format!(", w{d}_##j")).collect();
    line(&format!("#define DRAWN(j) {drawn}"));
    let words: String = draws.map(|d| format!(", const u32 word_{d}")).collect();
    line(&format!(
        "INLINE u32 advance(const struct piece *p, const u64 at, const u32 element, \
         const u32 lane, const u64 t, \
         GLOBAL state_t *restrict state, GLOBAL sum_t *restrict sums, \
         GLOBAL sum_t *restrict pending, GLOBAL const real *restrict each, \
         GLOBAL const real *restrict params, GLOBAL const u64 *restrict drives, \
         GLOBAL const u32 *restrict poisson, GLOBAL const u64 *restrict filters, \
         GLOBAL const real *restrict kernels, GLOBAL real *restrict past, \
         GLOBAL const u64 *restrict stimuli, GLOBAL const real *restrict values, \
         const real base{words})\n{{"
    ));
    let args = kind.graph.args();
    let named = |prefix: &str| -> Vec<String> {
        args.iter().filter(|a| a.name.starts_with(prefix)).map(|a| a.name.clone()).collect()
    };
    let (states, ports) = (named("state."), named("port."));
    for i in 0..states.len() {
        line(&format!("    real state_{i} = LOAD_STATE(state, {i}u * p->flat + at);"));
    }
    for i in 0..ports.len() {
        line(&format!("    sum_t sum_{i} = sums[{i}u * p->port_stride + at];"));
        if kind.learns {
            line(&format!("    sum_{i} += pending[{i}u * p->flat + at];"));
            line(&format!("    pending[{i}u * p->flat + at] = 0;"));
        }
    }
    for (i, drive) in kind.poisson.iter().enumerate() {
        let (port, draw) = (drive.port, drive.draw);
        let (weight, table) = (format!("drives[{}u]", 2 * i), format!("drives[{}u]", 2 * i + 1));
        let table = match drive.each {
            true => format!("poisson + poisson[{table} + own_element(p, element)]"),
            false => format!("poisson + {table}"),
        };
        line(&format!(
            "    sum_{port} += (sum_t)poisson_count({table}, word_{draw}) * (sum_t){weight};"
        ));
    }
    for i in 0..ports.len() {
        line(&format!("    sums[{i}u * p->port_stride + at] = 0;"));
    }
    let uniform = kind.varies.iter().filter(|v| **v == Varies::No).count();
    for i in 0..ports.len() {
        let scale = uniform + i;
        line(&format!("    real port_{i}; scaled_sum(sum_{i}, params[{scale}u], &port_{i});"));
    }
    for (i, of) in kind.filters.iter().enumerate() {
        let value = match of {
            Of::Port(port) => format!("port_{port}"),
            Of::State(slot) => format!("state_{slot}"),
        };
        line(&format!(
            "    const real filtered_{i} = filtered(filters + FILTER_WORDS * {i}u, t, p->flat, \
             at, {value}, kernels, past);"
        ));
    }
    line("    real current = base;");
    // constants and gains of neurons, one after the other
    let mut columns = Columns::default();
    let constants: Vec<String> = kind.varies.iter().map(|v| columns.constant(*v)).collect();
    let mut gain = uniform + ports.len() + 2 * kind.noise.len();
    for (i, stimulus) in kind.stimuli.iter().enumerate() {
        let factor = if stimulus.gains {
            columns.by_neuron()
        } else {
            gain += 1;
            format!("params[{}u]", gain - 1)
        };
        let place = if stimulus.frames { "own_element(p, element)" } else { "lane" };
        line(&format!(
            "    add_stimulus(current, {factor}, values[stimuli[{i}u] + {place}], &current);"
        ));
    }
    for (i, draw) in kind.noise.iter().enumerate() {
        let mean = uniform + ports.len() + 2 * i;
        line(&format!(
            "    add_noise(current, params[{mean}u], params[{}u], word_{draw}, &current);",
            mean + 1
        ));
    }
    let mut operands: Vec<String> = (0..states.len()).map(|i| format!("state_{i}")).collect();
    operands.extend(constants);
    operands.extend((0..ports.len()).map(|i| format!("port_{i}")));
    operands.extend((0..kind.filters.len()).map(|i| format!("filtered_{i}")));
    operands.push("current".to_owned());
    let own = named("draw.").len() as u32;
    operands.extend((kind.draws - own..kind.draws).map(|d| format!("word_{d}")));
    operands.extend((0..states.len()).map(|i| format!("&state_{i}")));
    operands.push("&spike".to_owned());
    assert_eq!(operands.len(), args.len() + kind.graph.outputs().len(), "arguments of a model");
    line("    bool spike;");
    line(&format!("    model_step({});", operands.join(", ")));
    for i in 0..states.len() {
        line(&format!("    STORE_STATE(state, {i}u * p->flat + at, state_{i});"));
    }
    match kind.counts {
        None => line("    return spike ? 1u : 0u;\n}\n"),
        Some(slot) => {
            line(&format!("    i32 n; count_spikes(state_{slot}, &n);"));
            line("    return spike ? (u32)n : 0u;\n}\n");
        }
    }
    text
}
