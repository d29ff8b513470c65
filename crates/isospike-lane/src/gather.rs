//! Numbers from anywhere: one vector of what lies at many places.

use crate::Float;

/// The numbers at these places.
///
/// The compiler builds such a vector number by number; AVX-512 has an instruction for it.
///
/// # Safety
/// All places are in the array and below 2^31. N is what [`Kernel::run`](crate::isa::Kernel::run)
/// was called with by [`dispatch`](crate::isa::dispatch), which means what this machine has, or
/// less than 16.
#[inline(always)]
pub unsafe fn gather<F: Float, const N: usize>(all: &[F], at: &[u32; N]) -> [F; N] {
    debug_assert!(at.iter().all(|&at| (at as usize) < all.len() && at < 1 << 31));
    #[cfg(target_arch = "x86_64")]
    if N == 16 && [4, 8].contains(&size_of::<F>()) {
        let mut out = [F::default(); N];
        // SAFETY: as the caller says, 16 lanes mean AVX-512; indices are 16, and numbers are
        // read as bits of 4 or 8 bytes each.
        unsafe {
            use std::arch::x86_64::*;
            if size_of::<F>() == 4 {
                let at = _mm512_loadu_si512(at.as_ptr().cast());
                let x = _mm512_i32gather_ps::<4>(at, all.as_ptr().cast());
                _mm512_storeu_ps(out.as_mut_ptr().cast(), x);
            } else {
                for half in 0..2 {
                    let at = _mm256_loadu_si256(at.as_ptr().add(8 * half).cast());
                    let x = _mm512_i32gather_pd::<8>(at, all.as_ptr().cast());
                    _mm512_storeu_pd(out.as_mut_ptr().add(8 * half).cast(), x);
                }
            }
        }
        return out;
    }
    let mut out = [F::default(); N];
    for (out, &at) in out.iter_mut().zip(at) {
        // SAFETY: as the caller says.
        *out = unsafe { *all.get_unchecked(at as usize) };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::gather;
    use crate::Float;
    use crate::isa::{Isa, Kernel, dispatch};

    struct All<'a, F>(&'a [F]);

    impl<F: Float> Kernel for All<'_, F> {
        type Output = ();
        #[inline(always)]
        fn run<const N: usize>(self) {
            for first in 0..self.0.len() as u32 {
                let at: [u32; N] =
                    std::array::from_fn(|i| (first * 7 + 13 * i as u32) % self.0.len() as u32);
                // SAFETY: places are below the length, and N is that of this kernel.
                let x = unsafe { gather(self.0, &at) };
                assert_eq!(x, at.map(|at| self.0[at as usize]));
            }
        }
    }

    #[test]
    fn what_lies_there() {
        for isa in Isa::ALL {
            dispatch(isa, All(&(0..101).map(|x| x as f32).collect::<Vec<_>>()));
            dispatch(isa, All(&(0..101).map(f64::from).collect::<Vec<_>>()));
        }
    }
}
