//! The words in device memory by which host and kernels tell each other where a run is.

use bytemuck::{Pod, Zeroable};
use isospike_backend::plan::device::CLOCK_WORDS;

/// The clock, as the kernels' `layout` numbers its words. Flags are 0 or 1.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(crate) struct Clock {
    /// The step that comes next.
    pub(crate) next: u64,
    /// The step that is being done: the kernels' own.
    pub(crate) now: u64,
    /// The step that records count from.
    pub(crate) drained: u64,
    /// A record or a history is full: nothing more is done.
    pub(crate) halted: u64,
    /// A state is NaN or infinite.
    pub(crate) not_finite: u64,
    /// A history is full.
    pub(crate) full: u64,
    /// The time as of which all plastic synapses were brought up to date last.
    pub(crate) settled: u64,
    /// A plastic weight became NaN or infinite.
    pub(crate) broken: u64,
}

const _: () = assert!(size_of::<Clock>() == 8 * CLOCK_WORDS);
