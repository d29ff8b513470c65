//! The erased form of a neuron: what everything above the equations sees.

use crate::neuron::{At, Neuron};
use crate::row::{BackwardRow, ForwardRow, constants, run_backward, run_forward};
use crate::rule::Firing;
use crate::step::{By, backward, before, forward};
use isospike_lane::Float;
use isospike_lane::isa::Isa;
use isospike_model::{About, ParamInfo, ParamSet, SlotInfo, Slots};
use isospike_trace::{Graph, Sym, SymMask, Tracer, trace};

/// A neuron's step over a row, in a float format. Constants come in slot order.
pub trait Rows<F: Float> {
    /// One step. False if a potential or hidden value becomes NaN or infinite.
    fn forward(
        &self,
        isa: Isa,
        consts: &[F],
        firing: &Firing<F>,
        row: ForwardRow<'_, '_, F>,
    ) -> bool;
    /// One step backwards. False if a derivative becomes NaN or infinite.
    fn backward(
        &self,
        isa: Isa,
        consts: &[F],
        firing: &Firing<F>,
        row: BackwardRow<'_, '_, '_, F>,
    ) -> bool;
    /// From sums over all neurons and steps to derivatives by the learned parameters.
    fn learn(&self, consts: &[F], sums: &[F]) -> Vec<F>;
    /// A step as a graph. Arguments: `x`, `v`, `hidden.NAME`, `const.NAME`, `rule.NAME`; outputs:
    /// `h`, the mask `spike`, `v`, `hidden.NAME`.
    fn forward_graph(&self) -> Graph;
    /// A step backwards as a graph. Arguments: `h`, `before`, the mask `settled`, `x`, `slope`,
    /// `by.spike`, `by.v`, `carry`, `hidden.NAME`, `learned.NAME`, `const.NAME`, `rule.NAME`;
    /// outputs: `x`, `carry`, `hidden.NAME`, `learned.NAME`.
    fn backward_graph(&self) -> Graph;
}

/// A neuron behind a pointer. Implemented for every [`Neuron`]; nobody implements it by hand.
pub trait NeuronDef: Rows<f32> + Rows<f64> + Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Summary, equations, references.
    fn about(&self) -> About;
    /// Parameter table.
    fn params(&self) -> &'static [ParamInfo];
    /// What it remembers beside its potential.
    fn hidden(&self) -> &'static [SlotInfo];
    /// What its equations read of its parameters.
    fn consts(&self) -> &'static [SlotInfo];
    /// Parameters that can be learned.
    fn learned(&self) -> &'static [SlotInfo];
    /// Whether the backward pass needs the inputs.
    fn reads_input(&self) -> bool;
    /// Constants in slot order, from parameters in table order.
    fn derive(&self, params: &[f64], rest: f64) -> Vec<f64>;
}

/// How a layer refers to its neuron: `&MyNeuron` for a unit struct.
pub type NeuronRef = &'static dyn NeuronDef;

impl<N: Neuron> NeuronDef for N {
    fn name(&self) -> &'static str {
        N::NAME
    }
    fn about(&self) -> About {
        N::ABOUT
    }
    fn params(&self) -> &'static [ParamInfo] {
        N::Params::INFO
    }
    fn hidden(&self) -> &'static [SlotInfo] {
        <N::Hidden<f64> as Slots<f64>>::INFO
    }
    fn consts(&self) -> &'static [SlotInfo] {
        <N::Const<f64> as Slots<f64>>::INFO
    }
    fn learned(&self) -> &'static [SlotInfo] {
        <N::Learned<f64> as Slots<f64>>::INFO
    }
    fn reads_input(&self) -> bool {
        N::READS_INPUT
    }
    fn derive(&self, params: &[f64], rest: f64) -> Vec<f64> {
        values(N::derive(&N::Params::from_values(params), rest))
    }
}

impl<N: Neuron, F: Float> Rows<F> for N {
    fn forward(
        &self,
        isa: Isa,
        consts: &[F],
        firing: &Firing<F>,
        row: ForwardRow<'_, '_, F>,
    ) -> bool {
        run_forward::<N, F>(isa, consts, firing, row)
    }
    fn backward(
        &self,
        isa: Isa,
        consts: &[F],
        firing: &Firing<F>,
        row: BackwardRow<'_, '_, '_, F>,
    ) -> bool {
        run_backward::<N, F>(isa, consts, firing, row)
    }
    fn learn(&self, consts: &[F], sums: &[F]) -> Vec<F> {
        values(N::learn::<F>(&constants::<N, F>(consts), Slots::from_fn(|k| sums[k])))
    }
    fn forward_graph(&self) -> Graph {
        trace(|t| {
            let (x, v) = (t.arg("x"), t.arg("v"));
            let mut hidden: N::Hidden<Sym<F>> = arguments(t, "hidden");
            let (c, firing) = (arguments(t, "const"), arguments(t, "rule"));
            let (h, fired) = forward::<N, Sym<F>>(&c, &firing, v, &mut hidden, x);
            t.output("h", h);
            t.output("spike", fired);
            t.output("v", N::reset(&c, &firing, h));
            outputs(t, "hidden", hidden);
        })
    }
    fn backward_graph(&self) -> Graph {
        trace(|t| {
            let (h, earlier) = (t.arg("h"), t.arg("before"));
            let settled: SymMask = t.arg("settled");
            let (x, slope) = (t.arg("x"), t.arg("slope"));
            let by = By { spike: t.arg("by.spike"), v: t.arg("by.v"), carry: t.arg("carry") };
            let mut hidden: N::Hidden<Sym<F>> = arguments(t, "hidden");
            let mut learned: N::Learned<Sym<F>> = arguments(t, "learned");
            let (c, firing) = (arguments(t, "const"), arguments(t, "rule"));
            let at = At { v: before::<N, Sym<F>>(&c, &firing, earlier, settled), x, h, slope };
            let (by_x, carry) =
                backward::<N, Sym<F>>(&c, &firing, &at, by, &mut hidden, &mut learned);
            t.output("x", by_x);
            t.output("carry", carry);
            outputs(t, "hidden", hidden);
            outputs(t, "learned", learned);
        })
    }
}

fn arguments<F: Float, S: Slots<Sym<F>>>(t: &Tracer, kind: &str) -> S {
    S::from_fn(|k| t.arg(&format!("{kind}.{}", S::INFO[k].name)))
}

fn outputs<F: Float, S: Slots<Sym<F>>>(t: &Tracer, kind: &str, slots: S) {
    slots.for_each(|k, x| t.output(&format!("{kind}.{}", S::INFO[k].name), x));
}

fn values<F>(s: impl Slots<F>) -> Vec<F> {
    let mut v = Vec::new();
    s.for_each(|_, x| v.push(x));
    v
}

impl std::fmt::Debug for dyn NeuronDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
