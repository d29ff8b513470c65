//! What a tile does to rows as wholes.

use crate::pointwise::Pointwise;
use crate::row::CHUNK;
use crate::wiring::{self, Wires};
use isospike_lane::Float;
use isospike_lane::isa::Kernel;

/// Rounded to f32.
#[derive(Clone, Copy)]
pub(crate) struct Single;

impl<F: Float> Pointwise<F, 0, 1> for Single {
    #[inline(always)]
    fn at(&self, _: [F; 0], [x]: [F; 1]) -> [F; 1] {
        [F::from_f64(f64::from(x.to_f64() as f32))]
    }
}

/// Which places of a chunk hold a number that is not finite, in any of some chunks.
pub(crate) struct Wild<'a, F>(pub(crate) &'a [F]);

impl<F: Float> Kernel for Wild<'_, F> {
    type Output = [bool; CHUNK];
    #[inline(always)]
    fn run<const N: usize>(self) -> [bool; CHUNK] {
        // 0 x is 0, or NaN
        let mut all = [F::default(); CHUNK];
        for chunk in self.0.as_chunks::<CHUNK>().0 {
            for i in 0..CHUNK {
                all[i] = all[i] + chunk[i] * F::default();
            }
        }
        all.map(|x| x != F::default())
    }
}

/// Adds what arrives over wires.
pub(crate) struct Gather<'a, F> {
    pub(crate) wires: &'a Wires<F>,
    pub(crate) from: wiring::From<'a, F>,
    pub(crate) sums: &'a mut [F],
    pub(crate) nodes: usize,
    pub(crate) places: usize,
    pub(crate) lanes: usize,
}

impl<F: Float> Kernel for Gather<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let Gather { wires, from, sums, nodes, places, lanes } = self;
        let shape = (nodes, lanes, places);
        match lanes {
            1 => wiring::add_columns::<F, N>(wires, from, sums, places),
            8 => wiring::add_rows::<F, 8>(wires, from, sums, shape),
            _ => wiring::add_rows::<F, N>(wires, from, sums, shape),
        }
    }
}
