//! Smaller and larger versions of a network.

use crate::{Connector, Course, Distribution, Dynamics, Input, NetError, Network, Shape, Value};
use isospike_lane::precise::log;
use isospike_model::Shown;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a network changes with its size.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Scaling {
    /// What happens to the number of synapses per neuron.
    pub degrees: Degrees,
    /// What happens to the weights.
    pub weights: Weights,
    /// Mean rates of the full network by population (spikes/s), for [`Weights::Sqrt`].
    pub rates_hz: BTreeMap<String, f64>,
}

/// What happens to the number of synapses per neuron in a network of f times the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Degrees {
    /// It is multiplied by f: probabilities stay.
    #[default]
    Scale,
    /// It stays: probabilities are divided by f.
    Keep,
}

/// What happens to the weights in a network of f times the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Weights {
    /// They stay, and so do the inputs.
    #[default]
    Keep,
    /// They are divided by √f, which keeps the variance of the input when degrees are multiplied by
    /// f; rates of Poisson inputs are multiplied by f. The mean that is lost, (1 - √f) of the full
    /// network's, is given back as constant current `I_e`, computed from [`Scaling::rates_hz`] (van
    /// Albada, Helias & Diesmann 2015).
    Sqrt,
}

impl Network {
    /// The network at `factor` times its size.
    ///
    /// Sizes, degrees and totals are rounded to the nearest integer, sizes to an even one where a
    /// [`Generator`](crate::Generator) makes half of the neurons inhibitory. One-to-one and
    /// all-to-all projections follow the sizes. Call it before [`Network::validate`].
    ///
    /// # Errors
    /// If the factor is not positive, if something in the network is given for each neuron or
    /// synapse (edges, per-neuron values, spike trains), or if the lost mean cannot be computed:
    /// weights that connections come with, an unknown rate, or a model whose synapses are not
    /// exponential or alpha-shaped currents.
    pub fn scale(&mut self, factor: f64, scaling: &Scaling) -> Result<(), NetError> {
        if !(factor.is_finite() && factor > 0.0) {
            return Err(NetError::value("scale", Shown(factor), "must be > 0"));
        }
        if factor == 1.0 {
            return Ok(());
        }
        self.check_scalable()?;
        if scaling.weights == Weights::Sqrt {
            if scaling.degrees == Degrees::Keep {
                let allowed = "needs degrees = \"scale\": with constant degrees the input stays";
                return Err(NetError::value("scaling.weights", "sqrt", allowed));
            }
            let lost = self.lost_current(factor, scaling)?;
            for (population, extra) in lost.into_iter().enumerate() {
                self.add_current(population, extra)?;
            }
            let w = 1.0 / factor.sqrt();
            for p in &mut self.projections {
                p.weight = p.weight.times(w);
            }
            for p in &mut self.populations {
                let Dynamics::Model(n) = &mut p.dynamics else { continue };
                for input in &mut n.inputs {
                    if let Input::Poisson { rate_hz, weight, .. } = input {
                        *weight *= w;
                        *rate_hz = rate_hz.times(factor);
                    }
                }
            }
        }
        for (i, p) in self.populations.iter_mut().enumerate() {
            let halves = self.projections.iter().any(|projection| {
                projection.source == i
                    && matches!(&projection.connector, Connector::Generated(g) if g.dale())
            });
            let unit = if halves { 2 } else { 1 };
            let units = f64::from(p.size) * factor / f64::from(unit);
            p.size = (units.round() as u32).max(1).saturating_mul(unit);
        }
        for p in &mut self.projections {
            p.connector = match (&p.connector, scaling.degrees) {
                (Connector::FixedInDegree(k), Degrees::Scale) => {
                    Connector::FixedInDegree((f64::from(*k) * factor).round() as u32)
                }
                (Connector::FixedOutDegree(k), Degrees::Scale) => {
                    Connector::FixedOutDegree((f64::from(*k) * factor).round() as u32)
                }
                (Connector::FixedTotal(n), Degrees::Scale) => {
                    Connector::FixedTotal((*n as f64 * factor * factor).round() as u64)
                }
                (Connector::FixedTotal(n), Degrees::Keep) => {
                    Connector::FixedTotal((*n as f64 * factor).round() as u64)
                }
                (Connector::FixedProbability(p), Degrees::Keep) => {
                    Connector::FixedProbability((p / factor).min(1.0))
                }
                (Connector::Generated(g), Degrees::Scale) => {
                    Connector::Generated(g.scaled(factor, factor))
                }
                (Connector::Generated(g), Degrees::Keep) => {
                    Connector::Generated(g.scaled(factor, 1.0))
                }
                (other, _) => other.clone(),
            };
        }
        Ok(())
    }

    fn check_scalable(&self) -> Result<(), NetError> {
        let wrong = |path: String, what: &str| {
            Err(NetError::value(path, what, "cannot be scaled: only scale = 1 is possible"))
        };
        for (i, p) in self.projections.iter().enumerate() {
            if let Connector::Edges(_) = &p.connector {
                return wrong(format!("projections[{i}].edges"), "explicit edges");
            }
        }
        for p in &self.populations {
            let path = format!("populations.{}", p.name);
            let Dynamics::Model(n) = &p.dynamics else {
                return wrong(format!("{path}.spikes"), "given spikes");
            };
            for (i, input) in n.inputs.iter().enumerate() {
                let Input::Stimulus(s) = input else { continue };
                if matches!((&s.gain, &s.course), (Value::PerNeuron(_), _) | (_, Course::Frames(_)))
                {
                    return wrong(format!("{path}.inputs[{i}]"), "a value for each neuron");
                }
            }
            for (section, values) in [("params", &n.params), ("initial", &n.initial)] {
                for (name, value) in values {
                    let what = match value {
                        Value::PerNeuron(_) => "a value for each neuron",
                        // the current that makes up for lost weights is one for all lanes
                        Value::PerLane(_) => "a value for each lane",
                        _ => continue,
                    };
                    return wrong(format!("{path}.{section}.{name}"), what);
                }
            }
        }
        Ok(())
    }

    /// The constant current (pA) each population loses when weights are divided by √f and degrees
    /// multiplied by f: (1 - √f) times the mean current of its synapses and Poisson inputs in the
    /// full network.
    fn lost_current(&self, factor: f64, scaling: &Scaling) -> Result<Vec<f64>, NetError> {
        let mut mean = vec![0.0; self.populations.len()];
        let per_ms = 1e-3;
        for (i, p) in self.projections.iter().enumerate() {
            if let Connector::Generated(g) = &p.connector {
                let allowed = "comes with its weights: scaling.weights = \"sqrt\" cannot be";
                return Err(NetError::value(format!("projections[{i}]"), g.name(), allowed));
            }
            let [source, target] = [p.source, p.target].map(|k| &self.populations[k]);
            let Some(rate) = scaling.rates_hz.get(&source.name) else {
                let path = format!("scaling.rates_hz.{}", source.name);
                let allowed = "the mean rate of the full network is needed";
                return Err(NetError::value(path, "missing", allowed));
            };
            let (n_sources, n_targets) = (f64::from(source.size), f64::from(target.size));
            let in_degree = match &p.connector {
                Connector::AllToAll => n_sources,
                Connector::OneToOne => 1.0,
                Connector::FixedProbability(q) => q * n_sources,
                Connector::FixedInDegree(k) => f64::from(*k),
                Connector::FixedOutDegree(k) => f64::from(*k) * n_sources / n_targets,
                Connector::FixedTotal(n) => *n as f64 / n_targets,
                // Refused before.
                Connector::Generated(_) | Connector::Edges(_) => 0.0,
            };
            let w = p.weight.mean();
            let path = format!("projections[{i}].weight");
            mean[p.target] += per_ms * self.charge(p.target, &path, w)? * in_degree * rate;
        }
        for (k, p) in self.populations.iter().enumerate() {
            let Dynamics::Model(n) = &p.dynamics else { continue };
            for (i, input) in n.inputs.iter().enumerate() {
                if let Input::Poisson { weight, .. } = input {
                    let rate = self.input_rate(k, i).map_or(0.0, |r| r.mean());
                    let path = format!("populations.{}.inputs[{i}].weight", p.name);
                    mean[k] += per_ms * self.charge(k, &path, *weight)? * rate;
                }
            }
        }
        let lost = 1.0 - factor.sqrt();
        Ok(mean.into_iter().map(|m| lost * m).collect())
    }

    /// The integral of the current that one spike of weight `w` causes (pA ms).
    fn charge(&self, population: usize, path: &str, w: f64) -> Result<f64, NetError> {
        let model = self.model_of(population).map_or("", |n| n.model.name());
        let shape = match model {
            "iaf_psc_exp" => 1.0,
            "iaf_psc_alpha" => std::f64::consts::E,
            _ => {
                let allowed = "scaling.weights = \"sqrt\" needs the models iaf_psc_exp or \
                               iaf_psc_alpha";
                return Err(NetError::value(path, model, allowed));
            }
        };
        let tau = if w >= 0.0 { "tau_syn_ex" } else { "tau_syn_in" };
        Ok(self.param(population, tau).map_or(0.0, |c| c.mean()) * w * shape)
    }

    fn add_current(&mut self, population: usize, extra: f64) -> Result<(), NetError> {
        let path = format!("populations.{}.params.I_e", self.populations[population].name);
        let Dynamics::Model(n) = &mut self.populations[population].dynamics else { return Ok(()) };
        match n.params.entry("I_e".into()).or_insert(Value::Constant(0.0)) {
            Value::Constant(x) => *x += extra,
            _ => {
                let allowed = "must be one number for the scaled network";
                return Err(NetError::value(path, "a value per neuron", allowed));
            }
        }
        Ok(())
    }
}

impl Value {
    /// The value multiplied by a positive factor.
    fn times(&self, factor: f64) -> Value {
        match self {
            Value::Constant(x) => Value::Constant(x * factor),
            Value::PerNeuron(xs) => {
                Value::PerNeuron(Arc::new(xs.iter().map(|x| x * factor).collect()))
            }
            Value::PerLane(xs) => Value::PerLane(Arc::new(xs.iter().map(|x| x * factor).collect())),
            Value::Random(d) => Value::Random(d.times(factor)),
            Value::Polynomial { coefficients, variable, of } => Value::Polynomial {
                coefficients: coefficients.iter().map(|c| c * factor).collect(),
                variable: *variable,
                of: *of,
            },
        }
    }
}

impl Distribution {
    /// The distribution of the value multiplied by a positive factor.
    #[must_use]
    pub fn times(&self, factor: f64) -> Distribution {
        let shape = match self.shape {
            Shape::Constant(c) => Shape::Constant(c * factor),
            Shape::Uniform(a, b) => Shape::Uniform(a * factor, b * factor),
            Shape::Normal(m, sd) => Shape::Normal(m * factor, sd * factor),
            Shape::LogNormal(m, sd) => Shape::LogNormal(m + log(factor), sd),
        };
        Distribution { shape, min: self.min * factor, max: self.max * factor, ..*self }
    }
}
