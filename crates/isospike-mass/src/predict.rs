//! One step from every point of a stored path, all of them side by side: what centred models of a
//! latent path are made of.

use crate::MassError;
use crate::network::Network;
use crate::plan::Plan;
use crate::real::Real;
use crate::recipe::NoiseRecipe;
use crate::tile::Tile;
use crate::values::Values;
use isospike_lane::Float;
use isospike_lane::isa::Isa;
use isospike_lane::precise::log;

/// What a network makes of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction<F> {
    /// The state one step after each point, without noise: `[time][variable][node]`, as the path.
    pub mean: Vec<F>,
    /// The logarithm of the density of every step of the path, one fewer than points: that of
    /// normal variates around `mean` with the deviations of the network's noise, over all nodes and
    /// variables that have noise. For Euler's method that is the density of what the network does;
    /// in other methods noise passes through the drift too, which this leaves aside, as vbjax does.
    pub log_density: Vec<f64>,
}

/// Times of a path that go through their steps together, each as a lane.
pub struct Predictor<'a, F> {
    network: Network,
    plan: Plan<F>,
    path: &'a [F],
    /// Numbers of a state.
    each: usize,
}

impl<'a, F: Real> Predictor<'a, F> {
    /// For the path of one lane of a network, `[time][variable][node]`. What was before the path is
    /// its first point.
    ///
    /// # Errors
    /// If the network has not exactly one lane, or the path is not made of whole states that are
    /// finite.
    pub fn new(network: &Network, path: &'a [F]) -> Result<Self, MassError> {
        let (nodes, variables) = (network.nodes(), network.node.state().len());
        let each = nodes * variables;
        if network.lanes != 1 {
            let allowed = "1: a path is that of one lane";
            return Err(MassError::value("lanes", network.lanes as f64, allowed));
        }
        if path.is_empty() || !path.len().is_multiple_of(each) {
            let allowed = format!("some times {each}: {variables} variables of {nodes} nodes");
            return Err(MassError::value("numbers of a path", path.len() as f64, allowed));
        }
        let times = path.len() / each;
        if let Some(at) = path.iter().position(|x| !Float::is_finite(*x)) {
            let variable = network.node.state()[at % each / nodes].name;
            let field = format!("path: time {}, {variable} of node {}", at / each, at % nodes);
            return Err(MassError::value(field, path[at].to_f64(), "finite"));
        }
        Plan::<F>::new(network.clone())?;
        let mut quiet = network.clone();
        let mut all = quiet.params.iter_mut().chain(&mut quiet.coupling_params);
        all.by_ref().chain([&mut quiet.speed]).for_each(|values| {
            *values = std::mem::replace(values, Values::Scalar(0.0)).of_one_lane();
        });
        quiet.noise.fill(None);
        let mut quiet = quiet.lane_seeds(vec![0; times])?;
        // a path may hold what no initial value may: every number is put in place by `tile`
        quiet.initial.fill(Values::from(0.0));
        let plan = Plan::new(quiet)?;
        Ok(Predictor { network: network.clone(), plan, path, each })
    }

    /// Parts that do not depend on each other.
    pub fn parts(&self) -> usize {
        self.plan.tiles()
    }

    /// The means of a part, `[time][variable][node]`, and its times.
    pub fn part(&self, index: usize, isa: Isa) -> (&[usize], Vec<F>) {
        let (nodes, path) = (self.network.nodes(), self.path);
        let at = |time: usize, back: u32, variable: usize, node: usize| {
            let time = time.saturating_sub(back as usize);
            path[time * self.each + variable * nodes + node]
        };
        let mut tile = Tile::on_path(&self.plan, index, isa, at);
        tile.run(1, |_| ());
        let times = self.plan.lanes(index);
        let mut mean = Vec::with_capacity(times.len() * self.each);
        for lane in 0..times.len() {
            for variable in 0..self.each / nodes {
                let state = tile.state(variable);
                mean.extend((0..nodes).map(|node| state[node * times.len() + lane]));
            }
        }
        (times, mean)
    }

    /// All parts together, in any order.
    pub fn finish(&self, parts: impl IntoIterator<Item = (Vec<usize>, Vec<F>)>) -> Prediction<F> {
        let mut mean = vec![F::default(); self.path.len()];
        for (times, part) in parts {
            for (time, state) in times.into_iter().zip(part.chunks_exact(self.each)) {
                mean[time * self.each..][..self.each].copy_from_slice(state);
            }
        }
        let times = self.path.len() / self.each;
        let noises = self.network.recipe().noise;
        let density = |time: usize| self.log_density(time, &mean, &noises);
        let log_density = (1..times).map(density).collect();
        Prediction { mean, log_density }
    }

    /// Of the step that ends at a time.
    fn log_density(&self, time: usize, mean: &[F], noises: &[NoiseRecipe]) -> f64 {
        const HALF_LOG_TWO_PI: f64 = 0.918_938_533_204_672_8;
        let nodes = self.network.nodes();
        let at = |all: &[F], time: usize, k: usize, node: usize| {
            all[time * self.each + k * nodes + node].to_f64()
        };
        let mut sum = 0.0;
        for noise in noises {
            let k = noise.variable;
            for node in 0..nodes {
                let size = noise.deviation.at(node, 0, 1);
                let size = match noise.gain {
                    None => size,
                    Some((slope, offset)) => {
                        size * (slope * at(self.path, time - 1, k, node) + offset).abs()
                    }
                };
                // without noise there is no density
                if size == 0.0 {
                    continue;
                }
                let away = at(self.path, time, k, node) - at(mean, time - 1, k, node);
                let z = away / size;
                sum += -0.5 * z * z - log(size) - HALF_LOG_TWO_PI;
            }
        }
        sum
    }
}

/// One step from every point of a path, one part after the other; a device may do it side by side.
///
/// # Errors
/// As [`Predictor::new`].
///
/// ```
/// use isospike_mass::models::Linear;
/// use isospike_mass::{Connectome, CouplingStage, Integrator, Network, Values, predict};
///
/// // x' = -x / 2, as gamma = -0.5; noise of 0.1 per root of a unit of time
/// let network = Network::new(&Linear, Connectome::none(1))
///     .dt(1.0)?
///     .integrator(Integrator::Euler, CouplingStage::Hold)
///     .param("gamma", Values::from(-0.5))?
///     .noise("x", Values::from(0.1))?;
/// let predicted = predict(&network, &[8.0, 4.1, 2.0])?;
/// assert_eq!(predicted.mean, [4.0, 2.05, 1.0]);
/// // deviations of one and of a half
/// let at = |z: f64| -0.5 * z * z - (0.1f64).ln() - 0.5 * (2.0 * std::f64::consts::PI).ln();
/// assert!((predicted.log_density[0] - at(1.0)).abs() < 1e-9);
/// assert!((predicted.log_density[1] - at(0.5)).abs() < 1e-9);
/// # Ok::<(), isospike_mass::MassError>(())
/// ```
pub fn predict<F: Real>(network: &Network, path: &[F]) -> Result<Prediction<F>, MassError> {
    let all = Predictor::new(network, path)?;
    let part = |index: usize| {
        let (times, mean) = all.part(index, Isa::detect());
        (times.to_vec(), mean)
    };
    Ok(all.finish((0..all.parts()).map(part)))
}
