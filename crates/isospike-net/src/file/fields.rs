//! Reading a table field by field, with errors that name the field.

use crate::{NetError, units};
use ::toml::{Table, Value};
use isospike_model::Shown;

/// A table whose keys are known.
pub(super) struct Fields<'t> {
    path: String,
    table: &'t Table,
}

impl<'t> Fields<'t> {
    /// Refuses keys that are not in `known`.
    pub(super) fn new(
        path: impl Into<String>,
        table: &'t Table,
        known: &[&str],
    ) -> Result<Fields<'t>, NetError> {
        let path = path.into();
        match table.keys().find(|k| !known.contains(&k.as_str())) {
            Some(key) => {
                let path = if path.is_empty() { "network".into() } else { path };
                Err(NetError::unknown(path, "key", key, known.iter().copied()))
            }
            None => Ok(Fields { path, table }),
        }
    }

    /// The same for a value that must be a table.
    pub(super) fn of(
        path: impl Into<String>,
        value: &'t Value,
        known: &[&str],
    ) -> Result<Fields<'t>, NetError> {
        let path = path.into();
        Fields::new(path.clone(), table(&path, value)?, known)
    }

    /// The path of the table itself.
    fn own_path(&self) -> &str {
        if self.path.is_empty() { "network" } else { &self.path }
    }

    /// The path of a field.
    pub(super) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }

    /// The field, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<&'t Value> {
        self.table.get(key)
    }

    /// What `read` makes of the field, if it is there; it gets the path and the value.
    pub(super) fn map<T>(
        &self,
        key: &str,
        read: impl FnOnce(&str, &'t Value) -> Result<T, NetError>,
    ) -> Result<Option<T>, NetError> {
        self.get(key).map(|v| read(&self.path(key), v)).transpose()
    }

    /// The same for a field that must be there.
    pub(super) fn need<T>(
        &self,
        key: &str,
        read: impl FnOnce(&str, &'t Value) -> Result<T, NetError>,
    ) -> Result<T, NetError> {
        self.map(key, read)?.ok_or_else(|| NetError::value(self.path(key), "missing", "is needed"))
    }

    /// The one key of `choices` that is there.
    pub(super) fn one_of<'k>(&self, choices: &[&'k str]) -> Result<&'k str, NetError> {
        let mut present = choices.iter().filter(|k| self.table.contains_key(**k));
        match (present.next(), present.next()) {
            (Some(key), None) => Ok(key),
            (None, _) => {
                let allowed = format!("needs one of {}", choices.join(", "));
                Err(NetError::value(self.own_path(), "incomplete", allowed))
            }
            (Some(a), Some(b)) => {
                let allowed = format!("takes only one of {}", choices.join(", "));
                Err(NetError::value(self.own_path(), format!("{a} and {b}"), allowed))
            }
        }
    }
}

/// A value for a message.
pub(super) fn show(value: &Value) -> String {
    let text = match value {
        Value::Float(x) => Shown(*x).to_string(),
        other => other.to_string(),
    };
    if text.chars().count() > 80 {
        return text.chars().take(77).collect::<String>() + "...";
    }
    text
}

pub(super) fn wrong(path: &str, value: &Value, allowed: &str) -> NetError {
    NetError::value(path, show(value), allowed)
}

pub(super) fn table<'t>(path: &str, value: &'t Value) -> Result<&'t Table, NetError> {
    value.as_table().ok_or_else(|| wrong(path, value, "must be a table"))
}

pub(super) fn string<'t>(path: &str, value: &'t Value) -> Result<&'t str, NetError> {
    value.as_str().ok_or_else(|| wrong(path, value, "must be a string"))
}

pub(super) fn boolean(path: &str, value: &Value) -> Result<bool, NetError> {
    value.as_bool().ok_or_else(|| wrong(path, value, "must be true or false"))
}

pub(super) fn array<'t>(path: &str, value: &'t Value) -> Result<&'t [Value], NetError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| wrong(path, value, "must be an array"))
}

/// A whole number; `1e4` is one too.
pub(super) fn whole(path: &str, value: &Value, most: u64) -> Result<u64, NetError> {
    let error = || wrong(path, value, &format!("must be a whole number between 0 and {most}"));
    let x = match value {
        Value::Integer(x) => u64::try_from(*x).map_err(|_| error())?,
        Value::Float(x) if x.fract() == 0.0 && (0.0..9e15).contains(x) => *x as u64,
        _ => return Err(error()),
    };
    if x <= most { Ok(x) } else { Err(error()) }
}

pub(super) fn whole32(path: &str, value: &Value) -> Result<u32, NetError> {
    whole(path, value, u32::MAX.into()).map(|x| x as u32)
}

/// A seed; one that does not fit into TOML's integers is written as a string.
pub(super) fn seed(path: &str, value: &Value) -> Result<u64, NetError> {
    match value.as_str().and_then(|s| s.parse().ok()) {
        Some(seed) => Ok(seed),
        None => whole(path, value, i64::MAX as u64),
    }
}

/// A number, in `unit` unless it has one of its own.
pub(super) fn number(path: &str, value: &Value, unit: &str) -> Result<f64, NetError> {
    match value {
        Value::Integer(x) => Ok(*x as f64),
        Value::Float(x) => Ok(*x),
        Value::String(s) => units::parse(s, unit).map_err(|e| wrong(path, value, &e)),
        _ => Err(wrong(path, value, &units::parse("?", unit).unwrap_err())),
    }
}

/// Numbers in `unit`.
pub(super) fn numbers(path: &str, value: &Value, unit: &str) -> Result<Vec<f64>, NetError> {
    let items = array(path, value)?.iter().enumerate();
    items.map(|(i, v)| number(&format!("{path}[{i}]"), v, unit)).collect()
}

/// Two numbers, each in its unit.
pub(super) fn pair(path: &str, value: &Value, units: [&str; 2]) -> Result<(f64, f64), NetError> {
    match value.as_array().map(Vec::as_slice) {
        Some([a, b]) => Ok((
            number(&format!("{path}[0]"), a, units[0])?,
            number(&format!("{path}[1]"), b, units[1])?,
        )),
        _ => Err(wrong(path, value, "must be two numbers [a, b]")),
    }
}

/// One of some names.
pub(super) fn choice<T: Copy>(
    path: &str,
    value: &Value,
    what: &'static str,
    choices: &[(&str, T)],
) -> Result<T, NetError> {
    let name = string(path, value)?;
    let found = choices.iter().find(|(n, _)| *n == name).map(|(_, t)| *t);
    found.ok_or_else(|| NetError::unknown(path, what, name, choices.iter().map(|(n, _)| *n)))
}
