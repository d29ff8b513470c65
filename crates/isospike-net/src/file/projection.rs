//! `[[projections]]`.

use super::connector::{CONNECTORS, Ends, connector};
use super::data::Files;
use super::fields::{Fields, boolean, choice, number, string, wrong};
use super::population::port_unit;
use super::values::distribution;
use crate::{
    Connector, Distribution, Dynamics, NetError, Plasticity, Population, Projection, StdpRule,
    WeightStorage,
};
use ::toml::Value as Toml;

const KEYS: [&str; 9] =
    ["from", "to", "autapses", "multapses", "weight", "delay", "port", "storage", "plasticity"];
pub(super) const STORAGE: [(&str, WeightStorage); 6] = [
    ("auto", WeightStorage::Auto),
    ("exact", WeightStorage::Exact),
    ("i8", WeightStorage::I8),
    ("i16", WeightStorage::I16),
    ("f16", WeightStorage::F16),
    ("bf16", WeightStorage::BF16),
];
pub(super) const RULES: [(&str, StdpRule); 2] =
    [("stdp", StdpRule::Pair), ("stdp_pl", StdpRule::PowerLaw)];

pub(super) fn projection(
    index: usize,
    v: &Toml,
    populations: &[Population],
    files: &Files<'_>,
) -> Result<Projection, NetError> {
    let known: Vec<&str> = KEYS.into_iter().chain(CONNECTORS).collect();
    let f = Fields::of(format!("projections[{index}]"), v, &known)?;
    let end = |path: &str, v: &Toml| {
        let name = string(path, v)?;
        populations.iter().position(|p| p.name == name).ok_or_else(|| {
            let known = populations.iter().map(|p| p.name.as_str());
            NetError::unknown(path, "population", name, known)
        })
    };
    let (source, target) = (f.need("from", end)?, f.need("to", end)?);
    let port = f.map("port", string)?.map(String::from);
    let unit = match &populations[target].dynamics {
        Dynamics::Model(n) => port_unit(n.model, port.as_deref()),
        Dynamics::Spikes(_) => "",
    };
    let one = Distribution::constant(1.0);
    // A matrix has a place for every neuron's synapse with itself, where a value is often a slip.
    let autapses = f.map("autapses", boolean)?.unwrap_or(f.get("matrix").is_none());
    let ends = Ends { from: &populations[source], to: &populations[target], autapses };
    let connector = connector(&f, unit, files, &ends)?;
    let own_delays = matches!(&connector, Connector::Edges(e) if e.delay_ms.is_some());
    let own = [("weight", connector.own_weights()), ("delay", own_delays.then_some("edges"))];
    for (key, name) in own {
        let Some(name) = name else { continue };
        f.map(key, |path, v| {
            let allowed = format!("{name} gives every synapse a {key}: leave one of the two out");
            Err::<(), _>(wrong(path, v, &allowed))
        })?;
    }
    Ok(Projection {
        source,
        target,
        connector,
        autapses,
        multapses: f.map("multapses", boolean)?.unwrap_or(true),
        weight: f.map("weight", |path, v| distribution(path, v, unit))?.unwrap_or(one),
        delay_ms: f.map("delay", |path, v| distribution(path, v, "ms"))?.unwrap_or(one),
        port,
        storage: f
            .map("storage", |path, v| choice(path, v, "storage", &STORAGE))?
            .unwrap_or_default(),
        plasticity: f.map("plasticity", |path, v| plasticity(path, v, unit))?,
    })
}

/// `{ rule = "stdp", w_max = 100, ... }`; what is left out is NEST's default.
fn plasticity(path: &str, v: &Toml, unit: &str) -> Result<Plasticity, NetError> {
    const KEYS: [&str; 8] =
        ["rule", "tau_plus", "tau_minus", "lambda", "alpha", "mu_plus", "mu_minus", "w_max"];
    let f = Fields::of(path, v, &KEYS)?;
    let rule = f.need("rule", |path, v| choice(path, v, "rule", &RULES))?;
    let w_max = f.need("w_max", |path, v| number(path, v, unit))?;
    let default = match rule {
        StdpRule::Pair => Plasticity::pair(w_max),
        StdpRule::PowerLaw => Plasticity::power_law(w_max),
    };
    let get = |key: &str, unit: &str, default: f64| {
        Ok::<f64, NetError>(f.map(key, |path, v| number(path, v, unit))?.unwrap_or(default))
    };
    Ok(Plasticity {
        rule,
        tau_plus: get("tau_plus", "ms", default.tau_plus)?,
        tau_minus: get("tau_minus", "ms", default.tau_minus)?,
        lambda: get("lambda", "", default.lambda)?,
        alpha: get("alpha", "", default.alpha)?,
        mu_plus: get("mu_plus", "", default.mu_plus)?,
        mu_minus: get("mu_minus", "", default.mu_minus)?,
        w_max,
    })
}
