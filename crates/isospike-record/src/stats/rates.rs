//! Firing rates.

use super::{finish, per_second, populations};
use crate::sink::{Clock, Finished, Sink};
use crate::{Header, Result, Resume, Saved, Selection};
use isospike_backend::Spike;
use serde::{Deserialize, Serialize};

/// Spikes per neuron and lane: 8 bytes each.
pub struct Rates {
    header: Header,
    selection: Selection,
    clock: Clock,
    /// `[neuron][lane]`.
    spikes: Vec<u64>,
}

/// Firing rates: spikes over neurons and time, `1000 spikes / (neurons (steps dt))` spikes/s with
/// dt in ms; 0 if no step was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateTable {
    /// Steps counted.
    pub steps: u64,
    /// Global ids of the neurons.
    pub ids: Vec<u32>,
    /// Numbers of the lanes.
    pub lanes: Vec<u32>,
    /// Spikes, `[neuron][lane]`.
    pub spikes: Vec<u64>,
    /// Rates (spikes/s), `[neuron][lane]`.
    pub rates_hz: Vec<f64>,
    /// Populations of these neurons.
    pub populations: Vec<PopulationRate>,
}

/// The rate of the selected neurons of a population, in all selected lanes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PopulationRate {
    /// Name of the population.
    pub name: String,
    /// Selected neurons, each counted once per lane.
    pub neurons: u64,
    /// Their spikes.
    pub spikes: u64,
    /// Their mean rate (spikes/s).
    pub rate_hz: f64,
}

impl Rates {
    /// Before any spike.
    pub fn new(header: &Header, selection: &Selection) -> Rates {
        Rates {
            header: header.clone(),
            selection: selection.clone(),
            clock: Clock::new(selection.from()),
            spikes: vec![0; selection.n_neurons() * selection.n_lanes()],
        }
    }

    /// The rates so far.
    pub fn result(&self) -> RateTable {
        let (lanes, dt_ms) = (self.selection.n_lanes(), self.header.dt_ms);
        let steps = self.selection.steps_before(self.clock.reached());
        let population = |(p, range): (usize, std::ops::Range<usize>)| {
            let neurons = (range.len() * lanes) as u64;
            let spikes = self.spikes[range.start * lanes..range.end * lanes].iter().sum();
            PopulationRate {
                name: self.header.populations[p].name.clone(),
                neurons,
                spikes,
                rate_hz: per_second(spikes, neurons, steps, dt_ms),
            }
        };
        let all = populations(&self.header, &self.selection);
        RateTable {
            steps,
            ids: self.selection.neuron_ids().collect(),
            lanes: self.selection.lane_numbers().collect(),
            spikes: self.spikes.clone(),
            rates_hz: self.spikes.iter().map(|n| per_second(*n, 1, steps, dt_ms)).collect(),
            populations: all.into_iter().map(population).collect(),
        }
    }
}

impl Resume for Rates {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        saved.put(&self.selection);
        saved.put(&(&self.clock, &self.spikes));
        Ok(())
    }
    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        saved.same("selection", &self.selection)?;
        (self.clock, self.spikes) = saved.take()?;
        Ok(())
    }
}

impl Sink for Rates {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.clock.advance(spikes, reached)?;
        for &s in spikes {
            let (lane, neuron) = self.selection.place(s)?;
            self.spikes[neuron * self.selection.n_lanes() + lane] += 1;
        }
        Ok(())
    }
    fn finish(&mut self) -> Result<Finished> {
        finish(&mut self.clock)
    }
}
