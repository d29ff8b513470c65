//! Power spectra.

use super::finish;
use super::fourier::Fourier;
use crate::sink::{Clock, Finished, Sink};
use crate::{Error, Header, Result, Resume, Saved, Selection};
use isospike_backend::Spike;
use isospike_lane::precise::cos;
use serde::{Deserialize, Serialize};

/// Power spectrum of the number of spikes of all selected neurons, by the method of Welch (IEEE
/// Trans. Audio Electroacoust. 15, 1967): a segment of numbers per lane.
///
/// The signal is the count c of each [row](Selection::every) of the selection, f_s rows a second.
/// It is cut into segments of L rows that overlap; each lane has its own, and all are averaged in
/// the order of time, then lane. A segment has its mean taken off and is weighted by the periodic
/// window of Hann, w_n = 1/2 - cos(2πn/L)/2; rows that do not fill a segment are left out. As
/// `scipy.signal.welch(c, fs, nperseg=L, noverlap=overlap)` has it.
pub struct Spectrum {
    selection: Selection,
    row_ms: f64,
    clock: Clock,
    welch: Welch,
    window: Vec<f64>,
    fourier: Fourier,
    /// The row under way, and its count in each lane.
    row: u64,
    counts: Vec<u64>,
    /// The segment under way of each lane, and how much of it there is.
    under_way: Vec<Vec<u64>>,
    filled: usize,
    transformed: Vec<(f64, f64)>,
    segments: u64,
    power: Vec<f64>,
}

/// How a signal is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welch {
    /// Rows of a segment, a power of two.
    pub segment: usize,
    /// Rows that a segment shares with the one before it.
    pub overlap: usize,
}

/// A spectrum, of frequencies from 0 to half of f_s.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PowerSpectrum {
    /// Segments that were averaged, in all lanes.
    pub segments: u64,
    /// Frequencies k f_s/L (Hz).
    pub frequencies_hz: Vec<f64>,
    /// Density of power (spikes² per row², per Hz), one-sided: the mean over segments of
    /// |X_k|² / (f_s Σ w²), doubled but for the first and the last. Poisson trains of λ spikes a
    /// row have 2 λ/f_s. Empty if there is no segment.
    pub density: Vec<f64>,
}

impl Spectrum {
    /// Before any spike.
    ///
    /// # Errors
    /// `Invalid` if a segment is no power of two of at least 4 rows, or shares all of them.
    pub fn new(header: &Header, selection: &Selection, welch: Welch) -> Result<Spectrum> {
        let Welch { segment, overlap } = welch;
        if !segment.is_power_of_two() || segment < 4 || overlap >= segment {
            return Err(Error::Invalid(format!(
                "segment = {segment}, overlap = {overlap} rows; a power of two from 4 on is \
                 needed, and an overlap below it"
            )));
        }
        let hann = |n| 0.5 - 0.5 * cos(std::f64::consts::TAU * (n as f64 / segment as f64));
        Ok(Spectrum {
            selection: selection.clone(),
            row_ms: selection.steps_per_row() as f64 * header.dt_ms,
            clock: Clock::new(selection.from()),
            welch,
            window: (0..segment).map(hann).collect(),
            fourier: Fourier::new(segment),
            row: 0,
            counts: vec![0; selection.n_lanes()],
            under_way: vec![vec![0; segment]; selection.n_lanes()],
            filled: 0,
            transformed: vec![(0.0, 0.0); segment],
            segments: 0,
            power: vec![0.0; segment / 2 + 1],
        })
    }

    /// The spectrum so far.
    pub fn result(&self) -> PowerSpectrum {
        let (n, rate) = (self.welch.segment, 1000.0 / self.row_ms);
        let weight: f64 = self.window.iter().map(|w| w * w).sum();
        let density = |(k, power): (usize, &f64)| {
            let sides = if k == 0 || k == n / 2 { 1.0 } else { 2.0 };
            sides * power / (rate * weight * self.segments as f64)
        };
        let power = self.power.iter().enumerate();
        PowerSpectrum {
            segments: self.segments,
            frequencies_hz: (0..=n / 2).map(|k| k as f64 * rate / n as f64).collect(),
            density: if self.segments == 0 { Vec::new() } else { power.map(density).collect() },
        }
    }

    /// Goes to a later row: the one under way is complete, and there was silence since.
    fn go_to(&mut self, row: u64) {
        for (lane, count) in self.under_way.iter_mut().zip(&mut self.counts) {
            lane[self.filled] = std::mem::take(count);
        }
        self.fill(1);
        let Welch { segment, overlap } = self.welch;
        let mut silent = row - self.row - 1;
        while silent > 0 {
            let hop = (segment - overlap) as u64;
            if self.filled == overlap && silent >= hop && self.is_silent() {
                // Every further segment is like the last one, and adds nothing.
                self.segments += silent / hop * self.under_way.len() as u64;
                silent %= hop;
                continue;
            }
            let room = segment - self.filled;
            let n = usize::try_from(silent).map_or(room, |n| n.min(room));
            self.under_way.iter_mut().for_each(|lane| lane[self.filled..][..n].fill(0));
            self.fill(n);
            silent -= n as u64;
        }
        self.row = row;
    }

    fn is_silent(&self) -> bool {
        self.under_way.iter().flatten().all(|count| *count == 0)
    }

    /// Takes note of rows that were put into the segments under way.
    fn fill(&mut self, rows: usize) {
        let Welch { segment, overlap } = self.welch;
        self.filled += rows;
        if self.filled == segment {
            (0..self.under_way.len()).for_each(|lane| self.add(lane));
            self.under_way.iter_mut().for_each(|lane| lane.copy_within(segment - overlap.., 0));
            self.filled = overlap;
        }
    }

    /// Adds the power of a segment.
    fn add(&mut self, lane: usize) {
        self.segments += 1;
        let counts = &self.under_way[lane];
        let total: u64 = counts.iter().sum();
        // It would add nothing but zeros.
        if total == 0 {
            return;
        }
        let mean = total as f64 / counts.len() as f64;
        for ((x, c), w) in self.transformed.iter_mut().zip(counts).zip(&self.window) {
            *x = ((*c as f64 - mean) * w, 0.0);
        }
        self.fourier.transform(&mut self.transformed);
        for (power, x) in self.power.iter_mut().zip(&self.transformed) {
            *power += x.0 * x.0 + x.1 * x.1;
        }
    }
}

impl Resume for Spectrum {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        saved.put(&self.selection);
        saved.put(&self.welch);
        saved.put(&(&self.clock, self.row, &self.counts));
        saved.put(&(&self.under_way, self.filled, self.segments, &self.power));
        Ok(())
    }
    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        saved.same("selection", &self.selection)?;
        saved.same("welch", &self.welch)?;
        (self.clock, self.row, self.counts) = saved.take()?;
        (self.under_way, self.filled, self.segments, self.power) = saved.take()?;
        Ok(())
    }
}

impl Sink for Spectrum {
    fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.clock.advance(spikes, reached)?;
        for &s in spikes {
            let (lane, _) = self.selection.place(s)?;
            let row = self.selection.row(s.step);
            if row > self.row {
                self.go_to(row);
            }
            self.counts[lane] += 1;
        }
        let rows = self.selection.whole_rows(reached);
        if self.row < rows {
            self.go_to(rows);
        }
        Ok(())
    }
    fn finish(&mut self) -> Result<Finished> {
        finish(&mut self.clock)
    }
}
