//! What is to be recorded, as it is asked for: `WHAT[:FIELD]...`.
//!
//! Fields come in any order and are known by their form: neurons (`E`, `E[0..100]+I[7]`), steps of
//! a row (`10`, `5ms`), an interval of time (`100ms..1s`, `100ms..`), a lane (`lane=2`), and of
//! some statistics a period and a segment.

use crate::failure::Failure;
use crate::quantity::{Every, every, time_ms};
use isospike::net::NetError;
use isospike::steps_in;
use isospike_record::{Header, Selection};
use serde::{Deserialize, Serialize};

/// A record, a statistic, or a state variable of one population.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request<K = Kind> {
    /// What stands before the fields: `counts.npy`, `first.counts.npy`, `isi`, `E.V_m`.
    pub(crate) name: String,
    /// What it is; of a state variable its name.
    pub(crate) kind: K,
    /// What of the run it is about.
    pub(crate) part: Part,
}

/// What can be recorded of spikes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// Events as an archive of columns.
    Npz,
    /// Events as records.
    Npy,
    /// Events in SONATA's layout.
    Sonata,
    /// A byte for every neuron and row.
    Counts,
    /// A bit for every neuron and row.
    Bits,
    /// Firing rates.
    Rates,
    /// Intervals between spikes.
    Intervals,
    /// Rates over time.
    Psth,
    /// Pairwise correlations.
    Correlations,
    /// Power spectrum.
    Spectrum,
}

const RECORDS: [(&str, Kind); 5] = [
    ("spikes.npz", Kind::Npz),
    ("spikes.npy", Kind::Npy),
    ("spikes.h5", Kind::Sonata),
    ("counts.npy", Kind::Counts),
    ("bits.npy", Kind::Bits),
];

const STATISTICS: [(&str, Kind); 5] = [
    ("rates", Kind::Rates),
    ("isi", Kind::Intervals),
    ("psth", Kind::Psth),
    ("correlations", Kind::Correlations),
    ("spectrum", Kind::Spectrum),
];

/// What of a run. A field that was not given leaves everything, or what is usual.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Some neurons.
    pub(crate) neurons: Option<Vec<Neurons>>,
    /// Steps of a row.
    pub(crate) every: Option<Every>,
    /// Where it begins (ms).
    pub(crate) from_ms: Option<f64>,
    /// Where it ends (ms).
    pub(crate) to_ms: Option<f64>,
    /// One lane.
    pub(crate) lane: Option<u32>,
    /// After which a histogram begins again.
    pub(crate) period: Option<Every>,
    /// Rows of a segment of a spectrum.
    pub(crate) segment: Option<usize>,
}

/// Neurons of a population.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Neurons {
    /// Its name.
    pub(crate) population: String,
    /// From the first to before the last; all if not given.
    pub(crate) range: Option<[u32; 2]>,
}

/// `[NAME.]FILE[:FIELD]...`.
///
/// # Errors
/// If it is not that.
pub(crate) fn record(text: &str) -> Result<Request, String> {
    let request = parse(text, &RECORDS)?;
    let narrowed = request.part != Part::default();
    if request.name == crate::spikes::FILE && narrowed {
        return Err(format!(
            "{0} holds all spikes; give a part of them a name: first.{text}",
            request.name
        ));
    }
    Ok(request)
}

/// `[NAME.]STATISTIC[:FIELD]...`.
///
/// # Errors
/// If it is not that.
pub(crate) fn statistic(text: &str) -> Result<Request, String> {
    parse(text, &STATISTICS)
}

/// `POP.VAR[:FIELD]...` or `POP[0..100].VAR[:FIELD]...`.
///
/// # Errors
/// If it is neither.
pub(crate) fn state(text: &str) -> Result<Request<String>, String> {
    let (what, rest) = text.split_once(':').map_or((text, None), |(a, b)| (a, Some(b)));
    let parts = what.rsplit_once('.').filter(|(p, v)| !p.is_empty() && !v.is_empty());
    let Some((population, variable)) = parts else {
        return Err("must be POPULATION.VARIABLE[:EVERY][:FROM..TO], as in E.V_m:5ms or \
                    E[0..10].V_m:10:0ms..50ms"
            .into());
    };
    let mut part = fields(rest, None)?;
    if part.neurons.is_some() {
        return Err("neurons stand in brackets after the population: E[0..10].V_m".into());
    }
    let one = neurons(population)?;
    let name = format!("{}.{variable}", one.population);
    plain(&name)?;
    part.neurons = Some(vec![one]);
    Ok(Request { name, kind: variable.into(), part })
}

fn parse(text: &str, kinds: &[(&str, Kind)]) -> Result<Request, String> {
    let (name, rest) = text.split_once(':').map_or((text, None), |(a, b)| (a, Some(b)));
    let is = |kind: &str| name.strip_suffix(kind).is_some_and(|n| n.is_empty() || n.ends_with('.'));
    let Some((_, kind)) = kinds.iter().find(|(kind, _)| is(kind)) else {
        let known: Vec<_> = kinds.iter().map(|(kind, _)| *kind).collect();
        let known = known.join(", ");
        return Err(format!(
            "must be one of {known}, with a name before it or not: first.{}",
            kinds[0].0
        ));
    };
    plain(name)?;
    Ok(Request { name: name.into(), kind: kind.clone(), part: fields(rest, Some(kind))? })
}

/// Refuses a name that no file of a directory of results can have.
fn plain(name: &str) -> Result<(), String> {
    let odd = |c: char| c.is_control() || "/\\".contains(c);
    match name.starts_with('.') || name.contains(odd) {
        true => Err(format!("{name:?} must be the name of a file, without a directory")),
        false => Ok(()),
    }
}

/// Some fields are those of a kind of record only.
fn fields(text: Option<&str>, kind: Option<&Kind>) -> Result<Part, String> {
    let mut part = Part::default();
    for field in text.into_iter().flat_map(|text| text.split(':')) {
        let wrong = |what: String| format!("{field:?}: {what}");
        let twice = match field.split_once('=') {
            Some(("lane", n)) => {
                let lane = n.parse().map_err(|_| wrong("must be a number, as in lane=2".into()))?;
                part.lane.replace(lane).is_some()
            }
            Some(("period", time)) if kind == Some(&Kind::Psth) => {
                part.period.replace(every(time).map_err(wrong)?).is_some()
            }
            Some(("segment", n)) if kind == Some(&Kind::Spectrum) => {
                let rows = n.parse().map_err(|_| wrong("must be a number of rows".into()))?;
                part.segment.replace(rows).is_some()
            }
            _ if field.contains("..") && !field.contains('[') => {
                let (from, to) = field.split_once("..").unwrap_or_default();
                let time = |text: &str| match text {
                    "" => Ok(None),
                    text => time_ms(text).map(Some).map_err(wrong),
                };
                let before = (part.from_ms, part.to_ms) != (None, None);
                (part.from_ms, part.to_ms) = (time(from)?, time(to)?);
                before
            }
            _ if field.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
                if matches!(kind, Some(Kind::Rates | Kind::Intervals)) {
                    return Err(wrong("it has no rows, so no steps of a row".into()));
                }
                part.every.replace(every(field).map_err(wrong)?).is_some()
            }
            _ => {
                let some = field.split('+').map(neurons).collect::<Result<_, _>>();
                part.neurons.replace(some.map_err(wrong)?).is_some()
            }
        };
        if twice {
            return Err(wrong("a field of this form was given before".into()));
        }
    }
    Ok(part)
}

/// `E`, `E[7]` or `E[0..100]`.
fn neurons(text: &str) -> Result<Neurons, String> {
    let message = || {
        "must be neurons (E, E[7], E[0..100], E+I), steps of a row (10, 5ms), an interval \
         (100ms..1s) or lane=2"
            .to_owned()
    };
    let (population, range) = match text.strip_suffix(']') {
        None => (text, None),
        Some(text) => {
            let (population, range) = text.split_once('[').ok_or_else(message)?;
            let number = |n: &str| n.parse::<u32>().map_err(|_| message());
            let range = match range.split_once("..") {
                Some((first, end)) => [number(first)?, number(end)?],
                None => [number(range)?, number(range)?.saturating_add(1)],
            };
            (population, Some(range))
        }
    };
    match population.is_empty() || population.contains(['[', ']', '=']) {
        true => Err(message()),
        false => Ok(Neurons { population: population.into(), range }),
    }
}

impl<K> Request<K> {
    /// Refuses a name that one of those before has; `option` is the name of the option, and
    /// `advice` says what to do.
    pub(crate) fn once<'a>(
        &self,
        option: &str,
        mut before: impl Iterator<Item = &'a str>,
        advice: &str,
    ) -> Result<(), Failure> {
        let name = &self.name;
        match before.any(|earlier| earlier == name) {
            true => Err(Failure::user(format!(
                "{option} {name}: it is asked for more than once; {advice}"
            ))),
            false => Ok(()),
        }
    }

    /// What it is about, with rows of so many ms if it does not say.
    ///
    /// # Errors
    /// If there are no such neurons, lanes or steps; `option` is the name of the option.
    pub(crate) fn selection(
        &self,
        option: &str,
        header: &Header,
        default_ms: Option<f64>,
    ) -> Result<Selection, Failure> {
        let what = format!("{option} {}", self.name);
        let failure = |e: isospike_record::Error| Failure::user(format!("{what}: {e}"));
        let (part, dt_ms) = (&self.part, header.dt_ms);
        let mut s = Selection::all(header);
        if let Some(neurons) = &part.neurons {
            let ranges = neurons.iter().map(|n| ids(n, &what, header));
            let ranges = ranges.collect::<Result<Vec<_>, _>>()?;
            s = s.ids(ranges.into_iter().flatten()).map_err(failure)?;
        }
        if let Some(lane) = part.lane {
            s = s.lanes(lane..lane.saturating_add(1)).map_err(failure)?;
        }
        let step = |ms: Option<f64>, name: &str, default: u64| match ms {
            None => Ok(default),
            Some(ms) => steps_in(ms, dt_ms).map_err(|_| {
                Failure::user(format!(
                    "{what}: {name} = {ms} ms; it must be a multiple of dt = {dt_ms} ms and not \
                     negative"
                ))
            }),
        };
        let steps = step(part.from_ms, "from", 0)?..step(part.to_ms, "to", u64::MAX)?;
        if steps.start >= header.n_steps {
            return Err(Failure::user(format!(
                "{what}: from = {} ms; the run ends at {} ms",
                steps.start as f64 * dt_ms,
                header.duration_ms()
            )));
        }
        s = s.steps(steps).map_err(failure)?;
        let every = match (part.every, default_ms) {
            (Some(every), _) => every.steps(&what, dt_ms)?,
            (None, Some(ms)) => ((ms / dt_ms).round() as u64).max(1),
            (None, None) => 1,
        };
        s.every(every).map_err(failure)
    }
}

/// Global ids.
fn ids(neurons: &Neurons, what: &str, header: &Header) -> Result<std::ops::Range<u32>, Failure> {
    let name = &neurons.population;
    let Some(p) = header.populations.iter().find(|p| p.name == *name) else {
        let known = header.populations.iter().map(|p| p.name.as_str());
        return Err(NetError::unknown(what, "population", name, known).into());
    };
    let [first, end] = neurons.range.unwrap_or([0, p.size]);
    if first >= end || end > p.size {
        return Err(Failure::user(format!(
            "{what}: {name}[{first}..{end}]; {name} has neurons 0..{}, and at least one is needed",
            p.size
        )));
    }
    Ok(p.first_id + first..p.first_id + end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use isospike_record::Population;

    fn some(population: &str, range: Option<[u32; 2]>) -> Neurons {
        Neurons { population: population.into(), range }
    }

    #[test]
    fn fields_are_known_by_their_form() {
        let r = record("first.counts.npy:100ms..1s:E[0..10]+I:5ms:lane=2").unwrap();
        assert_eq!((r.name.as_str(), &r.kind), ("first.counts.npy", &Kind::Counts));
        let neurons = vec![some("E", Some([0, 10])), some("I", None)];
        let part = Part {
            neurons: Some(neurons),
            every: Some(Every::Ms(5.0)),
            from_ms: Some(100.0),
            to_ms: Some(1000.0),
            lane: Some(2),
            ..Part::default()
        };
        assert_eq!(r.part, part);
        assert_eq!(record("spikes.h5").unwrap().part, Part::default());
        let psth = statistic("psth:10:period=1s:L2.3[7]").unwrap().part;
        assert_eq!((psth.every, psth.period), (Some(Every::Steps(10)), Some(Every::Ms(1000.0))));
        assert_eq!(psth.neurons, Some(vec![some("L2.3", Some([7, 8]))]));
        assert_eq!(statistic("spectrum:segment=256").unwrap().part.segment, Some(256));
        let v = state("L2.3[0..4].V_m:10:..50ms").unwrap();
        assert_eq!((v.name.as_str(), v.kind), ("L2.3.V_m", "V_m".to_owned()));
        assert_eq!(v.part.neurons, Some(vec![some("L2.3", Some([0, 4]))]));
        assert_eq!((v.part.from_ms, v.part.to_ms), (None, Some(50.0)));
    }

    #[test]
    fn what_has_no_form_is_refused() {
        let records = [
            ("pictures.npy", "spikes.npz, spikes.npy"),
            ("mycounts.npy", "one of"),
            ("a/b.counts.npy", "without a directory"),
            ("..counts.npy", "without a directory"),
            ("spikes.npz:E", "first.spikes.npz:E"),
            ("counts.npy:E:I", "given before"),
            ("counts.npy:0", "at least 1 step"),
            ("counts.npy:1 hour", "must be a time"),
            ("counts.npy:soon..", "must be a time"),
            ("counts.npy:E[", "must be neurons"),
            ("counts.npy:E[a..b]", "must be neurons"),
            ("counts.npy:period=1s", "must be neurons"),
            ("counts.npy:lane=x", "lane=2"),
            ("counts.npy:", "must be neurons"),
        ];
        for (text, words) in records {
            let message = record(text).expect_err(text);
            assert!(message.contains(words), "{text}: {message}");
        }
        assert!(statistic("rates:10ms").unwrap_err().contains("no rows"));
        assert!(statistic("mean").unwrap_err().contains("rates, isi, psth"));
        for text in ["E", "E.", ".V_m", "E.V_m:0", "E.V_m:", "E.V_m:-1ms", "E.V_m:I", "a/E.V_m"] {
            assert!(state(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_part_is_looked_up_in_the_network() {
        let p =
            |name: &str, first_id, size| Population { name: name.into(), first_id, size, sign: 0 };
        let populations = vec![p("E", 0, 10), p("I", 10, 5)];
        let header = Header { dt_ms: 0.1, n_steps: 1000, batch: 2, populations };
        let select = |text: &str| {
            let request = record(text).expect("of this form");
            request.selection("record", &header, None).map_err(|e| e.to_string())
        };
        let s = select("counts.npy:I[1..3]+E[9]:5:2ms..5ms:lane=1").unwrap();
        assert_eq!(s.neuron_ids().collect::<Vec<_>>(), [9, 11, 12]);
        assert_eq!((s.from(), s.steps_per_row(), s.lane_numbers()), (20, 5, 1..2));
        for (text, words) in [
            ("counts.npy:X", "record counts.npy: unknown population `X`; known: E, I"),
            ("counts.npy:I[3..9]", "record counts.npy: I[3..9]; I has neurons 0..5"),
            ("counts.npy:lane=2", "record counts.npy: lanes = 2..3"),
            ("counts.npy:0.25ms", "record counts.npy: interval = 0.25 ms"),
            ("counts.npy:0.25ms..", "record counts.npy: from = 0.25 ms"),
            ("counts.npy:1s..", "from = 1000 ms; the run ends at 100 ms"),
            ("counts.npy:5ms..5ms", "steps = 50..50"),
        ] {
            let message = select(text).expect_err(text);
            assert!(message.contains(words), "{text}: {message}");
        }
    }
}
