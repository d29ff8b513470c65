//! Pieces of a layer: some columns of every array of a pass.

use isospike_lane::{Half, Stream};
use isospike_layer::{LayerError, Out, Real, Shape, Spikes, State, Stored, ValuesMut, tree};

/// Neurons of a piece: whole blocks of [`tree`] and whole bytes of bits; few enough that the rows a
/// step touches stay in the first-level cache, and so many that what a row costs does not count.
pub(super) const PIECE: usize = 4 * tree::BLOCK;

/// Rows of an array, cut into pieces: `[piece][row]`.
fn columns<T>(all: &mut [T], width: usize, piece: usize) -> Vec<Vec<&mut [T]>> {
    let n = width.div_ceil(piece);
    let rows = all.len().checked_div(width).unwrap_or(0);
    let mut pieces: Vec<_> = (0..n).map(|_| Vec::with_capacity(rows)).collect();
    for row in all.chunks_exact_mut(width.max(1)) {
        for (rows, part) in pieces.iter_mut().zip(row.chunks_mut(piece)) {
            rows.push(part);
        }
    }
    pieces
}

/// Pieces of one array of a pass; none if there is no such array.
pub(super) type Cut<T> = std::vec::IntoIter<T>;

/// Full-width rows.
pub(super) type Rows<'a, T> = Vec<&'a mut [T]>;
/// Rows in either width.
pub(super) type StoredRows<'a, F> = Stored<Rows<'a, F>, Rows<'a, u16>>;

/// Where a row is computed: in its place, far away if there are stores for that, or in a buffer
/// if it is not kept or kept in another format.
pub(super) fn place<'b, F: Real>(
    rows: Option<&'b mut StoredRows<'_, F>>,
    t: usize,
    buffer: &'b mut [F],
    far: Option<Stream>,
) -> Out<'b, F> {
    match rows {
        Some(Stored::Full(rows)) if !rows.is_empty() => Out::far(rows[t], far),
        _ => Out::near(buffer),
    }
}

/// Bytes of an array from which on no cache will keep it.
const FAR: usize = 1 << 24;

/// Works on a piece of arrays of that many numbers, with stores past the caches if they are large.
pub(super) fn reach<F, R>(numbers: usize, work: impl FnOnce(Option<Stream>) -> R) -> R {
    let far = Stream::AVAILABLE && numbers * size_of::<F>() >= FAR;
    // SAFETY: nobody reads what is written to a piece before the fence below, but passes that fail:
    // they have a fence of their own.
    let far = far.then(|| unsafe { Stream::new() });
    let done = work(far);
    far.inspect(|far| far.fence());
    done
}

/// Cuts full-width numbers.
pub(super) fn full<T>(all: Option<&mut [T]>, width: usize) -> Cut<Rows<'_, T>> {
    all.map(|all| columns(all, width, PIECE)).unwrap_or_default().into_iter()
}

/// Cuts numbers of either width.
pub(super) fn stored<F>(all: Option<ValuesMut<'_, F>>, width: usize) -> Cut<StoredRows<'_, F>> {
    let pieces: Option<Vec<_>> = all.map(|all| match all {
        Stored::Full(all) => full(Some(all), width).map(Stored::Full).collect(),
        Stored::Half(format, all) => {
            full(Some(all), width).map(|rows| Stored::Half(format, rows)).collect()
        }
    });
    pieces.unwrap_or_default().into_iter()
}

/// Rows of spikes.
pub(super) enum SpikeRows<'a, F> {
    Values(StoredRows<'a, F>),
    Bytes(Rows<'a, u8>),
    Bits(Rows<'a, u8>),
}

/// Cuts spikes.
pub(super) fn spikes<F>(all: Option<Spikes<'_, F>>, width: usize) -> Cut<SpikeRows<'_, F>> {
    let pieces: Option<Vec<_>> = all.map(|all| match all {
        Spikes::Values(all) => stored(Some(all), width).map(SpikeRows::Values).collect(),
        Spikes::Bytes(all) => full(Some(all), width).map(SpikeRows::Bytes).collect(),
        Spikes::Bits(all) => {
            let pieces = columns(all, width.div_ceil(8), PIECE / 8).into_iter();
            pieces.map(SpikeRows::Bits).collect()
        }
    });
    pieces.unwrap_or_default().into_iter()
}

/// Cuts a state: a piece has the potentials, then the hidden values.
pub(super) fn state<F>(state: &mut State<F>) -> Vec<Rows<'_, F>> {
    let mut pieces: Vec<_> = state.v.chunks_mut(PIECE).map(|v| vec![v]).collect();
    for hidden in &mut state.hidden {
        for (slices, part) in pieces.iter_mut().zip(hidden.chunks_mut(PIECE)) {
            slices.push(part);
        }
    }
    pieces
}

/// Something that went wrong in a piece, and where.
pub(super) struct Trouble {
    pub(super) step: usize,
    /// Column of the whole layer.
    pub(super) column: usize,
    pub(super) what: What,
    pub(super) value: f64,
}

/// What went wrong.
pub(super) enum What {
    /// This is not finite.
    Wild(&'static str),
    /// This is beyond the range of its 16-bit format.
    Beyond(&'static str, Half),
}

impl Trouble {
    /// As an error.
    pub(super) fn error(self, shape: Shape) -> LayerError {
        let Trouble { step, column, value, .. } = self;
        match self.what {
            What::Wild(field) => LayerError::not_finite(field, step, column, value, shape),
            What::Beyond(field, format) => {
                LayerError::overflow(field, format, step, column, value, shape)
            }
        }
    }
}

/// The first number of a row that is not finite.
pub(super) fn wild<F: Real>(row: &[F]) -> Option<(usize, f64)> {
    let i = row.iter().position(|x| !x.is_finite())?;
    Some((i, row[i].to_f64()))
}
