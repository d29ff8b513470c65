//! Spikes as events.

/// One spike. Ordered by (step, lane, id), the order of every spike stream in isospike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spike {
    /// The step it is stamped with; its time is (step + 1) dt.
    pub step: u64,
    /// Lane of the batch.
    pub lane: u32,
    /// Global id: populations in order, neurons in order.
    pub id: u32,
}
