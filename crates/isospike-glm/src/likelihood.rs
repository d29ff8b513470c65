//! The likelihood of spike trains and its gradient.

use crate::features::{BLOCK, Features};
use crate::sums::{add_scaled, dot};
use crate::{Emission, Glm, GlmError, Trains};
use rayon::prelude::*;

/// Weights between neurons, of covariates on neurons, and biases.
#[derive(Clone, Debug, PartialEq)]
pub struct Couplings {
    neurons: usize,
    covariates: usize,
    /// By target: its bias, then the weight from each neuron, that from itself being 0, then the
    /// weight of each covariate.
    values: Vec<f64>,
}

impl Couplings {
    /// No couplings, no biases, no covariates.
    pub fn zero(neurons: usize) -> Couplings {
        Couplings { neurons, covariates: 0, values: vec![0.0; neurons * (neurons + 1)] }
    }

    /// No couplings, no biases, and no weight of a covariate of these trains.
    pub fn zero_for(trains: &Trains) -> Couplings {
        let (neurons, covariates) = (trains.neurons(), trains.covariates());
        Couplings { neurons, covariates, values: vec![0.0; neurons * (1 + neurons + covariates)] }
    }

    /// The same shape with other values.
    pub(crate) fn with_values(&self, values: Vec<f64>) -> Couplings {
        Couplings { values, ..*self }
    }

    /// Values of a target.
    pub(crate) fn row(&self) -> usize {
        1 + self.neurons + self.covariates
    }

    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many neurons.
    pub fn neurons(&self) -> usize {
        self.neurons
    }

    /// The weight from a neuron to another.
    pub fn weight(&self, source: usize, target: usize) -> f64 {
        self.values[target * self.row() + 1 + source]
    }

    /// Sets the weight from a neuron to another. A neuron has none to itself: that is the history
    /// filter's matter.
    ///
    /// # Panics
    /// If they are the same neuron.
    pub fn set_weight(&mut self, source: usize, target: usize, weight: f64) {
        assert_ne!(source, target, "own spikes act through the history filter");
        let row = self.row();
        self.values[target * row + 1 + source] = weight;
    }

    /// A neuron's bias.
    pub fn bias(&self, neuron: usize) -> f64 {
        self.values[neuron * self.row()]
    }

    /// Sets a neuron's bias.
    pub fn set_bias(&mut self, neuron: usize, bias: f64) {
        let row = self.row();
        self.values[neuron * row] = bias;
    }

    /// How many covariates.
    pub fn covariates(&self) -> usize {
        self.covariates
    }

    /// The weight of a covariate on a neuron.
    pub fn covariate(&self, covariate: usize, neuron: usize) -> f64 {
        self.values[neuron * self.row() + 1 + self.neurons + covariate]
    }

    /// Sets the weight of a covariate on a neuron.
    pub fn set_covariate(&mut self, covariate: usize, neuron: usize, weight: f64) {
        let row = self.row();
        self.values[neuron * row + 1 + self.neurons + covariate] = weight;
    }
}

/// A log-likelihood and its gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct Likelihood {
    /// Natural logarithm, without what depends on the spike counts alone (the factorials of a
    /// Poisson model). Minus infinity where the model rules the data out.
    pub value: f64,
    /// Its derivative by every weight and bias.
    pub gradient: Couplings,
}

/// What a target has to do with all blocks.
struct Target<'a> {
    neuron: usize,
    at: &'a [f64],
    value: f64,
    gradient: Vec<f64>,
}

impl Glm {
    /// The log-likelihood of all spikes given those before them, and its gradient. Memory does not
    /// grow with the number of steps; the result does not depend on the number of threads.
    ///
    /// # Errors
    /// If the model or the shape of the couplings is wrong, or counts do not go with the emission.
    pub fn likelihood(&self, trains: &Trains, at: &Couplings) -> Result<Likelihood, GlmError> {
        self.check()?;
        let neurons = trains.neurons();
        let (given, needed) = ((at.neurons, at.covariates), (neurons, trains.covariates()));
        if given != needed {
            return Err(GlmError::Shape { given, needed });
        }
        self.check_counts(trains)?;
        let mut targets: Vec<_> = (0..neurons)
            .zip(at.values().chunks_exact(at.row()))
            .map(|(neuron, at)| Target { neuron, at, value: 0.0, gradient: vec![0.0; at.len()] })
            .collect();
        let (mut coupling, mut history) = (Features::new(neurons), Features::new(neurons));
        for first in (0..trains.steps()).step_by(BLOCK) {
            coupling.fill(trains, &self.coupling, first);
            history.fill(trains, &self.history, first);
            let covariates = trains.covariates_in(first);
            targets.par_iter_mut().for_each(|target| {
                let own = &history.values[target.neuron];
                self.block(trains, target, first, [&coupling.values, &covariates], own);
            });
        }
        let value = targets.iter().map(|t| t.value).sum();
        let gradient = targets.into_iter().flat_map(|t| t.gradient).collect();
        Ok(Likelihood { value, gradient: at.with_values(gradient) })
    }

    fn check_counts(&self, trains: &Trains) -> Result<(), GlmError> {
        if self.emission == Emission::Poisson {
            return Ok(());
        }
        for neuron in 0..trains.neurons() {
            if let Some(&(step, count)) = trains.of(neuron).iter().find(|s| s.1 > 1) {
                return Err(GlmError::Counts { step, neuron, count });
            }
        }
        Ok(())
    }

    /// Adds what a block of steps says about a target.
    fn block(
        &self,
        trains: &Trains,
        target: &mut Target<'_>,
        first: u64,
        sources: [&[[f64; BLOCK]]; 2],
        own: &[f64; BLOCK],
    ) {
        let source =
            |j: usize| sources[0].get(j).unwrap_or_else(|| &sources[1][j - sources[0].len()]);
        let (bias, weights) = target.at.split_first().expect("a bias and weights");
        let mut x = own.map(|h| bias + h);
        let others = || (0..weights.len()).filter(|&j| j != target.neuron);
        for j in others() {
            if weights[j] != 0.0 {
                add_scaled(&mut x, weights[j], source(j));
            }
        }
        let steps = (trains.steps() - first).min(BLOCK as u64) as usize;
        let mut counts = [0; BLOCK];
        for &(step, count) in trains.between(target.neuron, first, first + steps as u64) {
            counts[(step - first) as usize] = count;
        }
        let mut slopes = [0.0; BLOCK];
        for t in 0..steps {
            let (value, slope) = self.step(x[t], counts[t]);
            target.value += value;
            slopes[t] = slope;
        }
        target.gradient[0] += slopes.iter().sum::<f64>();
        let gradients: Vec<_> = others().map(|j| (j, dot(&slopes, source(j)))).collect();
        gradients.into_iter().for_each(|(j, g)| target.gradient[1 + j] += g);
    }
}
