//! Neurons of one kind.

use crate::{Context, Module, Parameter, Tensor, TrainError};
use isospike_layer::{Backward, Forward, Keep, Layer, Real, Saved, Spikes, State, Stored};

/// A layer of neurons over all features. What it gives are spikes, or potentials of neurons that
/// never fire.
#[derive(Debug)]
pub struct Neurons<F> {
    layer: Layer,
    keep: Keep,
    learned: Vec<Parameter<F>>,
    state: Option<State<F>>,
    saved: Option<Saved<F>>,
    /// Of the last forward pass, where the backward pass reads it.
    seen: Option<Tensor<F>>,
    ready: bool,
}

impl<F: Real> Neurons<F> {
    /// Of a layer; what is kept for the backward pass are potentials in full width.
    ///
    /// # Errors
    /// None that a layer allows.
    pub fn new(layer: Layer) -> Result<Self, TrainError> {
        let mut learned = Vec::new();
        for slot in layer.neuron().learned() {
            let value = F::from_f64(layer.value(slot.name)?);
            learned.push(Parameter::new(slot.name, &[1], vec![value]));
        }
        let keep = Keep::Potentials;
        Ok(Neurons { layer, keep, learned, state: None, saved: None, seen: None, ready: false })
    }

    /// The same with another choice of what is kept.
    pub fn keep(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
    }

    /// Whether its neurons never fire.
    fn is_readout(&self) -> bool {
        self.layer.firing::<F>().threshold.to_f64() == f64::INFINITY
    }

    /// What neurons remember, if they have seen something.
    pub fn state(&self) -> Option<&State<F>> {
        self.state.as_ref()
    }

    pub(crate) fn take_state(&mut self) -> Option<State<F>> {
        self.state.take()
    }

    pub(crate) fn set_state(&mut self, state: Option<State<F>>) {
        self.state = state;
    }

    /// A backward pass from derivatives by the state after the last step too: those by inputs, and
    /// by the state before the first.
    pub(crate) fn backward_from(
        &mut self,
        on: &Context<'_>,
        by_y: Tensor<F>,
        by_end: Option<State<F>>,
    ) -> Result<(Tensor<F>, State<F>), TrainError> {
        if !std::mem::take(&mut self.ready) {
            return Err(TrainError::NoForward { module: "neurons" });
        }
        let saved = self.saved.as_ref().expect("the forward pass has kept it");
        let shape = by_y.shape();
        let mut by_x = by_y.with(by_y.features(), vec![F::default(); shape.count()]);
        let (by_spikes, by_v) = match self.is_readout() {
            true => (None, Some(&by_y.data[..])),
            false => (Some(Stored::Full(&by_y.data[..])), None),
        };
        let zero = || State::zero(&self.layer, shape.batch, shape.neurons);
        let mut by_state = by_end.unwrap_or_else(zero);
        let pass = Backward {
            shape,
            saved,
            x: self.seen.as_ref().map(|x| Stored::Full(&x.data[..])),
            by_spikes,
            by_v,
            by_state: &mut by_state,
            by_x: Some(Stored::Full(&mut by_x.data)),
        };
        let gradients = on.on.backward(&self.layer, pass)?;
        for (p, gradient) in self.learned.iter_mut().zip(gradients) {
            p.gradient[0] = gradient;
        }
        Ok((by_x, by_state))
    }
}

impl<F: Real> Module<F> for Neurons<F> {
    fn name(&self) -> &'static str {
        "neurons"
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        Ok(input.to_vec())
    }

    fn forward(&mut self, on: &Context<'_>, x: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        for p in &self.learned {
            self.layer.set(p.name, p.value[0].to_f64())?;
        }
        let (shape, readout) = (x.shape(), self.is_readout());
        self.ready = false;
        let fresh = || State::new(&self.layer, shape.batch, shape.neurons);
        let state = self.state.get_or_insert_with(fresh);
        if on.training {
            let fits = self.saved.as_ref().is_some_and(|s| s.shape() == shape);
            if !fits {
                self.saved = Some(Saved::new(&self.layer, shape, self.keep)?);
            }
        }
        let mut out = vec![F::default(); shape.count()];
        let (spikes, v) = match readout {
            true => (None, Some(&mut out[..])),
            false => (Some(Spikes::Values(Stored::Full(&mut out[..]))), None),
        };
        let saved = self.saved.as_mut().filter(|_| on.training);
        let pass = Forward { shape, x: Stored::Full(&x.data), state, spikes, v, saved };
        on.on.forward(&self.layer, pass)?;
        let y = x.with(x.features(), out);
        self.ready = on.training;
        let reads = self.layer.neuron().reads_input() || matches!(self.keep, Keep::StateEvery(_));
        self.seen = (on.training && reads).then_some(x);
        Ok(y)
    }

    fn backward(&mut self, on: &Context<'_>, by_y: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        self.backward_from(on, by_y, None).map(|(by_x, _)| by_x)
    }

    fn parameters(&mut self) -> Vec<&mut Parameter<F>> {
        self.learned.iter_mut().collect()
    }

    fn reset(&mut self) {
        (self.state, self.seen, self.ready) = (None, None, false);
    }
}
