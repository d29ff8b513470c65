//! C identifiers for everything in a graph that needs one.

use crate::graph::Graph;
use crate::op::Op;
use crate::reserved::free;
use std::collections::HashSet;

/// Identifiers, all different.
pub(crate) struct Names {
    /// One per argument, used or not.
    pub(crate) args: Vec<String>,
    /// One per node: an argument's node has the argument's.
    pub(crate) nodes: Vec<String>,
    /// One per output: where its value is to be stored.
    pub(crate) outputs: Vec<String>,
}

impl Names {
    pub(crate) fn new(graph: &Graph) -> Names {
        let mut taken = HashSet::new();
        let mut unique = |name: &str, suffix: usize| {
            let mut label = free(name.replace('.', "_"));
            while !taken.insert(label.clone()) {
                label = format!("{label}_{suffix}");
            }
            label
        };
        // All arguments come first, the unused ones too, then the outputs: a signature does not
        // depend on the names of temporaries.
        let of_args = graph.args().iter().enumerate();
        let args: Vec<String> = of_args.map(|(i, a)| unique(&a.name, i)).collect();
        let of_outputs = graph.outputs().iter().enumerate();
        let outputs = of_outputs.map(|(i, o)| unique(&format!("out.{}", o.name), i)).collect();
        let mut stored = vec![None; graph.nodes().len()];
        for o in graph.outputs().iter().rev() {
            stored[o.node.index()] = Some(o.name.as_str());
        }
        let name = |id| match graph.node(id).op {
            Op::Arg(i) => args[i as usize].clone(),
            _ => match graph.name(id).or(stored[id.index()]) {
                Some(name) => unique(name, id.index()),
                None => unique(&format!("t{}", id.0), id.index()),
            },
        };
        let nodes = graph.ids().map(name).collect();
        Names { args, nodes, outputs }
    }
}
