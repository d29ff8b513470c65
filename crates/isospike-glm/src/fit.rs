//! Couplings that make spike trains most likely.

use crate::lbfgs::minimise;
use crate::{Couplings, Glm, GlmError, Trains};

/// How a fit is made.
#[derive(Clone, Debug, PartialEq)]
pub struct FitOptions {
    /// What a square of a weight costs, `ridge / 2 sum W^2`: 0 for maximum likelihood. Biases cost
    /// nothing.
    pub ridge: f64,
    /// Most iterations.
    pub iterations: usize,
    /// The fit ends where no derivative per step is larger.
    pub tolerance: f64,
}

impl Default for FitOptions {
    fn default() -> Self {
        FitOptions { ridge: 0.0, iterations: 200, tolerance: 1e-7 }
    }
}

/// A fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Most likely couplings.
    pub couplings: Couplings,
    /// Their log-likelihood, without the penalty.
    pub log_likelihood: f64,
    /// Iterations.
    pub iterations: usize,
    /// Whether it ended because nothing was left to gain.
    pub converged: bool,
}

impl Glm {
    /// Fits all weights, those of covariates too, and biases. The likelihood is concave in them, so
    /// that there is one best answer, unless a sigmoid goes with Poisson counts or with a scale
    /// below 1: then a fit can end at one of several. Where the data determine nothing there is
    /// none: a neuron that never spikes drives its bias away until the tolerance ends it.
    ///
    /// # Errors
    /// As for [`Glm::likelihood`], and if an option cannot be used.
    pub fn fit(&self, trains: &Trains, options: &FitOptions) -> Result<Fit, GlmError> {
        let wrong =
            |field, x: f64, allowed| Err(GlmError::Value { field, value: format!("{x}"), allowed });
        if !(options.ridge.is_finite() && options.ridge >= 0.0) {
            return wrong("ridge", options.ridge, "must be >= 0");
        }
        if !(options.tolerance.is_finite() && options.tolerance > 0.0) {
            return wrong("tolerance", options.tolerance, "must be > 0");
        }
        let neurons = trains.neurons();
        let steps = trains.steps().max(1) as f64;
        let mut start = Couplings::zero_for(trains);
        for i in 0..neurons {
            start.set_bias(i, self.predictor(trains.mean(i).max(0.5 / steps)));
        }
        let is_weight = |i: usize| !i.is_multiple_of(start.row());
        // per step, so that numbers do not grow with the record
        let minimum = minimise(
            start.values().to_vec(),
            options.iterations,
            options.tolerance,
            |values: &[f64]| {
                let at = start.with_values(values.to_vec());
                let likelihood = self.likelihood(trains, &at)?;
                let weights = || values.iter().enumerate().filter(|(i, _)| is_weight(*i));
                let squares: f64 = weights().map(|(_, w)| w * w).sum();
                let mut gradient: Vec<_> =
                    likelihood.gradient.values().iter().map(|g| -g / steps).collect();
                for (i, w) in weights() {
                    gradient[i] += options.ridge * w / steps;
                }
                let value = (options.ridge / 2.0 * squares - likelihood.value) / steps;
                Ok::<_, GlmError>((value, gradient))
            },
        )?;
        let couplings = start.with_values(minimum.x);
        let log_likelihood = self.likelihood(trains, &couplings)?.value;
        let (iterations, converged) = (minimum.iterations, minimum.converged);
        Ok(Fit { couplings, log_likelihood, iterations, converged })
    }
}
