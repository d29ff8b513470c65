//! Neurons of one kind.

use crate::{Context, Module, Parameter, Signal, TrainError};
use isospike_layer::compute::{Array, ArrayBackward, ArrayForward, Category, Computer, Kept};
use isospike_layer::{Keep, Layer, Real, Shape};

/// A layer of neurons over all features. What it gives are spikes, or potentials of neurons that
/// never fire.
#[derive(Debug)]
pub struct Neurons<F> {
    layer: Layer,
    learned: Vec<Parameter<F>>,
    /// Of so many items and neurons.
    state: Option<((usize, usize), Array<F>)>,
    kept: Option<Last<F>>,
}

/// What is kept of the last forward pass.
#[derive(Debug)]
struct Last<F> {
    shape: Shape,
    kept: Kept<F>,
    /// The input, where the backward pass reads it.
    x: Option<Array<F>>,
}

impl<F: Real> Neurons<F> {
    /// Of a layer.
    ///
    /// # Errors
    /// If the device has no room.
    pub fn new(on: &Computer<F>, layer: Layer) -> Result<Self, TrainError> {
        let mut learned = Vec::new();
        for slot in layer.neuron().learned() {
            let value = F::from_f64(layer.value(slot.name)?);
            learned.push(Parameter::new(on, slot.name, &[1], &[value])?);
        }
        Ok(Neurons { layer, learned, state: None, kept: None })
    }

    /// The layer, with what is learned as it was in the last pass.
    pub fn layer(&self) -> &Layer {
        &self.layer
    }

    /// Whether its neurons never fire.
    fn is_readout(&self) -> bool {
        self.layer.firing::<F>().threshold.to_f64() == f64::INFINITY
    }

    /// What neurons remember, if they have seen something: `[potential, hidden values][B, N]`.
    pub fn state(&self) -> Option<&Array<F>> {
        self.state.as_ref().map(|(_, state)| state)
    }

    /// Goes through steps from a state, which is then the state after them.
    pub(crate) fn forward_from(
        layer: &Layer,
        on: &Context<'_, F>,
        x: &Signal<F>,
        state: &mut Array<F>,
    ) -> Result<(Array<F>, Option<Kept<F>>), TrainError> {
        let shape = x.shape();
        let readout = layer.firing::<F>().threshold.to_f64() == f64::INFINITY;
        let mut out = on.on.room(Category::Work, shape.count())?;
        let mut kept = match on.training {
            true => Some(on.on.kept(layer, shape, on.storage.neurons)?),
            false => None,
        };
        let (spikes, v) = match readout {
            true => (None, Some(&mut out)),
            false => (Some(&mut out), None),
        };
        let pass = ArrayForward { shape, x: &x.array, state, spikes, v, kept: kept.as_mut() };
        on.on.forward(layer, pass)?;
        Ok((out, kept))
    }

    /// Goes back over steps: derivatives by inputs and by learned parameters. `by_state` is the
    /// derivative by the state after the last step, and then by that before the first.
    pub(crate) fn backward_from(
        layer: &Layer,
        on: &Context<'_, F>,
        by_y: &Signal<F>,
        kept: &mut Kept<F>,
        x: Option<&Array<F>>,
        by_state: &mut Array<F>,
    ) -> Result<(Array<F>, Vec<F>), TrainError> {
        let shape = by_y.shape();
        let readout = layer.firing::<F>().threshold.to_f64() == f64::INFINITY;
        let mut by_x = on.on.room(Category::Work, shape.count())?;
        let (by_spikes, by_v) = match readout {
            true => (None, Some(&by_y.array)),
            false => (Some(&by_y.array), None),
        };
        let pass = ArrayBackward { shape, kept, x, by_spikes, by_v, by_state, by_x: &mut by_x };
        let learned = on.on.backward(layer, pass)?;
        Ok((by_x, learned))
    }

    /// Whether the backward pass over a layer reads the inputs of the forward pass.
    pub(crate) fn reads_input(layer: &Layer, keep: Keep) -> bool {
        layer.neuron().reads_input() || matches!(keep, Keep::StateEvery(_))
    }

    /// Takes what was learned into a layer.
    pub(crate) fn set(
        layer: &mut Layer,
        on: &Computer<F>,
        learned: &[Parameter<F>],
    ) -> Result<(), TrainError> {
        for p in learned {
            layer.set(p.name, on.numbers(&p.value)?[0].to_f64())?;
        }
        Ok(())
    }
}

impl<F: Real> Module<F> for Neurons<F> {
    fn name(&self) -> &'static str {
        "neurons"
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        Ok(input.to_vec())
    }

    fn forward(&mut self, on: &Context<'_, F>, x: Signal<F>) -> Result<Signal<F>, TrainError> {
        Self::set(&mut self.layer, on.on, &self.learned)?;
        let (shape, of) = (x.shape(), (x.items(), x.width()));
        self.kept = None;
        if self.state.is_none() {
            self.state = Some((of, on.on.rest(&self.layer, shape.width())?));
        }
        let (before, state) = self.state.as_mut().expect("it was made");
        if *before != of {
            let needed = format!("[B = {}, N = {}], as before; reset first", before.0, before.1);
            return Err(TrainError::shape("the input of neurons", &[of.0, of.1], needed));
        }
        let (out, kept) = Self::forward_from(&self.layer, on, &x, state)?;
        let y = x.with(x.features(), out).of_spikes(!self.is_readout());
        if let Some(kept) = kept {
            let reads = Self::reads_input(&self.layer, on.storage.neurons);
            let x = reads.then(|| x.array.assigned(Category::Saved));
            self.kept = Some(Last { shape, kept, x });
        }
        Ok(y)
    }

    fn backward(&mut self, on: &Context<'_, F>, by_y: Signal<F>) -> Result<Signal<F>, TrainError> {
        let last = self.kept.take().filter(|last| last.shape == by_y.shape());
        let mut last = last.ok_or(TrainError::NoForward { module: "neurons" })?;
        let slots = 1 + self.layer.neuron().hidden().len();
        let mut by_state = on.on.zeros(Category::Work, slots * by_y.stride())?;
        let x = last.x.as_ref();
        let (by_x, learned) =
            Self::backward_from(&self.layer, on, &by_y, &mut last.kept, x, &mut by_state)?;
        for (p, gradient) in self.learned.iter_mut().zip(learned) {
            on.on.write(&mut p.gradient, 0, &[gradient])?;
        }
        Ok(by_y.with(by_y.features(), by_x))
    }

    fn parameters(&mut self) -> Vec<&mut Parameter<F>> {
        self.learned.iter_mut().collect()
    }

    fn lasting(&mut self) -> Vec<(Option<&'static str>, &mut Array<F>)> {
        self.state.iter_mut().map(|(_, state)| (None, state)).collect()
    }

    fn forget(&mut self) {
        self.kept = None;
    }

    fn reset(&mut self) {
        (self.state, self.kept) = (None, None);
    }
}
