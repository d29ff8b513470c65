//! Templates, variants and overrides: one table laid over another.

use super::connector::CONNECTORS;
use super::fields::{show, string, table, wrong};
use crate::NetError;
use ::toml::{Table, Value};
use isospike_model::by_name;

/// Keys whose tables are merged entry by entry. Other tables (a distribution, say) are replaced as
/// a whole.
const MERGED: [&str; 8] = [
    "populations",
    "templates",
    "scaling",
    "rates_hz",
    "params",
    "initial",
    "random",
    "plasticity",
];

/// Lays `over` over `under`. Entries of `populations` and `templates` are merged too; `projections`
/// are appended.
pub(super) fn merge(under: &mut Table, over: &Table) {
    lay(under, over, false);
}

fn lay(under: &mut Table, over: &Table, named: bool) {
    // Who connects to whom is said once; a population or template may be called like a connector.
    if !named && CONNECTORS.iter().any(|c| over.contains_key(*c)) {
        CONNECTORS.iter().for_each(|c| {
            under.remove(*c);
        });
    }
    for (key, v) in over {
        match (under.get_mut(key), v) {
            (Some(Value::Table(u)), Value::Table(o)) if named || MERGED.contains(&key.as_str()) => {
                lay(u, o, matches!(key.as_str(), "populations" | "templates"));
            }
            (Some(Value::Array(u)), Value::Array(o)) if key == "projections" => {
                u.extend(o.iter().cloned());
            }
            _ => {
                under.insert(key.clone(), v.clone());
            }
        }
    }
}

/// Lays the variant called `name` over the file.
pub(super) fn apply_variant(file: &mut Table, name: &str) -> Result<(), NetError> {
    let variants = match file.get("variants") {
        Some(v) => table("variants", v)?.clone(),
        None => Table::new(),
    };
    match variants.get(name) {
        Some(v) => {
            merge(file, table(&format!("variants.{name}"), v)?);
            Ok(())
        }
        None => {
            Err(NetError::unknown("variant", "variant", name, variants.keys().map(String::as_str)))
        }
    }
}

/// Replaces every `like = "name"` by the template of that name, under what stands beside it.
pub(super) fn expand_templates(file: &mut Table) -> Result<(), NetError> {
    let templates = match file.remove("templates") {
        Some(v) => table("templates", &v)?.clone(),
        None => Table::new(),
    };
    if let Some(Value::Table(populations)) = file.get_mut("populations") {
        for (name, v) in populations.iter_mut() {
            expand(&format!("populations.{name}"), v, &templates, 0)?;
        }
    }
    if let Some(Value::Array(projections)) = file.get_mut("projections") {
        for (i, v) in projections.iter_mut().enumerate() {
            expand(&format!("projections[{i}]"), v, &templates, 0)?;
        }
    }
    Ok(())
}

fn expand(path: &str, v: &mut Value, templates: &Table, depth: u32) -> Result<(), NetError> {
    let Value::Table(entry) = v else { return Ok(()) };
    let Some(like) = entry.remove("like") else { return Ok(()) };
    let path = format!("{path}.like");
    if depth == 16 {
        return Err(wrong(&path, &like, "templates refer to each other in a circle"));
    }
    let names = match &like {
        Value::Array(names) => {
            names.iter().map(|n| string(&path, n)).collect::<Result<Vec<_>, _>>()?
        }
        one => vec![string(&path, one)?],
    };
    let mut under = Table::new();
    for name in names {
        let Some(template) = templates.get(name) else {
            let known = templates.keys().map(String::as_str);
            return Err(NetError::unknown(path, "template", name, known));
        };
        let mut template = template.clone();
        expand(&format!("templates.{name}"), &mut template, templates, depth + 1)?;
        merge(&mut under, table(&format!("templates.{name}"), &template)?);
    }
    merge(&mut under, entry);
    *entry = under;
    Ok(())
}

/// `name=value` apart, the value as TOML reads it, or else a string.
pub(super) fn split_override(text: &str) -> Result<(&str, Value), NetError> {
    let Some((key, value)) = text.split_once('=') else {
        return Err(NetError::value("--set", text, "must be name=value"));
    };
    let (key, value) = (key.trim(), value.trim());
    let parsed: Option<Table> = ::toml::from_str(&format!("x = {value}")).ok();
    let value = match parsed {
        // More than one entry would mean that the value began another.
        Some(mut t) if t.len() == 1 => t.remove("x"),
        _ => None,
    }
    .unwrap_or_else(|| Value::String(value.into()));
    Ok((key, value))
}

/// Sets one value: `dt`, `E.tau_m`, `*.tau_m`, `E.size`, `E.V_m` (initial), `E.state`,
/// `E.inputs[0].weight`, `populations.E.params.tau_m`, `projections[3].weight`,
/// `projections[*].storage`, `scaling.weights`. Templates must have
/// been expanded.
pub(super) fn set(
    file: &mut Table,
    top_level: &[&str],
    key: &str,
    value: Value,
) -> Result<(), NetError> {
    let path = format!("--set {key}");
    let Some((first, rest)) = key.split_once('.') else {
        if !top_level.contains(&key) {
            return Err(NetError::unknown(path, "key", key, top_level.iter().copied()));
        }
        file.insert(key.into(), value);
        return Ok(());
    };
    if let Some(index) = first.strip_prefix("projections[").and_then(|s| s.strip_suffix(']')) {
        return set_projection(file, &path, index, rest, value);
    }
    if matches!(first, "populations" | "scaling") {
        return set_path(file, &path, &mut key.split('.'), value);
    }
    let Some(Value::Table(populations)) = file.get_mut("populations") else {
        return Err(NetError::unknown(path, "population", first, []));
    };
    let names: Vec<String> = populations.keys().cloned().collect();
    if first != "*" && !names.iter().any(|n| n == first) {
        let known = ["*"].into_iter().chain(names.iter().map(String::as_str));
        return Err(NetError::unknown(path, "population", first, known));
    }
    let mut done = false;
    let mut known = Vec::new();
    for name in names.iter().filter(|n| first == "*" || *n == first) {
        let Some(Value::Table(population)) = populations.get_mut(name) else { continue };
        if rest.starts_with("inputs[") {
            set_path(population, &path, &mut rest.split('.'), value.clone())?;
            done = true;
            continue;
        }
        known = vec!["size", "model", "spikes", "inputs", "state"];
        if first == "*" && rest == "state" && !population.contains_key("model") {
            continue;
        }
        let section = if known.contains(&rest) {
            None
        } else {
            let model = population.get("model").and_then(Value::as_str).and_then(by_name);
            let Some(model) = model else { continue };
            let is_param = model.params().iter().any(|p| p.name == rest);
            let is_state = model.state().iter().any(|s| s.name == rest);
            known.extend(model.params().iter().map(|p| p.name));
            known.extend(model.state().iter().map(|s| s.name));
            match (is_param, is_state) {
                (true, _) => Some("params"),
                (_, true) => Some("initial"),
                _ => continue,
            }
        };
        done = true;
        match section {
            None => population.insert(rest.into(), value.clone()),
            Some(section) => population
                .entry(section)
                .or_insert_with(|| Value::Table(Table::new()))
                .as_table_mut()
                .and_then(|t| t.insert(rest.into(), value.clone())),
        };
    }
    if done { Ok(()) } else { Err(NetError::unknown(path, "parameter", rest, known)) }
}

fn set_projection(
    file: &mut Table,
    path: &str,
    index: &str,
    rest: &str,
    value: Value,
) -> Result<(), NetError> {
    let count = file.get("projections").and_then(Value::as_array).map_or(0, Vec::len);
    if index == "*" && count > 0 {
        let mut all = (0..count).map(|i| i.to_string());
        return all.try_for_each(|i| set_projection(file, path, &i, rest, value.clone()));
    }
    let entry = index
        .parse::<usize>()
        .ok()
        .and_then(|i| file.get_mut("projections")?.as_array_mut()?.get_mut(i)?.as_table_mut());
    let Some(entry) = entry else {
        let known = match count {
            0 => Vec::new(),
            1 => vec!["0".to_string()],
            n => vec![format!("0 to {}", n - 1)],
        };
        let known = known.iter().map(String::as_str);
        return Err(NetError::unknown(path, "projection", index, known));
    };
    if CONNECTORS.contains(&rest) {
        CONNECTORS.iter().for_each(|c| {
            entry.remove(*c);
        });
    }
    set_path(entry, path, &mut rest.split('.'), value)
}

fn set_path(
    at: &mut Table,
    path: &str,
    keys: &mut dyn Iterator<Item = &str>,
    value: Value,
) -> Result<(), NetError> {
    let Some(key) = keys.next() else { return Ok(()) };
    let mut rest = keys.peekable();
    let entry = match key.strip_suffix(']').and_then(|k| k.split_once('[')) {
        Some((name, index)) => element(at, path, name, index)?,
        None if rest.peek().is_none() => {
            at.insert(key.into(), value);
            return Ok(());
        }
        None => at.entry(key).or_insert_with(|| Value::Table(Table::new())),
    };
    match entry {
        Value::Table(t) if rest.peek().is_some() => set_path(t, path, &mut rest, value),
        entry if rest.peek().is_none() => {
            *entry = value;
            Ok(())
        }
        other => Err(NetError::value(path, show(other), format!("`{key}` is not a table"))),
    }
}

/// An element of an array.
fn element<'t>(
    at: &'t mut Table,
    path: &str,
    name: &str,
    index: &str,
) -> Result<&'t mut Value, NetError> {
    let Some(Value::Array(items)) = at.get_mut(name) else {
        return Err(NetError::value(path, name, "is not an array here"));
    };
    let n = items.len();
    let item = index.parse::<usize>().ok().and_then(|i| items.get_mut(i));
    item.ok_or_else(|| {
        let allowed = match n {
            0 => "it is empty".to_owned(),
            n => format!("must be from 0 to {}", n - 1),
        };
        NetError::value(path, format!("{name}[{index}]"), allowed)
    })
}
