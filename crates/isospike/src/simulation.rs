//! A network on a device: build, run, look.

use crate::Options;
use isospike_backend::plan::Slot;
use isospike_backend::{
    DeviceInfo, Error, ErrorKind, Plan, Result, Session, SessionExt, Snapshot, Spike, SpikeDigest,
};
use isospike_model::Shown;
use isospike_net::Network;
use ndarray::Array2;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A network compiled for a device, at some point in time.
///
/// Where the network has an equilibration, time, steps and spikes count from its end: whatever runs
/// first goes through it, and nothing of it is handed out.
pub struct Simulation {
    session: Box<dyn Session>,
    /// Steps of the session before step 0.
    equilibration: u64,
    device: DeviceInfo,
    digest: SpikeDigest,
    threads: usize,
    build_time: Duration,
    simulate_time: Duration,
}

impl Simulation {
    /// Validates, plans and compiles a network, with `auto` decided for it.
    ///
    /// # Errors
    /// `Invalid` for a network that is wrong, `MemoryLimit` if the plan is above the limit,
    /// `Unsupported` and `Device` from the device.
    pub fn new(network: impl Into<Arc<Network>>, options: &Options) -> Result<Simulation> {
        let start = Instant::now();
        let network = network.into();
        let (options, _) = options.decide(&network)?;
        let (device, plan_options) = options.open()?;
        let equilibration = network.equilibration_steps();
        let plan = Arc::new(Plan::new(network, &plan_options)?);
        let session = device.compile(plan)?;
        Ok(Simulation {
            session,
            equilibration,
            device: device.info(),
            digest: SpikeDigest::default(),
            threads: plan_options.threads,
            build_time: start.elapsed(),
            simulate_time: Duration::ZERO,
        })
    }

    /// The plan.
    pub fn plan(&self) -> &Arc<Plan> {
        self.session.plan()
    }

    /// The device it runs on.
    pub fn device(&self) -> &DeviceInfo {
        &self.device
    }

    /// Threads that were asked for: all cores if none were.
    pub fn threads_requested(&self) -> usize {
        self.threads
    }

    /// Threads that have work: a network too small to gain from more runs on one.
    pub fn threads(&self) -> usize {
        self.plan().workers(self.threads)
    }

    /// Steps done; 0 during the equilibration.
    pub fn step(&self) -> u64 {
        self.session.step().saturating_sub(self.equilibration)
    }

    /// Simulated time (ms).
    pub fn time_ms(&self) -> f64 {
        self.step() as f64 * self.plan().network.dt_ms
    }

    /// Steps in a time span.
    ///
    /// # Errors
    /// `Invalid` if it is negative or not a multiple of the time step.
    pub fn steps_in(&self, ms: f64) -> Result<u64> {
        steps_in(ms, self.plan().network.dt_ms)
    }

    /// Runs for a time span (ms), handing over spikes as they come, ascending by (step, lane, id).
    ///
    /// # Errors
    /// `Invalid` for a time that is not a multiple of dt, `NotFinite` if a state became NaN or
    /// infinite.
    pub fn run(&mut self, ms: f64, mut on_spikes: impl FnMut(&[Spike])) -> Result<()> {
        let steps = self.steps_in(ms)?;
        self.run_steps(steps, steps, |_, spikes| {
            on_spikes(spikes);
            ControlFlow::Continue(())
        })
    }

    /// Goes through what is left of the equilibration, at most `chunk` steps at a time, after each
    /// of which `control` can end it. Whoever does not call it is taken through by what runs first.
    ///
    /// # Errors
    /// As [`Simulation::run_steps`].
    pub fn equilibrate(
        &mut self,
        chunk: u64,
        mut control: impl FnMut() -> ControlFlow<()>,
    ) -> Result<()> {
        let left = self.equilibration.saturating_sub(self.session.step());
        if left == 0 {
            return Ok(());
        }
        let start = Instant::now();
        let ran = self.session.run_steps(left, chunk, |_, _| control());
        self.simulate_time += start.elapsed();
        ran
    }

    /// Runs `steps` steps, at most `chunk` at a time; after each chunk `control` gets the step
    /// reached and the new spikes, and can end the run. So it can during the equilibration, when it
    /// gets step 0 and no spikes.
    ///
    /// # Errors
    /// `NotFinite` if a state became NaN or infinite, `Device` if the device failed.
    pub fn run_steps(
        &mut self,
        steps: u64,
        chunk: u64,
        mut control: impl FnMut(u64, &[Spike]) -> ControlFlow<()>,
    ) -> Result<()> {
        if steps == 0 {
            return Ok(());
        }
        self.equilibrate(chunk, || control(0, &[]))?;
        let before = self.equilibration;
        if self.session.step() < before {
            return Ok(());
        }
        let (digest, time) = (&mut self.digest, &mut self.simulate_time);
        let mut counted = Vec::new();
        let mut start = Instant::now();
        self.session.run_steps(steps, chunk, |step, spikes| {
            let spikes = match before {
                0 => spikes,
                _ => {
                    counted.clear();
                    counted.extend(spikes.iter().map(|s| Spike { step: s.step - before, ..*s }));
                    &counted[..]
                }
            };
            digest.update(spikes);
            *time += start.elapsed();
            let flow = control(step - before, spikes);
            start = Instant::now();
            flow
        })
    }

    /// SHA-256 of all spikes so far.
    pub fn digest(&self) -> String {
        self.digest.hex()
    }

    /// The digest of all spikes so far, to be put down and taken up with the state: `restore`
    /// begins a new one.
    pub fn spike_digest(&mut self) -> &mut SpikeDigest {
        &mut self.digest
    }

    /// SHA-256 of the state now.
    ///
    /// # Errors
    /// `Device` if the device failed.
    pub fn state_digest(&mut self) -> Result<String> {
        self.session.state_digest()
    }

    /// The state, to be resumed on any device.
    ///
    /// # Errors
    /// `Device` if the device failed.
    pub fn snapshot(&mut self) -> Result<Snapshot> {
        self.session.snapshot()
    }

    /// Puts a state back; the spike digest starts anew.
    ///
    /// # Errors
    /// `Invalid` if the snapshot is of another network; nothing is changed then.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.session.restore(snapshot)?;
        self.digest = SpikeDigest::default();
        Ok(())
    }

    /// The values of a state variable in user units, [neuron, lane].
    ///
    /// # Errors
    /// `Invalid` if there is no such population or variable; says which there are.
    pub fn values(&mut self, population: &str, variable: &str) -> Result<Array2<f64>> {
        let plan = self.plan().clone();
        let p = plan.populations.iter().position(|p| p.name == population);
        let p = p.ok_or_else(|| {
            unknown("population", population, plan.populations.iter().map(|p| &*p.name))
        })?;
        let neurons = plan.populations[p].neurons.as_ref().ok_or_else(|| {
            let message = format!("{population} is a spike source: it has no state");
            Error::new(ErrorKind::Invalid, message)
        })?;
        let slots = neurons.model.state();
        let variable = slots
            .iter()
            .position(|s| s.name == variable)
            .ok_or_else(|| unknown("variable", variable, slots.iter().map(|s| s.name)))?;
        let columns = (0..slots.len())
            .map(|slot| self.session.read_values(Slot::State { population: p, slot }))
            .collect::<Result<Vec<_>>>()?;
        let (n, batch) = (plan.populations[p].size as usize, plan.batch());
        let mut out = Array2::zeros((n, batch));
        let mut state = vec![0.0; slots.len()];
        let by_lane = plan.network.params_vary(p);
        let mut params = plan.network.param_table(p, 0);
        for lane in 0..batch {
            if by_lane {
                params = plan.network.param_table(p, lane);
            }
            for neuron in 0..n {
                let row: Vec<f64> = params.iter().map(|c| c.at(neuron)).collect();
                let i = neuron * batch + lane;
                state.iter_mut().zip(&columns).for_each(|(x, c)| *x = c[i]);
                out[[neuron, lane]] = neurons.model.to_user(&row, &state)[variable];
            }
        }
        Ok(out)
    }

    /// The session, for everything else. Its steps count from the beginning of the equilibration.
    pub fn session(&mut self) -> &mut dyn Session {
        &mut *self.session
    }

    /// Time it took to plan and compile.
    pub fn build_time(&self) -> Duration {
        self.build_time
    }

    /// Time spent simulating: stepping, handing over the spikes in order, and their digest. What
    /// the caller does with them is not in it.
    pub fn simulate_time(&self) -> Duration {
        self.simulate_time
    }
}

/// Steps of `dt_ms` in a time span.
///
/// # Errors
/// `Invalid` if it is negative, not finite or not a multiple of the time step.
pub fn steps_in(ms: f64, dt_ms: f64) -> Result<u64> {
    let steps = (ms / dt_ms).round();
    let multiple =
        ms >= 0.0 && steps <= u64::MAX as f64 && (steps * dt_ms - ms).abs() <= 1e-6 * dt_ms;
    if multiple {
        return Ok(steps as u64);
    }
    let [ms, dt_ms] = [ms, dt_ms].map(Shown);
    let message =
        format!("time = {ms} ms; it must be a multiple of dt = {dt_ms} ms and not negative");
    Err(Error::new(ErrorKind::Invalid, message))
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let known: Vec<_> = known.collect();
    let message = format!("{what} {name:?} does not exist; there are: {}", known.join(", "));
    Error::new(ErrorKind::Invalid, message)
}
