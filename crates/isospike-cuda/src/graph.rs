//! Steps as a CUDA graph: captured once, then replayed, so that a step costs no launch by the host.

use crate::driver::Launch;
use cudarc::driver::sys::{CUgraphInstantiate_flags, CUstreamCaptureMode};
use cudarc::driver::{CudaGraph, CudaStream, DriverError};
use std::sync::Arc;

/// Steps of a graph: enough that a launch is paid for, few enough that chunks consist of graphs.
pub(crate) const STEPS: u64 = 32;

/// A list of launches, [`STEPS`] times over.
pub(crate) struct StepGraph {
    graph: CudaGraph,
    /// Which launches it repeats.
    of: Vec<u64>,
}

// SAFETY: the driver wants a graph used by one thread at a time, not always by the same; it is
// reached through `&mut` alone.
unsafe impl Send for StepGraph {}

impl StepGraph {
    /// Captures what the launches enqueue.
    pub(crate) fn capture(
        stream: &Arc<CudaStream>,
        launches: &[Launch],
    ) -> Result<StepGraph, DriverError> {
        // Other threads may go on with streams of their own.
        stream.begin_capture(CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)?;
        let enqueued =
            (0..STEPS).try_for_each(|_| launches.iter().try_for_each(|l| l.enqueue(stream)));
        // A capture is ended even if it failed: until then the stream takes nothing else.
        let graph = stream.end_capture(CUgraphInstantiate_flags(0));
        enqueued?;
        let graph = graph?.expect("launches were captured");
        Ok(StepGraph { graph, of: launches.iter().map(Launch::id).collect() })
    }

    /// Whether it repeats just these.
    pub(crate) fn repeats(&self, launches: &[Launch]) -> bool {
        self.of.iter().copied().eq(launches.iter().map(Launch::id))
    }

    pub(crate) fn launch(&self) -> Result<(), DriverError> {
        self.graph.launch()
    }
}
