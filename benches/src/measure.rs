//! One cell of the matrix: build once, then a warm-up whose digest is compared and repetitions that
//! are timed, each from a fresh session of the same plan.
//!
//! A device must not be compared with itself alone: where no other has run the case, the CPU runs
//! it once, untimed.

use crate::cases::{Case, Kind};
use crate::published::published;
use crate::synapses::out_degrees;
use crate::targets::{REFERENCE, Target};
use crate::traffic::Traffic;
use crate::verdict::{Digest, Digests, Mismatch, as_published};
use anyhow::{Context, Result, bail};
use isospike::backend::{Session, SpikeDigest};
use isospike::{ErrorKind, Options, Plan, Precision, SessionExt, Spike, steps_in};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Steps of a single model at least: enough for some neurons to fire.
const LEAST_STEPS: u64 = 100;

/// What a run is asked for besides case and device.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Simulated time of networks (ms).
    pub time_ms: f64,
    /// Neuron updates of a run of a single model, about: small numbers of neurons do more steps.
    pub updates: u64,
    /// Timed repetitions after one warm-up, at most.
    pub repeats: usize,
}

/// A cell that was timed twice and for this long is not run again: what takes long varies little,
/// and a matrix is to end.
const ENOUGH: Duration = Duration::from_secs(8);

impl Settings {
    /// Steps of a case.
    fn steps(&self, case: &Case, dt_ms: f64) -> Result<u64> {
        match case.kind {
            Kind::Network => Ok(steps_in(self.time_ms, dt_ms).context("--time")?),
            Kind::Model => Ok((self.updates / case.size as u64).max(LEAST_STEPS)),
        }
    }
}

/// A median with its extremes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Spread {
    /// Middle value, or the mean of the two.
    pub median: f64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
}

impl Spread {
    /// Of at least one value.
    fn of(mut values: Vec<f64>) -> Spread {
        values.sort_unstable_by(f64::total_cmp);
        let n = values.len();
        let median = 0.5 * (values[(n - 1) / 2] + values[n / 2]);
        Spread { median, min: values[0], max: values[n - 1] }
    }
}

/// What came of a cell.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Numbers, of runs that all had the digest of their case.
    Measured(Box<Measurement>),
    /// The device cannot run it, and why.
    NotAvailable(String),
    /// Other spikes or another state: no number means anything.
    Mismatch(String),
    /// It broke down.
    Failed(String),
}

/// The numbers of a cell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measurement {
    /// Threads that had work: a network too small to gain runs on one.
    pub threads_used: usize,
    /// Neurons and sources.
    pub neurons: u64,
    /// Synapses.
    pub synapses: u64,
    /// Bytes of the plan, equal to what was allocated.
    pub planned_bytes: u64,
    /// Planning and compiling (s).
    pub build_s: f64,
    /// Simulated time (ms).
    pub time_ms: f64,
    /// Steps in it.
    pub steps: u64,
    /// Stepping, draining spikes and their digest (s).
    pub simulate_s: Spread,
    /// Runs that were timed; 0 in matrices from before this was written down.
    #[serde(default)]
    pub timed_runs: usize,
    /// Median simulate time over simulated time.
    pub real_time_factor: f64,
    /// Median simulate time / steps (us).
    pub us_per_step: f64,
    /// Synaptic events: the sum over spikes of the out-degree.
    pub events: u64,
    /// Median simulate time x threads used / events (ns); `None` without events.
    pub ns_per_event: Option<f64>,
    /// Neuron updates: neurons x steps.
    pub updates: u64,
    /// Median simulate time x threads used / updates (ns).
    pub ns_per_update: f64,
    /// Bytes a step has to move, predicted from the plan ([`Traffic`]), mean over steps.
    pub bytes_per_step: f64,
    /// These, over the median time of a step (bytes/s); `None` where nothing is moved.
    pub bytes_per_s: Option<f64>,
    /// Part of the device's copy bandwidth; `None` where that was not measured.
    pub of_copy: Option<f64>,
    /// Spikes.
    pub spikes: u64,
    /// Mean rate of the neurons (spikes/s).
    pub rate_hz: f64,
    /// Of the spikes and the state, the same in all runs.
    pub digest: Digest,
}

/// Builds a case and runs it `repeats + 1` times, or says why there are no numbers.
pub fn cell(
    case: &Case,
    target: &Target,
    precision: Precision,
    s: &Settings,
    digests: &mut Digests,
) -> Outcome {
    match measure(case, target, precision, s, digests) {
        Ok(Ok(measurement)) => Outcome::Measured(Box::new(measurement)),
        Ok(Err(mismatch)) => Outcome::Mismatch(mismatch.to_string()),
        Err(e) => match e.downcast_ref::<isospike::Error>().map(isospike::Error::kind) {
            Some(ErrorKind::Unsupported | ErrorKind::MemoryLimit | ErrorKind::OutOfMemory) => {
                Outcome::NotAvailable(format!("{e:#}"))
            }
            _ => Outcome::Failed(format!("{e:#}")),
        },
    }
}

fn measure(
    case: &Case,
    target: &Target,
    precision: Precision,
    s: &Settings,
    digests: &mut Digests,
) -> Result<Result<Measurement, Mismatch>> {
    if !case.suits(target) {
        let reason = "it is for accelerators; --cases with its name runs it here too";
        return Err(isospike::Error::new(ErrorKind::Unsupported, reason).into());
    }
    if target.threads.is_none() && !digests.know(&case.label(), name(precision)) {
        let digest = reference(case, precision, s);
        let digest = digest.context("there is nothing to compare it with: on the CPU")?;
        digests.add(&case.label(), name(precision), "the CPU, untimed", digest);
    }
    let network = case.load(precision)?;
    let steps = s.steps(case, network.dt_ms)?;
    let (device, options) = target.options().open()?;
    let start = Instant::now();
    let plan = Arc::new(Plan::new(Arc::new(network), &options)?);
    let mut session = Some(device.compile(plan.clone())?);
    let build_s = start.elapsed().as_secs_f64();
    let (planned_bytes, allocated) =
        (plan.memory.total_bytes(), session.as_ref().map_or(0, |s| s.allocated_bytes()));
    if planned_bytes != allocated {
        bail!("{planned_bytes} bytes planned, {allocated} allocated");
    }

    let published = published(case, precision, s.time_ms);
    let traffic = Traffic::of(&plan);
    let degrees = out_degrees(&plan);
    let is_neuron = neurons(&plan);
    let (mut spikes, mut of_neurons, mut events, mut spike_bytes) = (0, 0, 0, 0);
    let (mut times, mut first) = (Vec::new(), None);
    for repetition in 0..=s.repeats {
        let mut session = match session.take() {
            Some(session) => session,
            None => device.compile(plan.clone())?,
        };
        let which = match repetition {
            0 => target.place(),
            n => format!("{}, repetition {n}", target.place()),
        };
        let mut count = |new: &[Spike]| {
            if repetition > 0 {
                return;
            }
            for id in new.iter().map(|spike| spike.id as usize) {
                spikes += 1;
                events += degrees[id];
                spike_bytes += traffic.spike_bytes[id];
                of_neurons += u64::from(is_neuron[id]);
            }
        };
        let mut seen = SpikeDigest::default();
        if let (0, Some(entry)) = (repetition, &published) {
            let then = steps_in(entry.time_ms, plan.network.dt_ms)?;
            let (_, digest) = run(&mut *session, then, &mut seen, &mut count)?;
            if let Err(mismatch) = as_published(&which, &digest, &entry.digest) {
                return Ok(Err(mismatch));
            }
        }
        let left = steps - session.step();
        let (time, digest) = run(&mut *session, left, &mut seen, &mut count)?;
        // Before any number of this cell is kept.
        if let Err(mismatch) = digests.check(&case.label(), name(precision), &which, &digest) {
            return Ok(Err(mismatch));
        }
        match repetition {
            0 => first = Some(digest),
            _ => times.push(time),
        }
        if times.len() >= 2 && times.iter().sum::<Duration>() >= ENOUGH {
            break;
        }
    }

    let timed_runs = times.len();
    let simulate_s = Spread::of(times.iter().map(Duration::as_secs_f64).collect());
    let n = is_neuron.iter().filter(|&&is| is).count() as u64;
    let threads_used = target.threads.map_or(1, |t| plan.workers(t));
    let updates = n * steps;
    let time_ms = steps as f64 * plan.network.dt_ms;
    let work_ns = simulate_s.median * threads_used as f64 * 1e9;
    let bytes = (traffic.update_bytes * steps + spike_bytes) as f64;
    let bytes_per_s = (bytes > 0.0).then(|| bytes / simulate_s.median);
    Ok(Ok(Measurement {
        threads_used,
        neurons: plan.n_neurons(),
        synapses: plan.n_synapses(),
        planned_bytes,
        build_s,
        time_ms,
        steps,
        simulate_s,
        timed_runs,
        real_time_factor: simulate_s.median / (time_ms * 1e-3),
        us_per_step: simulate_s.median / steps as f64 * 1e6,
        events,
        ns_per_event: (events > 0).then(|| work_ns / events as f64),
        updates,
        ns_per_update: work_ns / updates as f64,
        bytes_per_step: bytes / steps as f64,
        bytes_per_s,
        of_copy: bytes_per_s.zip(target.copy_bytes_per_s).map(|(bytes, copy)| bytes / copy),
        spikes,
        rate_hz: of_neurons as f64 / n as f64 / (time_ms * 1e-3),
        digest: first.context("no run")?,
    }))
}

/// What a case leaves on the CPU, whose arithmetic is what all others are compared with.
fn reference(case: &Case, precision: Precision, s: &Settings) -> Result<Digest> {
    let network = case.load(precision)?;
    let steps = s.steps(case, network.dt_ms)?;
    let (device, options) =
        Options { device: REFERENCE.to_owned(), ..Options::default() }.open()?;
    let plan = Plan::new(Arc::new(network), &options)?;
    let mut session = device.compile(Arc::new(plan))?;
    Ok(run(&mut *session, steps, &mut SpikeDigest::default(), |_| ())?.1)
}

/// Runs `steps` steps, adding spikes to those seen; the time until they were handed over in order
/// and digested, and what is left. A device that works behind the caller's back is waited for by
/// the drain.
fn run(
    session: &mut dyn Session,
    steps: u64,
    seen: &mut SpikeDigest,
    mut record: impl FnMut(&[Spike]),
) -> Result<(Duration, Digest)> {
    let (mut time, mut start) = (Duration::ZERO, Instant::now());
    session.run_steps(steps, steps, |_, spikes| {
        seen.update(spikes);
        time += start.elapsed();
        record(spikes);
        start = Instant::now();
        ControlFlow::Continue(())
    })?;
    Ok((time, Digest { spikes: seen.hex(), state: session.state_digest()? }))
}

/// By global id: whether it is a neuron, not a source of given spikes.
fn neurons(plan: &Plan) -> Vec<bool> {
    let each = |p: &isospike::backend::plan::PopulationPlan| {
        std::iter::repeat_n(p.neurons.is_some(), p.size as usize)
    };
    plan.populations.iter().flat_map(each).collect()
}

/// `"f32"` or `"f64"`.
pub fn name(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "f32",
        Precision::F64 => "f64",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::When;

    const SETTINGS: Settings = Settings { time_ms: 20.0, updates: 100_000, repeats: 2 };

    fn target(threads: usize) -> Target {
        Target {
            device: "cpu:0".to_owned(),
            name: String::new(),
            threads: Some(threads),
            is_processor: true,
            copy_bytes_per_s: Some(1e9),
        }
    }

    fn case(label: &str) -> Case {
        crate::cases::select(&[label.to_owned()], true).expect("a case").remove(0)
    }

    #[test]
    fn a_measurement_counts_what_it_says() {
        let mut digests = Digests::default();
        let outcome = cell(&case("cuba@1"), &target(2), Precision::F32, &SETTINGS, &mut digests);
        let Outcome::Measured(m) = outcome else { panic!("{outcome:?}") };
        assert_eq!((m.neurons, m.steps, m.updates), (4000, 200, 800_000));
        // 80 synapses per neuron
        let mean = m.events as f64 / m.spikes as f64;
        assert!((70.0..90.0).contains(&mean), "{mean}");
        assert!(m.simulate_s.min <= m.simulate_s.median && m.simulate_s.median <= m.simulate_s.max);
        assert!(m.bytes_per_step > 4000.0 * 2.0 * 4.0, "{}", m.bytes_per_step);
        let outcome =
            cell(&case("izhikevich:1000"), &target(1), Precision::F64, &SETTINGS, &mut digests);
        let Outcome::Measured(m) = outcome else { panic!("{outcome:?}") };
        assert_eq!((m.neurons, m.steps, m.events), (1000, 100, 0));
    }

    #[test]
    fn cells_without_numbers_say_why() {
        // Another run of this case is known to have left something else.
        let mut digests = Digests::default();
        let known = Digest { spikes: "a".to_owned(), state: "b".to_owned() };
        assert!(digests.check("izhikevich:1000", "f32", "elsewhere", &known).is_ok());
        let case = case("izhikevich:1000");
        let outcome = cell(&case, &target(1), Precision::F32, &SETTINGS, &mut digests);
        let Outcome::Mismatch(what) = outcome else { panic!("{outcome:?}") };
        assert!(what.contains("cpu:0, 1 thread") && what.contains("a on elsewhere"), "{what}");

        let absent = Target { device: "abacus:0".to_owned(), ..target(1) };
        let outcome = cell(&case, &absent, Precision::F32, &SETTINGS, &mut Digests::default());
        let Outcome::NotAvailable(why) = outcome else { panic!("{outcome:?}") };
        assert!(why.contains("not in this build"), "{why}");

        // Nobody asked for it by name.
        let large = Case { when: When::Accelerators, ..case.clone() };
        let outcome = cell(&large, &target(1), Precision::F32, &SETTINGS, &mut Digests::default());
        let Outcome::NotAvailable(why) = outcome else { panic!("{outcome:?}") };
        assert!(why.contains("for accelerators"), "{why}");

        let huge = Case { size: 4e9, ..case };
        let outcome = cell(&huge, &target(1), Precision::F32, &SETTINGS, &mut Digests::default());
        let Outcome::Failed(why) = outcome else { panic!("{outcome:?}") };
        assert!(why.contains("below 2^31"), "{why}");
    }
    /// A device that is alone in the list is compared with the CPU, and each with what is
    /// published.
    #[test]
    fn nobody_is_compared_with_himself_alone() {
        let mut digests = Digests::default();
        let case = case("izhikevich:1000");
        let alone = Target { threads: None, ..target(1) };
        let outcome = cell(&case, &alone, Precision::F32, &SETTINGS, &mut digests);
        assert!(matches!(outcome, Outcome::Measured(_)), "{outcome:?}");
        let other = Digest { spikes: "a".to_owned(), state: "b".to_owned() };
        let differs = digests.check("izhikevich:1000", "f32", "elsewhere", &other);
        let what = differs.expect_err("other spikes").to_string();
        assert!(what.ends_with("on the CPU, untimed"), "{what}");
    }
}
