//! Synapse tables: rows of targets and weights, grouped by source, then by block of targets, then
//! by delay.
//!
//! A *segment* is what one source does to one accumulator array of one block with one delay: its
//! synapses lie side by side, targets ascending. Delivery walks segments and nothing else, so the
//! same list is the work list of any backend.

use isospike_net::Column;

/// All synapses of one source population that share a storage format.
#[derive(Clone, Debug)]
pub struct Table {
    /// Source population.
    pub source: usize,
    /// What it is called in the memory plan.
    pub name: String,
    /// The accumulator arrays it reaches: (block, port), ascending.
    pub groups: Vec<(usize, usize)>,
    /// Smallest delay (steps).
    pub first_delay: u32,
    /// Number of delays from there on.
    pub delays: u32,
    /// First synapse of each source, and the end: sources + 1 entries.
    pub row_start: Vec<u64>,
    /// Where segments begin, counted from the row's start: for each source `stride()` entries,
    /// `[group][delay]`, and the row's length.
    pub index: Index,
    /// Targets, counted from the block's first element, and weights.
    pub synapses: Synapses,
}

/// Segment starts, in two bytes where rows are short.
#[derive(Clone, Debug)]
pub enum Index {
    /// Rows below 65,536 synapses.
    U16(Vec<u16>),
    /// Longer rows.
    U32(Vec<u32>),
}

/// Targets and weights of a table.
#[derive(Clone, Debug)]
pub enum Synapses {
    /// One weight for all, in accumulator units.
    Constant {
        /// The weight.
        weight: i64,
        /// Targets.
        targets: Vec<u16>,
    },
    /// Weights of one sign in 16 bits: a synapse adds `weight * multiplier`.
    U16 {
        /// Plus or minus a power of two.
        multiplier: i64,
        /// Target in the low half, weight in the high half.
        packed: Vec<u32>,
    },
    /// Weights of both signs in 16 bits (two's complement in the high half).
    I16 {
        /// A power of two.
        multiplier: i64,
        /// Target in the low half, weight in the high half.
        packed: Vec<u32>,
    },
    /// Weights in 32 bits.
    I32 {
        /// A power of two.
        multiplier: i64,
        /// Targets.
        targets: Vec<u16>,
        /// Weights.
        weights: Vec<i32>,
    },
    /// Weights in 64 bits.
    I64 {
        /// Targets.
        targets: Vec<u16>,
        /// Weights.
        weights: Vec<i64>,
    },
    /// Plastic weights: floats in the session; here only targets and where weights start.
    Plastic {
        /// Which of the plan's plasticity rules.
        rule: usize,
        /// Targets.
        targets: Vec<u16>,
        /// Initial weights (user unit), one for all or one per synapse.
        initial: Column,
    },
}

impl Table {
    /// Index entries per source.
    pub fn stride(&self) -> usize {
        self.groups.len() * self.delays as usize + 1
    }
    /// Sources.
    pub fn sources(&self) -> usize {
        self.row_start.len() - 1
    }
    /// Synapses.
    pub fn len(&self) -> usize {
        self.row_start[self.sources()] as usize
    }
    /// No synapses at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The plasticity rule that its synapses follow, if any.
    pub fn rule(&self) -> Option<usize> {
        match &self.synapses {
            Synapses::Plastic { rule, .. } => Some(*rule),
            _ => None,
        }
    }
    /// The synapses of a segment.
    #[inline]
    pub fn segment(&self, source: usize, group: usize, delay: u32) -> std::ops::Range<usize> {
        let at = source * self.stride()
            + group * self.delays as usize
            + (delay - self.first_delay) as usize;
        let row = self.row_start[source] as usize;
        match &self.index {
            Index::U16(v) => row + v[at] as usize..row + v[at + 1] as usize,
            Index::U32(v) => row + v[at] as usize..row + v[at + 1] as usize,
        }
    }
    /// Bytes of its arrays.
    pub(super) fn allocated_bytes(&self) -> u64 {
        fn bytes<T>(v: &[T]) -> usize {
            size_of_val(v)
        }
        let index = match &self.index {
            Index::U16(v) => bytes(v),
            Index::U32(v) => bytes(v),
        };
        let synapses = match &self.synapses {
            Synapses::Constant { targets, .. } => bytes(targets),
            Synapses::U16 { packed, .. } | Synapses::I16 { packed, .. } => bytes(packed),
            Synapses::I32 { targets, weights, .. } => bytes(targets) + bytes(weights),
            Synapses::I64 { targets, weights } => bytes(targets) + bytes(weights),
            Synapses::Plastic { targets, initial, .. } => {
                bytes(targets)
                    + match initial {
                        Column::Uniform(_) => 0,
                        Column::Each(weights) => bytes(weights),
                    }
            }
        };
        (bytes(&self.row_start) + index + synapses) as u64
    }
    /// Targets and weights of a range of synapses, decoded: for tests and slow paths.
    pub fn decode(&self, i: usize) -> (u16, i64) {
        match &self.synapses {
            Synapses::Constant { weight, targets } => (targets[i], *weight),
            Synapses::U16 { multiplier, packed } => {
                (packed[i] as u16, i64::from(packed[i] >> 16) * multiplier)
            }
            Synapses::I16 { multiplier, packed } => {
                (packed[i] as u16, i64::from((packed[i] as i32) >> 16) * multiplier)
            }
            Synapses::I32 { multiplier, targets, weights } => {
                (targets[i], i64::from(weights[i]) * multiplier)
            }
            Synapses::I64 { targets, weights } => (targets[i], weights[i]),
            Synapses::Plastic { targets, .. } => (targets[i], 0),
        }
    }
}
