//! Rows in chunks of C numbers: whole ones, and what is left at the end.
//!
//! Arrays on the stack become registers only if their length is a constant, so the end of a row is
//! a chunk too, filled up with zeros.

use isospike_lane::Float;

/// How a chunk meets memory.
pub(crate) trait Edge {
    /// The numbers at the beginning of a slice.
    fn load<F: Float, const C: usize>(from: &[F]) -> [F; C];
    /// Writes the numbers back.
    fn store<F: Float, const C: usize>(chunk: &[F; C], to: &mut [F]);
}

/// A whole chunk.
pub(crate) struct Whole;

impl Edge for Whole {
    #[inline(always)]
    fn load<F: Float, const C: usize>(from: &[F]) -> [F; C] {
        *from.first_chunk().expect("a whole chunk")
    }
    #[inline(always)]
    fn store<F: Float, const C: usize>(chunk: &[F; C], to: &mut [F]) {
        *to.first_chunk_mut().expect("a whole chunk") = *chunk;
    }
}

/// Fewer than C numbers.
pub(crate) struct Rest;

impl Edge for Rest {
    #[inline(always)]
    fn load<F: Float, const C: usize>(from: &[F]) -> [F; C] {
        let mut chunk = [F::default(); C];
        chunk[..from.len()].copy_from_slice(from);
        chunk
    }
    #[inline(always)]
    fn store<F: Float, const C: usize>(chunk: &[F; C], to: &mut [F]) {
        to.copy_from_slice(&chunk[..to.len()]);
    }
}
