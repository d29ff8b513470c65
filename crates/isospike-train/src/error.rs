//! What can be wrong with a network or with what it is given.

use isospike_layer::LayerError;
use std::path::PathBuf;

/// Why something cannot be trained or run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// Something of another shape than is needed.
    #[error("{field} is {given:?}; {needed} is needed")]
    Shape {
        /// What.
        field: &'static str,
        /// Its shape.
        given: Vec<usize>,
        /// What it should be.
        needed: String,
    },
    /// A number that cannot be used.
    #[error("{field} = {value}; it {allowed}")]
    Value {
        /// Which.
        field: &'static str,
        /// What it was.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// A backward pass without the forward pass it goes back over.
    #[error(
        "{module} has no forward pass to go back over: call forward, not infer, then backward once"
    )]
    NoForward {
        /// Which module.
        module: &'static str,
    },
    /// A budget that nothing fits into.
    #[error(
        "{budget} bytes are not enough: at least {least} are needed, for {items} items at once"
    )]
    Budget {
        /// Bytes that there are.
        budget: u64,
        /// Bytes that are needed at least.
        least: u64,
        /// Items of the batch that needs so many.
        items: usize,
    },
    /// A file that cannot be written or read, or is not of this network.
    #[error("{}: {said}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        said: String,
    },
    /// Of layers, arrays or the device they are on.
    #[error(transparent)]
    Layer(#[from] LayerError),
}

impl TrainError {
    pub(crate) fn shape(field: &'static str, given: &[usize], needed: impl Into<String>) -> Self {
        TrainError::Shape { field, given: given.to_vec(), needed: needed.into() }
    }
}
