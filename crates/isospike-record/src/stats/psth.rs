//! Histograms over time.

use super::{finish, per_second, populations};
use crate::sink::{Clock, Finished, Sink};
use crate::{Error, Header, Result, Resume, Saved, Selection};
use isospike_backend::Spike;
use serde::{Deserialize, Serialize};

/// Peristimulus time histogram of each population: 8 bytes per population and bin.
///
/// A bin is a [row](Selection::every) of the selection, and bin 0 begins at its first step. Without
/// a period, spikes beyond the last bin are passed over. With a period of P rows, row r is counted
/// in bin r mod P, so that all periods are added up; the rows of a period beyond the last bin are
/// passed over.
///
/// Without a period it may be [resumed](Resume) with another number of bins, but none that holds a
/// spike may be left out.
pub struct Psth {
    header: Header,
    selection: Selection,
    clock: Clock,
    bins: u64,
    period: Option<u64>,
    /// For each selected neuron which of the populations below it belongs to.
    population: Vec<u32>,
    /// Index of each population in the header, and its selected neurons.
    sizes: Vec<(usize, u64)>,
    /// `[population][bin]`.
    spikes: Vec<u64>,
}

/// Spikes and rates over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Width of a bin (ms).
    pub bin_ms: f64,
    /// Steps that were counted in each bin, in all periods.
    pub steps: Vec<u64>,
    /// Populations of the selected neurons.
    pub populations: Vec<PopulationHistogram>,
}

/// Spikes and rates of the selected neurons of a population, in all selected lanes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PopulationHistogram {
    /// Name of the population.
    pub name: String,
    /// Spikes in each bin.
    pub spikes: Vec<u64>,
    /// Mean rate over neurons and lanes (spikes/s) in each bin, 0 where no step was counted.
    pub rates_hz: Vec<f64>,
}

impl Psth {
    /// So many bins, repeated after a period of so many rows, if there is one.
    ///
    /// # Errors
    /// `Invalid` if there are no bins, or if a period is shorter than they are.
    pub fn new(
        header: &Header,
        selection: &Selection,
        bins: usize,
        period: Option<u64>,
    ) -> Result<Psth> {
        let n = bins as u64;
        if n == 0 || period.is_some_and(|p| p < n) {
            let period = period.map_or("none".into(), |p| p.to_string());
            return Err(Error::Invalid(format!(
                "bins = {n}, period = {period}; at least one bin is needed, and a period of at \
                 least as many rows"
            )));
        }
        let all = populations(header, selection);
        let mut population = vec![0; selection.n_neurons()];
        for (i, (_, range)) in all.iter().enumerate() {
            population[range.clone()].fill(i as u32);
        }
        Ok(Psth {
            header: header.clone(),
            selection: selection.clone(),
            clock: Clock::new(selection.from()),
            bins: n,
            period,
            population,
            spikes: vec![0; all.len() * bins],
            sizes: all.into_iter().map(|(p, range)| (p, range.len() as u64)).collect(),
        })
    }

    /// The histogram so far.
    pub fn result(&self) -> Histogram {
        let (dt_ms, lanes) = (self.header.dt_ms, self.selection.n_lanes() as u64);
        let steps: Vec<_> = (0..self.bins).map(|bin| self.steps(bin)).collect();
        let population = |(&(p, size), spikes): (&(usize, u64), &[u64])| {
            let rate = |(n, steps): (&u64, &u64)| per_second(*n, size * lanes, *steps, dt_ms);
            PopulationHistogram {
                name: self.header.populations[p].name.clone(),
                spikes: spikes.to_vec(),
                rates_hz: spikes.iter().zip(&steps).map(rate).collect(),
            }
        };
        let spikes = self.spikes.chunks(self.bins as usize);
        let populations = self.sizes.iter().zip(spikes).map(population).collect();
        let bin_ms = self.selection.steps_per_row() as f64 * dt_ms;
        Histogram { bin_ms, populations, steps }
    }

    /// Steps that were counted in a bin: all of each whole period, and what the last one has.
    fn steps(&self, bin: u64) -> u64 {
        let all = self.selection.steps_before(self.clock.reached());
        let row = self.selection.steps_per_row();
        let (periods, rest) = match self.period.map(|p| p.saturating_mul(row)) {
            Some(period) => (all / period, all % period),
            None => (0, all),
        };
        periods * row + rest.saturating_sub(bin.saturating_mul(row)).min(row)
    }
}

impl Resume for Psth {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        saved.put(&self.selection);
        saved.put(&(self.bins, self.period));
        saved.put(&(&self.clock, &self.spikes));
        Ok(())
    }
    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        saved.same("selection", &self.selection)?;
        let (bins, period, spikes): (u64, Option<u64>, Vec<u64>);
        (bins, period) = saved.take()?;
        (self.clock, spikes) = saved.take()?;
        // Without a period, a longer run has more bins: those after what was counted are empty.
        let n = bins.min(self.bins) as usize;
        let before: Vec<_> = spikes.chunks(bins.max(1) as usize).collect();
        let lost = before.iter().flat_map(|spikes| &spikes[n..]).any(|spikes| *spikes > 0);
        let periodic = self.period.is_some() && bins != self.bins;
        if period != self.period || periodic || lost || before.len() != self.sizes.len() {
            return Err(Error::Invalid(format!(
                "bins = {}, period = {:?}; the record was begun with {bins} and {period:?}, and \
                 must go on with the same period and no fewer bins than have spikes",
                self.bins, self.period
            )));
        }
        let after = self.spikes.chunks_mut(self.bins as usize);
        after.zip(before).for_each(|(after, before)| after[..n].copy_from_slice(&before[..n]));
        Ok(())
    }
}

impl Sink for Psth {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.clock.advance(spikes, reached)?;
        for &s in spikes {
            let (_, neuron) = self.selection.place(s)?;
            let row = self.selection.row(s.step);
            let bin = self.period.map_or(row, |p| row % p);
            if bin < self.bins {
                let population = u64::from(self.population[neuron]);
                self.spikes[(population * self.bins + bin) as usize] += 1;
            }
        }
        Ok(())
    }
    fn finish(&mut self) -> Result<Finished> {
        finish(&mut self.clock)
    }
}
