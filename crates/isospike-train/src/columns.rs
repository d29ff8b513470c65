//! The one order in which numbers are summed over rows: blocks of rows from top to bottom, then
//! block sums in pairs, as [`isospike_layer::tree`] does for single numbers.

use isospike_layer::{Real, tree};

/// Sums over rows of `width` numbers of what `each` makes of them, column by column.
pub fn sums<F: Real>(all: &[F], width: usize, each: impl Fn(usize, &[F], &mut [F])) -> Vec<F> {
    let mut blocks = Vec::new();
    let mut made = vec![F::default(); width];
    for (b, rows) in all.chunks(tree::BLOCK * width).enumerate() {
        let mut sum = vec![F::default(); width];
        for (i, row) in rows.chunks(width).enumerate() {
            each(b * tree::BLOCK + i, row, &mut made);
            sum.iter_mut().zip(&made).for_each(|(sum, &x)| *sum = *sum + x);
        }
        blocks.push(sum);
    }
    (0..width).map(|c| tree::pairs(blocks.iter().map(|sum| sum[c]).collect())).collect()
}

/// The sum of some numbers.
pub fn total<F: Real>(all: impl Iterator<Item = F>) -> F {
    let mut blocks = Vec::new();
    let mut block = Vec::with_capacity(tree::BLOCK);
    for x in all {
        block.push(x);
        if block.len() == tree::BLOCK {
            blocks.extend(tree::blocks(&block));
            block.clear();
        }
    }
    blocks.extend(tree::blocks(&block));
    tree::pairs(blocks)
}
