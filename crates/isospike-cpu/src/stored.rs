//! How the synapses of a table are read, one small reader per format.

use crate::deliver::Acc;
use isospike_lane::Half;

/// Reads synapses. `unsafe`, because the delivery loop does not check its bounds: see
/// [`Stored::at`].
pub(crate) trait Stored<A>: Copy {
    /// Synapses there are.
    fn len(self) -> usize;
    /// Asks for the cache lines of the synapses from `start` to `end`, at least one.
    fn prefetch(self, start: usize, end: usize);
    /// Target and weight of a synapse.
    ///
    /// # Safety
    /// `i < self.len()`.
    unsafe fn at(self, i: usize) -> (u16, A);
}

/// One weight for all.
#[derive(Clone, Copy)]
pub(crate) struct Constant<'a, A> {
    pub(crate) targets: &'a [u16],
    pub(crate) weight: A,
}

impl<A: Acc> Stored<A> for Constant<'_, A> {
    fn len(self) -> usize {
        self.targets.len()
    }
    #[inline(always)]
    fn prefetch(self, start: usize, end: usize) {
        prefetch(self.targets, start, end);
    }
    #[inline(always)]
    unsafe fn at(self, i: usize) -> (u16, A) {
        // SAFETY: this function's contract.
        (unsafe { *self.targets.get_unchecked(i) }, self.weight)
    }
}

/// Target in the low half of a word, weight in the high half, signed or not.
#[derive(Clone, Copy)]
pub(crate) struct Packed<'a, A, const SIGNED: bool> {
    pub(crate) packed: &'a [u32],
    pub(crate) multiplier: A,
}

impl<A: Acc, const SIGNED: bool> Stored<A> for Packed<'_, A, SIGNED> {
    fn len(self) -> usize {
        self.packed.len()
    }
    #[inline(always)]
    fn prefetch(self, start: usize, end: usize) {
        prefetch(self.packed, start, end);
    }
    #[inline(always)]
    unsafe fn at(self, i: usize) -> (u16, A) {
        // SAFETY: this function's contract.
        let p = unsafe { *self.packed.get_unchecked(i) };
        let weight = if SIGNED { i64::from(p as i32 >> 16) } else { i64::from(p >> 16) };
        (p as u16, A::from_i64(weight).mul(self.multiplier))
    }
}

/// Target in the low half of a word, a 16-bit float in the high half. A synapse adds the float
/// times a power of two, rounded to a whole number.
#[derive(Clone, Copy)]
pub(crate) struct Halves<'a> {
    pub(crate) packed: &'a [u32],
    pub(crate) format: Half,
    pub(crate) scale: f32,
}

impl<A: Acc> Stored<A> for Halves<'_> {
    fn len(self) -> usize {
        self.packed.len()
    }
    #[inline(always)]
    fn prefetch(self, start: usize, end: usize) {
        prefetch(self.packed, start, end);
    }
    #[inline(always)]
    unsafe fn at(self, i: usize) -> (u16, A) {
        // SAFETY: this function's contract.
        let p = unsafe { *self.packed.get_unchecked(i) };
        let weight = self.format.decode((p >> 16) as u16) * self.scale;
        (p as u16, A::from_i64(weight.round_ties_even() as i64))
    }
}

/// Targets and weights in arrays of their own.
#[derive(Clone, Copy)]
pub(crate) struct Separate<'a, A, T> {
    pub(crate) targets: &'a [u16],
    pub(crate) weights: &'a [T],
    pub(crate) multiplier: A,
}

impl<A: Acc, T: Copy + Into<i64>> Stored<A> for Separate<'_, A, T> {
    fn len(self) -> usize {
        self.targets.len().min(self.weights.len())
    }
    #[inline(always)]
    fn prefetch(self, start: usize, end: usize) {
        prefetch(self.targets, start, end);
        prefetch(self.weights, start, end);
    }
    #[inline(always)]
    unsafe fn at(self, i: usize) -> (u16, A) {
        // SAFETY: this function's contract.
        let (target, weight) =
            unsafe { (*self.targets.get_unchecked(i), *self.weights.get_unchecked(i)) };
        (target, A::from_i64(weight.into()).mul(self.multiplier))
    }
}

/// Asks for the lines of a range; of long ones only the first, the hardware sees the stream then.
///
/// Most ranges lie in one line or two: these are asked for without a branch.
#[inline(always)]
fn prefetch<T>(array: &[T], start: usize, end: usize) {
    const LINE: usize = 64;
    const MOST: usize = 8;
    let line = |i: usize| array.as_ptr().wrapping_add(i) as usize & !(LINE - 1);
    let first = line(start);
    let last = line(end - 1).min(first + (MOST - 1) * LINE);
    prefetch_line(first);
    for line in (first + LINE..last).step_by(LINE) {
        prefetch_line(line);
    }
    prefetch_line(last);
}

#[inline(always)]
fn prefetch_line(address: usize) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: prefetching any address is harmless.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch(address as *const i8, _MM_HINT_T0);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
