//! Passes over layers whose arrays are on a device.

use super::beside::Beside;
use super::operations::only_f32;
use super::{Array, Category, Computer, Format};
use crate::{Keep, Layer, LayerError, Real, Shape};
use isospike_lane::Half;

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
    /// What lies between passes in the place of `potentials`, in 16 bits.
    rounded: Option<(Half, Array<F>)>,
    /// Whether a forward pass has come to its end.
    complete: bool,
}

impl<F: Real> Kept<F> {
    /// Whether potentials are computed again from inputs.
    fn recomputes(&self) -> bool {
        self.potentials.is_none() && self.rounded.is_none()
    }

    /// Puts potentials into 16 bits, if that is how they are kept: on the side of the threshold
    /// that they were on.
    fn round(&mut self, on: &Computer<F>, threshold: F) -> Result<(), LayerError> {
        if let Some((half, rounded)) = &mut self.rounded
            && let Some(potentials) = self.potentials.take()
        {
            on.compute.pack(&potentials, rounded)?;
            let mut nearest = on.unpack(Category::Work, rounded)?;
            let (h, to) = ([&potentials], [&mut nearest]);
            match half {
                Half::F16 => on.map(Beside::<false>, [threshold], h, to)?,
                Half::BF16 => on.map(Beside::<true>, [threshold], h, to)?,
            }
            drop(potentials);
            on.compute.pack(&nearest, rounded)?;
            on.finite(&format!("a potential kept as {}", half.name()), &nearest)?;
        }
        Ok(())
    }
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

#[allow(clippy::missing_errors_doc)] // said at the type
impl<F: Real> Computer<F> {
    /// A state of neurons that have seen nothing: at rest.
    pub fn rest(&self, layer: &Layer, width: usize) -> Result<Array<F>, LayerError> {
        let slots = 1 + layer.neuron().hidden().len();
        let mut state = self.zeros(Category::State, slots * width)?;
        let rest = vec![F::from_f64(layer.rest()); width];
        self.write(&mut state, 0, &rest)?;
        Ok(state)
    }

    /// Room for what a forward pass keeps.
    ///
    /// # Errors
    /// If the state is to be kept every 0 steps.
    pub fn kept(&self, layer: &Layer, shape: Shape, keep: Keep) -> Result<Kept<F>, LayerError> {
        let every = match keep {
            Keep::StateEvery(0) => {
                return Err(LayerError::value("steps between states", 0.0, "must be at least 1"));
            }
            Keep::StateEvery(every) => every,
            Keep::Potentials | Keep::Rounded(_) => shape.steps.max(1),
        };
        let slots = 1 + layer.neuron().hidden().len();
        let states = shape.steps.div_ceil(every) * slots * shape.width();
        let n = shape.count();
        let (mut potentials, mut rounded) = (None, None);
        match keep {
            Keep::Potentials => potentials = Some(self.room(Category::Saved, n)?),
            Keep::Rounded(_) if F::NAME != "f32" => return Err(only_f32::<F>()),
            Keep::Rounded(half) => {
                let room = self.packed_room(Category::Saved, Format::Half(half), n)?;
                rounded = Some((half, room));
            }
            Keep::StateEvery(_) => {}
        }
        Ok(Kept {
            every,
            states: self.room(Category::Saved, states)?,
            potentials,
            rounded,
            complete: false,
        })
    }

    /// Takes a layer through all steps.
    pub fn forward(&self, layer: &Layer, pass: ArrayForward<'_, F>) -> Result<(), LayerError> {
        let n = pass.shape.count();
        self.own("x", pass.x, Some(n))?;
        self.state("the state", layer, pass.shape, pass.state)?;
        for (field, array) in [("spikes", &pass.spikes), ("v", &pass.v)] {
            if let Some(array) = array {
                self.own(field, array, Some(n))?;
            }
        }
        if let Some(kept) = &pass.kept {
            self.fits(layer, pass.shape, kept)?;
        }
        if n == 0 {
            return Ok(());
        }
        let ArrayForward { shape, x, state, spikes, v, mut kept } = pass;
        if let Some(kept) = &mut kept
            && kept.rounded.is_some()
        {
            kept.potentials = Some(self.room(Category::Work, n)?);
        }
        if let Some(kept) = &mut kept {
            kept.complete = false;
        }
        let inner = kept.as_deref_mut();
        let pass = ArrayForward { shape, x, state, spikes, v, kept: inner };
        self.compute.forward(layer, pass)?;
        if let Some(kept) = kept {
            kept.round(self, layer.firing::<F>().threshold)?;
            kept.complete = true;
        }
        Ok(())
    }

    /// Takes a layer back through all steps: the derivatives by its learned parameters.
    pub fn backward(
        &self,
        layer: &Layer,
        pass: ArrayBackward<'_, F>,
    ) -> Result<Vec<F>, LayerError> {
        let n = pass.shape.count();
        self.fits(layer, pass.shape, pass.kept)?;
        if n > 0 && !pass.kept.complete {
            let why = "no forward pass has filled it without an error";
            return Err(LayerError::Missing { field: "what was kept", why });
        }
        let missing = |why| Err(LayerError::Missing { field: "x", why });
        match pass.x {
            Some(x) => self.own("x", x, Some(n))?,
            None if pass.kept.recomputes() => {
                return missing("potentials are computed again from it");
            }
            None if layer.neuron().reads_input() => {
                return missing("what the neuron learns depends on it");
            }
            None => {}
        }
        let by = [("the derivative by spikes", pass.by_spikes), ("the derivative by v", pass.by_v)];
        for (field, array) in by {
            if let Some(array) = array {
                self.own(field, array, Some(n))?;
            }
        }
        self.state("the derivative by the state", layer, pass.shape, pass.by_state)?;
        self.own("the derivative by x", pass.by_x, Some(n))?;
        if n == 0 {
            return layer.learn(&vec![F::default(); layer.neuron().learned().len()]);
        }
        let ArrayBackward { shape, kept, x, by_spikes, by_v, by_state, by_x } = pass;
        if let Some((_, rounded)) = &kept.rounded {
            kept.potentials = Some(self.unpack(Category::Work, rounded)?);
        }
        let inner = &mut *kept;
        let pass = ArrayBackward { shape, kept: inner, x, by_spikes, by_v, by_state, by_x };
        let learned = self.compute.backward(layer, pass)?;
        if kept.rounded.is_some() {
            kept.potentials = None;
        }
        Ok(learned)
    }

    fn state(
        &self,
        field: &'static str,
        layer: &Layer,
        shape: Shape,
        state: &Array<F>,
    ) -> Result<(), LayerError> {
        let slots = 1 + layer.neuron().hidden().len();
        self.own(field, state, Some(slots * shape.width()))
    }

    fn fits(&self, layer: &Layer, shape: Shape, kept: &Kept<F>) -> Result<(), LayerError> {
        let slots = 1 + layer.neuron().hidden().len();
        let states = shape.steps.div_ceil(kept.every) * slots * shape.width();
        self.own("what was kept", &kept.states, Some(states))?;
        match (&kept.potentials, &kept.rounded) {
            (_, Some((_, rounded))) if rounded.len() != shape.count() => {
                Err(LayerError::array("what was kept", rounded.len(), shape.count()))
            }
            (Some(potentials), None) => self.own("what was kept", potentials, Some(shape.count())),
            _ => Ok(()),
        }
    }
}
