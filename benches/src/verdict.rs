//! Equal digests, or no numbers: the same network in the same precision gives the same spikes in
//! every repetition, on every thread count and every device.

use crate::measure::Measurement;
use std::collections::BTreeMap;
use std::fmt;

/// The digests seen so far.
#[derive(Debug, Default)]
pub struct Digests(BTreeMap<(String, &'static str), (String, String)>);

/// Two runs of one network that differ.
#[derive(Debug)]
pub struct Mismatch {
    network: String,
    one: (String, String),
    other: (String, String),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { network, one, other } = self;
        write!(f, "DIGEST MISMATCH: {network}\n  {} {}\n  {} {}", one.1, one.0, other.1, other.0)
    }
}

impl Digests {
    /// Compares a row with itself and with those before it.
    ///
    /// # Errors
    /// The two that differ.
    pub fn check(&mut self, m: &Measurement) -> Result<(), Mismatch> {
        let threads = m.threads.map_or(String::new(), |t| format!(", threads {t}"));
        let place = format!("{}{threads}", m.device);
        let key = (m.network.clone(), m.precision);
        let first = (format!("{place}, warm-up"), m.digest.clone());
        let known = self.0.entry(key).or_insert_with(|| first.clone());
        let repeats = m.digests.iter().enumerate();
        let repeats = repeats.map(|(i, d)| (format!("{place}, repetition {}", i + 1), d.clone()));
        match std::iter::once(first).chain(repeats).find(|run| run.1 != known.1) {
            None => Ok(()),
            Some(other) => {
                let network = format!("{} {}", m.network, m.precision);
                Err(Mismatch { network, one: known.clone(), other })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Spread;

    fn row(device: &str, precision: &'static str, digest: &str, digests: &[&str]) -> Measurement {
        Measurement {
            network: "net@1".to_owned(),
            device: device.to_owned(),
            precision,
            threads: Some(1),
            threads_used: 1,
            neurons: 1,
            synapses: 0,
            planned_bytes: 0,
            build_s: 0.0,
            dt_ms: 0.1,
            time_ms: 1.0,
            steps: 10,
            simulate_s: Spread { median: 0.0, min: 0.0, max: 0.0 },
            real_time_factor: 0.0,
            events: 0,
            ns_per_event: None,
            updates: 10,
            ns_per_update: 0.0,
            spikes: 0,
            rate_hz: 0.0,
            digest: digest.to_owned(),
            digests: digests.iter().map(|&d| d.to_owned()).collect(),
        }
    }

    #[test]
    fn devices_and_repetitions_must_agree_and_precisions_need_not() {
        let mut seen = Digests::default();
        assert!(seen.check(&row("cpu:0", "f32", "a", &["a", "a"])).is_ok());
        assert!(seen.check(&row("cpu:0", "f64", "b", &["b"])).is_ok());
        assert!(seen.check(&row("cuda:0", "f32", "a", &["a"])).is_ok());
        let device = seen.check(&row("cuda:0", "f64", "a", &["a"])).expect_err("differs");
        assert!(device.to_string().starts_with("DIGEST MISMATCH: net@1 f64"));
        let repetition = seen.check(&row("cpu:0", "f32", "a", &["a", "c"])).expect_err("differs");
        assert!(repetition.to_string().contains("repetition 2"), "{repetition}");
    }
}
