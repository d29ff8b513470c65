//! `isospike run --micro-batch`: a batch in several parts, one after the other.
//!
//! The spikes and the last state of each part are kept in files of their own beside the results.
//! When all parts are done, spikes are merged into `spikes.npz`: the record of the whole batch,
//! with its digests. Half of the lanes are no record of a batch, so Ctrl-C leaves nothing behind.

use super::fit;
use crate::args::{MicroBatchArg, RunArgs};
use crate::failure::Failure;
use crate::progress::Bars;
use crate::staging::Staging;
use crate::summary::{self, Summary, rate_hz};
use crate::{plot, request, spikes, text};
use isospike::backend::parts;
use isospike::{
    Choice, Error, MicroBatch, MicroBatches, Network, Options, Plan, Room, Simulation, Spike, merge,
};
use isospike_record::stats::Totals;
use isospike_record::{Header, Reader, Selection, Sink, SpikesNpz};
use serde::Serialize;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// What a run in parts says of itself.
#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    summary: Summary,
    /// Parts, and lanes of the largest one: sizes are those of that part.
    micro_batches: usize,
    micro_batch_lanes: usize,
}

/// The parts of a run, if it was asked for them and there is more than one.
///
/// # Errors
/// If not even one lane fits, or if what else was asked for is not done in parts.
pub(super) fn parts(
    args: &RunArgs,
    network: &Arc<Network>,
    options: &Options,
) -> Result<Option<MicroBatches>, Failure> {
    let batches = match args.micro_batch {
        None => return Ok(None),
        Some(MicroBatchArg::Lanes(lanes)) => MicroBatches::of(network.clone(), lanes)?,
        Some(MicroBatchArg::Auto) => MicroBatches::fit(network.clone(), &Room::of(options)?)
            .map_err(|e| fit::failure(&args.network, options, e))?,
    };
    if batches.parts().len() < 2 {
        return Ok(None);
    }
    let usual = request::record(spikes::FILE);
    let refused = [
        ("--record", args.record.iter().any(|record| usual.as_ref() != Ok(record))),
        ("--record-state", !args.record_state.is_empty()),
        ("--stats", !args.stats.is_empty()),
        ("--checkpoint-every", args.checkpoint_every.is_some()),
        ("--state-digest-every", args.state_digest_every.is_some()),
    ];
    match refused.iter().find(|(_, asked)| *asked) {
        Some((other, _)) => Err(Failure::user(format!(
            "micro-batch: {other} is not done in parts; this batch has {} of up to {} lanes",
            batches.parts().len(),
            batches.lanes()
        ))
        .help("leave one of the two out, or raise --memory-limit so that the whole batch fits")),
        None => Ok(Some(batches)),
    }
}

/// A run in parts.
pub(super) struct Run<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) batches: MicroBatches,
    pub(super) options: Options,
    pub(super) choice: Option<Choice>,
    pub(super) steps: u64,
    /// Of the whole batch.
    pub(super) header: Header,
    pub(super) out: Option<PathBuf>,
    pub(super) bars: Bars,
    pub(super) baseline_rss_bytes: u64,
}

impl Run<'_> {
    /// Simulates all parts, merges and writes what came of them.
    ///
    /// # Errors
    /// As a run whole; then nothing is written.
    pub(super) fn complete(mut self) -> Result<ExitCode, Failure> {
        let parent = std::env::temp_dir().join(format!("isospike-{}", std::process::id()));
        let mut staging = Staging::new(self.out.as_deref().unwrap_or(&parent))?;
        let mut summaries = Vec::new();
        let mut plan = None;
        for (i, part) in self.batches.parts().enumerate() {
            let (summary, of_part) = self.simulate(&part, &Files::of(&staging, i))?;
            summaries.push(summary);
            plan = Some(of_part);
        }
        self.header.n_steps = self.steps;
        self.bars.say("merging");
        let (digest, counts) = self.merge(&staging)?;
        let state_digest = self.state_digest(&staging, plan.as_deref())?;
        let files: Vec<_> = (0..summaries.len()).map(|i| Files::of(&staging, i)).collect();
        files.iter().for_each(Files::remove);
        let mut page = Page {
            micro_batches: files.len(),
            micro_batch_lanes: self.batches.lanes(),
            summary: self.join(summaries, digest, state_digest, &counts)?,
        };
        if self.out.is_some() {
            self.write(&mut staging, &mut page, &counts)?;
        }
        match self.args.json {
            true => text::print_json(&page),
            false => text::print(&page.text()),
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Runs a part.
    fn simulate(&self, part: &MicroBatch, files: &Files) -> Result<(Summary, Arc<Plan>), Failure> {
        let options = Options { progress: Some(self.bars.building()), ..self.options.clone() };
        let simulation = Simulation::new(part.network.clone(), &options);
        let mut simulation =
            simulation.map_err(|e| fit::failure(&self.args.network, &options, e))?;
        simulation.equilibrate(1024, || ControlFlow::Continue(()))?;
        let mut header = Header { batch: part.lanes.len() as u32, ..self.header.clone() };
        let all = Selection::all(&header);
        let mut events = SpikesNpz::create(&files.spikes, &header, &all)?;
        let mut totals = Totals::new(&header, &all);
        self.bars.simulate(self.steps);
        /// Steps between two looks at the progress.
        const CHUNK: u64 = 256;
        let mut written = Ok(());
        simulation.run_steps(self.steps, CHUNK, |reached, spikes| {
            self.bars.step(reached, 0.0);
            written = totals.push(spikes, reached).and_then(|()| events.push(spikes, reached));
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        written?;
        // Events lose no spike.
        events.finish().map(drop)?;
        let file = File::create(&files.state).map_err(|e| Failure::write(&files.state, &e))?;
        parts::keep_state(simulation.session(), &mut BufWriter::new(file))?;
        header.n_steps = self.steps;
        let run = summary::Run {
            resumed_at: None,
            device: self.args.place.device().to_owned(),
            choice: self.choice.clone(),
            baseline_rss_bytes: self.baseline_rss_bytes,
            state_digests: Vec::new(),
            interrupted: false,
        };
        let summary = Summary::new(&mut simulation, &header, totals.counts(), run)?;
        Ok((summary, simulation.plan().clone()))
    }

    /// Merges the spikes of all parts: the digest, and how many each population has.
    fn merge(&self, staging: &Staging) -> Result<(String, Vec<u64>), Failure> {
        let streams = self.batches.parts().enumerate().map(|(i, part)| {
            let reader = Reader::open(&Files::of(staging, i).spikes)?;
            Ok(pieces(reader).map(move |piece| {
                piece.map(|mut spikes| {
                    part.renumber(&mut spikes);
                    spikes
                })
            }))
        });
        let streams = streams.collect::<Result<Vec<_>, isospike_record::Error>>()?;
        let streams = streams.into_iter().map(each);
        let all = Selection::all(&self.header);
        let mut totals = Totals::new(&self.header, &all);
        let path = staging.path(spikes::FILE);
        let mut events = match self.out {
            Some(_) => Some(SpikesNpz::create(&path, &self.header, &all)?),
            None => None,
        };
        let mut digest = isospike::backend::SpikeDigest::default();
        let mut push = |spikes: &[Spike], reached: u64| {
            digest.update(spikes);
            totals.push(spikes, reached)?;
            events.as_mut().map_or(Ok(()), |events| events.push(spikes, reached))
        };
        /// Spikes that are handed on together, about; those of a step are never parted.
        const CHUNK: usize = 1 << 16;
        let mut chunk: Vec<Spike> = Vec::new();
        for spike in merge(streams) {
            let spike = spike?;
            if chunk.len() >= CHUNK && chunk.last().is_some_and(|last| last.step < spike.step) {
                push(&chunk, spike.step)?;
                chunk.clear();
            }
            chunk.push(spike);
        }
        push(&chunk, self.steps)?;
        let counts = totals.counts().to_vec();
        if let Some(mut events) = events {
            events.finish().map(drop)?;
        }
        Ok((digest.hex(), counts))
    }

    fn state_digest(&self, staging: &Staging, plan: Option<&Plan>) -> Result<String, Failure> {
        let states = self.batches.parts().enumerate().map(|(i, part)| {
            let path = Files::of(staging, i).state;
            let failed = |e| Failure::system(format!("{}: {e}", path.display()));
            Ok((part.lanes.len(), BufReader::new(File::open(&path).map_err(failed)?)))
        });
        let mut states = states.collect::<Result<Vec<_>, Failure>>()?;
        plan.map_or(Ok(String::new()), |plan| Ok(parts::state_digest(plan, &mut states)?))
    }

    /// The summary of the whole from those of the parts: times are added, sizes are those of the
    /// largest.
    fn join(
        &self,
        summaries: Vec<Summary>,
        digest: String,
        state_digest: String,
        counts: &[u64],
    ) -> Result<Summary, Failure> {
        let mut summaries = summaries.into_iter();
        let none = || Failure::from(Error::new(isospike::ErrorKind::Invalid, "batch = 0 lanes"));
        let mut s = summaries.next().ok_or_else(none)?;
        for part in summaries {
            s.build_s += part.build_s;
            s.simulate_s += part.simulate_s;
            s.planned_bytes = s.planned_bytes.max(part.planned_bytes);
            s.allocated_bytes = s.allocated_bytes.max(part.allocated_bytes);
            s.peak_rss_bytes = s.peak_rss_bytes.max(part.peak_rss_bytes);
        }
        (s.digest, s.state_digest) = (digest, state_digest);
        s.batch = self.header.batch as usize;
        s.n_spikes = counts.iter().sum();
        s.real_time_factor = s.simulate_s * 1000.0 / s.time_ms;
        for (p, &n_spikes) in s.populations.iter_mut().zip(counts) {
            p.n_spikes = n_spikes;
            p.rate_hz = rate_hz(n_spikes, p.size, s.batch, s.time_ms);
        }
        s.rates_hz.0 = s.populations.iter().map(|p| (p.name.clone(), p.rate_hz)).collect();
        Ok(s)
    }

    fn write(&self, staging: &mut Staging, page: &mut Page, counts: &[u64]) -> Result<(), Failure> {
        self.bars.say("writing");
        let (header, summary) = (&self.header, &mut page.summary);
        let view = plot::View::new(header, counts, plot::MOST_NEURONS, None, None)?;
        let spikes = spikes::open(&staging.path(spikes::FILE))?;
        let raster = plot::Raster::read(&summary.network, header, view, spikes)?;
        summary.files = vec![spikes::FILE.to_owned()];
        summary.files.extend(plot::save(&raster, staging)?.map(str::to_owned));
        summary.files.push(summary::FILE.to_owned());
        summary.out = Some(staging.out().display().to_string());
        let path = staging.path(summary::FILE);
        // Serialising plain data into memory cannot fail.
        let json = serde_json::to_string_pretty(&page).expect("plain data");
        std::fs::write(&path, json + "\n").map_err(|e| Failure::write(&path, &e))?;
        staging.finish(true)
    }
}

impl Page {
    fn text(&self) -> String {
        let parts = format!("{} of up to {} lanes\n", self.micro_batches, self.micro_batch_lanes);
        format!("{}parts      {parts}", self.summary.page())
    }
}

/// What is kept of a part until all are done.
struct Files {
    spikes: PathBuf,
    state: PathBuf,
}

impl Files {
    fn of(staging: &Staging, part: usize) -> Files {
        let path = |extension: &str| staging.path(&format!("part.{part}.{extension}"));
        Files { spikes: path("npz"), state: path("state") }
    }

    /// As far as that is possible: the directory goes away or is cleared.
    fn remove(&self) {
        let remove = |path: &Path| std::fs::remove_file(path);
        let _ = remove(&self.spikes).and(remove(&self.state));
    }
}

type Pieces = Result<Vec<Spike>, isospike_record::Error>;

/// The spikes of a file, piece by piece.
fn pieces(mut reader: Reader) -> impl Iterator<Item = Pieces> {
    std::iter::from_fn(move || match reader.piece() {
        Ok(spikes) if spikes.is_empty() => None,
        piece => Some(piece),
    })
}

/// One by one.
fn each(
    pieces: impl Iterator<Item = Pieces>,
) -> impl Iterator<Item = Result<Spike, isospike_record::Error>> {
    pieces.flat_map(|piece| {
        let (spikes, error) = match piece {
            Ok(spikes) => (spikes, None),
            Err(e) => (Vec::new(), Some(Err(e))),
        };
        spikes.into_iter().map(Ok).chain(error)
    })
}
