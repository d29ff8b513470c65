//! What a driver must do: hold memory, compile text, launch kernels in order.

use isospike_backend::Result;
use isospike_trace::print::Dialect;

/// A device as seen from here. Everything enqueued runs in order; nothing but
/// [`read`](Self::read) and [`finish`](Self::finish) waits.
///
/// Errors are `OutOfMemory` from [`allocate`](Self::allocate) and `Device` from everything else,
/// with the driver's own words; none of the methods panics when a driver misbehaves.
pub trait Driver: Send + Sync {
    /// A stretch of device memory.
    type Buffer: Send + Sync;
    /// Compiled text.
    type Module: Send + Sync;
    /// A kernel with its arguments and the size of its launch.
    type Launch: Send;

    /// How kernels are cut for this device.
    fn shape(&self) -> Shape;
    /// The C it takes.
    fn dialect(&self) -> Dialect;
    /// The text of a file of its kernel folder, by base name: `"prelude"`, `"list"`, ...
    fn source(&self, name: &str) -> &'static str;
    /// Bytes of device memory in all, and those that are free, where it says so.
    fn memory(&self) -> (Option<u64>, Option<u64>) {
        (None, None)
    }
    /// `bytes` zeros; `bytes` is above 0.
    fn allocate(&self, bytes: usize) -> Result<Self::Buffer>;
    /// Makes the first `bytes` zeros, once everything enqueued before is done; `bytes` is above 0.
    fn clear(&self, buffer: &Self::Buffer, bytes: usize) -> Result<()>;
    /// Copies to the device, once everything enqueued before is done.
    fn write(&self, buffer: &Self::Buffer, offset: usize, bytes: &[u8]) -> Result<()>;
    /// Copies from the device, once everything enqueued before is done.
    fn read(&self, buffer: &Self::Buffer, offset: usize, bytes: &mut [u8]) -> Result<()>;
    /// Compiles a text; the same text again gives the module of the first time.
    fn build(&self, text: &str) -> Result<std::sync::Arc<Self::Module>>;
    /// Binds a kernel of a module to its arguments.
    fn bind(
        &self,
        module: &Self::Module,
        kernel: &str,
        args: &[Arg<'_, Self::Buffer>],
        size: Size,
    ) -> Result<Self::Launch>;
    /// Enqueues all launches in order, `times` times.
    fn enqueue(&self, launches: &mut [Self::Launch], times: u64) -> Result<()>;
    /// Waits until everything is done.
    fn finish(&self) -> Result<()>;
}

/// An argument of a kernel.
pub enum Arg<'a, B> {
    /// Device memory; `None` is a null pointer, for a heap with nothing in it.
    Buffer(Option<&'a B>),
    /// A u32.
    Word(u32),
}

impl<B> Clone for Arg<'_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Arg<'_, B> {}

/// How many work-groups (blocks) of how many items (threads).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Work-groups, at least 1.
    pub groups: u32,
    /// Items in each.
    pub items: u32,
}

/// How kernels are cut for a device; nothing here can change a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Each block of the plan is delivered to by one item alone, without atomics, and spikes are
    /// collected by one item of a group: for processors, whose items run one after another.
    pub owned: bool,
    /// Items of the one group that lists spikes: a power of two.
    pub list_items: u32,
    /// Items of a group that delivers, and groups, where blocks are not owned.
    pub deliver: Size,
    /// Items that update neurons, four each, in a group; where blocks are owned, one item does
    /// the work of so many, rounded up to whole groups of neurons.
    pub update_items: u32,
    /// Poisson tables of up to this many thresholds are compared with all of them.
    pub short_poisson: u32,
}

impl Shape {
    /// The shape for a batch.
    pub(crate) fn for_batch(self, batch: usize) -> Shape {
        let update_items = match self.owned {
            true => self.update_items.next_multiple_of(16 * batch as u32),
            false => self.update_items,
        };
        Shape { update_items, ..self }
    }

    /// Items of a group of the update kernel.
    pub(crate) fn update_group(&self) -> u32 {
        if self.owned { 1 } else { self.update_items }
    }
}
