//! Maps over arrays: pieces of them, each by one thread.

use crate::layer::Layers;
use isospike_layer::Real;
use isospike_layer::compute::MapRows;

/// Numbers of a piece, about: what a piece touches stays in the first-level cache.
const PIECE: usize = 2048;

/// Runs a map; arrays that are read may be shorter.
pub(super) fn run<F: Real>(
    on: Layers<'_>,
    map: &dyn MapRows<F>,
    numbers: &[F],
    reads: &[&[F]],
    changes: Vec<&mut [F]>,
) {
    let n = changes[0].len();
    let periods = || reads.iter().map(|read| read.len()).filter(|&len| len < n);
    let longest = periods().max().unwrap_or(1);
    let shared = periods().all(|period| longest % period == 0);
    // whole periods of every array; where they do not fit together, one number after the other
    let piece = match shared {
        true => longest * PIECE.div_ceil(longest),
        false => PIECE,
    };
    let short: Vec<Vec<F>> = reads
        .iter()
        .map(|read| match read.len() < n && shared {
            true => read.repeat(piece / read.len()),
            false => Vec::new(),
        })
        .collect();
    let mut pieces: Vec<Vec<&mut [F]>> = (0..n.div_ceil(piece)).map(|_| Vec::new()).collect();
    for all in changes {
        pieces.iter_mut().zip(all.chunks_mut(piece)).for_each(|(piece, part)| piece.push(part));
    }
    let pieces = pieces.into_iter().enumerate().collect();
    let work = |_: &mut (), (i, mut changes): (usize, Vec<&mut [F]>)| {
        let (from, len) = (i * piece, changes[0].len());
        let mut own = Vec::new();
        let parts: Vec<_> = reads
            .iter()
            .zip(&short)
            .map(|(read, short)| match read.len() < n {
                true if shared => Some(&short[..len]),
                true => {
                    own.push((from..from + len).map(|i| read[i % read.len()]).collect::<Vec<F>>());
                    None
                }
                false => Some(&read[from..from + len]),
            })
            .collect();
        let mut own = own.iter();
        let parts: Vec<&[F]> = parts
            .into_iter()
            .map(|part| part.unwrap_or_else(|| own.next().expect("one for each that is short")))
            .collect();
        map.run(on.isa, numbers, &parts, &mut changes);
    };
    on.each(pieces, || (), work);
}
