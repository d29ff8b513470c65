//! What is lost where numbers are stored: how wide weights and state are, and by how much storing
//! them rounds.

use super::build::{Draft, Spec};
use super::scale::pow2;
use super::storage::{Format, half_units};
use isospike_net::{Precision, SynapseWeights};
use serde::Serialize;

/// What is lost where numbers are stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resolution {
    /// Weights, by projection.
    pub weights: Vec<WeightResolution>,
    /// State, by population of neurons.
    pub state: Vec<StateResolution>,
}

/// How the weights of a projection are stored.
///
/// The errors are those of weights that are given, or of weights spread evenly over their
/// distribution; up to a few thousand of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightResolution {
    /// Source population.
    pub from: String,
    /// Target population.
    pub to: String,
    /// Changes by plasticity.
    pub plastic: bool,
    /// `constant`, `u8`, `i8`, `u16`, `i16`, `i32`, `i64`, `f16`, `bf16`, `f32` or `f64`.
    pub stored: &'static str,
    /// Bits of a weight; 0 where it is the same for all.
    pub bits: u32,
    /// What the stored number 1 stands for, in the unit of the port.
    pub scale: f64,
    /// Median rounding error of a weight, relative to it.
    pub median_error: f64,
    /// Largest rounding error of a weight, relative to it: 1 where one vanishes.
    pub largest_error: f64,
}

/// How the state of a population is stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StateResolution {
    /// Population.
    pub population: String,
    /// `f16`, `bf16`, `f32` or `f64`.
    pub stored: &'static str,
    /// Bits of a state variable.
    pub bits: u32,
    /// Largest rounding error of a variable when it is stored, relative to it.
    pub largest_error: f64,
}

/// Weights of a distribution that are looked at.
const DRAWN: u32 = 1023;
/// Weights of a list that are looked at, about.
const GIVEN: usize = 4096;

pub(super) fn of(d: &Draft<'_>) -> Resolution {
    let populations = d.populations.iter().filter_map(|p| Some((&p.name, p.neurons.as_ref()?)));
    Resolution {
        weights: (0..d.members.len()).map(|m| weights(d, m)).collect(),
        state: populations
            .map(|(name, n)| {
                let (stored, bits, digits) = float(n.state.map(Format::Half), d.network.precision);
                let largest_error = pow2(-digits);
                StateResolution { population: name.clone(), stored, bits, largest_error }
            })
            .collect(),
    }
}

/// Name, bits and significant bits of the floats of a format, or of the precision.
fn float(format: Option<Format>, precision: Precision) -> (&'static str, u32, i32) {
    match (format.and_then(Format::half), precision) {
        (Some(half), _) => (half.name(), 16, half.digits() as i32),
        (None, Precision::F32) => ("f32", 32, 24),
        (None, Precision::F64) => ("f64", 64, 53),
    }
}

fn weights(d: &Draft<'_>, member: usize) -> WeightResolution {
    let (m, p) = (&d.members[member], d.projection(member));
    let spec = d.specs.iter().find(|s| s.members.contains(&member)).expect("it is in a table");
    let exponents = m.ports.map(|port| d.neurons_of(m.target).ports[port].exponent);
    let plastic = spec.rule.is_some();
    let (stored, bits, scale, [median_error, largest_error]) = if plastic {
        let (stored, bits, digits) = float(Some(spec.format), d.network.precision);
        (stored, bits, 1.0, [pow2(-digits); 2])
    } else {
        let (stored, bits) = match spec.format {
            Format::Constant { .. } => ("constant", 0),
            Format::U8 { .. } => ("u8", 8),
            Format::I8 => ("i8", 8),
            Format::U16 { .. } => ("u16", 16),
            Format::I16 => ("i16", 16),
            Format::I32 => ("i32", 32),
            Format::I64 => ("i64", 64),
            Format::Half(half) => (half.name(), 16),
        };
        let scale = pow2(spec.shift - exponents[usize::from(m.stats.max < 0.0)]);
        (stored, bits, scale, errors(&d.network.synapse_weights(member), spec, exponents))
    };
    let [from, to] = [p.source, p.target].map(|i| d.populations[i].name.clone());
    WeightResolution { from, to, plastic, stored, bits, scale, median_error, largest_error }
}

/// Median and largest rounding error of weights, relative to each.
fn errors(weights: &SynapseWeights<'_>, spec: &Spec, exponents: [i32; 2]) -> [f64; 2] {
    let error = |w: f64| {
        let k = exponents[usize::from(w < 0.0)];
        let x = w * pow2(k - spec.shift);
        let kept = match spec.format {
            Format::Half(half) => half_units(half.nearest(x) as f32, spec.shift) as f64 * pow2(-k),
            _ => x.round_ties_even() * pow2(spec.shift - k),
        };
        ((kept - w) / w).abs()
    };
    let mut errors: Vec<f64> =
        sample(weights).into_iter().filter(|w| *w != 0.0).map(error).collect();
    errors.sort_unstable_by(f64::total_cmp);
    [errors.get(errors.len() / 2), errors.last()].map(|e| e.copied().unwrap_or(0.0))
}

/// Weights of a projection, or what they are drawn like.
fn sample(weights: &SynapseWeights<'_>) -> Vec<f64> {
    match weights {
        SynapseWeights::Drawn(d) => d.quantiles(DRAWN).collect(),
        SynapseWeights::Listed(w) => w.iter().copied().step_by(w.len().div_ceil(GIVEN)).collect(),
    }
}
