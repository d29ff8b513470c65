//! Counts of operations, for cost models and for people.

use crate::graph::Graph;
use crate::op::{Kind, Type};
use std::collections::BTreeMap;
use std::fmt;

/// How many nodes of each kind a graph has. Shown as a table with one kind per line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Nodes by kind and by the type worked on: that of the last operand (so a comparison of floats
    /// counts as float work, a conversion under the type it reads), or the node's own if it has no
    /// operand.
    pub by_kind: BTreeMap<(Kind, Type), usize>,
}

impl Stats {
    /// All nodes of a kind, whatever their type.
    pub fn count(&self, kind: Kind) -> usize {
        self.by_kind.iter().filter(|((k, _), _)| *k == kind).map(|(_, n)| n).sum()
    }

    /// Nodes that compute: all but arguments and literals.
    pub fn operations(&self) -> usize {
        let total: usize = self.by_kind.values().sum();
        total - self.count(Kind::Arg) - self.count(Kind::Lit)
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((kind, ty), n) in &self.by_kind {
            writeln!(f, "{n:6} {} {ty}", kind.name())?;
        }
        Ok(())
    }
}

impl Graph {
    /// Counts its nodes.
    pub fn stats(&self) -> Stats {
        let mut by_kind = BTreeMap::new();
        for node in self.nodes() {
            let ty = node.op.operands().last().map_or(node.ty, |a| self.node(a).ty);
            *by_kind.entry((node.op.kind(), ty)).or_insert(0) += 1;
        }
        Stats { by_kind }
    }
}
