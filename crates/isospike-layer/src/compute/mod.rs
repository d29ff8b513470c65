//! Arrays on a device and what is done to them: what networks of layers are made of.
//!
//! A [`Compute`] is a device as its author writes it: it is only given what fits together. A
//! [`Computer`] is what everybody else holds: it checks, and counts the bytes of all arrays. Arrays
//! stay on their device; [`Computer::read`] and [`Computer::write`] move numbers.
//!
//! Every operation has one order in which it adds, so the same operations give the same bits on
//! every device.

mod array;
mod beside;
mod counter;
mod map;
mod meter;
mod operations;
mod pass;
mod pooling;

pub use array::{Array, Format};
pub use counter::Counter;
pub use map::{Elementwise, MapDef, MapRows};
pub use meter::{Bytes, Category, MemoryUse};
pub use operations::Computer;
pub use pass::{ArrayBackward, ArrayForward, Kept};
pub use pooling::Pooling;

use crate::{Layer, LayerError, Real, Window};
use std::any::Any;

/// A device that has arrays, in one float format. All lengths have been checked by the
/// [`Computer`] that calls it, and arrays are its own.
///
/// A device may work later than it is asked to, in order. Arithmetic that goes wrong then comes
/// back from [`settle`](Compute::settle), which is called before anything is read.
///
/// # Errors
/// [`LayerError::Memory`] from [`room`](Compute::room), [`LayerError::Device`] if the device fails,
/// and what the operations name.
#[allow(clippy::missing_errors_doc)]
pub trait Compute<F: Real>: Send + Sync {
    /// The device, as it calls itself.
    fn name(&self) -> String;
    /// Memory for an array, filled with anything.
    fn room(&self, format: Format, len: usize) -> Result<Box<dyn Any + Send>, LayerError>;
    /// Copies numbers to an array of full width, from a place on.
    fn write(&self, to: &mut Array<F>, at: usize, numbers: &[F]) -> Result<(), LayerError>;
    /// Copies numbers from an array of full width, from a place on.
    fn read(&self, from: &Array<F>, at: usize, numbers: &mut [F]) -> Result<(), LayerError>;
    /// Copies `n` numbers from one array of full width to another.
    fn copy(
        &self,
        from: (&Array<F>, usize),
        to: (&mut Array<F>, usize),
        n: usize,
    ) -> Result<(), LayerError>;
    /// Stores numbers in few bits: spikes as bits or bytes (1 where a number is not 0), or 16-bit
    /// floats, to nearest, ties to even.
    fn pack(&self, from: &Array<F>, to: &mut Array<F>) -> Result<(), LayerError>;
    /// The numbers that were stored in few bits.
    fn unpack(&self, from: &Array<F>, to: &mut Array<F>) -> Result<(), LayerError>;
    /// Does something to each number of some arrays, all equally long. Of a shorter array that is
    /// read, number i is number i modulo its length.
    fn map(
        &self,
        what: &dyn MapDef,
        numbers: &[F],
        reads: &[&Array<F>],
        changes: &mut [&mut Array<F>],
    ) -> Result<(), LayerError>;
    /// out\[place, o] = +0, plus x\[place, k] w\[k, o] for k upwards, plus the bias.
    fn weigh(
        &self,
        window: &Window,
        x: &Array<F>,
        weights: &Array<F>,
        bias: Option<&Array<F>>,
        out: &mut Array<F>,
    ) -> Result<(), LayerError>;
    /// by x\[place, c] = +0, plus g\[stop, o] w\[c, o] for the stops that saw it upwards, o
    /// innermost.
    fn weigh_back(
        &self,
        window: &Window,
        by_out: &Array<F>,
        weights: &Array<F>,
        by_x: &mut Array<F>,
    ) -> Result<(), LayerError>;
    /// by w\[k, o] = sum of x\[place, k] g\[place, o] over places, in the order of
    /// [`column_sums`](Compute::column_sums).
    fn weigh_learn(
        &self,
        window: &Window,
        x: &Array<F>,
        by_out: &Array<F>,
        by_weights: &mut Array<F>,
    ) -> Result<(), LayerError>;
    /// What a [`Pooling`] makes of each window, channel by channel; of a maximum also which place
    /// of the window it was.
    fn pool(
        &self,
        window: &Window,
        pooling: Pooling,
        x: &Array<F>,
        y: &mut Array<F>,
        which: Option<&mut Array<F>>,
    ) -> Result<(), LayerError>;
    /// by x\[place, c] = +0, plus what the windows that saw it give, stops upwards.
    fn pool_back(
        &self,
        window: &Window,
        pooling: Pooling,
        by_y: &Array<F>,
        which: Option<&Array<F>>,
        by_x: &mut Array<F>,
    ) -> Result<(), LayerError>;
    /// Sums over rows, of as many columns as there are sums, in the order of
    /// [`tree`](crate::tree): rows of a block from +0 downwards, then blocks in pairs.
    fn column_sums(&self, x: &Array<F>, sums: &mut Array<F>) -> Result<(), LayerError>;
    /// Takes a layer through all steps.
    fn forward(&self, layer: &Layer, pass: ArrayForward<'_, F>) -> Result<(), LayerError>;
    /// Takes a layer back through all steps: the derivatives by its learned parameters.
    fn backward(&self, layer: &Layer, pass: ArrayBackward<'_, F>) -> Result<Vec<F>, LayerError>;
    /// Refuses an array with a number in it that is not finite: [`LayerError::Number`].
    fn finite(&self, field: &str, x: &Array<F>) -> Result<(), LayerError>;
    /// The first of all that went wrong since the last call.
    fn settle(&self) -> Result<(), LayerError>;
    /// Bytes the device has in all, and bytes that are free, where it says so.
    fn memory(&self) -> (Option<u64>, Option<u64>) {
        (None, None)
    }
}
