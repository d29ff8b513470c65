//! Who connects to whom.

use super::data::Files;
use super::fields::{Fields, array, boolean, number, numbers, string, whole, whole32, wrong};
use super::npy::tuple;
use crate::{Connector, Edges, Generator, NetError, Population};
use ::toml::Value as Toml;
use std::sync::Arc;

/// The ways to say who connects to whom.
pub(super) const CONNECTORS: [&str; 11] = [
    "all_to_all",
    "one_to_one",
    "probability",
    "in_degree",
    "out_degree",
    "total",
    "normal",
    "uniform",
    "mexican_hat",
    "edges",
    "matrix",
];

/// The ends of a projection.
pub(super) struct Ends<'n> {
    pub(super) from: &'n Population,
    pub(super) to: &'n Population,
    pub(super) autapses: bool,
}

pub(super) fn connector(
    f: &Fields<'_>,
    unit: &str,
    files: &Files<'_>,
    ends: &Ends<'_>,
) -> Result<Connector, NetError> {
    let key = f.one_of(&CONNECTORS)?;
    let yes = |path: &str, v: &Toml| match v {
        Toml::Boolean(true) => Ok(()),
        _ => Err(wrong(path, v, "must be true (leave it out otherwise)")),
    };
    Ok(match key {
        "all_to_all" => f.need(key, yes).map(|()| Connector::AllToAll)?,
        "one_to_one" => f.need(key, yes).map(|()| Connector::OneToOne)?,
        "probability" => Connector::FixedProbability(f.need(key, |path, v| number(path, v, ""))?),
        "in_degree" => Connector::FixedInDegree(f.need(key, whole32)?),
        "out_degree" => Connector::FixedOutDegree(f.need(key, whole32)?),
        "total" => Connector::FixedTotal(f.need(key, |path, v| whole(path, v, 1 << 52))?),
        "normal" => Connector::Generated(f.need(key, |path, v| normal(path, v, unit))?),
        "uniform" => Connector::Generated(f.need(key, |path, v| uniform(path, v, unit))?),
        "mexican_hat" => Connector::Generated(f.need(key, mexican_hat)?),
        "matrix" => {
            Connector::Edges(Arc::new(f.need(key, |path, v| matrix(path, v, files, ends))?))
        }
        _ => Connector::Edges(Arc::new(f.need(key, |path, v| edges(path, v, unit, files))?)),
    })
}

/// `{ mean = 0, std = 5, sparsity = 0.9, glorot = true }`.
fn normal(path: &str, v: &Toml, unit: &str) -> Result<Generator, NetError> {
    let f = Fields::of(path, v, &["mean", "std", "sparsity", "glorot"])?;
    Ok(Generator::Normal {
        mean: f.need("mean", |path, v| number(path, v, unit))?,
        std: f.need("std", |path, v| number(path, v, unit))?,
        sparsity: f.map("sparsity", |path, v| number(path, v, ""))?.unwrap_or(0.5),
        glorot: f.map("glorot", boolean)?.unwrap_or(false),
    })
}

/// `{ low = -1, high = 1, sparsity = 0.9 }`.
fn uniform(path: &str, v: &Toml, unit: &str) -> Result<Generator, NetError> {
    let f = Fields::of(path, v, &["low", "high", "sparsity"])?;
    Ok(Generator::Uniform {
        low: f.need("low", |path, v| number(path, v, unit))?,
        high: f.need("high", |path, v| number(path, v, unit))?,
        sparsity: f.need("sparsity", |path, v| number(path, v, ""))?,
    })
}

/// `{ a = 1.0015, sigma_1 = 6.98, sigma_2 = 7 }`.
fn mexican_hat(path: &str, v: &Toml) -> Result<Generator, NetError> {
    let f = Fields::of(path, v, &["a", "sigma_1", "sigma_2"])?;
    let get = |key: &str| f.need(key, |path, v| number(path, v, ""));
    let (a, sigma_1, sigma_2) = (get("a")?, get("sigma_1")?, get("sigma_2")?);
    Ok(Generator::MexicanHat { a, sigma_1, sigma_2 })
}

/// A file of weights, a row per source and a column per target.
fn matrix(path: &str, v: &Toml, files: &Files<'_>, ends: &Ends<'_>) -> Result<Edges, NetError> {
    let Ends { from, to, autapses } = ends;
    let wanted = [from.size as usize, to.size as usize];
    let accept = |shape: [usize; 2]| match shape == wanted {
        true => Ok(()),
        false => Err(format!(
            "must be {}: a row per neuron of {}, a column per neuron of {}",
            tuple(&wanted),
            from.name,
            to.name
        )),
    };
    let autapses = *autapses || from.name != to.name;
    Ok(files.matrix(path, string(path, v)?, accept, autapses)?.1)
}

/// A file, or `{ pre = [..], post = [..], weight = [..], delay = [..] }`.
fn edges(path: &str, v: &Toml, unit: &str, files: &Files<'_>) -> Result<Edges, NetError> {
    if let Toml::String(file) = v {
        return files.edges(path, file);
    }
    let f = Fields::of(path, v, &["pre", "post", "weight", "delay"])?;
    let ids = |path: &str, v: &Toml| {
        let items = array(path, v)?.iter().enumerate();
        items.map(|(i, v)| whole32(&format!("{path}[{i}]"), v)).collect::<Result<Vec<_>, _>>()
    };
    Ok(Edges {
        pre: f.need("pre", ids)?,
        post: f.need("post", ids)?,
        weight: f.map("weight", |path, v| numbers(path, v, unit))?,
        delay_ms: f.map("delay", |path, v| numbers(path, v, "ms"))?,
    })
}
