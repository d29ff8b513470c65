//! Connections and rings as kernels read them.

use isospike_mass::{Real, Wire};

/// Edges, `[edge][node]`, filled up to the largest in-degree.
pub(super) struct Edges<F> {
    /// `[node]`: how many edges have a delay, and how many there are.
    pub(super) counts: Vec<u32>,
    /// From whom, and how many steps later.
    pub(super) wires: Vec<u32>,
    pub(super) weights: Vec<F>,
}

impl<F: Real> Edges<F> {
    pub(super) fn new(nodes: usize, all: &[Wire<F>]) -> Self {
        let mut counts = vec![0; 2 * nodes];
        for wire in all {
            counts[2 * wire.to as usize] += u32::from(wire.lag > 0);
            counts[2 * wire.to as usize + 1] += 1;
        }
        let most = counts.iter().skip(1).step_by(2).max().map_or(0, |most| *most as usize);
        let (mut wires, mut weights) =
            (vec![0; 2 * most * nodes], vec![F::default(); most * nodes]);
        let mut filled = vec![0; nodes];
        for wire in all {
            let to = wire.to as usize;
            let at = filled[to] * nodes + to;
            (wires[2 * at], wires[2 * at + 1], weights[at]) = (wire.from, wire.lag, wire.weight);
            filled[to] += 1;
        }
        Edges { counts, wires, weights }
    }

    /// Bytes on the device.
    pub(super) fn bytes(&self) -> usize {
        4 * (self.counts.len() + self.wires.len()) + size_of_val(&self.weights[..])
    }
}

/// The rings of sources.
pub(super) struct Rings {
    /// `[node]`: slots before those of this source, and how many it has.
    pub(super) rings: Vec<u32>,
    /// `[node]`: the slot of before the first step.
    pub(super) heads: Vec<u32>,
    /// Slots of all.
    pub(super) slots: u64,
}

/// More slots than the longest delay has steps: what is sent now, and in the next step.
const MORE: u32 = 2;

impl Rings {
    pub(super) fn new<F>(nodes: usize, all: &[Wire<F>]) -> Self {
        let mut own = vec![0u32; nodes];
        for wire in all {
            let slots = &mut own[wire.from as usize];
            *slots = (*slots).max(wire.lag + MORE);
        }
        let mut slots = 0u64;
        let mut rings = Vec::with_capacity(2 * nodes);
        for &own in &own {
            // the plan allows rings of 2^31 slots without these; whether there is room comes first
            rings.extend([slots as u32, own]);
            slots += u64::from(own);
        }
        let heads = own.iter().map(|own| own.saturating_sub(1)).collect();
        Rings { rings, heads, slots }
    }

    /// Bytes on the device, without what is kept in them.
    pub(super) fn bytes(&self) -> usize {
        4 * (self.rings.len() + self.heads.len())
    }
}
