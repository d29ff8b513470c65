//! An array on a device.

use super::meter::{Category, Held};
use isospike_lane::Half;
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;

/// What the numbers of an array are stored in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As they are computed.
    Full,
    /// As 16-bit floats.
    Half(Half),
    /// Spikes, 1 or 0, as bytes.
    Bytes,
    /// Spikes as bits of 32-bit words, the first in the lowest.
    Bits,
}

impl Format {
    /// Bytes of an array of so many numbers, `full` bytes each in full width.
    pub fn bytes(self, len: usize, full: usize) -> usize {
        match self {
            Format::Full => len * full,
            Format::Half(_) => 2 * len,
            Format::Bytes => len,
            Format::Bits => 4 * len.div_ceil(32),
        }
    }
}

/// Numbers on a device, in one row. Its memory is given back when it is dropped.
pub struct Array<F> {
    pub(super) len: usize,
    pub(super) format: Format,
    pub(super) device: u64,
    pub(super) memory: Box<dyn Any + Send>,
    pub(super) held: Held,
    pub(super) numbers: PhantomData<F>,
}

impl<F> Array<F> {
    /// How many numbers.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// What they are stored in.
    pub fn format(&self) -> Format {
        self.format
    }

    /// What it is for.
    pub fn category(&self) -> Category {
        self.held.category()
    }

    /// The same array for something else.
    pub fn assigned(mut self, category: Category) -> Self {
        self.held.assign(category);
        self
    }

    /// What the device knows it by: what [`Compute::room`](super::Compute::room) made.
    ///
    /// # Panics
    /// If it is something else.
    pub fn memory<M: 'static>(&self) -> &M {
        self.memory.downcast_ref().expect("an array of this device")
    }

    /// The same, to change.
    ///
    /// # Panics
    /// If it is something else.
    pub fn memory_mut<M: 'static>(&mut self) -> &mut M {
        self.memory.downcast_mut().expect("an array of this device")
    }
}

impl<F> fmt::Debug for Array<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Array({} x {:?})", self.len, self.format)
    }
}
