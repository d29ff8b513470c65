//! Where neurons lie: elements, blocks, pieces.
//!
//! The neurons of all model populations stand in one row of *elements*, each population padded to
//! whole groups of [`GROUP`]. The row is cut into *blocks*, the unit that one worker owns: it adds
//! arriving spikes to the accumulators of its block and updates its neurons, and nobody else
//! touches them. A block is at most 65,536 elements wide so that a synapse names its target in two
//! bytes. A *piece* is what a block holds of one population.
//!
//! The cut changes where data lie, never what is computed.

use std::ops::Range;

// Elements per group, the alignment of every piece: what one round of random words serves.
pub use isospike_lane::GROUP;

/// A contiguous range of elements owned by one worker.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Elements.
    pub elements: Range<usize>,
    /// Accumulators per element: the largest number of ports of any population in it.
    pub ports: usize,
    /// Pieces in it (indices into `Layout::pieces`).
    pub pieces: Range<usize>,
}

/// What a block holds of a population.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Population.
    pub population: usize,
    /// Block.
    pub block: usize,
    /// First neuron of the population in it, a multiple of [`GROUP`].
    pub first: usize,
    /// Neurons.
    pub len: usize,
    /// Elements: neurons and padding.
    pub padded: usize,
    /// First element, counted from the block's.
    pub offset: usize,
}

/// Elements, blocks and pieces of a network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// First element per population; meaningless for spike sources.
    pub first_element: Vec<usize>,
    /// All elements.
    pub elements: usize,
    /// Blocks, ascending.
    pub blocks: Vec<Block>,
    /// Pieces, ascending.
    pub pieces: Vec<Piece>,
    /// Block of each group of elements.
    block_of_group: Vec<u32>,
}

/// What the layout needs to know of a population.
pub(super) struct Occupant {
    /// Neurons; 0 for a spike source.
    pub(super) size: usize,
    /// Ports of the model.
    pub(super) ports: usize,
    /// Cost of a neuron relative to a synapse's, for a fair cut.
    pub(super) cost: f64,
}

/// Widest block.
const MAX_WIDTH: usize = 1 << 16;

impl Layout {
    /// Cuts the populations into about `blocks` blocks of equal cost.
    pub(super) fn new(populations: &[Occupant], blocks: usize) -> Layout {
        let mut layout = Layout::default();
        let mut cost_of_group = Vec::new();
        for p in populations {
            layout.first_element.push(cost_of_group.len() * GROUP);
            cost_of_group.resize(cost_of_group.len() + p.size.div_ceil(GROUP), p.cost);
        }
        layout.elements = cost_of_group.len() * GROUP;
        let total: f64 = cost_of_group.iter().sum();
        let blocks = blocks.max(layout.elements.div_ceil(MAX_WIDTH)).max(1);
        let (mut start, mut done) = (0, 0.0);
        for (g, cost) in cost_of_group.iter().enumerate() {
            done += cost;
            let end = (g + 1) * GROUP;
            let cut = done >= total * (layout.blocks.len() + 1) as f64 / blocks as f64;
            if cut || end - start == MAX_WIDTH || end == layout.elements {
                layout.push_block(start..end, populations);
                start = end;
            }
        }
        layout
    }

    fn push_block(&mut self, elements: Range<usize>, populations: &[Occupant]) {
        let block = self.blocks.len();
        let first_piece = self.pieces.len();
        let mut ports = 0;
        for (population, p) in populations.iter().enumerate() {
            let at = self.first_element[population];
            let start = elements.start.max(at);
            let end = elements.end.min(at + p.size.next_multiple_of(GROUP));
            if start < end {
                self.pieces.push(Piece {
                    population,
                    block,
                    first: start - at,
                    len: (end - at).min(p.size) - (start - at),
                    padded: end - start,
                    offset: start - elements.start,
                });
                ports = ports.max(p.ports);
            }
        }
        let pieces = first_piece..self.pieces.len();
        self.block_of_group.resize(elements.end / GROUP, block as u32);
        self.blocks.push(Block { elements, ports, pieces });
    }

    /// The block an element lies in, and its place there.
    #[inline]
    pub fn locate(&self, element: usize) -> (usize, u16) {
        let block = self.block_of_group[element / GROUP] as usize;
        (block, (element - self.blocks[block].elements.start) as u16)
    }

    /// Pieces of a population, ascending.
    pub fn pieces_of(&self, population: usize) -> impl Iterator<Item = (usize, &Piece)> {
        self.pieces.iter().enumerate().filter(move |(_, p)| p.population == population)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_neuron_lies_in_exactly_one_piece() {
        for blocks in [1, 2, 3, 7, 100] {
            let sizes = [1, 63, 64, 65, 0, 70_000, 1000];
            let pops: Vec<_> =
                sizes.iter().map(|&size| Occupant { size, ports: 2, cost: 1.0 }).collect();
            let layout = Layout::new(&pops, blocks);
            for (p, &size) in sizes.iter().enumerate() {
                let mut next = 0;
                for (_, piece) in layout.pieces_of(p) {
                    assert_eq!(piece.first, next);
                    assert!(piece.len <= piece.padded && piece.padded % GROUP == 0);
                    next += piece.len;
                    let e = layout.first_element[p] + piece.first;
                    assert_eq!(layout.locate(e), (piece.block, piece.offset as u16));
                }
                assert_eq!(next, size);
            }
            assert!(layout.blocks.iter().all(|b| b.elements.len() <= MAX_WIDTH));
        }
    }
}
