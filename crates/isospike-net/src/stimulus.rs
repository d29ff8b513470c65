//! Currents that follow a course in time.

use crate::Value;
use std::fmt;
use std::sync::Arc;

/// A current: a course in time, times a gain per neuron. Outside `start_ms <= t < stop_ms` it adds
/// nothing, nor during the network's equilibration: t = 0 is its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Stimulus {
    /// What happens in time.
    pub course: Course,
    /// When it begins (ms), a multiple of dt.
    pub start_ms: f64,
    /// When it ends (ms), a multiple of dt; infinite if it does not.
    pub stop_ms: f64,
    /// What each neuron gets of it: 0 or 1 for a mask.
    pub gain: Value,
    /// The lanes of the batch that it goes to; all if not given. A course that differs from neuron
    /// to neuron goes to all.
    pub lanes: Option<Vec<u32>>,
}

/// What happens in time; t counts from the stimulus's start.
#[derive(Clone, Debug, PartialEq)]
pub enum Course {
    /// `strength` during the first `width_ms` of every `period_ms`.
    Pulses {
        /// Current (pA; in a GLM, units of its predictor).
        strength: f64,
        /// From one pulse to the next (ms), a multiple of dt.
        period_ms: f64,
        /// Length of a pulse (ms), a multiple of dt.
        width_ms: f64,
    },
    /// `amplitude sin(2 pi t / period_ms + phase) + baseline`.
    Sine {
        /// Amplitude.
        amplitude: f64,
        /// Period (ms).
        period_ms: f64,
        /// Phase (radians).
        phase: f64,
        /// What it oscillates about.
        baseline: f64,
    },
    /// `strength` for `width_ms` after every event of a Poisson process, the same events for all
    /// neurons of a lane; pulses that overlap do not add.
    Events {
        /// Current during a pulse.
        strength: f64,
        /// Events per second.
        rate_hz: f64,
        /// Length of a pulse (ms), a multiple of dt.
        width_ms: f64,
    },
    /// The same with a first event at the start, and intervals that are Poisson counts of steps,
    /// the same in all lanes: Spikeometric's `PoissonStimulus`. Needs a stop.
    Intervals {
        /// Current during a pulse.
        strength: f64,
        /// Mean interval (ms).
        mean_ms: f64,
        /// Length of a pulse (ms), a multiple of dt.
        width_ms: f64,
    },
    /// One value per step, then nothing.
    Samples(Arc<Vec<f64>>),
    /// One value per step and neuron, `[step][neuron]`, then nothing.
    Frames(Arc<Vec<f64>>),
    /// A function of the step, or of step and neuron.
    Function(Function),
}

impl Course {
    /// Whether it differs from neuron to neuron, before the gain.
    pub fn each_neuron(&self) -> bool {
        match self {
            Course::Frames(_) => true,
            Course::Function(f) => f.each_neuron(),
            _ => false,
        }
    }
}

/// A function of the step, counted from the stimulus's start, or of the step and the neuron.
#[derive(Clone)]
pub struct Function {
    /// What it is known by: two functions of one name are taken for the same.
    pub name: String,
    of: Of,
}

#[derive(Clone)]
enum Of {
    Step(Arc<dyn Fn(u64) -> f64 + Send + Sync>),
    Neuron(Arc<dyn Fn(u64, u32) -> f64 + Send + Sync>),
}

impl Function {
    /// A function with a name. It must give the same value for the same step whenever it is asked.
    pub fn new(
        name: impl Into<String>,
        of_step: impl Fn(u64) -> f64 + Send + Sync + 'static,
    ) -> Function {
        Function { name: name.into(), of: Of::Step(Arc::new(of_step)) }
    }

    /// The same for a function of the step and the number of the neuron in its population. It is
    /// asked for each neuron, step and lane, from many threads.
    pub fn of_neuron(
        name: impl Into<String>,
        of: impl Fn(u64, u32) -> f64 + Send + Sync + 'static,
    ) -> Function {
        Function { name: name.into(), of: Of::Neuron(Arc::new(of)) }
    }

    /// Whether it is a function of the neuron.
    pub fn each_neuron(&self) -> bool {
        matches!(self.of, Of::Neuron(_))
    }

    /// Its value at a step for a neuron.
    pub fn at(&self, step: u64, neuron: u32) -> f64 {
        match &self.of {
            Of::Step(f) => f(step),
            Of::Neuron(f) => f(step, neuron),
        }
    }
}

impl PartialEq for Function {
    fn eq(&self, o: &Function) -> bool {
        self.name == o.name
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function({:?})", self.name)
    }
}

impl Stimulus {
    /// A course from the beginning on, for all neurons.
    pub fn new(course: Course) -> Stimulus {
        let (start_ms, stop_ms, gain) = (0.0, f64::INFINITY, Value::Constant(1.0));
        Stimulus { course, start_ms, stop_ms, gain, lanes: None }
    }
}
