//! Inputs that follow a course in time.

use super::data::Files;
use super::fields::{Fields, array, number, numbers, whole32, wrong};
use super::frames::{self, frames};
use super::population::Receiver;
use super::values::value;
use crate::{Course, NetError, Stimulus, Value};
use ::toml::Value as Toml;
use std::sync::Arc;

/// What stands beside the word that says which course it is.
pub(super) const KEYS: [&str; 12] = [
    "period",
    "width",
    "phase",
    "baseline",
    "rate",
    "interval",
    "start",
    "stop",
    "gain",
    "lanes",
    frames::KEYS[0],
    frames::KEYS[1],
];

/// Whether an input of a kind takes a key.
pub(super) fn takes(kind: &str, key: &str) -> bool {
    let own: &[&str] = match kind {
        "pulses" => &["period", "width"],
        "sine" => &["period", "phase", "baseline"],
        "events" => &["rate", "interval", "width"],
        "samples" => &[],
        "frames" => &frames::KEYS,
        _ => return false,
    };
    own.contains(&key) || ["start", "stop", "gain", "lanes"].contains(&key)
}

/// A stimulus of one of these kinds.
pub(super) fn stimulus(
    kind: &str,
    f: &Fields<'_>,
    to: &Receiver<'_>,
) -> Result<Stimulus, NetError> {
    let files = to.files;
    let need = |key: &str, unit: &str| f.need(key, |path, v| number(path, v, unit));
    let or = |key: &str, unit: &str, default: f64| {
        Ok::<f64, NetError>(f.map(key, |path, v| number(path, v, unit))?.unwrap_or(default))
    };
    let samples = |path: &str, v: &Toml| match v {
        Toml::String(file) if Files::is_array(file) => files.array(path, file),
        _ => numbers(path, v, ""),
    };
    let course = match kind {
        "pulses" => Course::Pulses {
            strength: need("pulses", "")?,
            period_ms: need("period", "ms")?,
            width_ms: need("width", "ms")?,
        },
        "sine" => Course::Sine {
            amplitude: need("sine", "")?,
            period_ms: need("period", "ms")?,
            phase: or("phase", "", 0.0)?,
            baseline: or("baseline", "", 0.0)?,
        },
        "events" => {
            let (strength, width_ms) = (need("events", "")?, need("width", "ms")?);
            match f.one_of(&["rate", "interval"])? {
                "rate" => Course::Events { strength, rate_hz: need("rate", "Hz")?, width_ms },
                _ => Course::Intervals { strength, mean_ms: need("interval", "ms")?, width_ms },
            }
        }
        "samples" => Course::Samples(Arc::new(f.need("samples", samples)?)),
        _ => Course::Frames(Arc::new(frames(f, files, to.size)?)),
    };
    let gain = f.map("gain", |path, v| match value(path, v, "", to.variables, files)? {
        Value::Polynomial { .. } => {
            Err(wrong(path, v, "must be a number, a distribution or an array"))
        }
        gain => Ok(gain),
    })?;
    Ok(Stimulus {
        course,
        start_ms: or("start", "ms", 0.0)?,
        stop_ms: or("stop", "ms", f64::INFINITY)?,
        gain: gain.unwrap_or(Value::Constant(1.0)),
        lanes: f.map("lanes", |path, v| {
            let items = array(path, v)?.iter().enumerate();
            items.map(|(i, v)| whole32(&format!("{path}[{i}]"), v)).collect()
        })?,
    })
}
