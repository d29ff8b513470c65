//! The interpreter: a graph run in Rust, one element at a time.

use crate::apply::{Apply, apply};
use crate::graph::Graph;
use crate::op::{Node, NodeId, Op, Type};
use crate::value::{Scalar, Value};

struct Step {
    apply: Apply,
    /// Registers it reads; those beyond its operands are read and ignored.
    from: [u32; 3],
    to: u32,
}

/// A graph made ready to be run for many elements: nothing is allocated, looked up or checked per
/// node.
///
/// ```
/// # use isospike_trace::{Evaluator, Sym, trace};
/// let graph = trace(|t| {
///     let x: Sym<f32> = t.arg("x");
///     t.output("y", x * x);
/// });
/// let mut e = Evaluator::new(&graph);
/// let squares = [1.0f32, 2.0, 3.0].map(|x| {
///     e.set(0, x);
///     e.run();
///     e.get::<f32>(0)
/// });
/// assert_eq!(squares, [1.0, 4.0, 9.0]);
/// ```
pub struct Evaluator {
    /// One per node, in the node's own place, as raw bits. Literals are filled in once.
    registers: Vec<u64>,
    steps: Vec<Step>,
    args: Vec<Slot>,
    outputs: Vec<Slot>,
}

struct Slot {
    ty: Type,
    register: usize,
}

impl Evaluator {
    /// Prepares a graph. All arguments begin as zero bits.
    pub fn new(graph: &Graph) -> Evaluator {
        let literal = |node: &Node| node.value().map_or(0, Value::raw);
        let mut registers: Vec<u64> = graph.nodes().iter().map(literal).collect();
        // An unused argument still needs a place to be set; a shift count is one more constant.
        let mut extra = |value: u64| {
            registers.push(value);
            registers.len() - 1
        };
        let args = graph.args().iter().enumerate().map(|(i, a)| Slot {
            ty: a.ty,
            register: graph.arg_node(i).map_or_else(|| extra(0), NodeId::index),
        });
        let args = args.collect();
        let mut steps = Vec::new();
        for id in graph.ids() {
            let node = graph.node(id);
            let mut from = [0; 3];
            node.op.operands().zip(&mut from).for_each(|(a, f)| *f = a.0);
            match node.op {
                Op::Arg(_) | Op::Lit(_) => continue,
                Op::Shift(_, _, bits) => from[1] = extra(u64::from(bits)) as u32,
                Op::Unary(..) | Op::Binary(..) | Op::Select(..) => {}
            }
            steps.push(Step { apply: apply(graph, node), from, to: id.0 });
        }
        let outputs = graph.outputs().iter();
        let outputs = outputs.map(|o| Slot { ty: o.ty, register: o.node.index() }).collect();
        Evaluator { registers, steps, args, outputs }
    }

    /// Sets an argument, by its index in [`Graph::args`]. It stays set for all further runs.
    ///
    /// # Panics
    /// If there is no such argument or its type is another.
    #[inline]
    pub fn set<T: Scalar>(&mut self, arg: usize, x: T) {
        let slot = &self.args[arg];
        assert!(slot.ty == T::TYPE, "argument {arg} is {}, not {}", slot.ty, T::TYPE);
        self.registers[slot.register] = x.to_raw();
    }

    /// Sets an argument as [`Evaluator::set`] does, from a value whose type is known at run time.
    ///
    /// # Panics
    /// If there is no such argument or its type is another.
    pub fn set_value(&mut self, arg: usize, x: Value) {
        let slot = &self.args[arg];
        assert!(slot.ty == x.ty(), "argument {arg} is {}, not {}", slot.ty, x.ty());
        self.registers[slot.register] = x.raw();
    }

    /// Computes all outputs from the arguments.
    pub fn run(&mut self) {
        let r = &mut self.registers[..];
        for s in &self.steps {
            let [a, b, c] = s.from.map(|i| r[i as usize]);
            r[s.to as usize] = (s.apply)(a, b, c);
        }
    }

    /// An output of the last run, by its index in [`Graph::outputs`].
    ///
    /// # Panics
    /// If there is no such output or its type is another.
    #[inline]
    pub fn get<T: Scalar>(&self, output: usize) -> T {
        let slot = &self.outputs[output];
        assert!(slot.ty == T::TYPE, "output {output} is {}, not {}", slot.ty, T::TYPE);
        T::from_raw(self.registers[slot.register])
    }

    /// An output of the last run, of whatever type.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn value(&self, output: usize) -> Value {
        let slot = &self.outputs[output];
        Value::from_raw(slot.ty, self.registers[slot.register])
    }
}
