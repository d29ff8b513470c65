//! What to simulate: populations, projections, inputs. Plain data; nothing here runs.

use crate::{Generator, NetError, Stimulus};
use isospike_lane::Half;
use isospike_model::{ModelRef, Plasticity};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The float format states are kept and computed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Precision {
    /// Single precision.
    #[default]
    F32,
    /// Double precision.
    F64,
}

impl Precision {
    /// What a number becomes in this format: the nearest, or infinite.
    pub fn rounded(self, x: f64) -> f64 {
        match self {
            Precision::F32 => f64::from(x as f32),
            Precision::F64 => x,
        }
    }

    /// What is wrong with a number that must be finite in this format, if anything.
    pub fn finite(self, x: f64) -> Result<(), &'static str> {
        match self {
            _ if self.rounded(x).is_finite() => Ok(()),
            Precision::F32 if x.is_finite() => Err("must be finite in single precision"),
            _ => Err("must be finite"),
        }
    }
}

impl fmt::Display for Precision {
    /// `f32` or `f64`, as in network files.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Precision::F32 => "f32",
            Precision::F64 => "f64",
        })
    }
}

impl FromStr for Precision {
    type Err = NetError;

    /// The inverse of [`Display`](fmt::Display).
    fn from_str(text: &str) -> Result<Precision, NetError> {
        match text {
            "f32" => Ok(Precision::F32),
            "f64" => Ok(Precision::F64),
            _ => Err(NetError::unknown("precision", "precision", text, ["f32", "f64"])),
        }
    }
}

/// The integers that synaptic sums are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SumBits {
    /// 32 bits where they resolve at least 2^-16 of the median weight at every port, else 64.
    #[default]
    Auto,
    /// 64 bits: units finer than a double resolves, so that in double precision only the weights'
    /// storage rounds. Twice the accumulators; devices without 64-bit atomics refuse it.
    I64,
}

impl fmt::Display for SumBits {
    /// `auto` or `i64`, as in network files.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SumBits::Auto => "auto",
            SumBits::I64 => "i64",
        })
    }
}

impl FromStr for SumBits {
    type Err = NetError;

    /// The inverse of [`Display`](fmt::Display).
    fn from_str(text: &str) -> Result<SumBits, NetError> {
        match text {
            "auto" => Ok(SumBits::Auto),
            "i64" => Ok(SumBits::I64),
            _ => Err(NetError::unknown("sums", "kind of sums", text, ["auto", "i64"])),
        }
    }
}

/// A network and how it is to be simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Shown in results.
    pub name: String,
    /// Time step (ms).
    pub dt_ms: f64,
    /// Seed of everything random in the network's construction: connections, weights, delays.
    pub seed: u64,
    /// One seed per lane of the batch, for everything random in a run: noise and initial state.
    /// Lanes share the connections. Results of a lane depend on its own seed only, and on the
    /// stimuli that are for it ([`Stimulus::lanes`]).
    pub lane_seeds: Vec<u64>,
    /// Float format of the state.
    pub precision: Precision,
    /// What synaptic sums are counted in.
    pub sums: SumBits,
    /// How long a run goes before its time begins to count (ms), a multiple of dt. Everything that
    /// has a time of its own counts from the end of it and is not there before: stimuli, current
    /// steps, given spikes. What happens until then is not handed out.
    pub equilibration_ms: f64,
    /// Populations, in the order that gives neurons their global ids.
    pub populations: Vec<Population>,
    /// Projections between them.
    pub projections: Vec<Projection>,
}

impl Network {
    /// The network of some of its lanes, in this order: what they do does not depend on the others.
    ///
    /// # Panics
    /// If there are no such lanes.
    #[must_use]
    pub fn lanes(&self, lanes: impl IntoIterator<Item = usize>) -> Network {
        let lanes: Vec<usize> = lanes.into_iter().collect();
        let mut part = self.clone();
        part.lane_seeds = lanes.iter().map(|&lane| self.lane_seeds[lane]).collect();
        for p in &mut part.populations {
            let Dynamics::Model(n) = &mut p.dynamics else { continue };
            for value in n.params.values_mut().chain(n.initial.values_mut()) {
                if let Value::PerLane(xs) = value {
                    *xs = Arc::new(lanes.iter().map(|&lane| xs[lane]).collect());
                }
            }
            for input in &mut n.inputs {
                let Input::Stimulus(Stimulus { lanes: Some(to), .. }) = input else { continue };
                let reached = |i: &u32| to.contains(&(lanes[*i as usize] as u32));
                *to = (0..lanes.len() as u32).filter(reached).collect();
            }
        }
        part
    }
}

/// Neurons of one model, or a source of given spikes.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// Unique name.
    pub name: String,
    /// Number of neurons.
    pub size: u32,
    /// What they do.
    pub dynamics: Dynamics,
}

/// What the members of a population do.
#[derive(Clone, Debug, PartialEq)]
pub enum Dynamics {
    /// They follow a model.
    Model(Neurons),
    /// They emit given spikes: (step, neuron) pairs in any order; a pair given n times fires n
    /// times. A spike in step s has time (s + 1) dt, as every spike.
    Spikes(Arc<Vec<(u64, u32)>>),
}

/// A model with its parameters and inputs.
#[derive(Clone, Debug)]
pub struct Neurons {
    /// The equations.
    pub model: ModelRef,
    /// Parameters by name; the rest keep their defaults.
    pub params: BTreeMap<String, Value>,
    /// Initial state by name, in user units; the rest keep the model's.
    pub initial: BTreeMap<String, Value>,
    /// Kernels of the model's filters by name, newest first; the rest keep the model's.
    pub filters: BTreeMap<String, Arc<Vec<f64>>>,
    /// What drives the neurons from outside.
    pub inputs: Vec<Input>,
    /// What state is rounded to and kept in between steps, where that is not the network's
    /// precision. A step is computed in single precision.
    pub state: Option<Half>,
}

impl Neurons {
    /// Neurons of a model with its defaults and no inputs.
    pub fn of(model: ModelRef) -> Neurons {
        let (params, initial, filters, inputs, state) = Default::default();
        Neurons { model, params, initial, filters, inputs, state }
    }
}

impl PartialEq for Neurons {
    /// Models are equal when their names are.
    fn eq(&self, o: &Neurons) -> bool {
        self.model.name() == o.model.name()
            && self.params == o.params
            && self.initial == o.initial
            && self.filters == o.filters
            && self.inputs == o.inputs
            && self.state == o.state
    }
}

/// A number for each neuron.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The same for all.
    Constant(f64),
    /// One per neuron.
    PerNeuron(Arc<Vec<f64>>),
    /// One per lane of the batch: parameters and initial state only. Networks that share their
    /// connections and differ in parameters are lanes of one.
    PerLane(Arc<Vec<f64>>),
    /// Drawn per neuron (and, for initial state, per lane).
    Random(Distribution),
    /// A polynomial of a random variable that several values of a neuron share: `c0 + c1 x + c2 x^2
    /// + ...`.
    Polynomial {
        /// Coefficients, constant term first.
        coefficients: Vec<f64>,
        /// Which variable of the population, below 256; the same number means the same x.
        variable: u8,
        /// Where x is drawn from, once per neuron (the same in all lanes).
        of: Distribution,
    },
}

/// Drive from outside the network.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Every neuron receives its own Poisson spike train.
    Poisson {
        /// Rate in spikes per second; [`Value::Random`] is drawn once per neuron.
        rate_hz: Value,
        /// Weight in the unit of the port.
        weight: f64,
        /// Port by name, or by the sign of the weight.
        port: Option<String>,
    },
    /// Gaussian white-noise current, constant within a step (pA).
    Noise {
        /// Mean (pA).
        mean: f64,
        /// Standard deviation of the value held for one step (pA).
        std: f64,
    },
    /// A current that follows a course in time.
    Stimulus(Stimulus),
    /// A current that jumps to a new value at given times and holds it.
    Steps {
        /// Times (ms), ascending, multiples of dt.
        times_ms: Vec<f64>,
        /// Values from then on (pA).
        amplitudes: Vec<f64>,
    },
}

/// Synapses from one population to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// Index of the source population.
    pub source: usize,
    /// Index of the target population.
    pub target: usize,
    /// Who connects to whom.
    pub connector: Connector,
    /// Whether a neuron may connect to itself (only asked when source and target are the same
    /// population).
    pub autapses: bool,
    /// Whether a pair may be connected more than once.
    pub multapses: bool,
    /// Weight in the unit of the port; 1 where the connector gives every synapse a weight.
    pub weight: Distribution,
    /// Delay (ms), rounded to steps.
    pub delay_ms: Distribution,
    /// Port by name; by default each synapse goes to the port that takes the sign of its weight.
    pub port: Option<String>,
    /// How much room a weight gets.
    pub storage: WeightStorage,
    /// Plasticity rule, if the weights change.
    pub plasticity: Option<Plasticity>,
}

/// Who connects to whom.
#[derive(Clone, Debug, PartialEq)]
pub enum Connector {
    /// Every source to every target.
    AllToAll,
    /// Neuron i to neuron i; sizes must agree.
    OneToOne,
    /// Each pair with the same probability.
    FixedProbability(f64),
    /// Each target draws this many sources.
    FixedInDegree(u32),
    /// Each source draws this many targets.
    FixedOutDegree(u32),
    /// This many synapses, ends drawn uniformly.
    FixedTotal(u64),
    /// Connections made together with their weights, in one population.
    Generated(Generator),
    /// Exactly these.
    Edges(Arc<Edges>),
}

/// An explicit list of synapses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edges {
    /// Source neurons.
    pub pre: Vec<u32>,
    /// Target neurons.
    pub post: Vec<u32>,
    /// Weights; the projection's distribution where absent.
    pub weight: Option<Vec<f64>>,
    /// Delays (ms); the projection's distribution where absent.
    pub delay_ms: Option<Vec<f64>>,
}

/// A distribution, with what happens outside its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distribution {
    /// The shape.
    pub shape: Shape,
    /// Smallest value allowed.
    pub min: f64,
    /// Largest value allowed.
    pub max: f64,
    /// What happens to a value outside.
    pub outside: Outside,
}

/// The shape of a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Always this.
    Constant(f64),
    /// Uniform in [lo, hi).
    Uniform(f64, f64),
    /// Normal with mean and standard deviation.
    Normal(f64, f64),
    /// exp of a normal with this mean and standard deviation.
    LogNormal(f64, f64),
}

/// What happens to a draw outside the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Outside {
    /// It becomes the bound.
    #[default]
    Clip,
    /// It is drawn again.
    Redraw,
}

/// How much room a stored weight gets. Rounding happens in the plan, the same for all backends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum WeightStorage {
    /// The narrowest that rounds the median by no more than 2^-13.
    #[default]
    Auto,
    /// The narrowest that changes nothing the accumulator can hold.
    Exact,
    /// Integers of 8 bits times a power of two of the projection's own, the finest with which the
    /// largest weight fits; unsigned where no two weights have different signs.
    I8,
    /// The same in 16 bits.
    I16,
    /// 16-bit floats with a power of two of the projection's own, so that the largest weight comes
    /// near 2^15. Plastic weights, without such a power, are rounded after every change.
    F16,
    /// The same with fewer digits: 8 for 11.
    BF16,
}

impl WeightStorage {
    /// The float format, if it is one.
    pub const fn half(self) -> Option<Half> {
        match self {
            WeightStorage::F16 => Some(Half::F16),
            WeightStorage::BF16 => Some(Half::BF16),
            _ => None,
        }
    }
}
