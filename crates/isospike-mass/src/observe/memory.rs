//! What observations take, known before there are any.

use super::pipe::Row;
use super::{Observation, Sink, Stage};
use crate::models::Balloon;
use crate::node::Node;
use crate::plan::Plan;
use crate::row::{CHUNK, WIDE};
use isospike_lane::Float;

impl<F: Float> Plan<F> {
    /// Bytes that observations take on the CPU while they are made, if they begin with the run and
    /// it is of so many steps: what stages and sinks keep, and samples that are kept whole. What
    /// [`MassRun::observed`](crate::MassRun::observed) gives comes on top of it.
    pub fn observed(&self, observations: &[Observation], steps: u64) -> u64 {
        let of = |lanes: usize| -> u64 {
            let each =
                observations.iter().map(|o| o.bytes::<F>(self.network.nodes(), lanes, steps));
            each.fold(0, u64::saturating_add)
        };
        self.groups.iter().map(|group| of(group.lanes.len())).fold(0, u64::saturating_add)
    }
}

impl Observation {
    /// Bytes in a tile.
    fn bytes<F: Float>(&self, nodes: usize, lanes: usize, steps: u64) -> u64 {
        let float = size_of::<F>();
        let mut row = Row { channels: nodes, lanes };
        let mut samples = steps;
        let mut bytes = if self.source.minus.is_some() { row.places() * float } else { 0 };
        for stage in &self.stages {
            match stage {
                Stage::Average(n) => {
                    samples /= (*n).max(1);
                    bytes += 2 * row.places() * float;
                }
                Stage::Every(n) => samples /= (*n).max(1),
                Stage::Gain(gain) => {
                    row.channels = gain.nrows();
                    bytes += (gain.len() + row.places()) * float;
                }
                Stage::Bold { .. } => {
                    let rows = 4 * Balloon::SPANS.len() + 1;
                    bytes += (rows * row.places() + Balloon::PARAMS.len() * WIDE) * float;
                }
            }
        }
        let samples = samples.saturating_sub(self.skip);
        let (c, n) = (row.channels, row.len());
        // exact as far as there may be so many bytes at all
        let whole = |numbers: u64, size: usize| numbers.saturating_mul(size as u64);
        let sink = match &self.sink {
            Sink::Samples => whole(samples, n * float),
            Sink::Moments => (2 * n * (size_of::<f64>() + float)) as u64,
            Sink::Connectivity => ((3 * c + c * (c + 1) / 2) * lanes * size_of::<f64>()) as u64,
            Sink::Crossings(_) => (n * (float + size_of::<u64>())) as u64,
            Sink::Power { frequencies, .. } => {
                (frequencies.len() * (2 + 3 * row.places()) * float) as u64
            }
            Sink::Spectrum { window, .. } => {
                let each = (2 + 2 * CHUNK + n) * float;
                whole(*window, each).saturating_add(whole(window / 2 + 1, n * float))
            }
            Sink::Dynamics { window, step } => {
                let pairs = c * c.saturating_sub(1) / 2;
                let windows =
                    samples.checked_sub(*window).map_or(0, |more| more / (*step).max(1) + 1);
                whole(*window, n * float).saturating_add(whole(windows, pairs * lanes * float))
            }
        };
        sink.saturating_add(bytes as u64)
    }
}
