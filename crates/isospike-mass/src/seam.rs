//! What a device must be able to do.

use crate::MassError;
use crate::network::Network;
use crate::observe::{Observation, Observed};
use crate::plan::Plan;
use crate::predict::{Prediction, predict};
use crate::real::Real;

/// A device that runs networks of neural masses in a float format.
pub trait Masses<F: Real>: Send + Sync {
    /// A network before its first step.
    ///
    /// # Errors
    /// If an observation cannot be made, or what the device says.
    fn start(
        &self,
        plan: Plan<F>,
        observations: &[Observation],
    ) -> Result<Box<dyn MassRun<F>>, MassError>;

    /// One step from every point of a stored path, as [`predict`](fn@predict) does it: on the host,
    /// unless a device knows better.
    ///
    /// # Errors
    /// As [`Predictor::new`](crate::Predictor::new).
    fn predict(&self, network: &Network, path: &[F]) -> Result<Prediction<F>, MassError> {
        predict(network, path)
    }
}

/// A network that runs. Results do not depend on how a run is cut into calls.
#[allow(clippy::missing_errors_doc)] // what the device says
pub trait MassRun<F: Real>: Send {
    /// Goes on for so many steps.
    fn run(&mut self, steps: u64) -> Result<(), MassError>;
    /// A state variable, `[node][lane]`.
    fn state(&self, variable: usize) -> Result<Vec<F>, MassError>;
    /// What has been observed, in the order of the observations.
    fn observed(&self) -> Result<Vec<Observed<F>>, MassError>;
    /// The samples of an observation that collects all of them, since the last time they were
    /// taken: a trajectory of any length goes by in pieces. They are forgotten.
    fn take(&mut self, observation: usize) -> Result<Observed<F>, MassError>;
    /// The step after which each lane was not finite; it has been NaN since.
    fn stopped(&self) -> Result<Vec<Option<u64>>, MassError>;
}
