//! What a pass runs on, and for.

use isospike_layer::Keep;
use isospike_layer::compute::{Array, Category, Computer, Format};
use isospike_layer::{LayerError, Real};

/// What training keeps between the forward and the backward pass, and in how many bytes. No choice
/// but [`Keep::Rounded`] changes a bit of what is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storage {
    /// What spikes that weights have seen are kept in: [`Format::Bits`], [`Format::Bytes`], or
    /// [`Format::Full`].
    pub spikes: Format,
    /// What is kept of neurons: [`Keep::Potentials`], in 16 bits ([`Keep::Rounded`], of f32
    /// alone), or [`Keep::StateEvery`] so many steps.
    pub neurons: Keep,
}

impl Default for Storage {
    /// Spikes as bits, potentials of every step.
    fn default() -> Self {
        Storage { spikes: Format::Bits, neurons: Keep::Potentials }
    }
}

/// The device of a pass, and whether the pass is part of training.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a, F> {
    /// What runs it.
    pub on: &'a Computer<F>,
    /// Whether modules keep what the backward pass needs, draw dropout masks and take statistics of
    /// the batch.
    pub training: bool,
    /// How what is kept is stored.
    pub storage: Storage,
}

impl<F: Real> Context<'_, F> {
    /// Keeps an input for the backward pass, spikes in few bits.
    pub(crate) fn keep(&self, x: Array<F>, spikes: bool) -> Result<Array<F>, LayerError> {
        match self.storage.spikes {
            format if spikes && format != Format::Full => self.on.pack(Category::Saved, format, &x),
            _ => Ok(x.assigned(Category::Saved)),
        }
    }

    /// What was kept, in full width.
    pub(crate) fn kept(&self, x: Array<F>) -> Result<Array<F>, LayerError> {
        match x.format() {
            Format::Full => Ok(x),
            _ => self.on.unpack(Category::Work, &x),
        }
    }
}
