//! Neurons that see each other's spikes.

use crate::{Context, Module, Neurons, Parameter, Tensor, TrainError, Weights};
use isospike_layer::{Layer, Real, State, Window};

/// Neurons whose spikes, weighted, are added to their inputs one step later.
#[derive(Debug)]
pub struct Recurrent<F> {
    layer: Layer,
    /// What one step of the neurons keeps, for each step of the last pass.
    steps: Vec<Neurons<F>>,
    learned: Vec<Parameter<F>>,
    state: Option<State<F>>,
    feedback: Weights<F>,
    /// Spikes of the last step of the last pass.
    before: Option<Tensor<F>>,
    /// Spikes that each step saw.
    seen: Option<Tensor<F>>,
}

impl<F: Real> Recurrent<F> {
    /// So many neurons of a layer, all connected to all, drawn as in [`Weights::new`].
    ///
    /// # Errors
    /// If there are none.
    pub fn new(layer: Layer, neurons: usize, seed: u64, module: u32) -> Result<Self, TrainError> {
        let feedback = Weights::new(Window::all(neurons, neurons), seed, module)?.without_bias();
        let mut template = Neurons::new(layer.clone())?;
        let learned = template.parameters().into_iter().map(|p| p.clone()).collect();
        let (steps, state, before, seen) = (Vec::new(), None, None, None);
        Ok(Recurrent { layer, steps, learned, state, feedback, before, seen })
    }

    fn neurons(&self) -> usize {
        self.feedback.window().outputs
    }
}

impl<F: Real> Module<F> for Recurrent<F> {
    fn name(&self) -> &'static str {
        "recurrent"
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        match input.iter().product::<usize>() == self.neurons() {
            true => Ok(input.to_vec()),
            false => {
                let needed = format!("{} features", self.neurons());
                Err(TrainError::shape("the input of recurrent neurons", input, needed))
            }
        }
    }

    fn forward(&mut self, on: &Context<'_>, x: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        self.output(x.features())?;
        let mut before = match self.before.take() {
            Some(before) if before.items() != x.items() => {
                let needed = format!("B = {}, as before; reset first", before.items());
                self.before = Some(before);
                return Err(TrainError::shape(
                    "the input of recurrent neurons",
                    &[x.items()],
                    needed,
                ));
            }
            Some(before) => before,
            None => Tensor::zeros(1, x.items(), x.features()),
        };
        for p in &self.learned {
            self.layer.set(p.name, p.value[0].to_f64())?;
        }
        self.steps.clear();
        let (mut seen, mut spikes) = (Vec::new(), Vec::with_capacity(x.data.len()));
        for t in 0..x.steps() {
            let quiet = Context { training: false, ..*on };
            let mut input = self.feedback.forward(&quiet, before.clone())?;
            input.data.iter_mut().zip(x.step(t)).for_each(|(sum, &x)| *sum = x + *sum);
            let mut neurons = Neurons::new(self.layer.clone())?;
            neurons.set_state(self.state.take());
            let fired = neurons.forward(on, input)?;
            self.state = neurons.take_state();
            self.steps.push(neurons);
            seen.extend_from_slice(&before.data);
            spikes.extend_from_slice(&fired.data);
            before = x.at(t).with(x.features(), fired.data);
        }
        self.before = Some(before);
        self.seen = on.training.then(|| x.with(x.features(), seen));
        Ok(x.with(x.features(), spikes))
    }

    fn backward(&mut self, on: &Context<'_>, by_y: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        let seen = self.seen.take().ok_or(TrainError::NoForward { module: "recurrent" })?;
        let mut by_x = vec![F::default(); by_y.data.len()];
        let stride = by_y.stride();
        self.learned.iter_mut().for_each(|p| p.gradient[0] = F::default());
        let mut carry: Option<(Vec<F>, State<F>)> = None;
        for t in (0..by_y.steps()).rev() {
            let mut by_spikes = by_y.at(t);
            let by_state = carry.take().map(|(by_fed, by_state)| {
                by_spikes.data.iter_mut().zip(by_fed).for_each(|(sum, g)| *sum = *sum + g);
                by_state
            });
            let (by_input, by_before) = self.steps[t].backward_from(on, by_spikes, by_state)?;
            for (p, own) in self.learned.iter_mut().zip(self.steps[t].parameters()) {
                p.gradient[0] = p.gradient[0] + own.gradient[0];
            }
            let mut by_fed = vec![F::default(); stride];
            self.feedback.back(on, &by_input.data, &mut by_fed);
            by_x[t * stride..(t + 1) * stride].copy_from_slice(&by_input.data);
            carry = Some((by_fed, by_before));
        }
        self.feedback.learn(on, &seen.data, &by_x);
        Ok(by_y.with(by_y.features(), by_x))
    }

    fn parameters(&mut self) -> Vec<&mut Parameter<F>> {
        self.learned.iter_mut().chain(self.feedback.parameters()).collect()
    }

    fn reset(&mut self) {
        self.steps.clear();
        (self.state, self.before, self.seen) = (None, None, None);
    }
}
