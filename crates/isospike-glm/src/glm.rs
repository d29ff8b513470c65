//! The model, and what one step of one neuron says about it.

use crate::GlmError;
use isospike_lane::Math;

/// From a linear predictor x to a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// `exp(x)`
    Exp,
    /// `max(x, 0)`
    Relu,
}

/// How spikes are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emission {
    /// One spike with the probability that the rate says, or none.
    Bernoulli,
    /// A Poisson count.
    Poisson,
}

/// A generalised linear model: in step t neuron i expects
///
/// ```text
/// scale link(bias_i + sum_k history[k] X_i(t-1-k) + sum_j W_ji sum_k coupling[k] X_j(t-1-k)
///            + sum_c V_ci z_c(t))
/// ```
///
/// spikes, with j over all other neurons and c over the covariates z of the record
/// ([`Trains::with_covariate`](crate::Trains::with_covariate)). These are the `bernoulli_glm`,
/// `poisson_glm`, `rectified_lnp` and `glm_...` of `isospike models`, whose theta and b are in the
/// bias, whose r and beta are in weights, history and bias, and whose dt is in the scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Glm {
    /// Link.
    pub link: Link,
    /// Emission.
    pub emission: Emission,
    /// Expected spikes of a step where the link is 1.
    pub scale: f64,
    /// Coupling filter, newest first: entry 0 is for the step before.
    pub coupling: Vec<f64>,
    /// Filter of the neuron's own spikes, newest first.
    pub history: Vec<f64>,
}

impl Glm {
    pub(crate) fn check(&self) -> Result<(), GlmError> {
        let value =
            |field, x: f64, allowed| Err(GlmError::Value { field, value: format!("{x}"), allowed });
        let scale = self.scale;
        match self.emission {
            _ if !(scale.is_finite() && scale > 0.0) => {
                return value("scale", scale, "must be > 0");
            }
            Emission::Bernoulli if self.link == Link::Sigmoid && scale > 1.0 => {
                return value("scale", scale, "must be <= 1: it is the largest probability");
            }
            _ => {}
        }
        for (field, filter) in [("coupling", &self.coupling), ("history", &self.history)] {
            if let Some(&k) = filter.iter().find(|k| !k.is_finite()) {
                return value(field, k, "every entry must be finite");
            }
        }
        Ok(())
    }

    /// The predictor at which a number of spikes is expected of a step.
    pub(crate) fn predictor(&self, mean: f64) -> f64 {
        let rate = mean / self.scale;
        match self.link {
            Link::Exp => Math::log(rate),
            Link::Relu => rate,
            Link::Sigmoid => {
                let rate = rate.min(0.999);
                Math::log(rate / (1.0 - rate))
            }
        }
    }

    /// Log-likelihood of a count where the predictor is x, but for what depends on the count
    /// alone, and its derivative by x.
    #[inline]
    pub(crate) fn step(&self, x: f64, count: u32) -> (f64, f64) {
        let n = f64::from(count);
        // log of the link, link, and the derivative of its logarithm
        let (log, link, relative) = match self.link {
            Link::Exp => (x, Math::exp(x), 1.0),
            Link::Relu if x > 0.0 => (Math::log(x), x, 1.0 / x),
            Link::Relu => (f64::NEG_INFINITY, 0.0, 0.0),
            Link::Sigmoid => {
                let link = x.sigmoid();
                (-softplus(-x), link, 1.0 - link)
            }
        };
        let mean = self.scale * link;
        // 0 log 0 is 0: nothing is expected and nothing came
        let came = if count == 0 { 0.0 } else { n * (log + Math::log(self.scale)) };
        match self.emission {
            Emission::Poisson => (came - mean, (n - mean) * relative),
            Emission::Bernoulli if mean >= 1.0 && count == 0 => (f64::NEG_INFINITY, 0.0),
            Emission::Bernoulli => {
                let (silent, falls) = match self.link {
                    Link::Sigmoid if self.scale == 1.0 => (-softplus(x), link),
                    _ => ((-mean).log1p(), mean * relative / (1.0 - mean)),
                };
                let quiet = 1.0 - n;
                let silent = if count == 0 { silent } else { 0.0 };
                (came + silent, n * relative - if quiet > 0.0 { falls } else { 0.0 })
            }
        }
    }
}

/// `log(1 + exp(x))` without overflow.
#[inline]
fn softplus(x: f64) -> f64 {
    (if x > 0.0 { x } else { 0.0 }) + Math::exp(-x.abs()).log1p()
}
