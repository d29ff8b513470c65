//! Intervals between spikes.

use super::finish;
use crate::sink::{Clock, Finished, Sink};
use crate::{Header, Result, Resume, Saved, Selection};
use isospike_backend::Spike;
use serde::{Deserialize, Serialize};

/// Intervals between the spikes of each neuron and lane: 48 bytes each.
///
/// An interval is the difference in steps between a spike and the one before it of the same neuron
/// and lane; two spikes of one step are 0 steps apart. Their sum and that of their squares are
/// integers, exact for runs of up to 2^42 steps.
pub struct Intervals {
    dt_ms: f64,
    selection: Selection,
    clock: Clock,
    /// `[neuron][lane]`.
    trains: Vec<Train>,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Train {
    spikes: u64,
    first: u64,
    last: u64,
    squares: u128,
}

/// The intervals of a neuron in a lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeuronIntervals {
    /// Global id of the neuron.
    pub id: u32,
    /// Number of the lane.
    pub lane: u32,
    /// Intervals: one less than spikes.
    pub n: u64,
    /// Their mean S/n dt (ms), with the sum S of all in steps; none if there is no interval.
    pub mean_ms: Option<f64>,
    /// Coefficient of variation: standard deviation (the divisor is n) over mean,
    /// sqrt(n Q - S²) / S with the sum Q of squares; none if S is 0.
    pub cv: Option<f64>,
}

impl Intervals {
    /// Before any spike.
    pub fn new(header: &Header, selection: &Selection) -> Intervals {
        Intervals {
            dt_ms: header.dt_ms,
            selection: selection.clone(),
            clock: Clock::new(selection.from()),
            trains: vec![Train::default(); selection.n_neurons() * selection.n_lanes()],
        }
    }

    /// The intervals so far, `[neuron][lane]`.
    pub fn result(&self) -> Vec<NeuronIntervals> {
        let lanes = self.selection.lane_numbers();
        let places = self.selection.neuron_ids().flat_map(|id| lanes.clone().map(move |l| (id, l)));
        let one = |((id, lane), train): ((u32, u32), &Train)| {
            let n = train.spikes.saturating_sub(1);
            let sum = train.last - train.first;
            let variance = u128::from(n) * train.squares - u128::from(sum) * u128::from(sum);
            NeuronIntervals {
                id,
                lane,
                n,
                mean_ms: (n > 0).then(|| sum as f64 / n as f64 * self.dt_ms),
                cv: (sum > 0).then(|| (variance as f64).sqrt() / sum as f64),
            }
        };
        places.zip(&self.trains).map(one).collect()
    }
}

impl Resume for Intervals {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        saved.put(&self.selection);
        saved.put(&(&self.clock, &self.trains));
        Ok(())
    }
    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        saved.same("selection", &self.selection)?;
        (self.clock, self.trains) = saved.take()?;
        Ok(())
    }
}

impl Sink for Intervals {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.clock.advance(spikes, reached)?;
        for &s in spikes {
            let (lane, neuron) = self.selection.place(s)?;
            let train = &mut self.trains[neuron * self.selection.n_lanes() + lane];
            match train.spikes {
                0 => train.first = s.step,
                _ => train.squares += u128::from(s.step - train.last).pow(2),
            }
            train.spikes += 1;
            train.last = s.step;
        }
        Ok(())
    }
    fn finish(&mut self) -> Result<Finished> {
        finish(&mut self.clock)
    }
}
