//! `[populations.NAME]`.

use super::data::{Files, STEPS};
use super::fields::{
    Fields, array, choice, number, numbers, pair, show, string, table, whole, whole32, wrong,
};
use super::filter::filters;
use super::values::{Variables, value};
use crate::builder::find_model;
use crate::validate::ms;
use crate::{Dynamics, Input, NetError, Neurons, Population, Value};
use ::toml::Value as Toml;
use isospike_lane::Half;
use isospike_model::ModelDef;
use std::collections::BTreeMap;
use std::sync::Arc;

const KEYS: [&str; 9] =
    ["model", "spikes", "size", "params", "initial", "random", "filters", "inputs", "state"];
const STATE: [(&str, Option<Half>); 3] =
    [("full", None), ("f16", Some(Half::F16)), ("bf16", Some(Half::BF16))];

pub(super) fn population(name: &str, v: &Toml, files: &Files<'_>) -> Result<Population, NetError> {
    let path = format!("populations.{name}");
    let f = Fields::of(&path, v, &KEYS)?;
    let size = f.need("size", whole32)?;
    let dynamics = match f.one_of(&["model", "spikes"])? {
        "spikes" => {
            if let Some(key) = ["params", "initial", "random", "filters", "inputs", "state"]
                .iter()
                .find(|k| f.get(k).is_some())
            {
                let allowed = "is for neurons of a model, not for given spikes";
                return Err(wrong(&f.path(key), f.get(key).expect("found"), allowed));
            }
            let spikes = f.need("spikes", |path, v| spikes(path, v, files))?;
            Dynamics::Spikes(Arc::new(spikes))
        }
        _ => Dynamics::Model(neurons(&path, &f, size, files)?),
    };
    Ok(Population { name: name.into(), size, dynamics })
}

/// A file, or `{ time = [..], id = [..] }`, or with `step` instead of `time`.
fn spikes(path: &str, v: &Toml, files: &Files<'_>) -> Result<Vec<(u64, u32)>, NetError> {
    if let Toml::String(file) = v {
        return files.spikes(path, file);
    }
    let f = Fields::of(path, v, &["time", "step", "id"])?;
    let ids = f.need("id", whole_array(u32::MAX.into()))?;
    let steps = match f.one_of(&["time", "step"])? {
        "time" => {
            let times = f.need("time", |path, v| numbers(path, v, "ms"))?.into_iter().enumerate();
            let step = |(i, t): (usize, f64)| {
                let wrong = |allowed| NetError::value(format!("{path}.time[{i}]"), ms(t), allowed);
                files.step_of(t.into()).map_err(wrong)
            };
            times.map(step).collect::<Result<_, _>>()?
        }
        _ => f.need("step", whole_array(STEPS))?,
    };
    if ids.len() != steps.len() {
        let value = format!("{} values", ids.len());
        let allowed = format!("one per time ({}) is needed", steps.len());
        return Err(NetError::value(f.path("id"), value, allowed));
    }
    Ok(steps.into_iter().zip(ids.into_iter().map(|i| i as u32)).collect())
}

fn whole_array(most: u64) -> impl Fn(&str, &Toml) -> Result<Vec<u64>, NetError> {
    move |path, v| {
        let items = array(path, v)?.iter().enumerate();
        items.map(|(i, v)| whole(&format!("{path}[{i}]"), v, most)).collect()
    }
}

fn neurons(path: &str, f: &Fields<'_>, size: u32, files: &Files<'_>) -> Result<Neurons, NetError> {
    let model = f.need("model", |_, v| find_model(path, string(path, v)?))?;
    let variables = Variables::new(&f.path("random"), f.get("random"))?;
    let values = |key: &str, what: &'static str, known: &[(&str, &str)]| {
        let mut values = BTreeMap::new();
        let Some(v) = f.get(key) else { return Ok(values) };
        let path = f.path(key);
        for (name, v) in table(&path, v)? {
            let Some((_, unit)) = known.iter().find(|(n, _)| n == name) else {
                return Err(NetError::unknown(path, what, name, known.iter().map(|k| k.0)));
            };
            let path = format!("{path}.{name}");
            values.insert(name.clone(), value(&path, v, unit, &variables, files)?);
        }
        Ok(values)
    };
    let params: Vec<_> = model.params().iter().map(|p| (p.name, p.unit)).collect();
    let state: Vec<_> = model.state().iter().map(|s| (s.name, s.unit)).collect();
    let to = Receiver { model, size, variables: &variables, files };
    let input = |(i, v): (usize, &Toml)| input(&format!("{path}.inputs[{i}]"), v, &to);
    Ok(Neurons {
        model,
        params: values("params", "parameter", &params)?,
        initial: values("initial", "state", &state)?,
        filters: f.map("filters", |path, v| filters(path, v, model, files))?.unwrap_or_default(),
        inputs: f
            .map("inputs", |path, v| array(path, v)?.iter().enumerate().map(input).collect())?
            .unwrap_or_default(),
        state: f.map("state", |path, v| choice(path, v, "format", &STATE))?.flatten(),
    })
}

const INPUTS: [&str; 8] =
    ["poisson", "noise", "steps", "pulses", "sine", "events", "samples", "frames"];

/// The neurons that an input goes to.
pub(super) struct Receiver<'a> {
    model: &'static dyn ModelDef,
    pub(super) size: u32,
    pub(super) variables: &'a Variables<'a>,
    pub(super) files: &'a Files<'a>,
}

fn input(path: &str, v: &Toml, to: &Receiver<'_>) -> Result<Input, NetError> {
    let of_stimuli = super::stimulus::KEYS.into_iter();
    let keys: Vec<&str> = INPUTS.into_iter().chain(["weight", "port"]).chain(of_stimuli).collect();
    let f = Fields::of(path, v, &keys)?;
    let kind = f.one_of(&INPUTS)?;
    if kind != "poisson"
        && let Some(key) = ["weight", "port"].into_iter().find(|k| f.get(k).is_some())
    {
        let value = f.get(key).map_or(String::new(), show);
        return Err(NetError::value(f.path(key), value, "is for poisson inputs only"));
    }
    let others = super::stimulus::KEYS.into_iter().filter(|k| f.get(k).is_some());
    if let Some(key) = others.into_iter().find(|k| !super::stimulus::takes(kind, k)) {
        let value = f.get(key).map_or(String::new(), show);
        return Err(NetError::value(f.path(key), value, format!("is nothing that {kind} takes")));
    }
    match kind {
        "poisson" => {
            let port = f.map("port", string)?.map(String::from);
            let unit = port_unit(to.model, port.as_deref());
            Ok(Input::Poisson {
                rate_hz: f.need("poisson", |path, v| {
                    match value(path, v, "Hz", to.variables, to.files) {
                        Err(e) => Err(e),
                        Ok(Value::Polynomial { .. }) => {
                            Err(wrong(path, v, "must be a number, a distribution or an array"))
                        }
                        ok => ok,
                    }
                })?,
                weight: f.need("weight", |path, v| number(path, v, unit))?,
                port,
            })
        }
        "noise" => {
            let (mean, std) = f.need("noise", |path, v| pair(path, v, ["pA", "pA"]))?;
            Ok(Input::Noise { mean, std })
        }
        "steps" => f.need("steps", |path, v| {
            let step = |(i, v): (usize, &Toml)| pair(&format!("{path}[{i}]"), v, ["ms", "pA"]);
            let steps: Vec<_> =
                array(path, v)?.iter().enumerate().map(step).collect::<Result<_, _>>()?;
            let (times_ms, amplitudes) = steps.into_iter().unzip();
            Ok(Input::Steps { times_ms, amplitudes })
        }),
        _ => super::stimulus::stimulus(kind, &f, to).map(Input::Stimulus),
    }
}

/// The unit of weights for a port, by name, or for the default ports.
pub(super) fn port_unit(model: &dyn ModelDef, port: Option<&str>) -> &'static str {
    let ports = model.ports();
    let found = port.and_then(|name| ports.iter().find(|p| p.name == name)).or(ports.first());
    found.map_or("", |p| p.unit)
}
