//! Digests that are published: `tests/data/digests.txt`, which `tests/tests/golden.rs` keeps.

use crate::cases::{Case, Kind};
use crate::verdict::Digest;
use isospike::Precision;
use isospike::net::Loader;

const TABLE: &str = include_str!("../../tests/data/digests.txt");

/// What a case must have left after some time.
#[derive(Clone, Debug)]
pub struct Published {
    /// The time (ms).
    pub time_ms: f64,
    /// The beginnings of both digests.
    pub digest: Digest,
}

/// Of a case in a precision the entry after the longest time, up to `most_ms`.
pub fn published(case: &Case, precision: Precision, most_ms: f64) -> Option<Published> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let entries = lines.filter_map(|line| entry(line, case, precision));
    let in_time = entries.filter(|entry| entry.time_ms <= most_ms);
    in_time.max_by(|a, b| a.time_ms.total_cmp(&b.time_ms))
}

/// The entry of a line, if it is of the case: network, scale, overrides joined by `&`, time,
/// spikes, both digests.
fn entry(line: &str, case: &Case, precision: Precision) -> Option<Published> {
    let columns: Vec<_> = line.split_whitespace().collect();
    let [name, scale, overrides, time_ms, _, spikes, state] = columns[..] else { return None };
    let is_it = case.kind == Kind::Network && name == case.of && scale.parse() == Ok(case.size);
    if !is_it {
        return None;
    }
    let overrides: Vec<String> =
        overrides.split('&').filter(|o| *o != "-").map(str::to_owned).collect();
    let (precisions, mut others): (Vec<_>, Vec<_>) =
        overrides.iter().partition(|o| o.starts_with("precision="));
    others.retain(|o| case.variant.as_ref().is_none_or(|v| **o != format!("variant={v}")));
    let its_variant = overrides.len() == precisions.len() + usize::from(case.variant.is_some());
    if !others.is_empty() || !its_variant {
        return None;
    }
    // The file's own, where the line does not say it.
    let loader = Loader { overrides, ..Loader::default() };
    let same = loader.load(name).is_ok_and(|network| network.precision == precision);
    let digest = Digest { spikes: spikes.to_owned(), state: state.to_owned() };
    same.then(|| Published { time_ms: time_ms.parse().unwrap_or(f64::INFINITY), digest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::select;

    #[test]
    fn entries_are_found_by_case_precision_and_time() {
        let find = |label: &str, precision, most_ms| {
            let case = select(&[label.to_owned()], true).expect("a case").remove(0);
            let found = published(&case, precision, most_ms);
            found.map(|p| (p.time_ms, p.digest.spikes[..6].to_owned()))
        };
        let is = |time_ms, spikes: &str| Some((time_ms, spikes.to_owned()));
        let (f32, f64) = (Precision::F32, Precision::F64);
        assert_eq!(find("microcircuit@0.1", f32, 1000.0), is(1000.0, "1b73c4"));
        assert_eq!(find("microcircuit@0.1", f32, 999.0), is(100.0, "3b3bcb"));
        assert_eq!(find("microcircuit@0.1", f32, 99.0), None);
        assert_eq!(find("microcircuit@0.1", f64, 1000.0), None);
        assert_eq!(find("microcircuit+dc@0.1", f32, 1000.0), is(200.0, "94ceb9"));
        // Here the file's precision is f64.
        assert_eq!(find("izhikevich2003@1", f64, 1000.0), is(500.0, "6fd94f"));
        assert_eq!(find("izhikevich2003@1", f32, 1000.0), is(300.0, "7380fe"));
        assert_eq!(find("hpc+plastic@0.02", f64, 1000.0), is(100.0, "066f8e"));
        // Batches are no cases.
        assert_eq!(find("cuba@0.25", f32, 1000.0), None);
        assert_eq!(find("izhikevich:1000", f32, 1000.0), None);
    }
}
