//! What would make a network fit that does not: storage with fewer bits, or fewer lanes at once.

use super::{Room, is_too_large};
use isospike_net::{Dynamics, Half, Network, Precision, WeightStorage};
use std::sync::Arc;

/// A change of a network that takes less memory. What is computed differs, but for a smaller number
/// of lanes at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// State in single precision.
    SinglePrecision,
    /// All weights stored so. Of plastic weights only 16-bit floats can be.
    Weights(WeightStorage),
    /// State of all neurons kept so.
    State(Half),
    /// Lanes at once: the batch in several parts ([`MicroBatches`](crate::MicroBatches)), with the
    /// same results, or a smaller batch.
    Lanes(usize),
}

/// Changes that make a network fit, together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What to change.
    pub changes: Vec<Change>,
    /// Bytes of the plan then.
    pub total_bytes: u64,
}

impl Change {
    /// The network with the change; it may be invalid, or the same.
    #[must_use]
    pub fn of(&self, network: &Network) -> Network {
        let mut n = network.clone();
        match self {
            Change::SinglePrecision => n.precision = Precision::F32,
            Change::Weights(storage) => {
                let fits = |plastic: bool| !plastic || storage.half().is_some();
                let changed = n.projections.iter_mut().filter(|p| fits(p.plasticity.is_some()));
                changed.for_each(|p| p.storage = *storage);
            }
            Change::State(half) => {
                for p in &mut n.populations {
                    if let Dynamics::Model(neurons) = &mut p.dynamics {
                        neurons.state = Some(*half);
                    }
                }
            }
            Change::Lanes(lanes) => n = n.lanes(0..*lanes),
        }
        n
    }
}

impl Room {
    /// Changes that would make a network fit, each measured: one alone, or, where none is enough,
    /// all that take away bits; and how many lanes fit at once. None for a network that fits, or
    /// that is wrong.
    pub fn remedies(&self, network: &Arc<Network>) -> Vec<Remedy> {
        match self.measure(network.clone()) {
            Err(e) if is_too_large(&e) => {}
            _ => return Vec::new(),
        }
        let singles = [
            Change::SinglePrecision,
            Change::Weights(WeightStorage::F16),
            Change::Weights(WeightStorage::I8),
            Change::State(Half::BF16),
        ];
        let mut remedies: Vec<_> =
            singles.iter().filter_map(|c| self.remedy(network, vec![c.clone()])).collect();
        if remedies.is_empty() {
            let few = |weights| {
                vec![Change::SinglePrecision, Change::Weights(weights), Change::State(Half::BF16)]
            };
            let both = [WeightStorage::F16, WeightStorage::I8].map(few);
            let found = both.into_iter().find_map(|changes| self.remedy(network, changes));
            remedies.extend(found);
        }
        let lanes = self.largest_batch(network).map(Change::Lanes);
        remedies.extend(lanes.and_then(|lanes| self.remedy(network, vec![lanes])));
        remedies
    }

    /// Changes, those left out that change nothing, if the network fits with them.
    fn remedy(&self, network: &Arc<Network>, changes: Vec<Change>) -> Option<Remedy> {
        let (mut changed, mut kept) = (Network::clone(network), Vec::new());
        for change in changes {
            let next = change.of(&changed);
            if next != changed {
                (changed, kept) = (next, [kept, vec![change]].concat());
            }
        }
        let memory = self.measure(changed).ok().filter(|_| !kept.is_empty())?.memory;
        Some(Remedy { changes: kept, total_bytes: memory.total_bytes() })
    }
}
