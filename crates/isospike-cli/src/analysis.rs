//! Statistics of a run, in one pass over its spikes.

use crate::failure::Failure;
use isospike_record::{Header, Reader};

/// Rates over time, intervals between spikes and their variability, by population.
pub(crate) struct Analysis {
    /// Spikes in all lanes.
    pub(crate) counts: Vec<u64>,
    /// Width of a bin of [`Analysis::rates_hz`] (ms).
    pub(crate) bin_ms: f64,
    /// Mean rate over neurons and lanes (spikes/s), by population and bin.
    pub(crate) rates_hz: Vec<Vec<f64>>,
    /// Intervals between spikes of a neuron.
    pub(crate) intervals: Vec<Intervals>,
    /// Coefficient of variation of the intervals of each neuron and lane with at least
    /// [`LEAST_INTERVALS`], ascending.
    pub(crate) cv: Vec<Vec<f64>>,
}

/// Fewer intervals say little about their variation.
pub(crate) const LEAST_INTERVALS: u32 = 5;

/// Bins per factor of ten.
const PER_DECADE: f64 = 12.0;

/// Histogram of intervals, in bins of equal width on a logarithmic axis, which has no place for
/// those of 0 steps: two spikes in one.
#[derive(Clone)]
pub(crate) struct Intervals {
    dt_ms: f64,
    counts: Vec<u64>,
}

#[derive(Clone, Copy)]
struct Neuron {
    /// Step of the last spike plus one; 0 is never.
    last: u64,
    n: u32,
    sum: f64,
    squares: f64,
}

impl Analysis {
    /// Reads all spikes.
    ///
    /// # Errors
    /// If the file is damaged.
    pub(crate) fn read(reader: Reader) -> Result<Analysis, Failure> {
        let header = reader.header.clone();
        let populations = &header.populations;
        let (batch, n) = (u64::from(header.batch.max(1)), populations.len());
        let per_bin = steps_per_bin(&header);
        let n_bins = header.n_steps.div_ceil(per_bin).max(1) as usize;
        let mut counts = vec![vec![0u64; n_bins]; n];
        let mut intervals = vec![Intervals::new(&header); n];
        let empty = Neuron { last: 0, n: 0, sum: 0.0, squares: 0.0 };
        let mut neurons = vec![empty; (header.n_neurons() * batch) as usize];
        reader.for_each(|s| {
            let Some(p) = header.population_of(s.id) else { return };
            if let Some(c) = counts[p].get_mut((s.step / per_bin) as usize) {
                *c += 1;
            }
            let i = u64::from(s.id) * batch + u64::from(s.lane);
            let Some(neuron) = neurons.get_mut(i as usize) else { return };
            if neuron.last > 0 {
                let steps = s.step + 1 - neuron.last;
                intervals[p].add(steps);
                let x = steps as f64;
                neuron.n += 1;
                neuron.sum += x;
                neuron.squares += x * x;
            }
            neuron.last = s.step + 1;
        })?;
        let bin_ms = per_bin as f64 * header.dt_ms;
        let rates = |(p, counts): (usize, &Vec<u64>)| {
            let lanes = f64::from(populations[p].size) * batch as f64;
            let bin = |(i, c): (usize, &u64)| {
                // The last bin may be shorter.
                let steps = per_bin.min(header.n_steps - (i as u64 * per_bin).min(header.n_steps));
                *c as f64 * 1000.0 / (lanes * steps.max(1) as f64 * header.dt_ms)
            };
            counts.iter().enumerate().map(bin).collect()
        };
        let cv = populations.iter().map(|p| {
            let first = (u64::from(p.first_id) * batch) as usize;
            let all = neurons[first..first + (u64::from(p.size) * batch) as usize].iter();
            let mut cv: Vec<_> = all.filter(|n| n.n >= LEAST_INTERVALS).map(variation).collect();
            cv.sort_unstable_by(f64::total_cmp);
            cv
        });
        Ok(Analysis {
            counts: counts.iter().map(|c| c.iter().sum()).collect(),
            bin_ms,
            rates_hz: counts.iter().enumerate().map(rates).collect(),
            intervals,
            cv: cv.collect(),
        })
    }
}

/// Standard deviation over mean.
fn variation(neuron: &Neuron) -> f64 {
    let n = f64::from(neuron.n);
    let mean = neuron.sum / n;
    (neuron.squares / n - mean * mean).max(0.0).sqrt() / mean
}

/// At most some hundred bins of a round width of at least 1 ms.
fn steps_per_bin(header: &Header) -> u64 {
    const MOST: f64 = 250.0;
    let widths = (0..9).flat_map(|e| [1.0, 2.0, 5.0].map(|w| w * 10u64.pow(e) as f64));
    let least = (header.duration_ms() / MOST).max(header.dt_ms);
    let width = widths.into_iter().find(|w| *w >= least).unwrap_or(least);
    ((width / header.dt_ms).round() as u64).max(1)
}

impl Intervals {
    fn new(header: &Header) -> Intervals {
        let mut i = Intervals { dt_ms: header.dt_ms, counts: Vec::new() };
        i.counts.resize(i.bin(header.n_steps.max(1)) + 1, 0);
        i
    }

    #[expect(clippy::disallowed_methods, reason = "a histogram, not a simulation")]
    fn bin(&self, steps: u64) -> usize {
        // A little more than the exact value, for bins that begin at a multiple of dt.
        ((steps as f64).log10() * PER_DECADE + 1e-9) as usize
    }

    fn add(&mut self, steps: u64) {
        if steps == 0 {
            return;
        }
        let bin = self.bin(steps);
        if let Some(c) = self.counts.get_mut(bin) {
            *c += 1;
        }
    }

    /// Intervals in all.
    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Middle of each bin (ms) and the share of all intervals in it (%), for bins of equal
    /// logarithmic width. Intervals are multiples of dt: bins are weighted by the multiples they
    /// hold, and those that hold none are left out.
    #[expect(clippy::disallowed_methods, reason = "a histogram, not a simulation")]
    pub(crate) fn percent(&self) -> Vec<(f64, f64)> {
        let total = self.total().max(1) as f64;
        let edge = |k: usize| 10f64.powf(k as f64 / PER_DECADE);
        let bin = |(k, c): (usize, &u64)| {
            let (lo, hi) = (edge(k), edge(k + 1));
            let multiples = (hi - 1e-9).ceil() - (lo - 1e-9).ceil();
            let width = (hi - lo) / multiples;
            (multiples > 0.0)
                .then_some(((lo * hi).sqrt() * self.dt_ms, 100.0 * *c as f64 * width / total))
        };
        self.counts.iter().enumerate().filter_map(bin).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_of_equal_density_are_flat() {
        let header = Header { dt_ms: 0.1, n_steps: 10_000, batch: 1, populations: Vec::new() };
        let mut i = Intervals::new(&header);
        // As many intervals of each length as make a flat histogram on a logarithmic axis.
        for steps in 1..=5000u64 {
            (0..1_000_000 / steps).for_each(|_| i.add(steps));
        }
        let inner: Vec<_> =
            i.percent().into_iter().filter(|(t, _)| (2.0..300.0).contains(t)).collect();
        let (lo, hi) = inner.iter().fold((f64::MAX, 0.0f64), |(a, b), x| (a.min(x.1), b.max(x.1)));
        assert!(inner.len() > 20 && hi / lo < 1.1, "{inner:?}");
    }
}
