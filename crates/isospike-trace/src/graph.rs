//! The graph a trace leaves behind.

use crate::eval::Evaluator;
use crate::names::Names;
use crate::op::{Node, NodeId, Op, Type};
use crate::value::Value;
use std::collections::BTreeMap;

/// An argument of the traced function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    /// The author's name.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// An output of the traced function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The author's name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// The node that gives it.
    pub node: NodeId,
}

/// A straight-line function: typed operations, each after its operands, each only once.
///
/// Made by [`trace`](crate::trace). Two graphs are equal when they have the same operations in the
/// same order under the same names; a function traced twice gives equal graphs.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    pub(crate) nodes: Vec<Node>,
    /// Names of temporaries.
    pub(crate) names: BTreeMap<NodeId, String>,
    pub(crate) args: Vec<Arg>,
    pub(crate) outputs: Vec<Output>,
}

impl Graph {
    /// Its operations, operands first.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node with this id.
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id.index()]
    }

    /// The ids of its nodes, in order.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// Its arguments, used or not, in the order they were asked for.
    pub fn args(&self) -> &[Arg] {
        &self.args
    }

    /// Its outputs, in the order they were given.
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// The node of an argument by its index; `None` if nothing reads it.
    pub fn arg_node(&self, index: usize) -> Option<NodeId> {
        self.ids().find(|&id| self.node(id).op == Op::Arg(index as u32))
    }

    /// The author's name for a temporary.
    pub fn name(&self, id: NodeId) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    /// The value of every output, in order. The scalar lane's own methods do the arithmetic, so
    /// this is the traced function bit for bit, NaN as a class. For many elements use an
    /// [`Evaluator`].
    ///
    /// # Panics
    /// If number or types of the arguments are not those of [`Graph::args`].
    pub fn eval(&self, args: &[Value]) -> Vec<Value> {
        assert!(
            args.len() == self.args.len(),
            "{} values for the {} arguments of the graph",
            args.len(),
            self.args.len()
        );
        let mut e = Evaluator::new(self);
        for (i, &v) in args.iter().enumerate() {
            e.set_value(i, v);
        }
        e.run();
        (0..self.outputs.len()).map(|k| e.value(k)).collect()
    }

    /// Keeps the outputs whose names pass, and only the nodes these need. Arguments stay.
    pub fn retain_outputs(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.outputs.retain(|o| keep(&o.name));
        self.drop_dead();
    }

    /// Drops nodes that no output needs and renumbers the rest in their order.
    pub(crate) fn drop_dead(&mut self) {
        let mut live = vec![false; self.nodes.len()];
        for o in &self.outputs {
            live[o.node.index()] = true;
        }
        for (i, node) in self.nodes.iter().enumerate().rev() {
            if live[i] {
                node.op.operands().for_each(|a| live[a.index()] = true);
            }
        }
        let mut next = 0;
        let moved: Vec<NodeId> = live
            .iter()
            .map(|&l| {
                let id = NodeId(next);
                next += u32::from(l);
                id
            })
            .collect();
        let at = |id: NodeId| moved[id.index()];
        let mut i = 0;
        self.nodes.retain_mut(|node| {
            node.op = node.op.map_operands(at);
            i += 1;
            live[i - 1]
        });
        self.outputs.iter_mut().for_each(|o| o.node = at(o.node));
        self.names = std::mem::take(&mut self.names)
            .into_iter()
            .filter(|(id, _)| live[id.index()])
            .map(|(id, name)| (at(id), name))
            .collect();
    }

    /// A C identifier for every node, all different and free in both dialects: an argument's name,
    /// a temporary's if it has one, else an output's, else `t7`. Dots become `_`; a name that C
    /// might know already gets `x_` in front.
    pub fn labels(&self) -> Vec<String> {
        Names::new(self).nodes
    }

    /// 128 bits of what the graph says: operations, their order, names and types of arguments and
    /// outputs. Not the names of temporaries. The same on every machine and in every build, for
    /// caches of compiled modules; no protection against malice (FNV-1a).
    pub fn content_hash(&self) -> u128 {
        let mut h = Fnv::default();
        h.write(b"isospike graph 1");
        h.number(self.args.len() as u64);
        for a in &self.args {
            h.text(&a.name);
            h.text(a.ty.name());
        }
        h.number(self.nodes.len() as u64);
        for n in &self.nodes {
            h.text(n.ty.name());
            h.text(n.op.kind().name());
            n.op.operands().for_each(|a| h.number(u64::from(a.0)));
            match n.op {
                Op::Arg(i) => h.number(u64::from(i)),
                Op::Lit(raw) => h.number(raw),
                Op::Shift(_, _, bits) => h.number(u64::from(bits)),
                Op::Unary(..) | Op::Binary(..) | Op::Select(..) => {}
            }
        }
        h.number(self.outputs.len() as u64);
        for o in &self.outputs {
            h.text(&o.name);
            h.number(u64::from(o.node.0));
        }
        h.0
    }
}

/// FNV-1a with 128 bits (Fowler, Noll and Vo): short, fast, and fixed for all time, which the
/// standard library's hasher does not promise to be.
struct Fnv(u128);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0x6c62272e07bb0142_62b821756295c58d)
    }
}

impl Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.0 = (self.0 ^ u128::from(b)).wrapping_mul(0x0000000001000000_000000000000013b);
        }
    }
    fn number(&mut self, n: u64) {
        self.write(&n.to_le_bytes());
    }
    fn text(&mut self, s: &str) {
        self.number(s.len() as u64);
        self.write(s.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::Fnv;

    #[test]
    fn fnv_gives_its_published_answers() {
        for (text, hash) in [
            ("", 0x6c62272e07bb014262b821756295c58d),
            ("a", 0xd228cb696f1a8caf78912b704e4a8964),
            ("foobar", 0x343e1662793c64bf6f0d3597ba446f18),
        ] {
            let mut h = Fnv::default();
            h.write(text.as_bytes());
            assert_eq!(h.0, hash, "{text}");
        }
    }
}
