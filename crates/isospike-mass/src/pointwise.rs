//! What is done to every place on its own.

use crate::row::{CHUNK, Column, WIDE};
use isospike_lane::Float;
use isospike_lane::isa::{Isa, Kernel, dispatch};

/// A function of the numbers at one place.
pub(crate) trait Pointwise<F, const R: usize, const W: usize> {
    /// What is written, from what is read and from what was there. Mark it `#[inline(always)]`.
    fn at(&self, read: [F; R], old: [F; W]) -> [F; W];
}

/// Numbers that are read: one per place, or the same everywhere.
#[derive(Clone, Copy)]
pub(crate) enum Read<'a, F> {
    Each(&'a [F]),
    Uniform([F; WIDE]),
}

impl<'a, F: Float> From<&'a [F]> for Read<'a, F> {
    fn from(all: &'a [F]) -> Self {
        Read::Each(all)
    }
}

impl<'a, F: Float> From<&'a Column<F>> for Read<'a, F> {
    fn from(column: &'a Column<F>) -> Self {
        match column {
            Column::Uniform(x) => Read::Uniform(*x),
            Column::Each(all) => Read::Each(all),
        }
    }
}

impl<F: Float> Read<'_, F> {
    #[inline(always)]
    fn chunk(&self, v: usize) -> &[F; CHUNK] {
        match self {
            Read::Uniform(x) => x.first_chunk().expect("at most as wide"),
            Read::Each(all) => all[v * CHUNK..].first_chunk().expect("a whole chunk"),
        }
    }
}

/// The difference of two variables.
#[derive(Clone, Copy)]
pub(crate) struct Less;

impl<F: Float> Pointwise<F, 2, 1> for Less {
    #[inline(always)]
    fn at(&self, [a, b]: [F; 2], _: [F; 1]) -> [F; 1] {
        [a - b]
    }
}

/// Runs it over whole chunks: all that is read and written is equally long.
pub(crate) fn run<F, P, const R: usize, const W: usize>(
    isa: Isa,
    what: P,
    reads: [Read<'_, F>; R],
    writes: [&mut [F]; W],
) where
    F: Float,
    P: Pointwise<F, R, W>,
{
    dispatch(isa, Rows { what, reads, writes });
}

struct Rows<'a, P, F, const R: usize, const W: usize> {
    what: P,
    reads: [Read<'a, F>; R],
    writes: [&'a mut [F]; W],
}

impl<P, F, const R: usize, const W: usize> Kernel for Rows<'_, P, F, R, W>
where
    F: Float,
    P: Pointwise<F, R, W>,
{
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let Rows { what, reads, writes } = self;
        let chunks = writes[0].len() / CHUNK;
        for v in 0..chunks {
            let read: [&[F; CHUNK]; R] = std::array::from_fn(|k| reads[k].chunk(v));
            let mut new: [[F; CHUNK]; W] = std::array::from_fn(|k| {
                *writes[k][v * CHUNK..].first_chunk().expect("a whole chunk")
            });
            for i in 0..CHUNK {
                let old = std::array::from_fn(|k| new[k][i]);
                let at = what.at(std::array::from_fn(|k| read[k][i]), old);
                for k in 0..W {
                    new[k][i] = at[k];
                }
            }
            for k in 0..W {
                *writes[k][v * CHUNK..].first_chunk_mut().expect("a whole chunk") = new[k];
            }
        }
    }
}
