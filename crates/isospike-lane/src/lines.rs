//! Arrays made of whole cache lines: a vector of one never lies across two lines, which would take
//! a load or a store twice the time.

use bytemuck::{Pod, Zeroable, cast_slice, cast_slice_mut};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A cache line, and the longest vector there is.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Line([u8; 64]);

/// An array of `T` that begins and ends with a line.
#[derive(Clone, Debug)]
pub struct Lines<T> {
    lines: Vec<Line>,
    of: PhantomData<T>,
}

impl<T: Pod> Lines<T> {
    /// How many lines `len` elements are.
    ///
    /// # Panics
    /// If they are not whole lines.
    pub fn count(len: usize) -> usize {
        let bytes = len * size_of::<T>();
        assert!(bytes.is_multiple_of(size_of::<Line>()), "{bytes} bytes are not whole lines");
        bytes / size_of::<Line>()
    }

    /// `len` zeros.
    ///
    /// # Panics
    /// If they are not whole lines.
    pub fn zeroed(len: usize) -> Self {
        vec![Line::zeroed(); Self::count(len)].into()
    }
}

impl<T> From<Vec<Line>> for Lines<T> {
    fn from(lines: Vec<Line>) -> Self {
        Lines { lines, of: PhantomData }
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
