//! Filters: arrays, files, closed forms.

use super::data::Files;
use super::fields::{Fields, number, numbers, table, whole, wrong};
use crate::{Kernel, NetError};
use ::toml::Value as Toml;
use isospike_model::ModelDef;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Kernels by the name of the filter, newest first.
pub(super) fn filters(
    path: &str,
    v: &Toml,
    model: &'static dyn ModelDef,
    files: &Files<'_>,
) -> Result<BTreeMap<String, Arc<Vec<f64>>>, NetError> {
    let kernel = |(name, v): (&String, &Toml)| {
        let known = || model.filters().iter().map(|f| f.name);
        if !known().any(|n| n == name) {
            return Err(NetError::unknown(path, "filter", name, known()));
        }
        let path = format!("{path}.{name}");
        let kernel = match v {
            Toml::String(file) if Files::is_array(file) => files.array(&path, file)?,
            Toml::Table(_) => closed_form(&path, v, files.dt_ms)?,
            Toml::Array(parts) if parts.iter().any(Toml::is_table) => {
                let part = |(i, v)| closed_form(&format!("{path}[{i}]"), v, files.dt_ms);
                parts.iter().enumerate().map(part).collect::<Result<Vec<_>, _>>()?.concat()
            }
            _ => numbers(&path, v, "")?,
        };
        Ok((name.clone(), Arc::new(kernel)))
    };
    table(path, v)?.iter().map(kernel).collect()
}

/// `{ exponential = tau, steps = n, scale = 1 }`, `{ alpha = tau, .. }`, `{ constant = x, steps = n
/// }`.
fn closed_form(path: &str, v: &Toml, dt_ms: f64) -> Result<Vec<f64>, NetError> {
    /// More steps than any filter may have are refused later, by name.
    const STEPS: u64 = 1 << 20;
    const FORMS: [&str; 3] = ["exponential", "alpha", "constant"];
    let f = Fields::of(path, v, &[&FORMS[..], &["steps", "scale"]].concat())?;
    let tau = |path: &str, v: &Toml| match number(path, v, "ms")? {
        tau if tau > 0.0 => Ok(tau),
        _ => Err(wrong(path, v, "must be > 0 ms")),
    };
    let kernel = match f.one_of(&FORMS)? {
        "exponential" => Kernel::Exponential(f.need("exponential", tau)?),
        "alpha" => Kernel::Alpha(f.need("alpha", tau)?),
        _ => Kernel::Constant(f.need("constant", |path, v| number(path, v, ""))?),
    };
    let steps = f.need("steps", |path, v| whole(path, v, STEPS))?;
    let scale = f.map("scale", |path, v| number(path, v, ""))?.unwrap_or(1.0);
    Ok(kernel.taps(dt_ms, steps as u32).into_iter().map(|k| scale * k).collect())
}
