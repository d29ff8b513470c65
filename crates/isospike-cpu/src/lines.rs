//! Arrays made of whole cache lines: a vector of one never lies across two lines, which would take
//! a load or a store twice the time.

use bytemuck::{Pod, Zeroable, cast_slice, cast_slice_mut};
use isospike_backend::huge_zeroed;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A cache line, and the longest vector there is.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// An array of `T` that begins and ends with a line.
pub(crate) struct Lines<T> {
    lines: Vec<Line>,
    of: PhantomData<T>,
}

impl<T: Pod> Lines<T> {
    /// `len` zeros, whole lines of them: groups of 64 elements always are.
    pub(crate) fn zeroed(len: usize) -> Self {
        let bytes = len * size_of::<T>();
        assert!(bytes.is_multiple_of(size_of::<Line>()), "{bytes} bytes are not whole lines");
        Lines { lines: huge_zeroed(bytes / size_of::<Line>()), of: PhantomData }
    }
}

impl<T: Pod> Deref for Lines<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        cast_slice(&self.lines)
    }
}

impl<T: Pod> DerefMut for Lines<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        cast_slice_mut(&mut self.lines)
    }
}
