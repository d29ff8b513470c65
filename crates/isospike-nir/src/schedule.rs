//! In which order nodes are computed, and which edges bring the previous step's value.

use crate::flat::Flat;
use std::collections::{BTreeMap, BTreeSet};

/// Nodes in the order in which a step computes them.
///
/// A walk goes along edges from the inputs, then from all other nodes, always in the order of
/// names. An edge back to a node that the walk is just coming from closes a cycle: it is recurrent,
/// and brings what its source gave in the previous step, zeros in the first. Edges to nodes of
/// `late` are none: what those give does not depend on what they are given in the same step.
pub(crate) struct Schedule<'a> {
    /// Names, sources before what they go to.
    pub(crate) order: Vec<&'a str>,
    /// From, to.
    pub(crate) recurrent: BTreeSet<(&'a str, &'a str)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Under,
    Done,
}

impl<'a> Schedule<'a> {
    pub(crate) fn new(flat: &'a Flat<'_>, inputs: &[&'a str], late: &BTreeSet<&str>) -> Self {
        let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (from, to) in flat.edges.iter().filter(|(_, to)| !late.contains(to.as_str())) {
            next.entry(from).or_default().push(to);
        }
        let mut schedule = Schedule { order: Vec::new(), recurrent: BTreeSet::new() };
        let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
        let names = flat.nodes.keys().map(String::as_str);
        for start in inputs.iter().copied().chain(names) {
            if seen.contains_key(start) {
                continue;
            }
            // the way from the start, with how many edges of each node have been gone along
            let mut way = vec![(start, 0)];
            seen.insert(start, Seen::Under);
            while let Some((name, gone)) = way.last_mut() {
                let (from, to) = (*name, next.get(*name).and_then(|all| all.get(*gone)).copied());
                *gone += 1;
                match to.map(|to| (to, seen.get(to))) {
                    Some((to, None)) => {
                        seen.insert(to, Seen::Under);
                        way.push((to, 0));
                    }
                    Some((to, Some(Seen::Under))) => {
                        schedule.recurrent.insert((from, to));
                    }
                    Some((_, Some(Seen::Done))) => {}
                    None => {
                        seen.insert(from, Seen::Done);
                        schedule.order.push(from);
                        way.pop();
                    }
                }
            }
        }
        schedule.order.reverse();
        schedule
    }
}
