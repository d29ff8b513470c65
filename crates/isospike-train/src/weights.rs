//! Weights: all to all, or a convolution.

use crate::{Context, Module, Parameter, Tensor, TrainError};
use isospike_lane::{Key, Purpose, distribution, word};
use isospike_layer::{Real, Window};

/// y = x W + b for windows over a picture, or for all features at once.
#[derive(Clone, Debug)]
pub struct Weights<F> {
    window: Window,
    /// `[inputs, outputs]`; inputs of a convolution are `[ky, kx, channel]`.
    weight: Parameter<F>,
    bias: Option<Parameter<F>>,
    seen: Option<Tensor<F>>,
}

impl<F: Real> Weights<F> {
    /// With weights and biases between -1/sqrt(inputs) and 1/sqrt(inputs), PyTorch's default. The
    /// seed and the number of the module decide which.
    ///
    /// # Errors
    /// What [`Window::check`] says.
    pub fn new(window: Window, seed: u64, module: u32) -> Result<Self, TrainError> {
        window.check()?;
        let (inputs, outputs) = (window.inputs(), window.outputs);
        let bound = F::from_f64(1.0 / (inputs as f64).sqrt());
        let draw = |what: u16, i: usize| {
            let draw = Purpose::Training.draw(what);
            let u: F = distribution::uniform(word(Key(seed), 0, draw, module, i as u32));
            bound * (u + u - F::lit(1.0))
        };
        let weights = (0..inputs * outputs).map(|i| draw(0, i)).collect();
        let biases = (0..outputs).map(|i| draw(1, i)).collect();
        Ok(Weights {
            window,
            weight: Parameter::new("weight", &[inputs, outputs], weights),
            bias: Some(Parameter::new("bias", &[outputs], biases)),
            seen: None,
        })
    }

    /// The same without a bias, as before a normalisation.
    pub fn without_bias(mut self) -> Self {
        self.bias = None;
        self
    }

    /// Derivatives by weights and bias.
    pub(crate) fn learn(&mut self, on: &Context<'_>, x: &[F], by_y: &[F]) {
        let by_bias = self.bias.as_mut().map(|b| &mut b.gradient[..]);
        on.on.weigh_learn(&self.window, x, by_y, &mut self.weight.gradient, by_bias);
    }

    /// Derivatives by inputs.
    pub(crate) fn back(&self, on: &Context<'_>, by_y: &[F], by_x: &mut [F]) {
        on.on.weigh_back(&self.window, by_y, &self.weight.value, by_x);
    }

    /// How they meet a picture.
    pub fn window(&self) -> &Window {
        &self.window
    }
}

impl<F: Real> Module<F> for Weights<F> {
    fn name(&self) -> &'static str {
        if self.window.kernel == [1, 1] && self.window.height == 1 { "linear" } else { "conv2d" }
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        let Window { height, width, channels, outputs, .. } = self.window;
        let [down, across] = self.window.stops();
        if [height, width] == [1, 1] && input.iter().product::<usize>() == channels {
            return Ok(vec![outputs]);
        }
        match input {
            [h, w, c] if (*h, *w, *c) == (height, width, channels) => {
                Ok(vec![down, across, outputs])
            }
            _ => {
                let needed = format!("[{height}, {width}, {channels}]");
                Err(TrainError::shape("the input of weights", input, needed))
            }
        }
    }

    fn forward(&mut self, on: &Context<'_>, x: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        let features = self.output(x.features())?;
        x.finite("the input of weights")?;
        let mut y = Tensor::zeros(x.steps(), x.items(), &features);
        let bias = self.bias.as_ref().map(|b| &b.value[..]);
        on.on.weigh(&self.window, &x.data, &self.weight.value, bias, &mut y.data);
        self.seen = on.training.then_some(x);
        Ok(y)
    }

    fn backward(&mut self, on: &Context<'_>, by_y: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        let x = self.seen.take().ok_or(TrainError::NoForward { module: self.name() })?;
        by_y.finite("the derivative by what weights gave")?;
        self.learn(on, &x.data, &by_y.data);
        let mut by_x = Tensor::zeros(x.steps(), x.items(), x.features());
        self.back(on, &by_y.data, &mut by_x.data);
        Ok(by_x)
    }

    fn parameters(&mut self) -> Vec<&mut Parameter<F>> {
        [&mut self.weight].into_iter().chain(&mut self.bias).collect()
    }

    fn reset(&mut self) {
        self.seen = None;
    }
}
