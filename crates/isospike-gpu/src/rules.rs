//! What kernels compute of plasticity rules, as graphs of [`Stdp`].
//!
//! The order in which they are asked is the kernels', the same as in `isospike-cpu`.

use isospike_backend::Plan;
use isospike_backend::plan::Accumulator;
use isospike_lane::{Float, Lane};
use isospike_model::Stdp;
use isospike_net::Precision;
use isospike_trace::{Graph, Sym, Tracer, trace};

/// A function that a kernel has once for every rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Equation {
    /// A presynaptic trace just after a spike, from the one just after the spike before.
    PreTrace,
    /// The same of a postsynaptic trace.
    PostTrace,
    /// A weight after a postsynaptic spike.
    Potentiate,
    /// A weight after a presynaptic spike, and what the spike carries.
    Depress,
}

impl Equation {
    /// All that learning needs.
    pub(crate) const LEARN: [Equation; 3] =
        [Equation::PreTrace, Equation::Potentiate, Equation::Depress];

    /// What kernels call it; the number of the rule follows.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Equation::PreTrace => "pre_trace",
            Equation::PostTrace => "post_trace",
            Equation::Potentiate => "potentiate",
            Equation::Depress => "depress",
        }
    }

    /// The equation of a rule of the plan, whose constants are in it.
    pub(crate) fn graph(self, plan: &Plan, rule: usize) -> Graph {
        match plan.precision() {
            Precision::F32 => trace(|t| self.trace::<f32>(t, plan, rule)),
            Precision::F64 => trace(|t| self.trace::<f64>(t, plan, rule)),
        }
    }

    fn trace<F: Float>(self, t: &Tracer, plan: &Plan, rule: usize) {
        let rule = Stdp::<Sym<F>>::new(&plan.rules[rule], plan.network.dt_ms);
        let arg = |name: &str| t.arg::<Sym<F>>(name);
        let one = Sym::<F>::lit(1.0);
        match self {
            Equation::PreTrace => {
                let (before, steps) = (arg("trace"), Sym::from_i64(t.arg("steps")));
                t.output("trace", before * rule.decay_plus(steps) + one);
            }
            Equation::PostTrace => {
                let (before, steps) = (arg("trace"), Sym::from_i64(t.arg("steps")));
                t.output("trace", before * rule.decay_minus(steps) + one);
            }
            Equation::Potentiate => {
                let (w, pre, steps) = (arg("weight"), arg("trace"), Sym::from_i64(t.arg("steps")));
                let [w] = rule.potentiate([w], [pre * rule.decay_plus(steps)]);
                t.output("weight", w);
            }
            Equation::Depress => {
                let (w, post) = (arg("weight"), arg("trace"));
                let steps = Sym::from_i64(t.arg("steps"));
                let (scale, most) = (arg("scale"), arg("most"));
                let [w] = rule.depress([w], [post * rule.decay_minus(steps)]);
                t.output("weight", w);
                units(t, plan.accumulator, (rule.emitted(w) * scale).rint(), most);
            }
        }
    }
}

/// Whole accumulator units as integers, none beyond `most`, which the accumulators were sized for;
/// NaN as 0. Wide ones come in three parts of one sign: there is no conversion to 64 bits.
fn units<F: Float>(t: &Tracer, accumulator: Accumulator, units: Sym<F>, most: Sym<F>) {
    let number = Sym::select(Lane::eq(units, units), units, Sym::lit(0.0));
    let units = number.min(most).max(-most);
    match accumulator {
        Accumulator::I32 => t.output("units", units.to_i32()),
        Accumulator::I64 => {
            let part = |x: Sym<F>, size: f64| (x * Sym::lit(1.0 / size)).trunc();
            let (wide, narrow) = (4_294_967_296.0, 65_536.0); // 2^32, 2^16
            let high = part(units, wide);
            let rest = units - high * Sym::lit(wide);
            let middle = part(rest, narrow);
            t.output("high", high.to_i32());
            t.output("middle", middle.to_i32());
            t.output("low", (rest - middle * Sym::lit(narrow)).to_i32());
        }
    }
}
