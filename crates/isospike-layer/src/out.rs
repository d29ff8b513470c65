//! Where a row goes.

use isospike_lane::{Float, LINE, Stream};

/// A row that is written: near, into the caches, or far, past them.
#[derive(Debug)]
pub struct Out<'a, F> {
    row: &'a mut [F],
    far: Option<Stream>,
}

impl<'a, F: Float> Out<'a, F> {
    /// A row that will soon be read.
    pub fn near(row: &'a mut [F]) -> Self {
        Out { row, far: None }
    }

    /// A row of an array that no cache would keep, if there are stores for it.
    pub fn far(row: &'a mut [F], far: Option<Stream>) -> Self {
        Out { row, far }
    }

    /// What is there; after far stores, only after a [fence](Stream::fence).
    pub fn row(&self) -> &[F] {
        self.row
    }

    /// Numbers before the first that begins a cache line, if that matters.
    #[inline(always)]
    pub(crate) fn head(&self) -> Option<usize> {
        self.far.map(|_| self.row.as_ptr().addr().wrapping_neg() % LINE / size_of::<F>())
    }

    /// Writes the chunk that begins at `i`.
    #[inline(always)]
    pub(crate) fn store<const C: usize>(&mut self, chunk: &[F; C], i: usize) {
        let to = self.row[i..].first_chunk_mut().expect("a whole chunk");
        match self.far {
            Some(far) => far.store(chunk, to),
            None => *to = *chunk,
        }
    }
}
