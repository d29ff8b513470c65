//! Building a network in Rust.
//!
//! ```
//! use isospike_net::{Distribution, Network};
//!
//! let delay = Distribution::normal(1.5, 0.75).redrawn(0.05, f64::INFINITY);
//! let network = Network::build("balanced")
//!     .dt(0.1)
//!     .seed(42)
//!     .population("E", 800, "iaf_psc_exp", |p| {
//!         p.param("tau_m", 20.0)
//!             .param("V_th", -50.0)
//!             .initial("V_m", Distribution::uniform(-70.0, -50.0))
//!             .poisson(8_000.0, 20.0)
//!     })
//!     .population("I", 200, "iaf_psc_exp", |p| p.param("tau_m", 20.0).poisson(8_000.0, 20.0))
//!     .project("E", "I", |c| c.in_degree(80).weight(20.0).delay(delay).autapses(false))
//!     .project("I", "E", |c| c.probability(0.1).weight(-100.0).delay(1.5))
//!     .finish()?;
//! assert_eq!(network.neurons(), 1000);
//! # Ok::<(), isospike_net::NetError>(())
//! ```

use crate::{
    Connector, Distribution, Dynamics, Edges, Generator, Input, NetError, Network, Neurons,
    Plasticity, Population, Precision, Projection, Stimulus, SumBits, Value, WeightStorage,
};
use isospike_lane::Half;
use isospike_model::{MODELS, ModelRef, by_name};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A network in the making. Mistakes are reported by [`NetworkBuilder::finish`].
#[derive(Debug)]
pub struct NetworkBuilder {
    network: Network,
    batch: Option<usize>,
    wrong: Option<NetError>,
}

/// A model, or its name.
#[derive(Clone, Copy, Debug)]
pub enum ModelName<'a> {
    /// To be looked up among the bundled models.
    Name(&'a str),
    /// Itself; your own model is as good as a bundled one.
    Model(ModelRef),
}

impl<'a> From<&'a str> for ModelName<'a> {
    fn from(name: &'a str) -> Self {
        ModelName::Name(name)
    }
}
impl From<ModelRef> for ModelName<'_> {
    fn from(model: ModelRef) -> Self {
        ModelName::Model(model)
    }
}
impl From<f64> for Distribution {
    fn from(x: f64) -> Distribution {
        Distribution::constant(x)
    }
}
impl From<f64> for Value {
    fn from(x: f64) -> Value {
        Value::Constant(x)
    }
}
impl From<Vec<f64>> for Value {
    fn from(xs: Vec<f64>) -> Value {
        Value::PerNeuron(Arc::new(xs))
    }
}
impl From<Distribution> for Value {
    /// A distribution without spread is a constant.
    fn from(d: Distribution) -> Value {
        match d.as_constant() {
            Some(x) if d == Distribution::constant(x) => Value::Constant(x),
            _ => Value::Random(d),
        }
    }
}

/// The bundled model with this name, or an error that lists them.
pub(crate) fn find_model(path: &str, name: &str) -> Result<ModelRef, NetError> {
    by_name(name).ok_or_else(|| {
        NetError::unknown(format!("{path}.model"), "model", name, MODELS.iter().map(|m| m.name()))
    })
}

impl Network {
    /// Begins a network: dt 0.1 ms, seed 1, one lane, single precision, sums as they suit.
    pub fn build(name: &str) -> NetworkBuilder {
        let network = Network {
            name: name.into(),
            dt_ms: 0.1,
            seed: 1,
            lane_seeds: Vec::new(),
            precision: Precision::default(),
            sums: SumBits::default(),
            equilibration_ms: 0.0,
            populations: Vec::new(),
            projections: Vec::new(),
        };
        NetworkBuilder { network, batch: None, wrong: None }
    }
}

impl NetworkBuilder {
    /// Time step (ms).
    #[must_use]
    pub fn dt(mut self, ms: f64) -> Self {
        self.network.dt_ms = ms;
        self
    }

    /// Seed of the connections, and of the first lane.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.network.seed = seed;
        self
    }

    /// Simulates this many lanes with seeds seed, seed + 1, ...
    #[must_use]
    pub fn batch(mut self, lanes: usize) -> Self {
        self.batch = Some(lanes);
        self
    }

    /// Simulates one lane per seed.
    #[must_use]
    pub fn lane_seeds(mut self, seeds: Vec<u64>) -> Self {
        self.network.lane_seeds = seeds;
        self.batch = None;
        self
    }

    /// Float format of the state.
    #[must_use]
    pub fn precision(mut self, precision: Precision) -> Self {
        self.network.precision = precision;
        self
    }

    /// What synaptic sums are counted in.
    #[must_use]
    pub fn sums(mut self, sums: SumBits) -> Self {
        self.network.sums = sums;
        self
    }

    /// How long a run goes before its time begins to count (ms): see
    /// [`Network::equilibration_ms`].
    #[must_use]
    pub fn equilibration(mut self, ms: f64) -> Self {
        self.network.equilibration_ms = ms;
        self
    }

    /// Adds neurons of a model.
    #[must_use]
    pub fn population<'a>(
        mut self,
        name: &str,
        size: u32,
        model: impl Into<ModelName<'a>>,
        describe: impl FnOnce(NeuronsBuilder) -> NeuronsBuilder,
    ) -> Self {
        let model = match model.into() {
            ModelName::Model(m) => Ok(m),
            ModelName::Name(n) => find_model(&format!("populations.{name}"), n),
        };
        match model {
            Err(e) => self.wrong = self.wrong.or(Some(e)),
            Ok(model) => {
                let neurons = describe(NeuronsBuilder(Neurons::of(model))).0;
                self.add(name, size, Dynamics::Model(neurons));
            }
        }
        self
    }

    /// Adds a source of given spikes: (step, neuron) pairs in any order; a spike in step s has time
    /// (s + 1) dt.
    #[must_use]
    pub fn spikes(mut self, name: &str, size: u32, spikes: Vec<(u64, u32)>) -> Self {
        self.add(name, size, Dynamics::Spikes(Arc::new(spikes)));
        self
    }

    fn add(&mut self, name: &str, size: u32, dynamics: Dynamics) {
        self.network.populations.push(Population { name: name.into(), size, dynamics });
    }

    /// Adds synapses between two populations: all to all with weight 1 and delay 1 ms, until told
    /// otherwise.
    #[must_use]
    pub fn project(
        mut self,
        source: &str,
        target: &str,
        describe: impl FnOnce(ProjectionBuilder) -> ProjectionBuilder,
    ) -> Self {
        let path = format!("projections[{}]", self.network.projections.len());
        match self.ends(&path, source, target) {
            Err(e) => self.wrong = self.wrong.or(Some(e)),
            Ok((source, target)) => {
                let projection = describe(ProjectionBuilder(Projection {
                    source,
                    target,
                    connector: Connector::AllToAll,
                    autapses: true,
                    multapses: true,
                    weight: Distribution::constant(1.0),
                    delay_ms: Distribution::constant(1.0),
                    port: None,
                    storage: WeightStorage::default(),
                    plasticity: None,
                }));
                self.network.projections.push(projection.0);
            }
        }
        self
    }

    fn ends(&self, path: &str, source: &str, target: &str) -> Result<(usize, usize), NetError> {
        let find = |end: &str, name: &str| {
            self.network.population_index(name).ok_or_else(|| {
                let known = self.network.populations.iter().map(|p| p.name.as_str());
                NetError::unknown(format!("{path}.{end}"), "population", name, known)
            })
        };
        Ok((find("from", source)?, find("to", target)?))
    }

    /// The network, checked.
    ///
    /// # Errors
    /// The first mistake made while building, or what [`Network::validate`] says.
    pub fn finish(self) -> Result<Network, NetError> {
        let mut network = self.network;
        if let Some(e) = self.wrong {
            return Err(e);
        }
        match self.batch {
            Some(lanes) => network.set_batch(lanes)?,
            None if network.lane_seeds.is_empty() => network.set_batch(1)?,
            None => {}
        }
        network.validate()?;
        Ok(network)
    }
}

/// Neurons in the making.
#[derive(Debug)]
pub struct NeuronsBuilder(Neurons);

impl NeuronsBuilder {
    /// Sets a parameter, in the unit of the model's table.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.params.insert(name.into(), value.into());
        self
    }

    /// Sets several parameters.
    #[must_use]
    pub fn params(mut self, values: &[(&str, f64)]) -> Self {
        let values = values.iter().map(|&(name, x)| (name.into(), Value::Constant(x)));
        self.0.params.extend(values.collect::<BTreeMap<String, Value>>());
        self
    }

    /// Sets an initial state, as users see it (mV, not relative to E_L).
    #[must_use]
    pub fn initial(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.initial.insert(name.into(), value.into());
        self
    }

    /// The kernel of a filter of the model, newest first: one number per step.
    #[must_use]
    pub fn filter(mut self, name: &str, kernel: impl Into<Vec<f64>>) -> Self {
        self.0.filters.insert(name.into(), Arc::new(kernel.into()));
        self
    }

    /// Keeps state in 16 bits between steps.
    #[must_use]
    pub fn state(mut self, format: Half) -> Self {
        self.0.state = Some(format);
        self
    }

    /// Adds an input.
    #[must_use]
    pub fn input(mut self, input: Input) -> Self {
        self.0.inputs.push(input);
        self
    }

    /// Each neuron gets its own Poisson train of this rate (spikes/s) and weight.
    #[must_use]
    pub fn poisson(self, rate_hz: impl Into<Value>, weight: f64) -> Self {
        self.input(Input::Poisson { rate_hz: rate_hz.into(), weight, port: None })
    }

    /// White-noise current: mean and standard deviation of the value held for a step (pA).
    #[must_use]
    pub fn noise(self, mean: f64, std: f64) -> Self {
        self.input(Input::Noise { mean, std })
    }

    /// A current that follows a course in time.
    #[must_use]
    pub fn stimulus(self, stimulus: Stimulus) -> Self {
        self.input(Input::Stimulus(stimulus))
    }

    /// A current that takes a new value at each time: (ms, pA).
    #[must_use]
    pub fn steps(self, steps: &[(f64, f64)]) -> Self {
        let (times_ms, amplitudes) = steps.iter().copied().unzip();
        self.input(Input::Steps { times_ms, amplitudes })
    }
}

/// A projection in the making.
#[derive(Debug)]
pub struct ProjectionBuilder(Projection);

impl ProjectionBuilder {
    /// Who connects to whom.
    #[must_use]
    pub fn connector(mut self, connector: Connector) -> Self {
        self.0.connector = connector;
        self
    }

    /// Every source to every target.
    #[must_use]
    pub fn all_to_all(self) -> Self {
        self.connector(Connector::AllToAll)
    }

    /// Neuron i to neuron i.
    #[must_use]
    pub fn one_to_one(self) -> Self {
        self.connector(Connector::OneToOne)
    }

    /// Each pair with this probability.
    #[must_use]
    pub fn probability(self, p: f64) -> Self {
        self.connector(Connector::FixedProbability(p))
    }

    /// Each target draws this many sources.
    #[must_use]
    pub fn in_degree(self, k: u32) -> Self {
        self.connector(Connector::FixedInDegree(k))
    }

    /// Each source draws this many targets.
    #[must_use]
    pub fn out_degree(self, k: u32) -> Self {
        self.connector(Connector::FixedOutDegree(k))
    }

    /// This many synapses, ends drawn uniformly.
    #[must_use]
    pub fn total(self, synapses: u64) -> Self {
        self.connector(Connector::FixedTotal(synapses))
    }

    /// Connections made together with their weights.
    #[must_use]
    pub fn generator(self, generator: Generator) -> Self {
        self.connector(Connector::Generated(generator))
    }

    /// Exactly these synapses.
    #[must_use]
    pub fn edges(self, edges: Edges) -> Self {
        self.connector(Connector::Edges(Arc::new(edges)))
    }

    /// Whether a neuron may connect to itself (it may, until told otherwise).
    #[must_use]
    pub fn autapses(mut self, allowed: bool) -> Self {
        self.0.autapses = allowed;
        self
    }

    /// Whether a pair may be connected more than once (it may, until told otherwise).
    #[must_use]
    pub fn multapses(mut self, allowed: bool) -> Self {
        self.0.multapses = allowed;
        self
    }

    /// Weight in the unit of the port, unless the connector gives every synapse a weight.
    #[must_use]
    pub fn weight(mut self, weight: impl Into<Distribution>) -> Self {
        self.0.weight = weight.into();
        self
    }

    /// Delay (ms).
    #[must_use]
    pub fn delay(mut self, ms: impl Into<Distribution>) -> Self {
        self.0.delay_ms = ms.into();
        self
    }

    /// Port by name.
    #[must_use]
    pub fn port(mut self, name: &str) -> Self {
        self.0.port = Some(name.into());
        self
    }

    /// How much room a weight gets.
    #[must_use]
    pub fn storage(mut self, storage: WeightStorage) -> Self {
        self.0.storage = storage;
        self
    }

    /// Makes the weights plastic.
    #[must_use]
    pub fn plasticity(mut self, rule: Plasticity) -> Self {
        self.0.plasticity = Some(rule);
        self
    }
}
