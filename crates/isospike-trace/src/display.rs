//! A graph as text for people: one statement per line.

use crate::graph::Graph;
use crate::names::Names;
use crate::op::Op;
use std::fmt;

/// Arguments, then one statement per node, then outputs:
///
/// ```text
/// arg v: f32
/// t1: f32 = lit 0.5
/// t2: f32 = mul v, t1
/// out v = t2
/// ```
impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Names { args, nodes: labels, .. } = Names::new(self);
        for (i, (a, label)) in self.args().iter().zip(args).enumerate() {
            let unused = if self.arg_node(i).is_none() { " (unused)" } else { "" };
            writeln!(f, "arg {label}: {}{unused}", a.ty)?;
        }
        for id in self.ids() {
            let node = self.node(id);
            if let Op::Arg(_) = node.op {
                continue;
            }
            write!(f, "{}: {} = {}", labels[id.index()], node.ty, node.op.kind().name())?;
            for (k, a) in node.op.operands().enumerate() {
                write!(f, "{} {}", if k == 0 { "" } else { "," }, labels[a.index()])?;
            }
            match (node.op, node.value()) {
                (Op::Shift(_, _, bits), _) => write!(f, ", {bits}")?,
                (_, Some(v)) => write!(f, " {v}")?,
                _ => {}
            }
            writeln!(f)?;
        }
        for o in self.outputs() {
            writeln!(f, "out {} = {}", o.name, labels[o.node.index()])?;
        }
        Ok(())
    }
}
