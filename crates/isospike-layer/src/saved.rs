//! What the forward pass keeps for the backward pass.

use crate::{Layer, LayerError, Real, Shape, Stored};
use isospike_lane::{Half, huge_zeroed};

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The potential h of every step, in full width.
    Potentials,
    /// The same in 16 bits: half the bytes, derivatives of potentials that are a little off.
    Rounded(Half),
    /// The state every so many steps; what lies between is computed again, from the same inputs and
    /// to the same bits.
    StateEvery(usize),
}

/// What was kept of a pass. Made once and used again for passes of the same shape.
#[derive(Debug)]
pub struct Saved<F> {
    pub(crate) shape: Shape,
    /// Steps from one kept state to the next.
    pub every: usize,
    /// `[kept state][potential, hidden values][B, N]`.
    pub states: Vec<F>,
    /// h of every step, `[T, B, N]`; empty where it is computed again.
    pub potentials: Stored<Vec<F>, Vec<u16>>,
    /// Whether a forward pass has come to its end.
    pub complete: bool,
}

impl<F: Real> Saved<F> {
    /// Room for a layer and a shape.
    ///
    /// # Errors
    /// If the state is to be kept every 0 steps.
    pub fn new(layer: &Layer, shape: Shape, keep: Keep) -> Result<Self, LayerError> {
        let (every, potentials) = match keep {
            Keep::Potentials => (shape.steps.max(1), Stored::Full(huge_zeroed(shape.count()))),
            Keep::Rounded(format) => {
                (shape.steps.max(1), Stored::Half(format, huge_zeroed(shape.count())))
            }
            Keep::StateEvery(0) => {
                return Err(LayerError::value("steps between states", 0.0, "must be at least 1"));
            }
            Keep::StateEvery(every) => (every, Stored::Full(Vec::new())),
        };
        let slots = 1 + layer.neuron().hidden().len();
        let states = vec![F::default(); shape.steps.div_ceil(every) * slots * shape.width()];
        Ok(Saved { shape, every, states, potentials, complete: false })
    }

    /// In memory that a device lends: `states` and `potentials` as in [`Saved`]; whether a forward
    /// pass has filled them.
    pub fn lent(
        shape: Shape,
        every: usize,
        states: Vec<F>,
        potentials: Vec<F>,
        complete: bool,
    ) -> Self {
        Saved { shape, every, states, potentials: Stored::Full(potentials), complete }
    }

    /// Whether potentials are computed again from inputs.
    pub fn recomputes(&self) -> bool {
        self.every < self.shape.steps || self.potentials.values().len() < self.shape.count()
    }

    /// The shape of the passes it has room for.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Bytes that are held.
    pub fn bytes(&self) -> usize {
        let potentials = match &self.potentials {
            Stored::Full(all) => size_of_val(&all[..]),
            Stored::Half(_, all) => size_of_val(&all[..]),
        };
        potentials + size_of_val(&self.states[..])
    }
}
