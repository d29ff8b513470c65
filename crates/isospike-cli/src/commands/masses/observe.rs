//! What is observed of every point: `--observe psd,fc`.

use crate::failure::Failure;
use isospike::mass::{Observation, Observed, Real, Sink, Source, Stage};
use isospike::net::units;
use isospike::steps_in;

/// One of `--observe`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// Mean, deviation, least and most of every node.
    Moments,
    /// The power spectral density.
    Psd {
        /// ms
        window: f64,
        /// ms
        hop: Option<f64>,
    },
    /// Correlations between nodes.
    Fc,
    /// The same of their BOLD.
    BoldFc {
        /// ms
        tr: f64,
    },
    /// Correlations between windows of the correlations of BOLD.
    BoldFcd {
        /// ms
        tr: f64,
        /// ms
        window: f64,
        /// ms
        step: f64,
    },
}

const KNOWN: &str = "must be some of moments, psd[:window=1024ms][:hop=512ms], fc, \
                     bold-fc[:tr=2s], bold-fcd[:tr=2s][:window=60s][:step=6s]";

/// One observation.
///
/// # Errors
/// If it is none.
pub(crate) fn observe(text: &str) -> Result<What, String> {
    let mut parts = text.split(':');
    let name = parts.next().unwrap_or("").trim();
    let mut fields = Vec::new();
    for part in parts {
        let (field, time) = part.split_once('=').ok_or(KNOWN)?;
        let ms = units::parse(time.trim(), "ms").map_err(|e| format!("{part}: {e}"))?;
        if !(ms.is_finite() && ms > 0.0) {
            return Err(format!("{part}: must be a time > 0"));
        }
        if fields.iter().any(|(known, _)| *known == field.trim()) {
            return Err(format!("{name}: {} is given twice", field.trim()));
        }
        fields.push((field.trim(), ms));
    }
    let mut take = |field: &str| {
        let at = fields.iter().position(|(name, _)| *name == field)?;
        Some(fields.swap_remove(at).1)
    };
    let what = match name {
        "moments" => What::Moments,
        "psd" => What::Psd { window: take("window").unwrap_or(1024.0), hop: take("hop") },
        "fc" => What::Fc,
        "bold-fc" => What::BoldFc { tr: take("tr").unwrap_or(2000.0) },
        "bold-fcd" => What::BoldFcd {
            tr: take("tr").unwrap_or(2000.0),
            window: take("window").unwrap_or(60_000.0),
            step: take("step").unwrap_or(6_000.0),
        },
        _ => return Err(format!("{name}: {KNOWN}")),
    };
    match fields.first() {
        None => Ok(what),
        Some((field, _)) => Err(format!("{name} has no {field}: {KNOWN}")),
    }
}

/// How a signal is sampled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampling {
    pub(super) source: Source,
    pub(super) dt: f64,
    /// Steps of a run.
    pub(super) all: u64,
    /// Steps whose mean is a sample.
    pub(super) steps: u64,
    /// What is left aside in the beginning, ms.
    pub(super) skip: f64,
}

impl Sampling {
    /// From one sample to the next, ms.
    fn period(&self) -> f64 {
        self.dt * self.steps as f64
    }

    /// A time in samples.
    ///
    /// # Errors
    /// If it is not a whole number of them, at least one.
    fn samples(&self, what: &str, ms: f64) -> Result<u64, Failure> {
        let period = self.period();
        steps_in(ms, period).ok().filter(|n| *n > 0).ok_or_else(|| {
            Failure::user(format!(
                "--observe {what} = {ms} ms; it must be a multiple of {period} ms, from one sample \
                 to the next (--every)"
            ))
        })
    }
}

/// What an observation gives for every point: numbers of a table, and an array.
pub(super) struct Summary {
    /// As [`What::columns`] names them, `[column][lane]`.
    pub(super) columns: Vec<Vec<f64>>,
    /// `[row][lane]`, with the shape of a row.
    pub(super) array: (Vec<usize>, Vec<f64>),
}

impl What {
    /// Its name in tables and files.
    pub(super) fn name(&self) -> &'static str {
        match self {
            What::Moments => "moments",
            What::Psd { .. } => "psd",
            What::Fc => "fc",
            What::BoldFc { .. } => "bold_fc",
            What::BoldFcd { .. } => "bold_fcd",
        }
    }

    /// Its columns; the first is the one that is drawn.
    pub(super) fn columns(&self) -> &'static [&'static str] {
        match self {
            What::Moments => &["std", "mean", "min", "max"],
            What::Psd { .. } => &["peak_hz", "peak_power"],
            What::Fc => &["fc_mean"],
            What::BoldFc { .. } => &["bold_fc_mean"],
            What::BoldFcd { .. } => &["bold_fcd_var"],
        }
    }

    /// Samples of a window: the next power of 2.
    fn window(ms: f64, period: f64) -> u64 {
        // more than there may be is refused as such
        ((ms / period).round().min(f64::from(1 << 21)) as u64).max(1).next_power_of_two()
    }

    /// The frequencies of its array, Hz.
    pub(super) fn frequencies(&self, by: Sampling) -> Option<Vec<f64>> {
        let What::Psd { window, .. } = self else { return None };
        let n = Self::window(*window, by.period());
        let step = 1000.0 / (n as f64 * by.period());
        Some((0..=n / 2).map(|k| k as f64 * step).collect())
    }

    /// How a network is observed.
    ///
    /// # Errors
    /// If a time does not fit the others.
    pub(super) fn observation(&self, by: Sampling) -> Result<Observation, Failure> {
        let signal = Observation::samples(by.source).through(Stage::Average(by.steps));
        // samples of the signal, or of BOLD, of which there are as many in a sample of it
        let (sampled, each) = match *self {
            What::BoldFc { tr } | What::BoldFcd { tr, .. } => {
                let each = by.samples(&format!("{}: tr", self.name()), tr)?;
                let bold = signal.through(Stage::Bold { dt: by.period() / 1000.0 });
                (bold.through(Stage::Every(each)), each)
            }
            _ => (signal, 1),
        };
        let of = Sampling { steps: by.steps * each, ..by };
        let skipped = (by.skip / of.period() - 1e-9).ceil() as u64;
        let (sink, needed) = match *self {
            What::Moments => (Sink::Moments, 1),
            What::Fc | What::BoldFc { .. } => (Sink::Connectivity, 2),
            What::Psd { window, hop } => {
                let window = Self::window(window, of.period());
                let hop = hop.map_or(Ok(window / 2), |hop| of.samples("psd: hop", hop))?;
                (Sink::Spectrum { window, hop, dt: of.period() / 1000.0 }, window)
            }
            What::BoldFcd { window, step, .. } => {
                let window = of.samples("bold-fcd: window", window)?;
                let step = of.samples("bold-fcd: step", step)?;
                (Sink::Dynamics { window, step }, window + step)
            }
        };
        let there = (by.all / of.steps).saturating_sub(skipped);
        if there < needed {
            return Err(Failure::user(format!(
                "--observe {}: {there} samples of {} ms are left of --time without --skip; it needs \
                 {needed}",
                self.name(),
                of.period()
            )));
        }
        Ok(sampled.after(skipped).collect(sink))
    }

    /// Numbers that are observed of each lane, and that are kept of them in the end.
    pub(super) fn numbers(&self, by: Sampling, nodes: usize) -> [usize; 2] {
        let pairs = nodes * (nodes - 1) / 2;
        match *self {
            What::Moments => [4 * nodes; 2],
            What::Fc | What::BoldFc { .. } => [pairs; 2],
            What::Psd { window, .. } => {
                let frequencies = Self::window(window, by.period()) as usize / 2 + 1;
                [frequencies * nodes, frequencies]
            }
            What::BoldFcd { tr, step, .. } => {
                let windows = (by.all as f64 * by.dt / step.max(tr)) as usize + 1;
                [windows * windows / 2; 2]
            }
        }
    }

    /// What it gives, from what was observed of so many lanes.
    pub(super) fn summary<F: Real>(&self, of: &Observed<F>, lanes: usize, by: Sampling) -> Summary {
        let data: Vec<f64> = of.data.iter().map(|x| x.to_f64()).collect();
        // of some rows, in each lane
        let fold = |rows: std::ops::Range<usize>, start: f64, f: fn(f64, f64) -> f64| {
            let of = |lane: usize| rows.clone().map(|r| data[r * lanes + lane]).fold(start, f);
            (0..lanes).map(of).collect::<Vec<f64>>()
        };
        let add = |a: f64, b: f64| a + b;
        let mean = |rows: std::ops::Range<usize>| {
            let n = rows.len() as f64;
            fold(rows, 0.0, add).into_iter().map(|sum| sum / n).collect::<Vec<f64>>()
        };
        // NaN of a lane that was stopped stays
        let least = |a: f64, b: f64| if b < a || b.is_nan() { b } else { a };
        let most = |a: f64, b: f64| if b > a || b.is_nan() { b } else { a };
        match self {
            What::Moments => {
                let n = of.shape[1];
                let columns = vec![
                    mean(n..2 * n),
                    mean(0..n),
                    fold(2 * n..3 * n, f64::INFINITY, least),
                    fold(3 * n..4 * n, f64::NEG_INFINITY, most),
                ];
                Summary { columns, array: (of.shape.clone(), data) }
            }
            What::Psd { .. } => {
                let (rows, nodes) = (of.shape[0], of.shape[1]);
                let spectra: Vec<Vec<f64>> =
                    (0..rows).map(|k| mean(k * nodes..(k + 1) * nodes)).collect();
                let peak = |lane: usize| {
                    let higher =
                        |best: usize, k: usize| match spectra[k][lane] > spectra[best][lane] {
                            true => k,
                            false => best,
                        };
                    (2..rows).fold(1, higher)
                };
                let peaks: Vec<usize> = (0..lanes).map(peak).collect();
                let power: Vec<f64> =
                    peaks.iter().enumerate().map(|(lane, &k)| spectra[k][lane]).collect();
                // where a lane has no spectrum its peak is nowhere
                let hz = self.frequencies(by).unwrap_or_default();
                let place = |(&k, power): (&usize, &f64)| match power.is_nan() {
                    true => f64::NAN,
                    false => hz[k],
                };
                let places = peaks.iter().zip(&power).map(place).collect();
                Summary { columns: vec![places, power], array: (vec![rows], spectra.concat()) }
            }
            What::Fc | What::BoldFc { .. } => {
                let columns = vec![mean(0..of.shape[0])];
                Summary { columns, array: (of.shape.clone(), data) }
            }
            What::BoldFcd { .. } => {
                let means = mean(0..of.shape[0]);
                let n = of.shape[0] as f64;
                let variance = |lane: usize| {
                    let away = (0..of.shape[0]).map(|r| data[r * lanes + lane] - means[lane]);
                    away.map(|d| d * d).sum::<f64>() / n
                };
                let columns = vec![(0..lanes).map(variance).collect()];
                Summary { columns, array: (of.shape.clone(), data) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_observed() {
        assert_eq!(observe("fc"), Ok(What::Fc));
        assert_eq!(observe("psd:window=2s"), Ok(What::Psd { window: 2000.0, hop: None }));
        assert_eq!(observe("bold-fc:tr=720ms"), Ok(What::BoldFc { tr: 720.0 }));
        for bad in ["", "eeg", "fc:tr=2s", "psd:window", "psd:window=0s", "psd:window=x"] {
            assert!(observe(bad).is_err(), "{bad}");
        }
    }
}
