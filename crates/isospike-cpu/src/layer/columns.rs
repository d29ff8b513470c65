//! Sums over rows, column by column.

use super::Layers;
use isospike_lane::Float;
use isospike_lane::isa::{Kernel, dispatch};
use isospike_layer::tree;

impl Layers<'_> {
    /// Sums over the rows of x, of as many columns as there are sums: rows of a block from +0
    /// downwards, then blocks in pairs, as in [`tree`].
    pub(crate) fn column_sums<F: Float>(&self, x: &[F], sums: &mut [F]) {
        let width = sums.len();
        let blocks: Vec<_> = x.chunks(tree::BLOCK * width).collect();
        let work = |_: &mut (), rows: &[F]| {
            let mut sums = vec![F::default(); width];
            dispatch(self.isa, Rows { rows, sums: &mut sums });
            sums
        };
        let blocks = self.each(blocks, || (), work);
        for (c, sum) in sums.iter_mut().enumerate() {
            *sum = tree::pairs(blocks.iter().map(|sums| sums[c]).collect());
        }
    }
}

/// Rows that are added to sums.
struct Rows<'a, F> {
    rows: &'a [F],
    sums: &'a mut [F],
}

impl<F: Float> Kernel for Rows<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        for row in self.rows.chunks(self.sums.len()) {
            self.sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum = *sum + x);
        }
    }
}
