//! What a graph does not say about how it is run.

use crate::NirError;
use isospike_lane::precise;

/// How leaks are integrated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Euler's method, as Norse and snnTorch do: a step goes dt / tau of the way.
    #[default]
    Euler,
    /// Exactly for an input that is constant in a step, as Nengo does: 1 - exp(-dt / tau) of the
    /// way.
    Exponential,
}

/// What becomes of a neuron that fires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reset {
    /// v = v_reset.
    #[default]
    Value,
    /// v = v - v_threshold.
    Subtract,
}

/// How a graph is run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// A step, in the unit of the graph's times: mostly seconds.
    pub dt: f64,
    /// How leaks are integrated.
    pub method: Method,
    /// What becomes of neurons that fire.
    pub reset: Reset,
}

impl Default for Options {
    /// 1e-4, Euler's method, resets to a value.
    fn default() -> Self {
        Options { dt: 1e-4, method: Method::default(), reset: Reset::default() }
    }
}

impl Options {
    pub(crate) fn check(&self) -> Result<(), NirError> {
        match self.dt.is_finite() && self.dt > 0.0 {
            true => Ok(()),
            false => Err(NirError::Graph(format!("dt = {}; it must be above 0", self.dt))),
        }
    }

    /// How much of the way a leak with this time constant goes in a step. Euler's method is only
    /// stable up to 2.
    pub(crate) fn part(&self, node: &str, field: &str, tau: f64) -> Result<f64, NirError> {
        if !(tau.is_finite() && tau > 0.0) {
            return Err(NirError::field(node, field, tau, "above 0"));
        }
        match self.method {
            Method::Exponential => Ok(-precise::expm1(-self.dt / tau)),
            Method::Euler if self.dt / tau > 2.0 => {
                let needed = format!(
                    "at least half a step, dt = {}, for Euler's method to be stable: take a \
                     smaller dt, another unit of time, or the exponential method",
                    self.dt
                );
                Err(NirError::field(node, field, tau, needed))
            }
            Method::Euler => Ok(self.dt / tau),
        }
    }

    /// A delay in whole steps: to nearest, halves up.
    pub(crate) fn steps(&self, node: &str, delay: f64) -> Result<usize, NirError> {
        let steps = (delay / self.dt).round();
        match (0.0..4_294_967_296.0).contains(&steps) && delay >= 0.0 {
            true => Ok(steps as usize),
            false => {
                let needed = format!("at least 0, and less than 2^32 steps of {}", self.dt);
                Err(NirError::field(node, "delay", delay, needed))
            }
        }
    }
}
