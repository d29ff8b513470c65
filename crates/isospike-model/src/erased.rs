//! The erased form of a model: what everything above the equations sees.

use crate::block::{Block, step};
use crate::drive::Drive;
use crate::dual::Dual;
use crate::limits;
use crate::model::{About, Counts, FilterInfo, Inputs, Model, Sign};
use crate::slots::{ParamInfo, ParamSet, SlotInfo, Slots};
use isospike_lane::Float;
use isospike_lane::isa::Isa;
use isospike_trace::{Graph, Sym, trace};

/// A model behind a pointer. Implemented for every [`Model`]; nobody implements it by hand.
pub trait ModelDef: Send + Sync {
    /// Name in network files.
    fn name(&self) -> &'static str;
    /// Summary, equations, references.
    fn about(&self) -> About;
    /// Parameter table.
    fn params(&self) -> &'static [ParamInfo];
    /// State slots, as users see them.
    fn state(&self) -> &'static [SlotInfo];
    /// Derived constants.
    fn consts(&self) -> &'static [SlotInfo];
    /// Ports.
    fn ports(&self) -> &'static [SlotInfo];
    /// Default routing, one entry per port.
    fn signs(&self) -> &'static [Sign];
    /// Random words per neuron and step.
    fn draws(&self) -> usize;
    /// Sums over the last steps.
    fn filters(&self) -> &'static [FilterInfo];
    /// Where a neuron can spike more than once in a step.
    fn counts(&self) -> Option<Counts>;
    /// The kernel of a filter, newest first.
    fn kernel(&self, params: &[f64], dt_ms: f64, filter: usize) -> Vec<f64>;
    /// Conditions between parameters (values in table order, each within its range).
    fn check(&self, params: &[f64]) -> Result<(), String>;
    /// Constants in slot order.
    fn derive(&self, params: &[f64], dt_ms: f64) -> Vec<f64>;
    /// What expected spikes are made of, for parameters in table order; `None` for models that
    /// cannot be tuned.
    fn drive(&self, params: &[Dual], dt_ms: f64) -> Option<Drive>;
    /// Initial state as users see it, in slot order.
    fn initial(&self, params: &[f64]) -> Vec<f64>;
    /// User state to working state.
    #[allow(clippy::wrong_self_convention)] // the receiver is the model, not what is converted
    fn from_user(&self, params: &[f64], state: &[f64]) -> Vec<f64>;
    /// Working state to user state.
    fn to_user(&self, params: &[f64], state: &[f64]) -> Vec<f64>;
    /// One step in single precision.
    fn step_f32(&self, isa: Isa, block: Block<'_, '_, f32>);
    /// One step in double precision.
    fn step_f64(&self, isa: Isa, block: Block<'_, '_, f64>);
    /// One step in single precision as a graph. Arguments: state `state.NAME`, constants
    /// `const.NAME`, ports `port.NAME`, filtered sums `filter.NAME`, `current`, draws `draw.K`;
    /// outputs: new state `state.NAME`, then the mask `spike`.
    fn graph_f32(&self) -> Graph;
    /// One step in double precision as a graph.
    fn graph_f64(&self) -> Graph;
}

/// How a population refers to its model: `&MyModel` for a unit struct.
pub type ModelRef = &'static dyn ModelDef;

impl<M: Model> ModelDef for M {
    fn name(&self) -> &'static str {
        const { limits::check::<M>() };
        M::NAME
    }
    fn about(&self) -> About {
        M::ABOUT
    }
    fn params(&self) -> &'static [ParamInfo] {
        M::Params::INFO
    }
    fn state(&self) -> &'static [SlotInfo] {
        <M::State<f64> as Slots<f64>>::INFO
    }
    fn consts(&self) -> &'static [SlotInfo] {
        <M::Const<f64> as Slots<f64>>::INFO
    }
    fn ports(&self) -> &'static [SlotInfo] {
        <M::Ports<f64> as Slots<f64>>::INFO
    }
    fn signs(&self) -> &'static [Sign] {
        M::SIGNS
    }
    fn draws(&self) -> usize {
        M::DRAWS
    }
    fn filters(&self) -> &'static [FilterInfo] {
        M::FILTERS
    }
    fn counts(&self) -> Option<Counts> {
        M::COUNTS
    }
    fn kernel(&self, params: &[f64], dt_ms: f64, filter: usize) -> Vec<f64> {
        M::kernel(&M::Params::from_values(params), dt_ms, filter)
    }
    fn check(&self, params: &[f64]) -> Result<(), String> {
        M::check(&M::Params::from_values(params))
    }
    fn derive(&self, params: &[f64], dt_ms: f64) -> Vec<f64> {
        values(M::derive(&M::Params::from_values(params), dt_ms))
    }
    fn drive(&self, params: &[Dual], dt_ms: f64) -> Option<Drive> {
        M::drive(params, dt_ms)
    }
    fn initial(&self, params: &[f64]) -> Vec<f64> {
        values(M::initial(&M::Params::from_values(params)))
    }
    fn from_user(&self, params: &[f64], state: &[f64]) -> Vec<f64> {
        values(M::from_user(&M::Params::from_values(params), Slots::from_fn(|i| state[i])))
    }
    fn to_user(&self, params: &[f64], state: &[f64]) -> Vec<f64> {
        values(M::to_user(&M::Params::from_values(params), Slots::from_fn(|i| state[i])))
    }
    fn step_f32(&self, isa: Isa, block: Block<'_, '_, f32>) {
        step::<M, f32>(isa, block);
    }
    fn step_f64(&self, isa: Isa, block: Block<'_, '_, f64>) {
        step::<M, f64>(isa, block);
    }
    fn graph_f32(&self) -> Graph {
        graph::<M, f32>()
    }
    fn graph_f64(&self) -> Graph {
        graph::<M, f64>()
    }
}

fn graph<M: Model, F: Float>() -> Graph {
    trace(|t| {
        let arg =
            |kind: &str, slots: &[SlotInfo], k: usize| t.arg(&format!("{kind}.{}", slots[k].name));
        let info = <M::State<Sym<F>> as Slots<Sym<F>>>::INFO;
        let mut state = Slots::from_fn(|k| arg("state", info, k));
        let consts = <M::Const<Sym<F>> as Slots<Sym<F>>>::INFO;
        let consts = Slots::from_fn(|k| arg("const", consts, k));
        let ports = <M::Ports<Sym<F>> as Slots<Sym<F>>>::INFO;
        let ports = Slots::from_fn(|k| arg("port", ports, k));
        let filtered: Vec<_> =
            M::FILTERS.iter().map(|f| t.arg(&format!("filter.{}", f.name))).collect();
        let current = t.arg("current");
        let draws: Vec<_> = (0..M::DRAWS).map(|k| t.arg(&format!("draw.{k}"))).collect();
        let inputs = Inputs { ports, filtered: &filtered, current, draws: &draws };
        let spike = M::step(&consts, &mut state, &inputs);
        state.for_each(|k, x: Sym<F>| t.output(&format!("state.{}", info[k].name), x));
        t.output("spike", spike);
    })
}

fn values(s: impl Slots<f64>) -> Vec<f64> {
    let mut v = Vec::new();
    s.for_each(|_, x| v.push(x));
    v
}

impl std::fmt::Debug for dyn ModelDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
