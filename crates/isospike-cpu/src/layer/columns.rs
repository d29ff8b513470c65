//! Rows side by side: sums over them in one order, and what is done to each.

use super::Layers;
use isospike_lane::Float;
use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_layer::tree;
use std::ops::Range;

impl Layers<'_> {
    /// Sums over rows, column by column: `add` adds what row i makes to `width` sums. Rows of a
    /// block are added from top to bottom, then blocks in pairs, as in [`tree`].
    pub fn column_sums<F: Float>(
        &self,
        rows: usize,
        width: usize,
        add: impl Fn(usize, &mut [F]) + Sync,
    ) -> Vec<F> {
        let blocks = (0..rows.div_ceil(tree::BLOCK)).map(|b| b * tree::BLOCK);
        let work = |_: &mut (), first: usize| {
            let mut sums = vec![F::default(); width];
            let rows = first..rows.min(first + tree::BLOCK);
            over(self.isa, rows, |i| add(i, &mut sums));
            sums
        };
        let blocks = self.each(blocks.collect(), || (), work);
        (0..width).map(|c| tree::pairs(blocks.iter().map(|sums| sums[c]).collect())).collect()
    }

    /// Does something to each row of `width` numbers.
    pub fn each_row<F: Float>(
        &self,
        all: &mut [F],
        width: usize,
        change: impl Fn(usize, &mut [F]) + Sync,
    ) {
        let pieces = all.chunks_mut(tree::BLOCK * width).enumerate().collect();
        let work = |_: &mut (), (b, rows): (usize, &mut [F])| {
            let n = rows.len() / width;
            over(self.isa, 0..n, |i| {
                change(b * tree::BLOCK + i, &mut rows[i * width..(i + 1) * width]);
            });
        };
        self.each(pieces, || (), work);
    }
}

/// Calls `row` with each number of a range, compiled for an instruction set.
fn over(isa: Isa, rows: Range<usize>, row: impl FnMut(usize)) {
    dispatch(isa, Over { rows, row });
}

struct Over<W> {
    rows: Range<usize>,
    row: W,
}

impl<W: FnMut(usize)> Kernel for Over<W> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(mut self) {
        for i in self.rows {
            (self.row)(i);
        }
    }
}
