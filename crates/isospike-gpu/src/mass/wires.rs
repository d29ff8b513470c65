//! Connections and rings as kernels read them.

use isospike_mass::{Real, Wire};

/// Edges `[edge][node]`, and the rings of sources.
pub(super) struct Wires<F> {
    /// `[node]`: how many edges have a delay, and how many there are.
    pub(super) counts: Vec<u32>,
    /// `[edge][node]`: from whom, and how many steps later.
    pub(super) wires: Vec<u32>,
    /// `[edge][node]`
    pub(super) weights: Vec<F>,
    /// `[node]`: slots before those of this source, and how many it has.
    pub(super) rings: Vec<u32>,
    /// `[node]`: the slot of before the first step.
    pub(super) heads: Vec<u32>,
    /// Slots of all.
    pub(super) slots: u64,
}

/// More slots than the longest delay has steps: what is sent now, and in the next step.
const MORE: u32 = 2;

impl<F: Real> Wires<F> {
    pub(super) fn new(nodes: usize, all_wires: &[Wire<F>]) -> Self {
        let mut counts = vec![0; 2 * nodes];
        let mut slots = vec![0u32; nodes];
        for wire in all_wires {
            counts[2 * wire.to as usize] += u32::from(wire.lag > 0);
            counts[2 * wire.to as usize + 1] += 1;
            let own = &mut slots[wire.from as usize];
            *own = (*own).max(wire.lag + MORE);
        }
        let most = counts.iter().skip(1).step_by(2).max().map_or(0, |most| *most as usize);
        let (mut wires, mut weights) =
            (vec![0; 2 * most * nodes], vec![F::default(); most * nodes]);
        let mut filled = vec![0; nodes];
        for wire in all_wires {
            let to = wire.to as usize;
            let at = filled[to] * nodes + to;
            (wires[2 * at], wires[2 * at + 1], weights[at]) = (wire.from, wire.lag, wire.weight);
            filled[to] += 1;
        }
        let mut all = 0u64;
        let mut rings = Vec::with_capacity(2 * nodes);
        for &own in &slots {
            // the plan allows rings of 2^31 slots without these; whether there is room comes first
            rings.extend([all as u32, own]);
            all += u64::from(own);
        }
        let heads = slots.iter().map(|slots| slots.saturating_sub(1)).collect();
        Wires { counts, wires, weights, rings, heads, slots: all }
    }
}
