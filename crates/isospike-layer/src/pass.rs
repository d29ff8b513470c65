//! What a pass over a layer reads and writes, and what must fit together.

use crate::{Layer, LayerError, Real, Saved, Spikes, Values, ValuesMut};
use std::fmt;

/// Steps, items of a batch, neurons: all arrays of a pass are `[T, B, N]`, neurons innermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Steps T.
    pub steps: usize,
    /// Items B, each with neurons of its own.
    pub batch: usize,
    /// Neurons N.
    pub neurons: usize,
}

impl Shape {
    /// Neurons of all items: the length of a row.
    pub fn width(self) -> usize {
        self.batch * self.neurons
    }
    /// Numbers of an array.
    pub fn count(self) -> usize {
        self.steps * self.width()
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[T = {}, B = {}, N = {}]", self.steps, self.batch, self.neurons)
    }
}

/// The state of a layer's neurons between passes, or the derivative by it.
#[derive(Clone, Debug, PartialEq)]
pub struct State<F> {
    batch: usize,
    neurons: usize,
    /// Potentials, `[B, N]`.
    pub v: Vec<F>,
    /// Hidden values in slot order, `[B, N]` each.
    pub hidden: Vec<Vec<F>>,
}

impl<F: Real> State<F> {
    /// Neurons that have seen nothing: at rest.
    pub fn new(layer: &Layer, batch: usize, neurons: usize) -> Self {
        let rest = F::from_f64(layer.rest());
        State { v: vec![rest; batch * neurons], ..State::zero(layer, batch, neurons) }
    }

    /// All zeros: no derivative.
    pub fn zero(layer: &Layer, batch: usize, neurons: usize) -> Self {
        let v = vec![F::default(); batch * neurons];
        State { batch, neurons, hidden: vec![v.clone(); layer.neuron().hidden().len()], v }
    }

    fn check(&self, field: &'static str, layer: &Layer, shape: Shape) -> Result<(), LayerError> {
        let given = (self.batch, self.neurons, self.hidden.len());
        let needed = (shape.batch, shape.neurons, layer.neuron().hidden().len());
        if given != needed {
            return Err(LayerError::State { field, given, needed });
        }
        for all in self.hidden.iter().chain([&self.v]) {
            length(field, all.len(), shape.width(), shape)?;
        }
        Ok(())
    }
}

/// A forward pass.
#[derive(Debug)]
pub struct Forward<'a, F> {
    /// Its shape.
    pub shape: Shape,
    /// Inputs x, `[T, B, N]`.
    pub x: Values<'a, F>,
    /// The state, before the first step and then after the last.
    pub state: &'a mut State<F>,
    /// Where spikes go; a readout has none.
    pub spikes: Option<Spikes<'a, F>>,
    /// Where potentials after the reset go, `[T, B, N]`.
    pub v: Option<&'a mut [F]>,
    /// What is kept for the backward pass.
    pub saved: Option<&'a mut Saved<F>>,
}

impl<F: Real> Forward<'_, F> {
    /// Refuses what does not fit together. Every backend begins with it.
    ///
    /// # Errors
    /// [`LayerError::Length`], [`LayerError::State`], [`LayerError::Saved`].
    pub fn check(&self, layer: &Layer) -> Result<(), LayerError> {
        let shape = self.shape;
        length("x", self.x.len(), shape.count(), shape)?;
        self.state.check("the state", layer, shape)?;
        if let Some(spikes) = &self.spikes {
            let (given, needed) = spikes.lengths(shape);
            length("spikes", given, needed, shape)?;
        }
        if let Some(v) = &self.v {
            length("v", v.len(), shape.count(), shape)?;
        }
        match &self.saved {
            Some(saved) => saved.check(layer, shape),
            None => Ok(()),
        }
    }
}

/// A backward pass: from derivatives of a loss by what the forward pass made, those by its inputs.
#[derive(Debug)]
pub struct Backward<'a, F> {
    /// Its shape.
    pub shape: Shape,
    /// What the forward pass kept.
    pub saved: &'a Saved<F>,
    /// The inputs of the forward pass, where the neuron or what was kept needs them.
    pub x: Option<Values<'a, F>>,
    /// Derivatives by spikes, `[T, B, N]`; none is 0.
    pub by_spikes: Option<Values<'a, F>>,
    /// Derivatives by potentials after the reset, `[T, B, N]`; none is 0.
    pub by_v: Option<&'a [F]>,
    /// The derivative by the state after the last step, and then by that before the first.
    pub by_state: &'a mut State<F>,
    /// Where derivatives by inputs go, `[T, B, N]`, if they are wanted.
    pub by_x: Option<ValuesMut<'a, F>>,
}

impl<F: Real> Backward<'_, F> {
    /// Refuses what does not fit together. Every backend begins with it.
    ///
    /// # Errors
    /// As [`Forward::check`], and [`LayerError::Missing`].
    pub fn check(&self, layer: &Layer) -> Result<(), LayerError> {
        let shape = self.shape;
        self.saved.check(layer, shape)?;
        if !self.saved.complete {
            let why = "no forward pass has filled it without an error";
            return Err(LayerError::Missing { field: "what was saved", why });
        }
        match self.x {
            Some(x) => length("x", x.len(), shape.count(), shape)?,
            None if self.saved.recomputes() => {
                let why = "potentials are computed again from it";
                return Err(LayerError::Missing { field: "x", why });
            }
            None if layer.neuron().reads_input() => {
                let why = "what the neuron learns depends on it";
                return Err(LayerError::Missing { field: "x", why });
            }
            None => {}
        }
        if let Some(all) = self.by_spikes {
            length("the derivative by spikes", all.len(), shape.count(), shape)?;
        }
        if let Some(all) = self.by_v {
            length("the derivative by v", all.len(), shape.count(), shape)?;
        }
        self.by_state.check("the derivative by the state", layer, shape)?;
        match &self.by_x {
            Some(all) => length("the derivative by x", all.len(), shape.count(), shape),
            None => Ok(()),
        }
    }
}

impl<F: Real> Saved<F> {
    fn check(&self, layer: &Layer, shape: Shape) -> Result<(), LayerError> {
        if self.shape != shape {
            return Err(LayerError::Saved { given: self.shape, needed: shape });
        }
        let slots = 1 + layer.neuron().hidden().len();
        let needed = shape.steps.div_ceil(self.every) * slots * shape.width();
        length("what was saved", self.states.len(), needed, shape)
    }
}

fn length(
    field: &'static str,
    given: usize,
    needed: usize,
    shape: Shape,
) -> Result<(), LayerError> {
    if given == needed {
        return Ok(());
    }
    Err(LayerError::Length { field, given, needed, shape })
}
