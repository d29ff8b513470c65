//! Records of spikes and statistics of a run: what `--record` and `--stats` ask for.

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::request::{Kind, Request};
use crate::staging::Staging;
use isospike::Spike;
use isospike_record::stats::{Correlations, Intervals, Psth, Rates, Spectrum, Totals, Welch};
use isospike_record::{
    Bits, Counts, Filter, Finished, Header, Result, Resume, Saved, Selection, Sink, SpikesNpy,
    SpikesNpz, SpikesSonata,
};
use serde::Serialize;
use std::path::Path;

/// A request that can be fulfilled, and what it is about.
pub(crate) struct CheckedRecord {
    request: Request,
    selection: Selection,
    welch: Welch,
    period: Option<u64>,
    bins: usize,
}

/// Most neurons whose pairs are counted: 8 MB.
const MOST_CORRELATED: usize = 1000;
/// Most bins of a histogram: 8 MB a population.
const MOST_BINS: u64 = 1_000_000;
/// Rows of a segment of a spectrum, if the run has as many.
const SEGMENT: u64 = 1024;

/// Looks up what is to be recorded, before anything is built. Of the header, the length must be
/// that of the whole run.
///
/// # Errors
/// If there are no such neurons, lanes or steps, or if two records have one name.
pub(crate) fn check(args: &RunArgs, header: &Header) -> Result<Vec<CheckedRecord>, Failure> {
    let records = args.record.iter().filter(|_| !args.no_files).map(|r| ("record", r));
    let mut checked: Vec<CheckedRecord> = Vec::new();
    for (option, request) in records.chain(args.stats.iter().map(|r| ("stats", r))) {
        let before = checked.iter().map(|c| c.request.name.as_str());
        let advice = format!("give another a name of its own: second.{}", request.name);
        request.once(option, before, &advice)?;
        checked.push(check_one(option, request, header)?);
    }
    Ok(checked)
}

fn check_one(option: &str, request: &Request, header: &Header) -> Result<CheckedRecord, Failure> {
    let default_ms = match request.kind {
        Kind::Psth | Kind::Correlations => Some(10.0),
        Kind::Spectrum => Some(1.0),
        _ => None,
    };
    let selection = request.selection(option, header, default_ms)?;
    let wrong = |what: String| Failure::user(format!("{option} {}: {what}", request.name));
    let every = selection.steps_per_row();
    let rows = selection.steps_before(header.n_steps).div_ceil(every);
    let n = selection.n_neurons();
    if request.kind == Kind::Correlations && n > MOST_CORRELATED {
        return Err(wrong(format!(
            "neurons = {n}; pairs of at most {MOST_CORRELATED} are counted: select some, as in \
             correlations:E[0..100]"
        )));
    }
    if request.kind == Kind::Sonata && selection.n_lanes() > 1 {
        return Err(wrong(format!(
            "lanes = {}; a file of SONATA holds one: name it, as in {}:lane=0",
            selection.n_lanes(),
            request.name
        )));
    }
    let period = match request.part.period {
        None => None,
        Some(period) => {
            let steps =
                period.steps(&format!("{option} {}: period", request.name), header.dt_ms)?;
            if !steps.is_multiple_of(every) {
                return Err(wrong(format!(
                    "period = {steps} steps; it must be a multiple of the bin, {every} steps"
                )));
            }
            Some(steps / every)
        }
    };
    let bins = period.unwrap_or(rows);
    if request.kind == Kind::Psth && bins > MOST_BINS {
        return Err(wrong(format!(
            "bins = {bins}; at most {MOST_BINS} are counted: give an interval, longer bins or a \
             period"
        )));
    }
    let usual = 1 << rows.clamp(4, SEGMENT).ilog2();
    let segment = request.part.segment.unwrap_or(usual);
    let welch = Welch { segment, overlap: segment / 2 };
    if request.kind == Kind::Spectrum {
        // Says which segments there can be.
        Spectrum::new(header, &selection, welch).map_err(|e| wrong(e.to_string()))?;
    }
    Ok(CheckedRecord { request: request.clone(), selection, welch, period, bins: bins as usize })
}

/// What was asked for, with the segments that a checkpoint must keep: a run that goes on for
/// another time has the same.
pub(crate) fn settle(stats: &[Request], checked: &[CheckedRecord]) -> Vec<Request> {
    let settled = |request: &Request| {
        let mut request = request.clone();
        let one = checked.iter().find(|c| c.request == request);
        if request.kind == Kind::Spectrum {
            request.part.segment = one.map(|c| c.welch.segment);
        }
        request
    };
    stats.iter().map(settled).collect()
}

/// All that is recorded of the spikes of a run.
pub(crate) struct Records {
    totals: Totals,
    records: Vec<Record>,
}

struct Record {
    name: String,
    sink: Recorded,
}

/// A file that grows, or a statistic.
enum Recorded {
    File(Box<dyn Sink>),
    Rates(Filter<Rates>),
    Intervals(Filter<Intervals>),
    Psth(Filter<Psth>),
    Correlations(Filter<Correlations>),
    Spectrum(Filter<Spectrum>),
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Names of the files.
    pub(crate) files: Vec<String>,
    /// Spikes that a record could not hold, by its name.
    pub(crate) lost: Vec<(String, u64)>,
    /// A few numbers of each statistic.
    pub(crate) statistics: Vec<(String, Vec<(&'static str, f64)>)>,
}

impl Records {
    /// Before any spike. Files lie in the staging directory; those that lie there already are kept
    /// until something is recorded.
    ///
    /// # Errors
    /// If files cannot be made.
    pub(crate) fn new(
        checked: &[CheckedRecord],
        header: &Header,
        staging: Option<&Staging>,
    ) -> Result<Records> {
        let mut records = Vec::new();
        for c in checked {
            let path = staging.map(|s| s.path(&c.request.name)).unwrap_or_default();
            let sink = Recorded::new(c, &path, header)?;
            records.push(Record { name: c.request.name.clone(), sink });
        }
        let totals = Totals::new(header, &Selection::all(header));
        Ok(Records { totals, records })
    }

    /// Adds the spikes of the steps up to `reached`.
    ///
    /// # Errors
    /// From the file system.
    pub(crate) fn push(&mut self, spikes: &[Spike], reached: u64) -> Result<()> {
        self.totals.push(spikes, reached)?;
        self.records.iter_mut().try_for_each(|r| r.sink.sink().push(spikes, reached))
    }

    /// Spikes of each population.
    pub(crate) fn counts(&self) -> &[u64] {
        self.totals.counts()
    }

    /// Completes the files; what lies beside them goes with the records.
    ///
    /// # Errors
    /// From the file system.
    pub(crate) fn finish(&mut self, staging: Option<&Staging>) -> Result<Outcome, Failure> {
        let mut all = Outcome::default();
        for Record { name, sink } in &mut self.records {
            let Finished { files, lost } = sink.sink().finish()?;
            let names = files.iter().filter_map(|f| f.file_name()?.to_str());
            all.files.extend(names.map(str::to_owned));
            if lost > 0 {
                all.lost.push((name.clone(), lost));
            }
            let file = format!("{name}.json");
            let path = staging.map(|s| s.path(&file));
            if let Some(numbers) = sink.statistic(path.as_deref())? {
                all.files.extend(path.map(|_| file));
                all.statistics.push((name.clone(), numbers));
            }
        }
        Ok(all)
    }
}

impl Resume for Records {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        saved.put(&self.records.len());
        self.totals.save(saved)?;
        self.records.iter_mut().try_for_each(|r| r.sink.sink().save(saved))
    }

    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        saved.same("records", &self.records.len())?;
        self.totals.resume(saved)?;
        let named = |name: &str, e| match e {
            isospike_record::Error::Invalid(what) => {
                isospike_record::Error::Invalid(format!("{name}: {what}"))
            }
            e => e,
        };
        let mut records = self.records.iter_mut();
        records.try_for_each(|r| r.sink.sink().resume(saved).map_err(|e| named(&r.name, e)))
    }
}

impl Recorded {
    fn new(c: &CheckedRecord, path: &Path, header: &Header) -> Result<Recorded> {
        let s = &c.selection;
        let whole = *s == Selection::all(header);
        let file = |sink: Box<dyn Sink>| match whole {
            true => Recorded::File(sink),
            false => Recorded::File(Box::new(Filter::new(s, sink))),
        };
        Ok(match c.request.kind {
            Kind::Npz => file(Box::new(SpikesNpz::create(path, header, s)?)),
            Kind::Npy => file(Box::new(SpikesNpy::create(path, s)?)),
            Kind::Sonata => file(Box::new(SpikesSonata::create(path, header, s)?)),
            Kind::Counts => file(Box::new(Counts::create(path, s)?)),
            Kind::Bits => file(Box::new(Bits::create(path, s)?)),
            Kind::Rates => Recorded::Rates(Filter::new(s, Rates::new(header, s))),
            Kind::Intervals => Recorded::Intervals(Filter::new(s, Intervals::new(header, s))),
            Kind::Psth => Recorded::Psth(Filter::new(s, Psth::new(header, s, c.bins, c.period)?)),
            Kind::Correlations => Recorded::Correlations(Filter::new(s, Correlations::new(s))),
            Kind::Spectrum => {
                Recorded::Spectrum(Filter::new(s, Spectrum::new(header, s, c.welch)?))
            }
        })
    }

    fn sink(&mut self) -> &mut dyn Sink {
        match self {
            Recorded::File(sink) => sink,
            Recorded::Rates(sink) => sink,
            Recorded::Intervals(sink) => sink,
            Recorded::Psth(sink) => sink,
            Recorded::Correlations(sink) => sink,
            Recorded::Spectrum(sink) => sink,
        }
    }

    /// Writes a statistic if there is somewhere to; a few numbers of it.
    fn statistic(&self, path: Option<&Path>) -> Result<Option<Vec<(&'static str, f64)>>, Failure> {
        let numbers = match self {
            Recorded::File(_) => return Ok(None),
            Recorded::Rates(sink) => {
                let result = sink.sink().result();
                write(path, &result)?;
                spread(["mean_hz", "least_hz", "most_hz"], result.rates_hz.iter().copied())
            }
            Recorded::Intervals(sink) => {
                let result = sink.sink().result();
                write(path, &result)?;
                let mut numbers =
                    vec![("intervals", result.iter().map(|n| n.n).sum::<u64>() as f64)];
                let means = spread(["mean_ms"; 3], result.iter().filter_map(|n| n.mean_ms));
                let cvs = spread(["mean_cv"; 3], result.iter().filter_map(|n| n.cv));
                numbers.extend(means.first());
                numbers.extend(cvs.first());
                numbers
            }
            Recorded::Psth(sink) => {
                let result = sink.sink().result();
                write(path, &result)?;
                let rates = result.populations.iter().flat_map(|p| p.rates_hz.iter().copied());
                let most = rates.fold(0.0, f64::max);
                vec![
                    ("bin_ms", result.bin_ms),
                    ("bins", result.steps.len() as f64),
                    ("most_hz", most),
                ]
            }
            Recorded::Correlations(sink) => {
                let result = sink.sink().result();
                write(path, &result)?;
                let n = result.ids.len();
                let pairs = (0..n).flat_map(|i| (0..i).map(move |j| i * n + j));
                let pairs = pairs.filter_map(|k| result.correlation[k]);
                let mut numbers = vec![("bins", result.bins as f64)];
                numbers.extend(spread(["mean", "least", "most"], pairs));
                numbers
            }
            Recorded::Spectrum(sink) => {
                let result = sink.sink().result();
                write(path, &result)?;
                let mut numbers = vec![("segments", result.segments as f64)];
                // The frequency 0 holds what is left of the mean.
                let lines = result.frequencies_hz.iter().zip(&result.density).skip(1);
                let peak = lines.max_by(|a, b| a.1.total_cmp(b.1));
                numbers.extend(peak.map(|(hz, _)| ("peak_hz", *hz)));
                numbers
            }
        };
        Ok(Some(numbers))
    }
}

/// Mean, least and most of some numbers; nothing of none.
fn spread(
    names: [&'static str; 3],
    numbers: impl Iterator<Item = f64>,
) -> Vec<(&'static str, f64)> {
    let (mut n, mut sum, mut least, mut most) = (0u64, 0.0, f64::INFINITY, f64::NEG_INFINITY);
    for x in numbers {
        n += 1;
        sum += x;
        least = least.min(x);
        most = most.max(x);
    }
    match n {
        0 => Vec::new(),
        n => names.into_iter().zip([sum / n as f64, least, most]).collect(),
    }
}

fn write(path: Option<&Path>, result: &impl Serialize) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    // Serialising plain data into memory cannot fail.
    let json = serde_json::to_string(result).expect("plain data");
    std::fs::write(path, json + "\n").map_err(|e| Failure::write(path, &e))
}
