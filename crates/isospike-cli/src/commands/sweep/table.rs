//! The table of a sweep, row by row.

use super::{Member, Sweep};
use crate::analysis::LEAST_INTERVALS;
use crate::failure::Failure;
use crate::staging::Staging;
use crate::summary::{Named, rate_hz};
use crate::{interrupt, text};
use isospike::backend::memory::thousands;
use isospike::{ErrorKind, Simulation};
use isospike_record::stats::{Intervals, Totals};
use isospike_record::{Header, Selection, Sink};
use serde::{Serialize, Serializer};
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Names of the files: the table, and the same in JSON.
pub(crate) const FILES: [&str; 2] = ["sweep.csv", "sweep.json"];

/// Results of a member.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    parameters: Parameters,
    /// Seed of the network.
    seed: u64,
    /// Spikes in all lanes.
    n_spikes: u64,
    /// Mean rate of each population over time, neurons and lanes (spikes/s).
    rates_hz: Named<f64>,
    /// Mean coefficient of variation of the intervals of each population, over neurons and lanes
    /// with at least [`LEAST_INTERVALS`]; populations that have none are missing.
    cv_isi: Named<f64>,
    /// SHA-256 of all spikes.
    digest: String,
    /// Why it ended before its time; the numbers are of the portions of its run before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

/// What is varied, with its value as it was given: an object in JSON, in order.
#[derive(Clone, Debug)]
struct Parameters(Vec<(String, String)>);

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Row {
    /// Runs a member to the end; `None` if the sweep was stopped meanwhile.
    ///
    /// # Errors
    /// If the device failed. A state that does not stay finite is a result.
    pub(super) fn run(
        member: &Member,
        simulation: &mut Simulation,
    ) -> Result<Option<Row>, Failure> {
        /// Steps between two looks at whether to go on.
        const CHUNK: u64 = 1024;
        let network = simulation.plan().network.clone();
        let header = Header::of(&network);
        let all = Selection::all(&header);
        let mut totals = Totals::new(&header, &all);
        let mut intervals = Intervals::new(&header, &all);
        let (mut recorded, mut done) = (Ok(()), 0);
        let ran = simulation.run_steps(member.steps, CHUNK, |reached, spikes| {
            done = reached;
            recorded = totals.push(spikes, reached).and_then(|()| intervals.push(spikes, reached));
            match recorded.is_err() || interrupt::requested() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        recorded?;
        let error = match ran {
            Ok(()) if simulation.step() < member.steps => return Ok(None),
            Ok(()) => None,
            Err(e) if e.kind() == ErrorKind::NotFinite => Some(e.to_string()),
            Err(e) => return Err(e.with("member", member.name()).into()),
        };
        let (time_ms, batch) = (done as f64 * network.dt_ms, network.lane_seeds.len());
        let rates = header.populations.iter().zip(totals.counts());
        let rates = rates.map(|(p, &n)| (p.name.clone(), rate_hz(n, p.size, batch, time_ms)));
        Ok(Some(Row {
            parameters: Parameters(member.values.clone()),
            seed: member.seed,
            n_spikes: totals.counts().iter().sum(),
            rates_hz: Named(rates.collect()),
            cv_isi: Named(variation(&header, &intervals)),
            digest: simulation.digest(),
            error,
        }))
    }

    /// The numbers of each population; nothing where it has none.
    fn numbers(of: &Named<f64>, populations: &[String], show: fn(f64) -> String) -> Vec<String> {
        let number = |p: &String| of.0.iter().find(|(name, _)| name == p);
        let text = |p: &String| number(p).map_or(String::new(), |(_, x)| show(*x));
        populations.iter().map(text).collect()
    }
}

/// Mean coefficient of variation by population.
fn variation(header: &Header, intervals: &Intervals) -> Vec<(String, f64)> {
    let mut sums = vec![(0.0, 0u64); header.populations.len()];
    for train in intervals.result().iter().filter(|t| t.n >= LEAST_INTERVALS.into()) {
        if let (Some(p), Some(cv)) = (header.population_of(train.id), train.cv) {
            sums[p].0 += cv;
            sums[p].1 += 1;
        }
    }
    let means = header.populations.iter().zip(sums).filter(|(_, (_, n))| *n > 0);
    means.map(|(p, (sum, n))| (p.name.clone(), sum / n as f64)).collect()
}

/// The table as it grows: in the file, if there is one, is every row as soon as it is added.
pub(super) struct Table {
    parameters: Vec<String>,
    populations: Vec<String>,
    file: Option<(PathBuf, csv::Writer<File>)>,
}

impl Table {
    /// Before any row.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub(super) fn new(members: &[Member], staging: Option<&Staging>) -> Result<Table, Failure> {
        let names = |m: &Member| m.values.iter().map(|(name, _)| name.clone()).collect();
        let mut populations: Vec<String> = Vec::new();
        for name in members.iter().flat_map(|m| &m.populations) {
            if !populations.contains(name) {
                populations.push(name.clone());
            }
        }
        let open = |path: PathBuf| match csv::Writer::from_path(&path) {
            Ok(file) => Ok((path, file)),
            Err(e) => Err(unwritten(&path, e)),
        };
        let file = staging.map(|s| open(s.path(FILES[0]))).transpose()?;
        let parameters = members.first().map_or(Vec::new(), names);
        let mut table = Table { parameters, populations, file };
        let headings = table.headings("n_spikes", "rate_hz.", "cv_isi.");
        table.write(headings.into_iter().chain(["error".into()]))?;
        Ok(table)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// From the file system.
    pub(super) fn add(&mut self, row: &Row) -> Result<(), Failure> {
        let cells = self.cells(row, &row.n_spikes.to_string(), |x| x.to_string());
        let rest = [row.digest.clone(), row.error.clone().unwrap_or_default()];
        self.write(cells.into_iter().chain(rest))
    }

    fn write(&mut self, cells: impl Iterator<Item = String>) -> Result<(), Failure> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let record: csv::StringRecord = cells.collect();
        let written = file.write_record(&record).and_then(|()| Ok(file.flush()?));
        written.map_err(|e| unwritten(path, e))
    }

    fn headings(&self, spikes: &str, rate: &str, cv: &str) -> Vec<String> {
        let of = |what: &str| self.populations.iter().map(|p| format!("{what}{p}")).collect();
        let counts = ["seed", spikes].map(String::from).to_vec();
        let digest = vec!["digest".to_owned()];
        [self.parameters.clone(), counts, of(rate), of(cv), digest].concat()
    }

    /// All cells up to the digest.
    fn cells(&self, row: &Row, spikes: &str, show: fn(f64) -> String) -> Vec<String> {
        let values = row.parameters.0.iter().map(|(_, value)| value.clone()).collect();
        let of = |numbers| Row::numbers(numbers, &self.populations, show);
        let counts = vec![row.seed.to_string(), spikes.to_owned()];
        [values, counts, of(&row.rates_hz), of(&row.cv_isi)].concat()
    }

    /// For people.
    pub(super) fn page(&self, sweep: &Sweep<'_>) -> String {
        let headings = self.headings("spikes", "spikes/s ", "CV ");
        let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
        let numbers: Vec<usize> = (0..headings.len() - 1).collect();
        let mut table = text::table(&headings, &numbers);
        for row in &sweep.members {
            let digest = match &row.error {
                None => row.digest.chars().take(16).collect::<String>() + "...",
                Some(_) => "not finite".into(),
            };
            let cells = self.cells(row, &thousands(row.n_spikes), |x| format!("{x:.3}"));
            table.add_row(cells.into_iter().chain([digest]));
        }
        let files = sweep.out.as_ref().map(|out| {
            let files = FILES.map(|f| Path::new(out).join(f).display().to_string());
            format!("\n{}", files.join(", "))
        });
        format!(
            "{table}\n\n{}: {} of {}{}\n",
            sweep.network,
            text::count(sweep.members.len() as u64, "members"),
            text::time(sweep.time_ms),
            files.unwrap_or_default()
        )
    }
}

fn unwritten(path: &Path, e: csv::Error) -> Failure {
    Failure::write(path, &std::io::Error::from(e))
}
