//! Passes over layers whose arrays are on a device.

use super::Array;
use crate::Shape;

/// A forward pass.
#[derive(Debug)]
pub struct ArrayForward<'a, F> {
    /// Its shape.
    pub shape: Shape,
    /// Inputs x, `[T, B, N]`.
    pub x: &'a Array<F>,
    /// The state, before the first step and then after the last:
    /// `[potential, hidden values][B, N]`.
    pub state: &'a mut Array<F>,
    /// Where spikes go, `[T, B, N]`; a readout has none.
    pub spikes: Option<&'a mut Array<F>>,
    /// Where potentials after the reset go, `[T, B, N]`.
    pub v: Option<&'a mut Array<F>>,
    /// What is kept for the backward pass.
    pub kept: Option<&'a mut Kept<F>>,
}

/// What a forward pass keeps for the backward pass.
#[derive(Debug)]
pub struct Kept<F> {
    /// Steps from one kept state to the next.
    pub every: usize,
    /// `[kept state][potential, hidden values][B, N]`.
    pub states: Array<F>,
    /// h of every step, `[T, B, N]`; none where it is computed again from the inputs.
    pub potentials: Option<Array<F>>,
}

/// A backward pass: from derivatives of a loss by what the forward pass made, those by its inputs.
#[derive(Debug)]
pub struct ArrayBackward<'a, F> {
    /// Its shape.
    pub shape: Shape,
    /// What the forward pass kept; it is left as it is, but a device may take it for the time.
    pub kept: &'a mut Kept<F>,
    /// The inputs of the forward pass, where the neuron or what was kept needs them.
    pub x: Option<&'a Array<F>>,
    /// Derivatives by spikes, `[T, B, N]`; none is 0.
    pub by_spikes: Option<&'a Array<F>>,
    /// Derivatives by potentials after the reset, `[T, B, N]`; none is 0.
    pub by_v: Option<&'a Array<F>>,
    /// The derivative by the state after the last step, and then by that before the first.
    pub by_state: &'a mut Array<F>,
    /// Where derivatives by inputs go, `[T, B, N]`.
    pub by_x: &'a mut Array<F>,
}
