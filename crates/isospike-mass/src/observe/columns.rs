//! An array of all lanes that tiles fill side by side, each in the columns of its own lanes: what
//! is kept whole is kept once.

use crate::MassError;
use isospike_lane::{Float, LINE, Line, Lines, Stream, huge_room};
use std::sync::Arc;

/// `[row][lane]`, of which nobody makes a reference while there are parts. It is not zeroed: that
/// would write everything twice.
struct Cells<F> {
    all: Vec<Line>,
    /// Where it begins.
    base: *mut F,
    rows: usize,
    lanes: usize,
}

// SAFETY: what lies at `base` is reached only through the one `Columns` that a lane belongs to.
unsafe impl<F: Send> Send for Cells<F> {}
// SAFETY: as above.
unsafe impl<F: Send> Sync for Cells<F> {}

/// Some lanes of an array: nobody else has them.
pub(crate) struct Columns<F> {
    cells: Arc<Cells<F>>,
    own: Vec<usize>,
    /// Rows that are filled.
    filled: usize,
}

/// A new array for so many rows, in as many parts as there are sets of lanes.
///
/// # Errors
/// If there is no memory for it.
///
/// # Panics
/// If a lane is in two sets, in none, or not below `lanes`, or lanes of a set do not ascend.
pub(crate) fn split<'a, F: Float>(
    rows: usize,
    lanes: usize,
    sets: impl IntoIterator<Item = &'a [usize]>,
) -> Result<Vec<Columns<F>>, MassError> {
    let numbers = rows.saturating_mul(lanes);
    let room = numbers.saturating_mul(size_of::<F>()).div_ceil(LINE);
    let mut all = huge_room::<Line>(room).map_err(|_| {
        let gigabytes = numbers as f64 * size_of::<F>() as f64 / 1e9;
        let what = format!("{rows} rows of samples in {lanes} lanes take {gigabytes:.1} GB");
        MassError::Device(format!("{what}: take them in pieces, or have them reduced"))
    })?;
    let base = all.as_mut_ptr().cast::<F>();
    let cells = Arc::new(Cells { all, base, rows, lanes });
    let mut taken = vec![false; lanes];
    let mut part = |own: &[usize]| {
        for &lane in own {
            assert!(!std::mem::replace(&mut taken[lane], true), "lane {lane} is in two sets");
        }
        assert!(own.is_sorted(), "lanes of a set ascend");
        Columns { cells: cells.clone(), own: own.to_vec(), filled: 0 }
    };
    let parts = sets.into_iter().map(&mut part).collect();
    assert!(taken.iter().all(|taken| *taken), "lanes are missing");
    Ok(parts)
}

impl<F: Float> Columns<F> {
    /// Rows that are filled.
    pub(crate) fn filled(&self) -> usize {
        self.filled
    }

    /// Bytes of its lanes.
    pub(crate) fn bytes(&self) -> usize {
        self.cells.rows * self.own.len() * size_of::<F>()
    }

    /// Fills the next rows, of its own lanes.
    ///
    /// # Panics
    /// If there are fewer left.
    pub(crate) fn push(&mut self, x: &[F]) {
        let (n, lanes) = (self.own.len(), self.cells.lanes);
        let rows = x.len() / n;
        assert!(self.filled + rows <= self.cells.rows, "more rows than were announced");
        let first = self.own[0];
        let beside = self.own[n - 1] + 1 - first == n;
        // SAFETY: rows are those of the array, lanes are below their number (`split`) and nobody
        // else's. Lanes ascend: without gaps they lie side by side, and all of them are whole rows.
        unsafe {
            let to = self.cells.base.add(self.filled * lanes);
            if n == lanes {
                to.copy_from_nonoverlapping(x.as_ptr(), rows * n);
            } else if beside && n == 16 {
                stream_rows::<F, 16>(x, to.add(first), lanes);
            } else if beside && n == 8 {
                stream_rows::<F, 8>(x, to.add(first), lanes);
            } else if beside {
                for (r, row) in x.chunks_exact(n).enumerate() {
                    to.add(r * lanes + first).copy_from_nonoverlapping(row.as_ptr(), n);
                }
            } else {
                for (r, row) in x.chunks_exact(n).enumerate() {
                    let own = self.own.iter().zip(row);
                    own.for_each(|(lane, x)| to.add(r * lanes + lane).write(*x));
                }
            }
        }
        self.filled += rows;
    }

    /// What it has filled, `[row][own lane]`.
    pub(crate) fn read(&self, out: &mut Vec<F>) {
        for row in 0..self.filled {
            let at = row * self.cells.lanes;
            // SAFETY: rows and lanes are those of the array, nobody else has these lanes, and
            // nothing is written while this is borrowed.
            out.extend(self.own.iter().map(|lane| unsafe { *self.cells.base.add(at + lane) }));
        }
    }

    /// The rows that all parts of an array have filled.
    ///
    /// # Panics
    /// If there are other parts.
    pub(crate) fn whole(parts: Vec<Self>) -> Lines<F> {
        let rows = parts.iter().map(|part| part.filled).min().unwrap_or(0);
        let last = parts.into_iter().map(|part| part.cells).reduce(|_, cells| cells);
        let Some(Cells { mut all, lanes, .. }) = last.and_then(Arc::into_inner) else {
            panic!("parts of an array are missing");
        };
        let numbers = rows * lanes;
        let lines = (numbers * size_of::<F>()).div_ceil(LINE);
        // SAFETY: there is room for all rows, and those that all lanes have filled are written;
        // what the last line has beyond them is made zeros first.
        unsafe {
            let beyond = lines * (LINE / size_of::<F>()) - numbers;
            all.as_mut_ptr().cast::<F>().add(numbers).write_bytes(0, beyond);
            all.set_len(lines);
        }
        let mut all = Lines::from(all);
        all.truncate(numbers);
        all
    }
}

/// Rows of N numbers, each the next one's so many numbers before. Of an array of many lanes such
/// lines are far from each other, and each would be read before it is written.
///
/// # Safety
/// There are such rows at `to`, and nobody else has them.
unsafe fn stream_rows<F: Float, const N: usize>(x: &[F], to: *mut F, stride: usize) {
    // SAFETY: lines are waited for before this is left; rows are there, as the caller says.
    unsafe {
        let stream = Stream::new();
        for (r, row) in x.as_chunks::<N>().0.iter().enumerate() {
            stream.store(row, &mut *to.add(r * stride).cast::<[F; N]>());
        }
        stream.fence();
    }
}
