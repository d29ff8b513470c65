//! Statistics of a stream, in memory that does not depend on its length.
//!
//! Each is a [`Sink`](crate::Sink) made for a [`Selection`], and gives its result
//! at any time, complete after [`finish`](crate::Sink::finish). Each is exact to the definition in
//! its documentation: what is added up are integers, or floats in an order that is fixed, so that
//! the result does not depend on chunks, to the last bit.

mod correlations;
mod fourier;
mod intervals;
mod psth;
mod rates;
mod spectrum;
mod totals;

pub use correlations::{CorrelationMatrix, Correlations};
pub use intervals::{Intervals, NeuronIntervals};
pub use psth::{Histogram, PopulationHistogram, Psth};
pub use rates::{PopulationRate, RateTable, Rates};
pub use spectrum::{PowerSpectrum, Spectrum, Welch};
pub use totals::Totals;

use crate::sink::{Clock, Finished};
use crate::{Header, Result, Selection};

/// Nothing to complete but the stream.
fn finish(clock: &mut Clock) -> Result<Finished> {
    clock.finish()?;
    Ok(Finished::default())
}

/// Events per second.
fn per_second(events: u64, neurons: u64, steps: u64, dt_ms: f64) -> f64 {
    match steps {
        0 => 0.0,
        _ => events as f64 * 1000.0 / (neurons as f64 * (steps as f64 * dt_ms)),
    }
}

/// Populations with a selected neuron: index in the header, and the selected neurons of it as a
/// range of indices.
fn populations(header: &Header, selection: &Selection) -> Vec<(usize, std::ops::Range<usize>)> {
    let mut all: Vec<(usize, std::ops::Range<usize>)> = Vec::new();
    for (i, id) in selection.neuron_ids().enumerate() {
        let Some(p) = header.population_of(id) else { continue };
        match all.last_mut() {
            Some((last, range)) if *last == p => range.end = i + 1,
            _ => all.push((p, i..i + 1)),
        }
    }
    all
}
