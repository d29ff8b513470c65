//! One whole run, timed: build once, then a warm-up and repetitions, each from a fresh session of
//! the same plan.

use crate::cases::Case;
use crate::synapses::out_degrees;
use crate::targets::Target;
use anyhow::{Context, Result, bail};
use isospike::backend::{Session, SpikeDigest};
use isospike::{Plan, Precision, SessionExt, Spike, steps_in};
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a run is asked for besides network and device.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Simulated time (ms).
    pub time_ms: f64,
    /// Timed repetitions after one warm-up.
    pub repeats: usize,
}

/// A median with its extremes.
#[derive(Clone, Copy, Debug, Serialize)]
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

/// A row of the matrix.
#[derive(Clone, Debug, Serialize)]
pub struct Measurement {
    /// Label of the case.
    pub network: String,
    /// Device.
    pub device: String,
    /// `"f32"` or `"f64"`.
    pub precision: &'static str,
    /// Threads asked for; `None` where a device has none.
    pub threads: Option<usize>,
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
    /// Time step (ms).
    pub dt_ms: f64,
    /// Simulated time (ms).
    pub time_ms: f64,
    /// Steps in it.
    pub steps: u64,
    /// Stepping, draining spikes and their digest (s).
    pub simulate_s: Spread,
    /// Median simulate time over simulated time.
    pub real_time_factor: f64,
    /// Synaptic events: the sum over spikes of the out-degree.
    pub events: u64,
    /// Median simulate time x threads used / events (ns); `None` without events.
    pub ns_per_event: Option<f64>,
    /// Neuron updates: neurons x steps.
    pub updates: u64,
    /// Median simulate time x threads used / updates (ns).
    pub ns_per_update: f64,
    /// Spikes.
    pub spikes: u64,
    /// Mean rate of the neurons (spikes/s).
    pub rate_hz: f64,
    /// SHA-256 of the spikes of the warm-up.
    pub digest: String,
    /// The same for each repetition.
    pub digests: Vec<String>,
}

/// Builds a case and runs it `repeats + 1` times.
///
/// # Errors
/// If the network or the device cannot be used, a state does not stay finite, or the session has
/// not allocated what the plan says.
pub fn measure(
    case: &Case,
    target: &Target,
    precision: Precision,
    s: &Settings,
) -> Result<Measurement> {
    let network = case.load(precision)?;
    let steps = steps_in(s.time_ms, network.dt_ms).context("--time")?;
    let (device, options) = target.options().open()?;
    let start = Instant::now();
    let plan = Arc::new(Plan::new(Arc::new(network), &options)?);
    let mut session = Some(device.compile(plan.clone())?);
    let build_s = start.elapsed().as_secs_f64();
    let (planned_bytes, allocated) =
        (plan.memory.total_bytes(), session.as_ref().map_or(0, |s| s.allocated_bytes()));
    if planned_bytes != allocated {
        bail!("{}: {planned_bytes} bytes planned, {allocated} allocated", case.label());
    }

    let degrees = out_degrees(&plan);
    let (mut spikes, mut of_neurons, mut events) = (0, 0, 0);
    let is_neuron = neurons(&plan);
    let mut fresh = || match session.take() {
        Some(session) => Ok(session),
        None => device.compile(plan.clone()),
    };
    let (_, digest) = run(&mut *fresh()?, steps, |new| {
        spikes += new.len() as u64;
        for spike in new {
            events += degrees[spike.id as usize];
            of_neurons += u64::from(is_neuron[spike.id as usize]);
        }
    })?;
    let (mut times, mut digests) = (Vec::new(), Vec::new());
    for _ in 0..s.repeats.max(1) {
        let (time, digest) = run(&mut *fresh()?, steps, |_| {})?;
        times.push(time.as_secs_f64());
        digests.push(digest);
    }

    let simulate_s = Spread::of(times);
    let n = is_neuron.iter().filter(|&&is| is).count() as u64;
    let threads_used = target.threads.map_or(1, |t| plan.workers(t));
    let updates = n * steps;
    let work_ns = simulate_s.median * threads_used as f64 * 1e9;
    Ok(Measurement {
        network: case.label(),
        device: target.device.clone(),
        precision: name(precision),
        threads: target.threads,
        threads_used,
        neurons: plan.n_neurons(),
        synapses: plan.n_synapses(),
        planned_bytes,
        build_s,
        dt_ms: plan.network.dt_ms,
        time_ms: s.time_ms,
        steps,
        simulate_s,
        real_time_factor: simulate_s.median / (s.time_ms * 1e-3),
        events,
        ns_per_event: (events > 0).then(|| work_ns / events as f64),
        updates,
        ns_per_update: work_ns / updates as f64,
        spikes,
        rate_hz: of_neurons as f64 / n as f64 / (s.time_ms * 1e-3),
        digest,
        digests,
    })
}

/// Runs `steps` steps; the time until the spikes were handed over in order and digested, and their
/// digest. A device that works behind the caller's back is waited for by the drain.
fn run(
    session: &mut dyn Session,
    steps: u64,
    mut record: impl FnMut(&[Spike]),
) -> Result<(Duration, String)> {
    let mut digest = SpikeDigest::default();
    let (mut time, mut start) = (Duration::ZERO, Instant::now());
    session.run_steps(steps, steps, |_, spikes| {
        digest.update(spikes);
        time += start.elapsed();
        record(spikes);
        start = Instant::now();
        ControlFlow::Continue(())
    })?;
    Ok((time, digest.hex()))
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
    use crate::targets::targets;

    #[test]
    fn a_measurement_counts_what_it_says() {
        let cases = crate::cases::select(&["cuba".to_owned()], true).expect("cuba");
        let target = &targets(Some("cpu"), &[2]).expect("a CPU")[0];
        let settings = Settings { time_ms: 20.0, repeats: 2 };
        let m = measure(&cases[0], target, Precision::F32, &settings).expect("runs");
        assert_eq!((m.neurons, m.steps, m.updates), (4000, 200, 800_000));
        assert_eq!(m.digests, [m.digest.clone(), m.digest.clone()]);
        // 80 synapses per neuron
        let mean = m.events as f64 / m.spikes as f64;
        assert!((70.0..90.0).contains(&mean), "{mean}");
        assert!(m.simulate_s.min <= m.simulate_s.median && m.simulate_s.median <= m.simulate_s.max);
    }
}
