//! Graphs within graphs, taken apart.

use crate::{Graph, Kind, NirError};
use std::collections::{BTreeMap, BTreeSet};

/// A graph without graphs in it. A node b of a graph a is called "a.b"; an edge to a graph goes to
/// its only input, one from it comes from its only output.
pub(crate) struct Flat<'a> {
    /// By name.
    pub(crate) nodes: BTreeMap<String, &'a Kind>,
    /// From, to; in the order of where they go, then of where they come from.
    pub(crate) edges: BTreeSet<(String, String)>,
}

impl<'a> Flat<'a> {
    /// Of a graph.
    ///
    /// # Errors
    /// If two nodes have one name, or an edge has no ends, or is there twice.
    pub(crate) fn new(graph: &'a Graph) -> Result<Flat<'a>, NirError> {
        let mut flat = Flat { nodes: BTreeMap::new(), edges: BTreeSet::new() };
        flat.add(graph, "")?;
        for name in graph.names(|kind| matches!(kind, Kind::Input { .. })) {
            if let Some(edge) = flat.edges.iter().find(|(_, to)| to == name) {
                return Err(NirError::edge(edge, "nothing goes to an input of the whole graph"));
            }
        }
        Ok(flat)
    }

    fn add(&mut self, graph: &'a Graph, above: &str) -> Result<(), NirError> {
        for (name, node) in &graph.nodes {
            let name = format!("{above}{name}");
            if let Kind::Graph(below) = &node.kind {
                self.add(below, &format!("{name}."))?;
            } else if self.nodes.insert(name.clone(), &node.kind).is_some() {
                return Err(NirError::Graph(format!("there are two nodes {name}")));
            }
        }
        for edge in &graph.edges {
            let (from, to) = edge;
            let from = end(graph, from, "output", |kind| matches!(kind, Kind::Output { .. }));
            let to = end(graph, to, "input", |kind| matches!(kind, Kind::Input { .. }));
            let [from, to] = [from, to].map(|name| name.map(|name| format!("{above}{name}")));
            let flat = match (from, to) {
                (Ok(from), Ok(to)) => (from, to),
                (Err(why), _) | (_, Err(why)) => return Err(NirError::edge(edge, why)),
            };
            if !self.edges.insert(flat) {
                return Err(NirError::edge(edge, "it is there twice"));
            }
        }
        Ok(())
    }

    /// Where edges to a node come from.
    pub(crate) fn sources(&self, name: &str) -> Vec<&str> {
        self.edges.iter().filter(|(_, to)| to == name).map(|(from, _)| from.as_str()).collect()
    }
}

/// The node where an edge of a graph ends: of a graph within it, its only input or output.
fn end(
    graph: &Graph,
    name: &str,
    what: &str,
    is: impl Fn(&Kind) -> bool + Copy,
) -> Result<String, String> {
    if let Some(node) = graph.nodes.get(name) {
        let Kind::Graph(below) = &node.kind else { return Ok(name.to_owned()) };
        return match below.names(is)[..] {
            [only] => Ok(format!("{name}.{only}")),
            ref several => Err(format!("{name} has {} {what}s; name one", several.len())),
        };
    }
    // an input or output of a graph that has several
    let within = graph.nodes.iter().find_map(|(above, node)| {
        let below = name.strip_prefix(above)?.strip_prefix('.')?;
        matches!(&node.kind, Kind::Graph(g) if g.nodes.get(below).is_some_and(|n| is(&n.kind)))
            .then(|| name.to_owned())
    });
    within.ok_or_else(|| format!("there is no node {name}"))
}
