//! Reading and writing heaps, of which one with nothing in it does not exist.

use crate::driver::Driver;
use bytemuck::{Pod, cast_slice, cast_slice_mut};
use isospike_backend::Result;

/// Copies to a heap, from an element on.
pub(crate) fn write<D: Driver, T: Pod>(
    driver: &D,
    heap: Option<&D::Buffer>,
    first: u64,
    values: &[T],
) -> Result<()> {
    match heap {
        Some(heap) if !values.is_empty() => {
            driver.write(heap, first as usize * size_of::<T>(), cast_slice(values))
        }
        _ => Ok(()),
    }
}

/// Copies from a heap, from an element on.
pub(crate) fn read_to<D: Driver, T: Pod>(
    driver: &D,
    heap: Option<&D::Buffer>,
    first: u64,
    values: &mut [T],
) -> Result<()> {
    match heap {
        Some(heap) if !values.is_empty() => {
            driver.read(heap, first as usize * size_of::<T>(), cast_slice_mut(values))
        }
        _ => Ok(()),
    }
}

/// `n` elements of a heap.
pub(crate) fn read<D: Driver, T: Pod>(
    driver: &D,
    heap: Option<&D::Buffer>,
    first: u64,
    n: u64,
) -> Result<Vec<T>> {
    let mut values = vec![T::zeroed(); n as usize];
    read_to(driver, heap, first, &mut values)?;
    Ok(values)
}

/// Makes the first `bytes` of a heap zeros.
pub(crate) fn clear<D: Driver>(driver: &D, heap: Option<&D::Buffer>, bytes: u64) -> Result<()> {
    match heap {
        Some(heap) if bytes > 0 => driver.clear(heap, bytes as usize),
        _ => Ok(()),
    }
}
