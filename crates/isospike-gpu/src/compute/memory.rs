//! Memory of arrays. What is given back is kept and given out again, for passes of the same shape
//! need the same arrays; it goes back to the device when that has no more.

use crate::driver::Driver;
use isospike_backend::{ErrorKind, Result};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A device's memory.
pub(super) struct Heap<D: Driver> {
    driver: Arc<D>,
    /// By length in bytes.
    spare: Mutex<BTreeMap<usize, Vec<D::Buffer>>>,
}

/// The memory of an array.
pub(super) struct Memory<D: Driver> {
    bytes: usize,
    buffer: Option<D::Buffer>,
    heap: Arc<Heap<D>>,
}

impl<D: Driver> Heap<D> {
    pub(super) fn new(driver: Arc<D>) -> Self {
        Heap { driver, spare: Mutex::default() }
    }

    fn with<R>(&self, change: impl FnOnce(&mut BTreeMap<usize, Vec<D::Buffer>>) -> R) -> R {
        change(&mut self.spare.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// So many bytes of anything.
    pub(super) fn room(self: &Arc<Self>, bytes: usize) -> Result<Memory<D>> {
        let bytes = bytes.max(1);
        let spare = self.with(|spare| spare.get_mut(&bytes).and_then(Vec::pop));
        let buffer = match spare {
            Some(buffer) => buffer,
            None => match self.driver.allocate(bytes) {
                Err(error) if error.kind() == ErrorKind::OutOfMemory => {
                    self.with(BTreeMap::clear);
                    self.driver.allocate(bytes)?
                }
                other => other?,
            },
        };
        Ok(Memory { bytes, buffer: Some(buffer), heap: self.clone() })
    }
}

impl<D: Driver> Memory<D> {
    pub(super) fn buffer(&self) -> &D::Buffer {
        self.buffer.as_ref().expect("it is there until it is dropped")
    }
}

impl<D: Driver> Drop for Memory<D> {
    fn drop(&mut self) {
        // launches are in order: who gets it next comes after who uses it now
        if let Some(buffer) = self.buffer.take() {
            self.heap.with(|spare| spare.entry(self.bytes).or_default().push(buffer));
        }
    }
}
