//! What is seen of a run while it goes on: nothing has to be kept but what is asked for.
//!
//! An [`Observation`] looks at a [`Source`] of every node after each step, passes it through
//! [`Stage`]s, each of which makes fewer or other numbers of it, and collects what comes out in a
//! [`Sink`]. All is done lane by lane in a fixed order, so results do not depend on tiles.

mod columns;
mod connectivity;
mod crossings;
mod dynamics;
mod memory;
mod moments;
mod pipe;
mod power;
mod samples;
mod spectrum;
mod stages;

pub(crate) use columns::{Columns, split};
pub(crate) use pipe::Pipe;

use crate::MassError;
use crate::network::{Network, Source};
use isospike_lane::{Float, Lines};
use ndarray::Array2;
use std::fmt;
use std::sync::Arc;

/// What is seen, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Of every node.
    pub source: Source,
    /// What it passes through, one after the other.
    pub stages: Vec<Stage>,
    /// How many of the numbers that come out are left aside in the beginning.
    pub skip: u64,
    /// What collects the others.
    pub sink: Sink,
}

/// Makes fewer or other numbers.
#[derive(Clone, Debug)]
pub enum Stage {
    /// The mean of so many: their sum in order, times 1 / n.
    Average(u64),
    /// The last of so many.
    Every(u64),
    /// What sensors see, for example those of an EEG: gains `[sensor, node]`; a sum over nodes,
    /// ascending.
    Gain(Arc<Array2<f64>>),
    /// The BOLD signal by the balloon model, driven by what arrives every so many seconds; Heun's
    /// method.
    Bold {
        /// Seconds from one number to the next.
        dt: f64,
    },
}

/// Collects.
#[derive(Clone, Debug, PartialEq)]
pub enum Sink {
    /// Everything: `[sample, channel, lane]`.
    Samples,
    /// Mean, standard deviation, least and most: `[4, channel, lane]`. (Welford's method in f64,
    /// rounded at the end; the deviation is that of the numbers, n in the denominator. Without a
    /// number mean and deviation are NaN, the least is above the most.)
    Moments,
    /// Correlations between channels, `[pair, lane]`: pairs (1, 0), (2, 0), (2, 1), (3, 0), ...:
    /// the lower triangle of the functional connectivity. (Welford's method in f64, rounded at the
    /// end.)
    Connectivity,
    /// Functional connectivity dynamics: the connectivity of windows of `window` samples every
    /// `step` samples, and the correlations between them over pairs of channels:
    /// `[pair of windows, lane]`, pairs (1, 0), (2, 0), (2, 1), ... At least 3 channels.
    Dynamics {
        /// Samples of a window.
        window: u64,
        /// Samples from one window to the next.
        step: u64,
    },
    /// How often it rises from below this to it or above: `[channel, lane]`. NaN in lanes that were
    /// stopped.
    Crossings(f64),
    /// Power at frequencies, `[frequency, channel, lane]`: |DFT|^2 / n^2 of windows of n samples
    /// behind each other, their mean over windows (Goertzel's method as Reinsch wrote it, exact at
    /// low frequencies too). Frequencies are in cycles per sample. NaN before the first window.
    Power {
        /// From 0 to 0.5.
        frequencies: Vec<f64>,
        /// Samples of a window.
        window: u64,
    },
    /// The power spectral density by Welch's method, one-sided, `[frequency, channel, lane]`:
    /// windows of `window` samples, a power of 2, every `hop` samples, each without its mean and
    /// under Hann's window; the mean over windows. Frequency k is k / (window dt). NaN before the
    /// first window.
    Spectrum {
        /// Samples of a window.
        window: u64,
        /// Samples from one window to the next.
        hop: u64,
        /// Time from one sample to the next.
        dt: f64,
    },
}

/// How an [`Observation`] makes one number of several steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reduce {
    /// Of how many.
    pub steps: u64,
    /// By their mean; otherwise it is the last one.
    pub mean: bool,
}

/// What was collected.
#[derive(Clone, PartialEq)]
pub struct Observed<F: Float> {
    /// What its rows are, without lanes.
    pub shape: Vec<usize>,
    /// `[row][lane]`.
    pub data: Lines<F>,
}

impl<F: Float> fmt::Debug for Observed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed")
            .field("shape", &self.shape)
            .field("data", &&self.data[..])
            .finish()
    }
}

impl Observation {
    /// All samples of a source.
    pub fn samples(source: Source) -> Self {
        Observation { source, stages: Vec::new(), skip: 0, sink: Sink::Samples }
    }

    /// Through another stage.
    pub fn through(mut self, stage: Stage) -> Self {
        self.stages.push(stage);
        self
    }

    /// Without the first numbers.
    pub fn after(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }

    /// Into another sink.
    pub fn collect(mut self, sink: Sink) -> Self {
        self.sink = sink;
        self
    }

    /// It as a device does it: of how many steps one number is made, by their mean or by the last
    /// one, and what remains to be done with these numbers on the host.
    pub fn split(&self) -> (Reduce, Observation) {
        let mut rest = self.clone();
        let reduce = match rest.stages.first() {
            Some(&Stage::Average(n)) => Reduce { steps: n, mean: n > 1 },
            Some(&Stage::Every(n)) => Reduce { steps: n, mean: false },
            _ => return (Reduce { steps: 1, mean: false }, rest),
        };
        rest.stages.remove(0);
        (reduce, rest)
    }

    /// Refuses what cannot be.
    ///
    /// # Errors
    /// If it does not fit the network, or a number is not allowed.
    pub fn check(&self, network: &Network) -> Result<(), MassError> {
        let variables = network.node.state().len();
        for variable in [Some(self.source.variable), self.source.minus].into_iter().flatten() {
            if variable >= variables {
                let allowed = format!("below {variables}, the number of state variables");
                return Err(MassError::value("observed variable", variable as f64, allowed));
            }
        }
        let mut channels = network.nodes();
        for stage in &self.stages {
            match stage {
                Stage::Average(0) | Stage::Every(0) => {
                    return Err(MassError::value("numbers that make one", 0, "at least 1"));
                }
                Stage::Gain(gain) if gain.nrows() == 0 => {
                    return Err(MassError::value("sensors of a gain", 0, "at least 1"));
                }
                Stage::Gain(gain) if gain.iter().any(|x| !x.is_finite()) => {
                    return Err(MassError::value("a gain", f64::NAN, "finite"));
                }
                Stage::Gain(gain) if gain.ncols() != channels => {
                    return Err(MassError::Length {
                        field: "a gain".to_owned(),
                        given: gain.ncols(),
                        needed: channels,
                        why: "columns, one per channel before it",
                    });
                }
                Stage::Gain(gain) => channels = gain.nrows(),
                Stage::Bold { dt } if !(dt.is_finite() && *dt > 0.0) => {
                    return Err(MassError::value("dt of BOLD", *dt, "above 0 s, and finite"));
                }
                _ => {}
            }
        }
        match &self.sink {
            Sink::Power { window, frequencies } => {
                if *window < 2 {
                    return Err(MassError::value("window", *window as f64, "at least 2 samples"));
                }
                let beyond = frequencies.iter().find(|f| !(0.0..=0.5).contains(*f));
                beyond.map_or(Ok(()), |f| {
                    Err(MassError::value("frequency", *f, "from 0 to 0.5 cycles per sample"))
                })
            }
            Sink::Dynamics { window, step } => {
                if *window < 2 {
                    return Err(MassError::value("window", *window as f64, "at least 2 samples"));
                }
                if !(1..=*window).contains(step) {
                    return Err(MassError::value("step", *step as f64, "from 1 to the window"));
                }
                match channels >= 3 {
                    true => Ok(()),
                    false => {
                        let field = "channels whose connectivity changes";
                        Err(MassError::value(field, channels as f64, "at least 3"))
                    }
                }
            }
            Sink::Spectrum { window, hop, dt } => {
                if !window.is_power_of_two() || !(4..=1 << 20).contains(window) {
                    let allowed = "a power of 2 from 4 to 2^20";
                    return Err(MassError::value("window", *window as f64, allowed));
                }
                if !(1..=*window).contains(hop) {
                    return Err(MassError::value("hop", *hop as f64, "from 1 to the window"));
                }
                match dt.is_finite() && *dt > 0.0 {
                    true => Ok(()),
                    false => Err(MassError::value("dt of samples", *dt, "above 0, and finite")),
                }
            }
            Sink::Crossings(at) if !at.is_finite() => {
                Err(MassError::value("threshold", *at, "finite"))
            }
            _ => Ok(()),
        }
    }
}
