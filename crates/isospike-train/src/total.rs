//! The one order in which single numbers are summed: that of [`isospike_layer::tree`].

use isospike_layer::{Real, tree};

/// The sum of some numbers.
pub(crate) fn total<F: Real>(all: impl Iterator<Item = F>) -> F {
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
