//! The one order in which a sum over neurons is taken, so that every backend and any number of
//! threads finds the same bits: blocks of 256 from left to right, then block sums in pairs.

use isospike_lane::Float;

/// Numbers that are summed one after the other.
pub const BLOCK: usize = 256;

/// The sum of each block, the last of which may be shorter.
pub fn blocks<F: Float>(all: &[F]) -> impl Iterator<Item = F> {
    all.chunks(BLOCK).map(|block| block.iter().fold(F::default(), |sum, &x| sum + x))
}

/// The sum of block sums: neighbours in pairs, again and again; what has no neighbour waits.
pub fn pairs<F: Float>(mut sums: Vec<F>) -> F {
    while sums.len() > 1 {
        sums = sums.chunks(2).map(|p| if let [a, b] = p { *a + *b } else { p[0] }).collect();
    }
    sums.first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_fixed() {
        assert_eq!(pairs::<f32>(vec![]), 0.0);
        let sums = [1e8f32, 1.0, -1e8, 1.0, 1.0];
        // (1e8 + 1) + (-1e8 + 1) loses both ones, and the last waits
        assert_eq!(pairs(sums.to_vec()), 1.0);
        let all: Vec<f32> = (0..600).map(|i| i as f32).collect();
        let sums: Vec<f32> = blocks(&all).collect();
        assert_eq!(sums, [32_640.0, 98_176.0, 48_884.0]);
    }
}
