//! Streaming stores: whole cache lines written past the caches.
//!
//! An ordinary store reads the line that it writes to, so an array that no cache will keep crosses
//! the bus twice. A streaming store does not, but only if it fills a line from its beginning to its
//! end: lines filled in parts are slower than ordinary ones.

use crate::Float;
use std::marker::PhantomData;

/// Bytes of a cache line.
pub const LINE: usize = 64;

/// The right to write with streaming stores, which one thread has.
#[derive(Clone, Copy, Debug)]
pub struct Stream(PhantomData<*const ()>);

impl Stream {
    /// Whether this architecture has such stores; where not, all are ordinary.
    pub const AVAILABLE: bool = cfg!(target_arch = "x86_64");

    /// # Safety
    /// Streaming stores are not ordered with anything. After the last store of this or a copy of
    /// it, the thread calls [`Stream::fence`] before it, or any other, reads what was written.
    pub unsafe fn new() -> Stream {
        Stream(PhantomData)
    }

    /// Writes numbers, ordinarily if they are not whole lines.
    #[inline(always)]
    pub fn store<F: Float, const C: usize>(self, numbers: &[F; C], to: &mut [F; C]) {
        #[cfg(target_arch = "x86_64")]
        if size_of::<[F; C]>().is_multiple_of(LINE) && to.as_ptr().addr().is_multiple_of(LINE) {
            use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_stream_si128};
            let from = numbers.as_ptr().cast::<__m128i>();
            let to = to.as_mut_ptr().cast::<__m128i>();
            for i in 0..size_of::<[F; C]>() / size_of::<__m128i>() {
                // SAFETY: both arrays have that many parts of 16 bytes, floats are plain bits, and
                // what begins with a line is aligned. Every x86-64 has SSE2. The fence is promised.
                unsafe { _mm_stream_si128(to.add(i), _mm_loadu_si128(from.add(i))) };
            }
            return;
        }
        *to = *numbers;
    }

    /// Waits until what was stored can be read.
    #[inline]
    pub fn fence(self) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: every x86-64 has SSE.
        unsafe {
            std::arch::x86_64::_mm_sfence();
        }
    }
}

/// Has the line of the number at `i`, if there is one, brought into the caches.
#[inline(always)]
pub fn prefetch<F: Float>(row: &[F], i: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(number) = row.get(i) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 has SSE, and a prefetch changes nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(number).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (row, i);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<F: Float, const C: usize>() {
        let numbers: [F; C] = std::array::from_fn(|i| F::from_f64(i as f64));
        let mut all = [F::default(); 128];
        for first in 0..128 - C {
            all.fill(F::from_f64(-1.0));
            // SAFETY: read after the fence.
            let stream = unsafe { Stream::new() };
            stream.store(&numbers, all[first..].first_chunk_mut().expect("room"));
            stream.fence();
            let written = first..first + C;
            assert_eq!(all[written.clone()], numbers);
            let rest = |i| written.contains(&i) || all[i] == F::from_f64(-1.0);
            assert!((0..128).all(rest), "{first}");
        }
    }

    #[test]
    fn whatever_the_alignment_all_is_written() {
        check::<f32, 16>();
        check::<f64, 16>();
        check::<f32, 32>();
        check::<f32, 5>();
    }
}
