//! Numbers with units, as users write them: `"1.5 ms"`, `"250 pF"`, `"0.5 kHz"`.
//!
//! ```
//! use isospike_net::units;
//!
//! assert_eq!(units::parse("0.25 nF", "pF"), Ok(250.0));
//! assert_eq!(units::parse("250", "pF"), Ok(250.0));
//! assert!(units::parse("250 mV", "pF").is_err());
//! ```

/// What a unit measures: exponents of second, volt and ampere, and its size in those.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Unit {
    dimension: [i32; 3],
    power_of_ten: i32,
}

/// The number in the unit that is expected; a number without a unit has that one. Units are made of
/// s, V, A, Hz, S, F, C and Ohm, with prefixes from f to G, `*`, `/`, and `1` or `spikes` for
/// nothing; `expected` may be `""` for a number that has none.
///
/// # Errors
/// What is allowed, to be put after the field and its value: if it is no finite number, or if the
/// unit is unknown or of another kind.
pub fn parse(text: &str, expected: &str) -> Result<f64, String> {
    let (number, unit) = split(text).ok_or_else(|| wrong(expected))?;
    if unit.is_empty() {
        return Ok(number);
    }
    if expected.is_empty() {
        return Err("must be a number without a unit".into());
    }
    let (Some(given), Some(wanted)) = (unit_of(unit), unit_of(expected)) else {
        return Err(wrong(expected));
    };
    if given.dimension != wanted.dimension {
        return Err(wrong(expected));
    }
    // One rounding: powers of ten are exact up to 10^22.
    let power = given.power_of_ten - wanted.power_of_ten;
    let scale = (0..power.abs()).fold(1.0, |s, _| s * 10.0);
    Ok(if power >= 0 { number * scale } else { number / scale })
}

/// Whether this is a unit of conductance, such as nS.
pub(crate) fn is_conductance(unit: &str) -> bool {
    match (unit_of(unit), symbol_of("S")) {
        (Some(unit), Some(siemens)) => unit.dimension == siemens.dimension,
        _ => false,
    }
}

fn wrong(expected: &str) -> String {
    let kind = match expected {
        "ms" => "a time",
        "mV" => "a potential",
        "pA" => "a current",
        "pF" => "a capacitance",
        "nS" => "a conductance",
        "Hz" | "1/s" | "spikes/s" => "a rate",
        "" => return "must be a number".into(),
        _ => return format!("must be a number, in {expected} if without a unit"),
    };
    format!("must be {kind}: a number, in {expected} if without a unit")
}

/// The longest beginning that is a finite number, and the rest.
fn split(text: &str) -> Option<(f64, &str)> {
    let ends = text.char_indices().map(|(i, _)| i).chain([text.len()]).rev();
    ends.filter_map(|i| text[..i].trim().parse::<f64>().ok().map(|x| (x, text[i..].trim())))
        .find(|(x, _)| x.is_finite())
}

/// A unit made of symbols, `*`, `/`, and `1` for nothing: `mV/pA`, `1/ms`.
fn unit_of(text: &str) -> Option<Unit> {
    let mut unit = Unit { dimension: [0; 3], power_of_ten: 0 };
    for (i, part) in text.split('/').enumerate() {
        let sign = if i == 0 { 1 } else { -1 };
        // `/ms` is `1/ms`.
        let part = if i == 0 && part.trim().is_empty() { "1" } else { part };
        let symbols = part.split('*').map(str::trim);
        for symbol in symbols.filter(|s| !matches!(*s, "1" | "spikes")) {
            let s = symbol_of(symbol)?;
            (0..3).for_each(|k| unit.dimension[k] += sign * s.dimension[k]);
            unit.power_of_ten += sign * s.power_of_ten;
        }
    }
    Some(unit)
}

fn symbol_of(symbol: &str) -> Option<Unit> {
    let base = |s: &str| {
        Some(match s {
            "s" => [1, 0, 0],
            "V" => [0, 1, 0],
            "A" => [0, 0, 1],
            "Hz" => [-1, 0, 0],
            "S" => [0, -1, 1],
            "F" => [1, -1, 1],
            "C" => [1, 0, 1],
            "Ohm" | "Ω" => [0, 1, -1],
            _ => return None,
        })
    };
    if let Some(dimension) = base(symbol) {
        return Some(Unit { dimension, power_of_ten: 0 });
    }
    let prefix = symbol.chars().next()?;
    let power_of_ten = match prefix {
        'f' => -15,
        'p' => -12,
        'n' => -9,
        'u' | 'µ' | 'μ' => -6,
        'm' => -3,
        'k' => 3,
        'M' => 6,
        'G' => 9,
        _ => return None,
    };
    base(&symbol[prefix.len_utf8()..]).map(|dimension| Unit { dimension, power_of_ten })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        let table = [
            ("1.5 ms", "ms", 1.5),
            ("1 s", "ms", 1000.0),
            ("1.5e2us", "ms", 0.15),
            ("100 µs", "ms", 0.1),
            ("-65mV", "mV", -65.0),
            ("-0.065 V", "mV", -65.0),
            ("250 pF", "pF", 250.0),
            ("0.25 nF", "pF", 250.0),
            ("16.2 pA", "pA", 16.2),
            ("0.1 nA", "pA", 100.0),
            ("10 nS", "nS", 10.0),
            ("0.1 uS", "nS", 100.0),
            ("1 nA/mV", "nS", 1000.0),
            ("8 Hz", "Hz", 8.0),
            ("0.5 kHz", "Hz", 500.0),
            ("2 /ms", "Hz", 2000.0),
            ("2 1/ms", "Hz", 2000.0),
            ("20 1/s", "1/ms", 0.02),
            ("1 Hz", "1/ms", 0.001),
            ("1 kHz", "spikes/s", 1000.0),
            ("5 spikes/s", "Hz", 5.0),
            ("0.3", "mV", 0.3),
            ("7", "", 7.0),
        ];
        for (text, expected, value) in table {
            assert_eq!(parse(text, expected), Ok(value), "{text}");
        }
        let wrong = [
            ("5 mV", "ms", "must be a time: a number, in ms if without a unit"),
            ("5 pA", "nS", "must be a conductance: a number, in nS if without a unit"),
            ("fast", "Hz", "must be a rate: a number, in Hz if without a unit"),
            ("5 ms", "", "must be a number without a unit"),
            ("5 parsec", "ms", "must be a time: a number, in ms if without a unit"),
            ("", "mV", "must be a potential: a number, in mV if without a unit"),
            ("inf", "mV", "must be a potential: a number, in mV if without a unit"),
        ];
        for (text, expected, message) in wrong {
            assert_eq!(parse(text, expected), Err(message.into()), "{text}");
        }
    }
}
