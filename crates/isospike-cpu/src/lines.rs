//! Arrays of whole lines in huge pages.

use bytemuck::Pod;
use isospike_lane::{Lines, huge_zeroed};

/// `len` zeros, whole lines of them: groups of 64 elements always are.
pub(crate) fn zeroed<T: Pod>(len: usize) -> Lines<T> {
    huge_zeroed(Lines::<T>::count(len)).into()
}
