//! What a tile does to rows as wholes.

use crate::pointwise::Pointwise;
use crate::row::CHUNK;
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
