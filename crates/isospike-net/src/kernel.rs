//! Filters in closed form.

use isospike_lane::precise::exp;

/// A filter as a function of time, which begins in the newest step (t = 0).
///
/// ```
/// use isospike_net::Kernel;
///
/// // absolutely, then relatively refractory
/// let history = [Kernel::Constant(-100.0).taps(1.0, 3), Kernel::Exponential(5.0).taps(1.0, 10)];
/// let history = [history[0].clone(), history[1].iter().map(|k| -30.0 * k).collect()].concat();
/// assert_eq!((history.len(), history[2], history[3]), (13, -100.0, -30.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kernel {
    /// The same in all steps.
    Constant(f64),
    /// `exp(-t / tau)`, tau in ms.
    Exponential(f64),
    /// `t / tau exp(1 - t / tau)`, tau in ms: 1 at its height, where t = tau.
    Alpha(f64),
}

impl Kernel {
    /// At a time (ms).
    pub fn at(self, t: f64) -> f64 {
        match self {
            Kernel::Constant(x) => x,
            Kernel::Exponential(tau) => exp(-t / tau),
            Kernel::Alpha(tau) => t / tau * exp(1.0 - t / tau),
        }
    }

    /// In the newest steps, newest first, with time step `dt_ms`: what
    /// [`NeuronsBuilder::filter`](crate::NeuronsBuilder::filter) takes.
    pub fn taps(self, dt_ms: f64, steps: u32) -> Vec<f64> {
        (0..steps).map(|k| self.at(f64::from(k) * dt_ms)).collect()
    }
}
