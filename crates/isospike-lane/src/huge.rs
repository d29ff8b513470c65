//! Big arrays on huge pages: worth 1.3 to 3 times on random access beyond the second-level cache,
//! and the first touch of each small page takes longer than what is written there.

use bytemuck::Zeroable;
use std::alloc::{Layout, alloc_zeroed};
use std::collections::TryReserveError;

/// `n` zeros; on Linux, arrays above a few megabytes ask for huge pages before they are first
/// touched.
pub fn huge_zeroed<T: Zeroable + Clone>(n: usize) -> Vec<T> {
    let v = vec![T::zeroed(); n];
    advise(v.as_ptr(), n);
    v
}

/// The same, or none where the allocator has no room.
pub fn try_huge_zeroed<T: Zeroable>(n: usize) -> Option<Vec<T>> {
    let layout = Layout::array::<T>(n).ok()?;
    if layout.size() == 0 {
        return (n == 0).then(Vec::new);
    }
    // SAFETY: the layout has a size above 0.
    let memory = unsafe { alloc_zeroed(layout) }.cast::<T>();
    if memory.is_null() {
        return None;
    }
    advise(memory, n);
    // SAFETY: the global allocator gave this memory for this layout, n of them, and zeros are
    // values of T.
    Some(unsafe { Vec::from_raw_parts(memory, n, n) })
}

/// Room for `n`, in huge pages as above.
///
/// # Errors
/// If there is no memory for it.
pub fn huge_room<T>(n: usize) -> Result<Vec<T>, TryReserveError> {
    let mut v = Vec::new();
    v.try_reserve_exact(n)?;
    advise(v.as_ptr(), n);
    Ok(v)
}

#[cfg(not(target_os = "linux"))]
fn advise<T>(_: *const T, _: usize) {}

/// Asks for huge pages under an allocation of `n`.
#[cfg(target_os = "linux")]
fn advise<T>(begin: *const T, n: usize) {
    const PAGE: usize = 4096;
    const WORTH: usize = 4 << 20;
    let bytes = n * size_of::<T>();
    if bytes < WORTH {
        return;
    }
    let start = begin.addr().next_multiple_of(PAGE);
    let end = (begin.addr() + bytes) & !(PAGE - 1);
    // SAFETY: the range lies inside the allocation; MADV_HUGEPAGE only changes how it is backed. A
    // refusal is harmless.
    unsafe {
        libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_HUGEPAGE);
    }
}
