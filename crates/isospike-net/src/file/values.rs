//! Distributions and values per neuron.

use super::data::Files;
use super::fields::{Fields, array, choice, number, numbers, pair, string, table, wrong};
use crate::{Distribution, NetError, Outside, Shape, Value};
use std::sync::Arc;

const SHAPES: [&str; 4] = ["constant", "uniform", "normal", "lognormal"];

/// A number, or a table such as `{ normal = [1.5, 0.75], min = 0.05, outside = "redraw" }`.
pub(super) fn distribution(
    path: &str,
    value: &::toml::Value,
    unit: &str,
) -> Result<Distribution, NetError> {
    if !value.is_table() {
        return number(path, value, unit).map(Distribution::constant);
    }
    let known: Vec<&str> = SHAPES.into_iter().chain(["min", "max", "outside"]).collect();
    let f = Fields::of(path, value, &known)?;
    let key = f.one_of(&SHAPES)?;
    let two = |path: &str, v| pair(path, v, [unit, unit]);
    let shape = match key {
        "constant" => Shape::Constant(f.need(key, |path, v| number(path, v, unit))?),
        "uniform" => f.need(key, two).map(|(a, b)| Shape::Uniform(a, b))?,
        "normal" => f.need(key, two).map(|(a, b)| Shape::Normal(a, b))?,
        _ => f.need(key, |path, v| pair(path, v, ["", ""])).map(|(a, b)| Shape::LogNormal(a, b))?,
    };
    let bound = |path: &str, v: &_| number(path, v, unit);
    let outside = [("clip", Outside::Clip), ("redraw", Outside::Redraw)];
    Ok(Distribution {
        shape,
        min: f.map("min", bound)?.unwrap_or(f64::NEG_INFINITY),
        max: f.map("max", bound)?.unwrap_or(f64::INFINITY),
        outside: f
            .map("outside", |path, v| choice(path, v, "choice", &outside))?
            .unwrap_or_default(),
    })
}

/// The random variables of a population, in the order of the file.
pub(super) struct Variables<'t>(Vec<(&'t str, Distribution)>);

impl<'t> Variables<'t> {
    pub(super) fn new(
        path: &str,
        value: Option<&'t ::toml::Value>,
    ) -> Result<Variables<'t>, NetError> {
        let Some(value) = value else { return Ok(Variables(Vec::new())) };
        let entries = table(path, value)?;
        if entries.len() > 256 {
            return Err(NetError::value(path, entries.len(), "at most 256 variables"));
        }
        let read = |(name, v): (&'t String, &::toml::Value)| {
            Ok((name.as_str(), distribution(&format!("{path}.{name}"), v, "")?))
        };
        entries.iter().map(read).collect::<Result<_, _>>().map(Variables)
    }

    fn find(&self, path: &str, name: &str) -> Result<(u8, Distribution), NetError> {
        let i = self.0.iter().position(|(n, _)| *n == name).ok_or_else(|| {
            NetError::unknown(path, "random variable", name, self.0.iter().map(|(n, _)| *n))
        })?;
        Ok((i as u8, self.0[i].1))
    }
}

/// A value per neuron: a number, an array, a file, a distribution, a polynomial of a random
/// variable; or one per lane.
pub(super) fn value(
    path: &str,
    v: &::toml::Value,
    unit: &str,
    variables: &Variables<'_>,
    files: &Files<'_>,
) -> Result<Value, NetError> {
    match v {
        ::toml::Value::String(s) if Files::is_array(s) => {
            files.array(path, s).map(|xs| Value::PerNeuron(Arc::new(xs)))
        }
        ::toml::Value::Array(_) => numbers(path, v, unit).map(|xs| Value::PerNeuron(Arc::new(xs))),
        ::toml::Value::Table(t) if t.contains_key("lanes") => {
            let f = Fields::new(path, t, &["lanes"])?;
            f.need("lanes", |path, v| numbers(path, v, unit)).map(|xs| Value::PerLane(xs.into()))
        }
        ::toml::Value::Table(t) if t.contains_key("polynomial") => {
            let f = Fields::new(path, t, &["polynomial", "of"])?;
            let coefficients = f.need("polynomial", |path, v| {
                if array(path, v)?.is_empty() {
                    return Err(wrong(path, v, "must hold coefficients, constant term first"));
                }
                numbers(path, v, unit)
            })?;
            let (variable, of) = f.need("of", |path, v| variables.find(path, string(path, v)?))?;
            Ok(Value::Polynomial { coefficients, variable, of })
        }
        _ => distribution(path, v, unit).map(Value::from),
    }
}
