//! Arrays made of whole cache lines: a vector of one never lies across two lines, which would take
//! a load or a store twice the time.

use bytemuck::{Pod, Zeroable, cast_slice, cast_slice_mut};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A cache line, and the longest vector there is.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Line([u8; 64]);

/// An array of `T` that begins with a line; what its last line has beyond it is not seen.
#[derive(Clone, Debug)]
pub struct Lines<T> {
    lines: Box<[Line]>,
    len: usize,
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
    pub fn zeroed(len: usize) -> Self {
        let lines = (len * size_of::<T>()).div_ceil(size_of::<Line>());
        let lines = vec![Line::zeroed(); lines].into_boxed_slice();
        Lines { lines, len, of: PhantomData }
    }

    /// Without what comes after the first `len` elements.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }
}

impl<T> From<Vec<Line>> for Lines<T> {
    fn from(lines: Vec<Line>) -> Self {
        let len = size_of_val(&lines[..]) / size_of::<T>();
        Lines { lines: lines.into_boxed_slice(), len, of: PhantomData }
    }
}

impl<T: Pod> From<&[T]> for Lines<T> {
    fn from(all: &[T]) -> Self {
        let mut lines = Self::zeroed(all.len());
        lines.copy_from_slice(all);
        lines
    }
}

impl<T: Pod> FromIterator<T> for Lines<T> {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Self {
        (&all.into_iter().collect::<Vec<T>>()[..]).into()
    }
}

impl<T> Default for Lines<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Pod> Deref for Lines<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        &cast_slice(&self.lines)[..self.len]
    }
}

impl<T: Pod> DerefMut for Lines<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut cast_slice_mut(&mut self.lines)[..self.len]
    }
}

impl<T: Pod + PartialEq> PartialEq for Lines<T> {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_elements() {
        for n in [0, 1, 15, 16, 17] {
            let mut all: Lines<f32> = (0..n).map(|i| i as f32).collect();
            assert_eq!(all.len(), n);
            assert!(all.as_ptr().addr().is_multiple_of(64), "it begins with a line");
            assert_eq!(all, Lines::from(&(0..n).map(|i| i as f32).collect::<Vec<_>>()[..]));
            all.truncate(3);
            assert_eq!(all.len(), n.min(3));
        }
    }
}
