//! `[[projections]]`.

use super::connector::{CONNECTORS, Ends, connector};
use super::data::Files;
use super::fields::{Fields, array, boolean, choice, number, numbers, string, wrong};
use super::population::port_unit;
use super::values::distribution;
use crate::{
    Connector, Distribution, Dynamics, Edges, NetError, Plasticity, Population, Projection,
    StdpRule, WeightStorage,
};
use ::toml::Value as Toml;
use ndarray::Array2;
use std::sync::Arc;

const KEYS: [&str; 10] = [
    "from",
    "to",
    "autapses",
    "multapses",
    "weight",
    "delay",
    "filter",
    "port",
    "storage",
    "plasticity",
];
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
    let delay_ms = f.map("delay", |path, v| distribution(path, v, "ms"))?.unwrap_or(one);
    let filter = |path: &str, v: &Toml| filtered(path, v, unit, files, &connector, &delay_ms);
    let filtered = f.map("filter", filter)?;
    let own_delays = matches!(&connector, Connector::Edges(e) if e.delay_ms.is_some());
    let own_weights = filtered.as_ref().map_or(connector.own_weights(), |_| Some("filter"));
    let own = [("weight", own_weights), ("delay", own_delays.then_some("edges"))];
    for (key, name) in own {
        let Some(name) = name else { continue };
        f.map(key, |path, v| {
            let allowed = format!("{name} gives every synapse a {key}: leave one of the two out");
            Err::<(), _>(wrong(path, v, &allowed))
        })?;
    }
    let delay_ms = if filtered.is_some() { one } else { delay_ms };
    Ok(Projection {
        source,
        target,
        connector: filtered.map_or(connector, |edges| Connector::Edges(Arc::new(edges))),
        autapses,
        multapses: f.map("multapses", boolean)?.unwrap_or(true),
        weight: f.map("weight", |path, v| distribution(path, v, unit))?.unwrap_or(one),
        delay_ms,
        port,
        storage: f
            .map("storage", |path, v| choice(path, v, "storage", &STORAGE))?
            .unwrap_or_default(),
        plasticity: f.map("plasticity", |path, v| plasticity(path, v, unit))?,
    })
}

/// A filter per edge, from lag 0 on: `"filters.npy"`, a matrix [edge, lag], or rows of numbers.
fn filtered(
    path: &str,
    v: &Toml,
    unit: &str,
    files: &Files<'_>,
    connector: &Connector,
    delay_ms: &Distribution,
) -> Result<Edges, NetError> {
    let Connector::Edges(edges) = connector else {
        return Err(wrong(path, v, "goes with edges: a filter for each"));
    };
    let Some(delay_ms) = delay_ms.as_constant() else {
        return Err(wrong(path, v, "needs one delay for all edges, to which lags are added"));
    };
    let filters = match v {
        Toml::String(file) if Files::is_array(file) => files.table(path, file, edges.pre.len())?,
        _ => {
            let rows = array(path, v)?.iter().enumerate();
            let rows = rows.map(|(e, row)| numbers(&format!("{path}[{e}]"), row, unit));
            let rows = rows.collect::<Result<Vec<_>, _>>()?;
            let lags = rows.iter().map(Vec::len).max().unwrap_or(0);
            let entry = |(e, lag): (usize, usize)| rows[e].get(lag).copied().unwrap_or(0.0);
            Array2::from_shape_fn((rows.len(), lags), entry)
        }
    };
    let edges = Edges::clone(edges).filtered(&filters.view(), delay_ms, files.dt_ms);
    edges.map_err(|e| match e {
        NetError::Value { path: field, value, allowed } => {
            let field = field.strip_prefix("filter").map(|rest| format!("{path}{rest}"));
            NetError::value(field.unwrap_or(path.into()), value, allowed)
        }
        other => other,
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
