//! What can be wrong with a layer or with what a pass is given.

use crate::pass::Shape;
use isospike_lane::Half;

/// Why a layer or a pass over it is not to be had.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LayerError {
    /// A number that cannot be used.
    #[error("{field} = {value}; it {allowed}")]
    Value {
        /// Which.
        field: &'static str,
        /// What it was.
        value: f64,
        /// What it may be: "must be > 1".
        allowed: String,
    },
    /// A parameter that the neuron does not have.
    #[error("{neuron} has no parameter {name}; it has {has}")]
    Parameter {
        /// The neuron.
        neuron: &'static str,
        /// The name that was given.
        name: String,
        /// The names there are.
        has: String,
    },
    /// An array of another length than the pass needs.
    #[error("{field} has {given} values; {needed} are needed for {shape}")]
    Length {
        /// Which array.
        field: &'static str,
        /// Its length.
        given: usize,
        /// The length that is needed.
        needed: usize,
        /// The shape of the pass.
        shape: Shape,
    },
    /// An array on a device of another length than an operation needs.
    #[error("{field}: an array of {given} numbers; {needed} are needed")]
    Array {
        /// What it is.
        field: &'static str,
        /// Its length.
        given: usize,
        /// The length that is needed.
        needed: usize,
    },
    /// An array in few bits where full width is needed.
    #[error("{field} is stored in few bits: unpack it first")]
    Packed {
        /// What it is.
        field: &'static str,
    },
    /// A number of an array that is NaN or infinite.
    #[error("{field}[{index}] is {value}; it must be finite")]
    Number {
        /// What the array is.
        field: String,
        /// Which number of it.
        index: usize,
        /// NaN or an infinity.
        value: f64,
    },
    /// There is no memory.
    #[error("{needed} bytes for an array are not to be had: {said}")]
    Memory {
        /// Bytes of the array.
        needed: u64,
        /// What the device says.
        said: String,
    },
    /// A state of another batch or layer.
    #[error(
        "{field} is of {} items with {} neurons and {} hidden values each; {} with {} and {} are \
         needed: states are not carried over from one shape to another, make a new one",
        given.0, given.1, given.2, needed.0, needed.1, needed.2
    )]
    State {
        /// Which state.
        field: &'static str,
        /// Its items, neurons and hidden values of a neuron.
        given: (usize, usize, usize),
        /// What the pass needs.
        needed: (usize, usize, usize),
    },
    /// What was saved belongs to another pass.
    #[error("what was saved is of {given}; the pass has {needed}")]
    Saved {
        /// Its shape.
        given: Shape,
        /// The shape of the pass.
        needed: Shape,
    },
    /// Something that this pass cannot do without.
    #[error("{field} is missing: {why}")]
    Missing {
        /// Which.
        field: &'static str,
        /// What it is needed for.
        why: &'static str,
    },
    /// A number that is NaN or infinite.
    #[error(
        "{field} of neuron {neuron} of item {item} is {value} in step {step}; it must be finite"
    )]
    NotFinite {
        /// What: h, a hidden value, a derivative.
        field: &'static str,
        /// Step.
        step: usize,
        /// Item of the batch.
        item: usize,
        /// Neuron.
        neuron: usize,
        /// NaN or an infinity.
        value: f64,
    },
    /// Of the device that a pass runs on, in its own words.
    #[error("{0}")]
    Device(String),
    /// A number beyond the range of the format it is to be stored in.
    #[error(
        "{field} of neuron {neuron} of item {item} is {value} in step {step}; {} holds numbers up \
         to {}: scale it, or store it as bf16 or f32", format.name(), format.most()
    )]
    Overflow {
        /// What: h, a derivative.
        field: &'static str,
        /// Step.
        step: usize,
        /// Item of the batch.
        item: usize,
        /// Neuron.
        neuron: usize,
        /// The number.
        value: f64,
        /// The format.
        format: Half,
    },
}

impl LayerError {
    /// A number that cannot be used.
    pub fn value(field: &'static str, value: f64, allowed: impl Into<String>) -> Self {
        LayerError::Value { field, value, allowed: allowed.into() }
    }

    /// An array of another length.
    pub(crate) fn array(field: &'static str, given: usize, needed: usize) -> Self {
        LayerError::Array { field, given, needed }
    }

    /// A number that is not finite, of a column of a pass.
    pub fn not_finite(
        field: &'static str,
        step: usize,
        column: usize,
        value: f64,
        shape: Shape,
    ) -> Self {
        let (item, neuron) = (column / shape.neurons, column % shape.neurons);
        LayerError::NotFinite { field, step, item, neuron, value }
    }

    /// A number that is too large for its format, of a column of a pass.
    pub fn overflow(
        field: &'static str,
        format: Half,
        step: usize,
        column: usize,
        value: f64,
        shape: Shape,
    ) -> Self {
        let (item, neuron) = (column / shape.neurons, column % shape.neurons);
        LayerError::Overflow { field, step, item, neuron, value, format }
    }
}
