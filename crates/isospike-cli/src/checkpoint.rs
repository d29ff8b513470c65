//! Checkpoints of a run: when they are due, and what is in them besides state and records.

use crate::args::{NetworkArgs, PlaceArgs, RunArgs};
use crate::failure::Failure;
use crate::interrupt;
use crate::quantity::Pace;
use crate::records::Records;
use crate::states::States;
use crate::summary::StateDigest;
use isospike::Simulation;
use isospike_record::{Checkpoint, CheckpointWriter};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Name of the file, beside the records it belongs to.
pub(crate) const FILE: &str = "checkpoint";

/// Names of its parts.
const RUN: &str = "run";
const DIGEST: &str = "spike digest";
const SPIKES: &str = "spikes";
const STATES: &str = "states";

/// What a run is besides its state and its records.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Version of isospike that wrote it.
    pub(crate) version: String,
    /// What was asked for.
    pub(crate) args: RunArgs,
    /// Steps that are done.
    pub(crate) step: u64,
    /// Digests of the state on the way.
    pub(crate) digests: Vec<StateDigest>,
    /// Time spent simulating (s).
    pub(crate) simulate_s: f64,
}

/// When checkpoints are due, and where they go.
pub(crate) struct Checkpoints {
    path: PathBuf,
    /// Steps between them.
    every: u64,
    /// Time between them.
    wall: Duration,
    last: Instant,
}

impl Checkpoints {
    /// In a directory.
    ///
    /// # Errors
    /// If the interval is not a multiple of the time step.
    pub(crate) fn new(pace: Pace, path: PathBuf, dt_ms: f64) -> Result<Checkpoints, Failure> {
        let (every, wall) = match pace {
            Pace::Simulated(every) => (every.steps("checkpoint-every", dt_ms)?, Duration::MAX),
            Pace::Wall(s) => (u64::MAX, Duration::try_from_secs_f64(s).unwrap_or(Duration::MAX)),
        };
        Ok(Checkpoints { path, every, wall, last: Instant::now() })
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Steps from `step` to the next one, as far as it is steps that count.
    pub(crate) fn until_next(&self, step: u64) -> u64 {
        self.every - step % self.every
    }

    /// Whether one is due now.
    pub(crate) fn is_due(&self, step: u64) -> bool {
        step.is_multiple_of(self.every) || self.last.elapsed() >= self.wall
    }

    /// Writes one.
    ///
    /// # Errors
    /// From the device or the file system.
    pub(crate) fn write(
        &mut self,
        progress: &Progress,
        simulation: &mut Simulation,
        records: &mut Records,
        states: &mut States,
    ) -> Result<(), Failure> {
        let mut file = CheckpointWriter::create(&self.path)?;
        file.value(RUN, progress)?;
        file.state(simulation.session())?;
        file.record(DIGEST, simulation.spike_digest())?;
        file.record(SPIKES, records)?;
        file.record(STATES, states)?;
        file.finish()?;
        // The run can go on from here, so its directory is not removed whatever happens.
        interrupt::unfinished(None);
        self.last = Instant::now();
        Ok(())
    }
}

/// A run that was not finished.
pub(crate) struct Unfinished {
    checkpoint: Checkpoint,
    /// What it was.
    pub(crate) progress: Progress,
}

impl Unfinished {
    /// Reads the checkpoint of a run. What `given` says and does not change any result comes in the
    /// place of what was asked for.
    ///
    /// # Errors
    /// If there is none, or if it is not what was written.
    pub(crate) fn open(path: &Path, given: &RunArgs) -> Result<Unfinished, Failure> {
        let mut checkpoint = Checkpoint::open(path)?;
        let mut progress: Progress = checkpoint.value(RUN)?;
        let RunArgs { network, place, time, checkpoint_every, .. } = progress.args.clone();
        progress.args = RunArgs {
            network: NetworkArgs {
                memory_limit: given.network.memory_limit.or(network.memory_limit),
                ..network
            },
            place: PlaceArgs {
                device: given.place.device.clone().or(place.device),
                threads: given.place.threads.or(place.threads),
            },
            time: given.time.or(time),
            checkpoint_every: given.checkpoint_every.or(checkpoint_every),
            resume: given.resume.clone(),
            json: given.json,
            quiet: given.quiet,
            ..progress.args
        };
        Ok(Unfinished { checkpoint, progress })
    }

    /// Puts everything back where it was.
    ///
    /// # Errors
    /// If the network is not the one it was, or if a record is missing or changed.
    pub(crate) fn resume(
        &mut self,
        simulation: &mut Simulation,
        records: &mut Records,
        states: &mut States,
    ) -> Result<(), Failure> {
        let Progress { args, version, .. } = &self.progress;
        self.checkpoint.restore(simulation.session()).map_err(|e| {
            let failure = Failure::from(e);
            match failure.is_system() {
                true => failure,
                false => failure.help(format!(
                    "the network `{}` must be what it was when the run began, and isospike of \
                     version {version}",
                    args.network.network
                )),
            }
        })?;
        self.checkpoint.resume(DIGEST, simulation.spike_digest())?;
        self.checkpoint.resume(SPIKES, records)?;
        self.checkpoint.resume(STATES, states)?;
        Ok(())
    }
}

/// The network of the arguments so that it is found from any directory.
pub(crate) fn absolute(args: &RunArgs) -> RunArgs {
    let mut args = args.clone();
    let network = Path::new(&args.network.network);
    if network.is_file()
        && let Ok(path) = std::path::absolute(network)
        && let Some(path) = path.to_str()
    {
        args.network.network = path.into();
    }
    args
}
