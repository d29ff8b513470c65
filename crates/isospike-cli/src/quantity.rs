//! Quantities on the command line: times, intervals, bytes.

use crate::failure::Failure;
use isospike::Tunable;
use isospike::net::units;
use isospike::steps_in;
use serde::{Deserialize, Serialize};

/// A stretch of simulated time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Every {
    /// So many steps.
    Steps(u64),
    /// So many ms.
    Ms(f64),
}

impl Every {
    /// In steps.
    ///
    /// # Errors
    /// If it is not a multiple of the time step, at least one; `what` says whose interval it is.
    pub(crate) fn steps(self, what: &str, dt_ms: f64) -> Result<u64, Failure> {
        let ms = match self {
            Every::Steps(n) => return Ok(n),
            Every::Ms(ms) => ms,
        };
        // An interval that is rounded to no step is none.
        steps_in(ms, dt_ms).ok().filter(|steps| *steps > 0).ok_or_else(|| {
            Failure::user(format!(
                "{what}: interval = {ms} ms; it must be a multiple of dt = {dt_ms} ms"
            ))
            .help("a number without a unit is one of steps")
        })
    }
}

/// How often a checkpoint is taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Pace {
    /// By simulated time.
    Simulated(Every),
    /// So many seconds of the clock on the wall.
    Wall(f64),
}

/// `1000` (steps), `500ms` (simulated), or `60s-wall`.
///
/// # Errors
/// If it is none of these.
pub(crate) fn pace(text: &str) -> Result<Pace, String> {
    let Some(wall) = text.strip_suffix("-wall") else {
        return every(text).map(Pace::Simulated);
    };
    match units::parse(wall, "ms") {
        Ok(ms) if ms > 0.0 => Ok(Pace::Wall(ms / 1000.0)),
        _ => Err("must be a time > 0 by the clock: 60s-wall".into()),
    }
}

/// A time in ms: `1s`, `500ms`, `50 us`, or a bare number of ms.
///
/// # Errors
/// If it is not a finite number, or has another kind of unit.
pub(crate) fn time_ms(text: &str) -> Result<f64, String> {
    let message = "must be a time: 1s, 500ms, 50us, or a number of ms";
    units::parse(text, "ms").map_err(|_| message.into())
}

/// A rate in spikes/s: `20Hz`, `0.1 kHz`, or a bare number.
///
/// # Errors
/// If it is not a finite number, or has another kind of unit.
pub(crate) fn rate_hz(text: &str) -> Result<f64, String> {
    units::parse(text, "Hz").map_err(|_| "must be a rate: 20Hz, or a number of Hz".into())
}

/// A rate that is aimed at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TargetRate {
    /// Of which population; of all that are tuned, if not given.
    pub(crate) population: Option<String>,
    /// In spikes/s.
    pub(crate) hz: f64,
}

/// `20Hz`, or `POPULATION=20Hz`.
///
/// # Errors
/// If it is neither.
pub(crate) fn target_rate(text: &str) -> Result<TargetRate, String> {
    let (population, rate) = match text.rsplit_once('=') {
        None => (None, text),
        Some((population, rate)) => (Some(population.trim().to_owned()), rate),
    };
    Ok(TargetRate { population, hz: rate_hz(rate)? })
}

/// `POPULATION.PARAMETER=LOW..HIGH`.
///
/// # Errors
/// If it is not.
pub(crate) fn tunable(text: &str) -> Result<Tunable, String> {
    let parts = || {
        let (name, bounds) = text.split_once('=')?;
        let (population, name) = name.trim().rsplit_once('.')?;
        let (low, high) = bounds.split_once("..")?;
        let [low, high] = [low, high].map(|x| x.trim().parse().ok());
        let (population, name) = (population.to_owned(), name.to_owned());
        Some(Tunable { population, name, low: low?, high: high? })
    };
    parts().ok_or_else(|| "must be POPULATION.PARAMETER=LOW..HIGH, as in E.theta=0..10".into())
}

/// A number of bytes: `4GB`, `500 MB`, `2GiB`, or a bare number.
///
/// # Errors
/// If it is not a number >= 0 with one of these units.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1u64,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return Err("must be a size: 4GB, 500MB, 2GiB, or a number of bytes".into()),
    };
    match number.parse::<f64>() {
        Ok(x) if x.is_finite() && x >= 0.0 => Ok((x * factor as f64) as u64),
        _ => Err("must be a size: 4GB, 500MB, 2GiB, or a number of bytes".into()),
    }
}

/// `10` (steps) or `5ms`.
///
/// # Errors
/// If it is neither, or not above 0.
pub(crate) fn every(text: &str) -> Result<Every, String> {
    let every = match text.parse::<u64>() {
        Ok(steps) => Every::Steps(steps),
        Err(_) => Every::Ms(time_ms(text)?),
    };
    match every {
        Every::Steps(0) => Err("the interval must be at least 1 step".into()),
        Every::Ms(ms) if ms <= 0.0 => Err("the interval must be > 0 ms".into()),
        every => Ok(every),
    }
}

/// The number and the unit.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.trim_end_matches(|c: char| c.is_alphabetic() || c == 'µ').len();
    (text[..end].trim(), text[end..].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let good = [
            ("1s", 1000.0),
            ("500ms", 500.0),
            ("0.1", 0.1),
            (" 50 us ", 0.05),
            ("0.1 s", 100.0),
            ("-3", -3.0),
            ("1e3 ms", 1000.0),
        ];
        for (text, ms) in good {
            assert_eq!(time_ms(text), Ok(ms), "{text}");
        }
        for text in ["", "ms", "1 hour", "nan", "inf", "1 2"] {
            assert!(time_ms(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_to_tune() {
        let theta = |low, high| {
            let (population, name) = ("E".to_owned(), "theta".to_owned());
            Ok(Tunable { population, name, low, high })
        };
        assert_eq!(tunable("E.theta=0..10"), theta(0.0, 10.0));
        assert_eq!(tunable("E.theta = -2.5 .. 1e-3"), theta(-2.5, 1e-3));
        for text in ["E.theta", "theta=0..1", "E.theta=1", "E.theta=..1", "E.theta=a..b"] {
            assert!(tunable(text).is_err(), "{text}");
        }
        let rate = |population: Option<&str>, hz| {
            Ok(TargetRate { population: population.map(str::to_owned), hz })
        };
        assert_eq!(target_rate("20Hz"), rate(None, 20.0));
        assert_eq!(target_rate("E=0.02 kHz"), rate(Some("E"), 20.0));
        assert!(target_rate("E=20ms").is_err());
    }

    #[test]
    fn sizes() {
        for (text, n) in [("4GB", 4_000_000_000), ("1.5 kB", 1500), ("2GiB", 2 << 30), ("12", 12)] {
            assert_eq!(bytes(text), Ok(n), "{text}");
        }
        for text in ["", "-1", "4 GX", "many", "nan"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn intervals() {
        assert_eq!(every("10"), Ok(Every::Steps(10)));
        assert_eq!(every("5ms"), Ok(Every::Ms(5.0)));
        assert_eq!(pace("500ms"), Ok(Pace::Simulated(Every::Ms(500.0))));
        assert_eq!(pace("2s-wall"), Ok(Pace::Wall(2.0)));
        for text in ["0", "", "-1ms", "often", "0s-wall", "-wall"] {
            assert!(pace(text).is_err(), "{text}");
        }
        assert_eq!(Every::Ms(5.0).steps("x", 0.1).ok(), Some(50));
        assert!(Every::Ms(1e-8).steps("x", 0.1).is_err());
        let message = Every::Ms(0.25).steps("record a", 0.1).unwrap_err().to_string();
        assert_eq!(message, "record a: interval = 0.25 ms; it must be a multiple of dt = 0.1 ms");
    }
}
