//! What is to be simulated.

use crate::MassError;
use crate::connectome::{Connectome, Rounding};
use crate::coupling::CouplingRef;
use crate::couplings::{self, Linear};
use crate::erased::NodeRef;
use crate::integrator::Integrator;
use crate::noise::NoiseScale;
use crate::surface::Surface;
use crate::values::Values;
use isospike_model::ParamInfo;
use std::sync::Arc;

/// Whether later stages of a step see what other nodes do meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CouplingStage {
    /// What arrives at the beginning of a step holds for all of it (The Virtual Brain).
    Hold,
    /// Heun's second stage sees what arrives one step later (vbjax): delayed values of then, and
    /// over connections without delay the first stage's result. All stages of Runge–Kutta's see
    /// each other, which is only possible where no connection has a delay.
    #[default]
    Reevaluate,
}

/// The choices that other simulators make, as one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Delays to the nearest step, coupling evaluated again, sigma.
    Isospike,
    /// The Virtual Brain: delays to the nearest step, coupling held, dispersion; weights and what
    /// nodes send are rounded to f32.
    Tvb,
    /// vbjax: delays rounded down, coupling evaluated again, sigma.
    Vbjax,
    /// cuBNM: delays to the nearest step and at least 1, coupling held, sigma; Euler's method.
    Cubnm,
}

/// Where an input of a node comes from: what other nodes send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// A state variable,
    pub variable: usize,
    /// less this one, if there is one.
    pub minus: Option<usize>,
}

/// Noise of a state variable.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Noise {
    pub(crate) size: Values,
    pub(crate) gain: Option<(f64, f64)>,
}

/// A network of equal nodes, and how it is integrated.
///
/// ```
/// use isospike_mass::{Connectome, Network, Source, Values, models::JansenRit};
/// use ndarray::array;
///
/// let weights = array![[0.0, 1.0], [1.0, 0.0]];
/// let lags = array![[0, 3], [5, 0]];
/// let network = Network::new(&JansenRit, Connectome::with_lags(weights.view(), lags.view())?)
///     .dt(1.0)?
///     .param("mu", Values::PerLane(vec![0.1, 0.2, 0.3]))?
///     .coupling_param("a", Values::from(0.01))?
///     .input("c", Some(Source { variable: 1, minus: Some(2) }))?
///     .noise("y4", Values::from(1e-3))?
///     .lanes(3, 42)?;
/// assert_eq!(network.lane_count(), 3);
/// assert!(network.param("nu", Values::from(1.0)).is_err());
/// # Ok::<(), isospike_mass::MassError>(())
/// ```
#[derive(Clone)]
pub struct Network {
    /// What all nodes are.
    pub(crate) node: NodeRef,
    /// Who sends to whom.
    pub(crate) connectome: Connectome,
    /// What they make of it.
    pub(crate) coupling: CouplingRef,
    /// A step, in the unit of the node's times: mostly ms.
    pub(crate) dt: f64,
    /// How a step is made.
    pub(crate) integrator: Integrator,
    /// Whether later stages see others.
    pub(crate) stage: CouplingStage,
    /// How lengths become steps.
    pub(crate) rounding: Rounding,
    /// What the size of noise means.
    pub(crate) noise_scale: NoiseScale,
    /// Whether weights, and the values that nodes send, are rounded to f32 where all else is f64.
    pub(crate) sends_f32: bool,
    /// How many independent copies run side by side.
    pub(crate) lanes: usize,
    /// The seed of each: all that is random in a lane depends on it and on nothing else.
    pub(crate) lane_seeds: Vec<u64>,
    pub(crate) speed: Values,
    pub(crate) params: Vec<Values>,
    pub(crate) coupling_params: Vec<Values>,
    pub(crate) inputs: Vec<Option<Source>>,
    pub(crate) initial: Vec<Values>,
    pub(crate) noise: Vec<Option<Noise>>,
    pub(crate) surface: Option<Arc<Surface>>,
}

impl Network {
    /// Nodes with default parameters that begin in the middle of their ranges, one lane, dt = 0.1,
    /// Heun's method, no noise; linear coupling, which suits not every node (Kuramoto's and
    /// `epileptor_vep` are meant for differences).
    pub fn new(node: NodeRef, connectome: Connectome) -> Self {
        let source = |&variable: &usize| Some(Source { variable, minus: None });
        Network {
            node,
            connectome,
            coupling: &Linear,
            dt: 0.1,
            integrator: Integrator::default(),
            stage: CouplingStage::default(),
            rounding: Rounding::default(),
            noise_scale: NoiseScale::default(),
            sends_f32: false,
            lanes: 1,
            lane_seeds: vec![0],
            speed: Values::from(3.0),
            params: node.params().iter().map(|p| Values::from(p.default)).collect(),
            coupling_params: defaults(couplings::LinearParams::<f64>::TABLE),
            inputs: node.sends().iter().map(source).collect(),
            initial: node.spans().iter().map(|span| Values::from(span.middle())).collect(),
            noise: vec![None; node.state().len()],
            surface: None,
        }
    }

    /// Makes the choices of another simulator; what is chosen afterwards counts.
    pub fn profile(mut self, profile: Profile) -> Self {
        use CouplingStage::{Hold, Reevaluate};
        use NoiseScale::{Dispersion, Sigma};
        (self.rounding, self.stage, self.noise_scale) = match profile {
            Profile::Isospike => (Rounding::Nearest, Reevaluate, Sigma),
            Profile::Tvb => (Rounding::Nearest, Hold, Dispersion),
            Profile::Vbjax => (Rounding::Floor, Reevaluate, Sigma),
            Profile::Cubnm => (Rounding::NearestFromOne, Hold, Sigma),
        };
        self.sends_f32 = profile == Profile::Tvb;
        if profile == Profile::Cubnm {
            self.integrator = Integrator::Euler;
        }
        self
    }

    /// Sets the step.
    ///
    /// # Errors
    /// If it is not above 0.
    pub fn dt(mut self, dt: f64) -> Result<Self, MassError> {
        self.dt = positive("dt", dt)?;
        Ok(self)
    }

    /// Sets how lengths become steps.
    pub fn rounding(mut self, rounding: Rounding) -> Self {
        self.rounding = rounding;
        self
    }

    /// Sets what the size of noise means.
    pub fn noise_scale(mut self, scale: NoiseScale) -> Self {
        self.noise_scale = scale;
        self
    }

    /// Sets how a step is made.
    pub fn integrator(mut self, integrator: Integrator, stage: CouplingStage) -> Self {
        (self.integrator, self.stage) = (integrator, stage);
        self
    }

    /// How many lanes there are; lane i has the seed `seed` + i: runs with seeds that are nearer to
    /// each other than there are lanes share noise.
    ///
    /// # Errors
    /// If there are none.
    pub fn lanes(self, lanes: usize, seed: u64) -> Result<Self, MassError> {
        let lane_seeds = (0..lanes as u64).map(|i| seed.wrapping_add(i)).collect();
        self.lane_seeds(lane_seeds)
    }

    /// One lane per seed. Equal seeds are equal noise.
    ///
    /// # Errors
    /// If there are none.
    pub fn lane_seeds(mut self, lane_seeds: Vec<u64>) -> Result<Self, MassError> {
        if lane_seeds.is_empty() {
            return Err(MassError::value("lanes", 0, "at least 1"));
        }
        (self.lanes, self.lane_seeds) = (lane_seeds.len(), lane_seeds);
        Ok(self)
    }

    /// Sets a parameter of nodes.
    ///
    /// # Errors
    /// If there is none of this name, or a value is not allowed.
    pub fn param(mut self, name: &str, values: Values) -> Result<Self, MassError> {
        let k = find(self.node.name(), "parameter", self.node.params(), name)?;
        check(&self.node.params()[k], &values)?;
        self.params[k] = values;
        Ok(self)
    }

    /// Takes a coupling function, with default parameters.
    pub fn coupling(mut self, coupling: CouplingRef) -> Self {
        self.coupling_params = defaults(coupling.params());
        self.coupling = coupling;
        self
    }

    /// Sets a parameter of the coupling function.
    ///
    /// # Errors
    /// As [`Network::param`].
    pub fn coupling_param(mut self, name: &str, values: Values) -> Result<Self, MassError> {
        let k = find(self.coupling.name(), "parameter", self.coupling.params(), name)?;
        check(&self.coupling.params()[k], &values)?;
        self.coupling_params[k] = values;
        Ok(self)
    }

    /// Says where an input comes from; `None` for an input that stays 0.
    ///
    /// # Errors
    /// If there is no input of this name, or no such variable.
    pub fn input(mut self, name: &str, source: Option<Source>) -> Result<Self, MassError> {
        let inputs = self.node.inputs();
        let names = inputs.iter().map(|slot| slot.name);
        let Some(k) = inputs.iter().position(|slot| slot.name == name) else {
            return Err(MassError::name(self.node.name(), "input", name, names));
        };
        let variables = self.node.state().len();
        let read = source.into_iter().flat_map(|s| [Some(s.variable), s.minus]).flatten();
        if let Some(beyond) = read.filter(|&v| v >= variables).max() {
            let allowed = format!("below {variables}, the number of state variables");
            return Err(MassError::value(format!("the source of {name}"), beyond as f64, allowed));
        }
        self.inputs[k] = source;
        Ok(self)
    }

    /// Sets how fast signals travel along tracts, in mm per unit of time (mm/ms).
    ///
    /// # Errors
    /// If a speed is not above 0, or given per node.
    pub fn speed(mut self, speed: Values) -> Result<Self, MassError> {
        if matches!(speed, Values::PerNode(_) | Values::Full(_)) {
            let why = "speed of conduction: one for all, or one per lane";
            return Err(MassError::Choice(why.to_owned()));
        }
        speed.each(|x| positive("speed", x).map(drop))?;
        self.speed = speed;
        Ok(self)
    }

    /// Sets where a state variable begins, and what it was before.
    ///
    /// # Errors
    /// If there is none of this name, or a value is not finite.
    pub fn initial(mut self, name: &str, values: Values) -> Result<Self, MassError> {
        let k = self.variable(name)?;
        values.each(|x| finite(name, x))?;
        self.initial[k] = values;
        Ok(self)
    }

    /// All state variables begin at 0.
    pub fn from_zero(mut self) -> Self {
        self.initial.fill(Values::from(0.0));
        self
    }

    /// Adds white noise to a state variable; see [`NoiseScale`] for what its size means.
    ///
    /// # Errors
    /// If there is none of this name, or a size is not 0 or more.
    pub fn noise(self, name: &str, size: Values) -> Result<Self, MassError> {
        self.noisy(name, size, None)
    }

    /// The same, times slope x + offset, x being the variable at the beginning of the step.
    ///
    /// # Errors
    /// As [`Network::noise`].
    pub fn noise_times(
        self,
        name: &str,
        size: Values,
        slope: f64,
        offset: f64,
    ) -> Result<Self, MassError> {
        finite("slope", slope)?;
        finite("offset", offset)?;
        self.noisy(name, size, Some((slope, offset)))
    }

    fn noisy(
        mut self,
        name: &str,
        size: Values,
        gain: Option<(f64, f64)>,
    ) -> Result<Self, MassError> {
        let k = self.variable(name)?;
        size.each(|x| match x.is_finite() && x >= 0.0 {
            true => Ok(()),
            false => Err(MassError::value(format!("noise of {name}"), x, "0 or more, and finite")),
        })?;
        self.noise[k] = Some(Noise { size, gain });
        Ok(self)
    }

    /// Sets whatever has this name: a parameter of nodes, of the coupling function, `G` (the scale
    /// `a` of the coupling function, where it is one), `sigma` (the noise of all variables that
    /// have some) or `speed`, in this order; `node.NAME`, `coupling.NAME`, `sigma.VARIABLE` and
    /// `initial.VARIABLE` say which is meant.
    ///
    /// # Errors
    /// If there is none, or a value is not allowed.
    pub fn set(mut self, name: &str, values: Values) -> Result<Self, MassError> {
        let has = |table: &[ParamInfo]| table.iter().any(|p| p.name == name);
        match name.split_once('.') {
            Some(("node", name)) => return self.param(name, values),
            Some(("coupling", name)) => return self.coupling_param(name, values),
            Some(("sigma", name)) => {
                let k = self.variable(name)?;
                let gain = self.noise[k].as_ref().and_then(|noise| noise.gain);
                return self.noisy(name, values, gain);
            }
            Some(("initial", name)) => return self.initial(name, values),
            _ if has(self.node.params()) => return self.param(name, values),
            _ if has(self.coupling.params()) => return self.coupling_param(name, values),
            _ if name == "G" && self.coupling.scales() => {
                return self.coupling_param("a", values);
            }
            _ if name == "speed" => return self.speed(values),
            _ if name == "sigma" => {}
            _ => return self.param(name, values),
        }
        let noisy: Vec<usize> = self.noisy_variables().collect();
        if noisy.is_empty() {
            let why = "sigma: no variable has noise; sigma.VARIABLE gives it some";
            return Err(MassError::Choice(why.to_owned()));
        }
        for k in noisy {
            let gain = self.noise[k].as_ref().and_then(|noise| noise.gain);
            let variable = self.node.state()[k].name;
            self = self.noisy(variable, values.clone(), gain)?;
        }
        Ok(self)
    }

    /// Variables with noise.
    pub(crate) fn noisy_variables(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.noise.len()).filter(|&k| self.noise[k].is_some())
    }

    /// What all nodes are.
    pub fn node(&self) -> NodeRef {
        self.node
    }

    /// How many lanes there are.
    pub fn lane_count(&self) -> usize {
        self.lanes
    }

    /// The seed of each lane.
    pub fn seeds(&self) -> &[u64] {
        &self.lane_seeds
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.surface.as_ref().map_or(self.regions(), |surface| surface.vertices())
    }

    /// The place of a state variable.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn variable(&self, name: &str) -> Result<usize, MassError> {
        let state = self.node.state();
        state.iter().position(|slot| slot.name == name).ok_or_else(|| {
            let names = state.iter().map(|slot| slot.name);
            MassError::name(self.node.name(), "state variable", name, names)
        })
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network")
            .field("node", &self.node.name())
            .field("coupling", &self.coupling.name())
            .field("nodes", &self.nodes())
            .field("lanes", &self.lanes)
            .finish_non_exhaustive()
    }
}

fn defaults(table: &[ParamInfo]) -> Vec<Values> {
    table.iter().map(|p| Values::from(p.default)).collect()
}

fn find(
    what: &'static str,
    kind: &'static str,
    table: &'static [ParamInfo],
    name: &str,
) -> Result<usize, MassError> {
    let place = table.iter().position(|p| p.name == name);
    place.ok_or_else(|| MassError::name(what, kind, name, table.iter().map(|p| p.name)))
}

fn check(info: &ParamInfo, values: &Values) -> Result<(), MassError> {
    values.each(|x| match info.range.contains(x) {
        true => Ok(()),
        false => Err(MassError::value(info.name, x, info.range)),
    })
}

fn finite(name: &str, x: f64) -> Result<(), MassError> {
    match x.is_finite() {
        true => Ok(()),
        false => Err(MassError::value(name, x, "finite")),
    }
}

fn positive(name: &str, x: f64) -> Result<f64, MassError> {
    match x.is_finite() && x > 0.0 {
        true => Ok(x),
        false => Err(MassError::value(name, x, "above 0, and finite")),
    }
}
