//! How many spikes there were.

use super::finish;
use crate::sink::{Clock, Finished, Sink};
use crate::{Header, Result, Resume, Saved, Selection};
use isospike_backend::Spike;

/// Spikes of each population of the header, in all lanes: 8 bytes a population.
pub struct Totals {
    header: Header,
    clock: Clock,
    counts: Vec<u64>,
}

impl Totals {
    /// Before any spike.
    pub fn new(header: &Header, selection: &Selection) -> Totals {
        Totals {
            header: header.clone(),
            clock: Clock::new(selection.from()),
            counts: vec![0; header.populations.len()],
        }
    }

    /// Spikes so far.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }
}

impl Resume for Totals {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        saved.put(&self.counts.len());
        saved.put(&(&self.clock, &self.counts));
        Ok(())
    }
    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        saved.same("populations", &self.counts.len())?;
        (self.clock, self.counts) = saved.take()?;
        Ok(())
    }
}

impl Sink for Totals {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.clock.advance(spikes, reached)?;
        for s in spikes {
            if let Some(p) = self.header.population_of(s.id) {
                self.counts[p] += 1;
            }
        }
        Ok(())
    }
    fn finish(&mut self) -> Result<Finished> {
        finish(&mut self.clock)
    }
}
