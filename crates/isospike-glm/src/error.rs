//! What can be wrong with data or a model.

/// Why a likelihood or fit is not to be had.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GlmError {
    /// A spike outside the record.
    #[error(
        "spike of neuron {neuron} in step {step}: there are {neurons} neurons and {steps} steps"
    )]
    Outside {
        /// Step.
        step: u64,
        /// Neuron.
        neuron: usize,
        /// Neurons of the record.
        neurons: usize,
        /// Steps of the record.
        steps: u64,
    },
    /// A neuron that spikes more than once in a step of a model that has at most one.
    #[error(
        "neuron {neuron} spikes {count} times in step {step}; Bernoulli emission has at most one spike per step"
    )]
    Counts {
        /// Step.
        step: u64,
        /// Neuron.
        neuron: usize,
        /// Spikes.
        count: u32,
    },
    /// A number that cannot be used.
    #[error("{field} = {value}; {allowed}")]
    Value {
        /// Which.
        field: &'static str,
        /// What it was.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// Couplings for another number of neurons or covariates.
    #[error(
        "couplings of {} neurons and {} covariates; the record has {} and {}",
        given.0, given.1, needed.0, needed.1
    )]
    Shape {
        /// Neurons and covariates of the couplings.
        given: (usize, usize),
        /// Neurons and covariates of the record.
        needed: (usize, usize),
    },
}
