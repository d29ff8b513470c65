//! The proof that no accumulator overflows: sums of |weight|, counted while synapses are made.

use super::Layout;

/// Exact sums of |weight| per accumulator, in units. A sum that leaves `u64` stays at its end.
pub(super) struct Sums {
    /// First entry and width of each block.
    blocks: Vec<(usize, usize)>,
    /// `[block][port][element]`.
    units: Vec<u64>,
}

impl Sums {
    pub(super) fn new(layout: &Layout) -> Sums {
        let mut n = 0;
        let blocks = layout.blocks.iter().map(|b| {
            let (start, width) = (n, b.elements.len());
            n += b.ports * width;
            (start, width)
        });
        let blocks = blocks.collect();
        Sums { blocks, units: vec![0; n] }
    }

    /// Adds what can arrive at once.
    #[inline]
    pub(super) fn add(&mut self, block: usize, port: usize, target: u16, units: u64) {
        let (start, width) = self.blocks[block];
        let sum = &mut self.units[start + port * width + usize::from(target)];
        *sum = sum.saturating_add(units);
    }

    /// The largest sum at a port of a population.
    pub(super) fn most(&self, layout: &Layout, population: usize, port: usize) -> u64 {
        let pieces = layout.pieces_of(population).flat_map(|(_, piece)| {
            let (start, width) = self.blocks[piece.block];
            let at = start + port * width + piece.offset;
            &self.units[at..at + piece.len]
        });
        pieces.copied().max().unwrap_or(0)
    }

    /// Adds what another thread has counted.
    pub(super) fn merge(&mut self, o: &Sums) {
        self.units.iter_mut().zip(&o.units).for_each(|(a, b)| *a = a.saturating_add(*b));
    }
}
