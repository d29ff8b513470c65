//! The erased form of a node: what everything above the equations sees.

use crate::node::{Node, Span};
use crate::real::Real;
use crate::row::{Column, DriftRow, Then, run};
use isospike_lane::Float;
use isospike_lane::isa::Isa;
use isospike_model::{About, ParamInfo, SlotInfo, Slots};
use isospike_trace::{Graph, Sym, Tracer, trace};

/// A node's drift in a float format.
pub trait Drift<F: Float>: Sync {
    /// Of many places side by side.
    fn drift(&self, isa: Isa, row: DriftRow<'_, F>);
    /// As a graph. Arguments: `param.NAME`, `state.NAME`, `input.NAME`; outputs: `drift.NAME`, by
    /// the name of the state variable.
    fn graph(&self) -> Graph;
}

/// A node behind a pointer. Implemented for every [`Node`]; nobody implements it by hand.
pub trait NodeDef: Drift<f32> + Drift<f64> + Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Summary, equations, references.
    fn about(&self) -> About;
    /// Parameter table.
    fn params(&self) -> &'static [ParamInfo];
    /// State variables.
    fn state(&self) -> &'static [SlotInfo];
    /// Where they begin and what they may be.
    fn spans(&self) -> &'static [Span];
    /// What arrives from other nodes.
    fn inputs(&self) -> &'static [SlotInfo];
    /// The state variable that each input comes from.
    fn sends(&self) -> &'static [usize];
    /// What is mostly recorded: a variable, or the difference of two.
    fn shows(&self) -> (usize, Option<usize>);
}

/// How a network refers to its node: `&MyNode` for a unit struct.
pub type NodeRef = &'static dyn NodeDef;

impl<N: Node> NodeDef for N {
    fn name(&self) -> &'static str {
        N::NAME
    }
    fn about(&self) -> About {
        N::ABOUT
    }
    fn params(&self) -> &'static [ParamInfo] {
        N::PARAMS
    }
    fn state(&self) -> &'static [SlotInfo] {
        <N::State<f64> as Slots<f64>>::INFO
    }
    fn spans(&self) -> &'static [Span] {
        N::SPANS
    }
    fn inputs(&self) -> &'static [SlotInfo] {
        <N::Inputs<f64> as Slots<f64>>::INFO
    }
    fn sends(&self) -> &'static [usize] {
        N::SENDS
    }
    fn shows(&self) -> (usize, Option<usize>) {
        N::SHOWS
    }
}

impl<N: Node, F: Float> Drift<F> for N {
    fn drift(&self, isa: Isa, row: DriftRow<'_, F>) {
        run::<N, F>(isa, row);
    }
    fn graph(&self) -> Graph {
        trace(|t| {
            let p: N::Params<Sym<F>> = arguments(t, "param");
            let s: N::State<Sym<F>> = arguments(t, "state");
            let c: N::Inputs<Sym<F>> = arguments(t, "input");
            let names = <N::State<Sym<F>> as Slots<Sym<F>>>::INFO;
            N::drift(&p, &s, &c).for_each(|k, x| t.output(&format!("drift.{}", names[k].name), x));
        })
    }
}

fn arguments<F: Float, S: Slots<Sym<F>>>(t: &Tracer, kind: &str) -> S {
    S::from_fn(|k| t.arg(&format!("{kind}.{}", S::INFO[k].name)))
}

/// The drift at one place, of values in the order of the tables; inputs are 0 where none are given.
///
/// # Panics
/// If there are more or fewer values than the node has parameters and variables.
pub fn drift_at<F: Real>(node: NodeRef, params: &[F], state: &[F], inputs: &[F]) -> Vec<F> {
    let wide = |xs: &[F]| -> Vec<F> { xs.iter().flat_map(|&x| [x; crate::CHUNK]).collect() };
    let params: Vec<_> = params.iter().map(|&x| Column::uniform(x)).collect();
    let none = vec![F::default(); node.inputs().len()];
    let (state, inputs) = (wide(state), wide(if inputs.is_empty() { &none } else { inputs }));
    let mut drift = vec![F::default(); state.len()];
    let row = DriftRow {
        params: &params,
        state: &state,
        inputs: &inputs,
        drift: &mut drift,
        then: Then::Nothing,
    };
    F::drift(node).drift(Isa::Baseline, row);
    drift.into_iter().step_by(crate::CHUNK).collect()
}
