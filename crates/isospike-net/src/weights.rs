//! The weights of a projection, wherever they come from.

use crate::{Connector, Distribution, Network};
use std::borrow::Cow;

/// What is known of the weights of a projection before its synapses are made.
#[derive(Clone, Debug, PartialEq)]
pub enum SynapseWeights<'n> {
    /// Each is drawn.
    Drawn(Distribution),
    /// These occur, each as often as any other that stands here; there is at least one.
    Listed(Cow<'n, [f64]>),
}

impl SynapseWeights<'_> {
    /// The smallest and the largest weight that can occur.
    pub fn range(&self) -> (f64, f64) {
        match self {
            SynapseWeights::Drawn(d) => d.range(),
            SynapseWeights::Listed(w) => {
                w.iter().fold((w[0], w[0]), |(a, b), &x| (a.min(x), b.max(x)))
            }
        }
    }
}

impl Connector {
    /// The name in network files of a connector that gives every synapse a weight, in place of the
    /// projection's.
    pub fn own_weights(&self) -> Option<&'static str> {
        match self {
            Connector::Edges(edges) => edges.weight.as_ref().map(|_| "edges"),
            Connector::Generated(generator) => Some(generator.name()),
            _ => None,
        }
    }
}

impl Network {
    /// The weights of a projection: those of its connector, or else its own.
    pub fn synapse_weights(&self, projection: usize) -> SynapseWeights<'_> {
        let p = &self.projections[projection];
        let own = match &p.connector {
            Connector::Edges(edges) => {
                edges.weight.as_deref().map(|w| SynapseWeights::Listed(Cow::Borrowed(w)))
            }
            Connector::Generated(generator) => {
                Some(generator.weights(self.populations[p.source].size))
            }
            _ => None,
        };
        // No synapses, no weights: then it does not matter what they would be.
        let some = |w: &SynapseWeights<'_>| !matches!(w, SynapseWeights::Listed(w) if w.is_empty());
        own.filter(some).unwrap_or(SynapseWeights::Drawn(p.weight))
    }
}
