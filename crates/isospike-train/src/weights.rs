//! Weights: all to all, or a convolution.

use crate::{Context, Module, Parameter, Signal, TrainError};
use isospike_lane::{Key, Purpose, distribution, word};
use isospike_layer::compute::{Array, Category, Computer};
use isospike_layer::{Real, Window};

/// y = x W + b for windows over a picture, or for all features at once.
#[derive(Debug)]
pub struct Weights<F> {
    window: Window,
    /// `[inputs, outputs]`; inputs of a convolution are `[ky, kx, channel]`.
    weight: Parameter<F>,
    bias: Option<Parameter<F>>,
    seen: Option<Seen<F>>,
}

/// The last input.
#[derive(Debug)]
struct Seen<F> {
    x: Array<F>,
    features: Vec<usize>,
}

impl<F: Real> Weights<F> {
    /// With weights and biases between -1/sqrt(inputs) and 1/sqrt(inputs), PyTorch's default. The
    /// seed and the number of the module decide which.
    ///
    /// # Errors
    /// What [`Window::check`] says, or if the device has no room.
    pub fn new(
        on: &Computer<F>,
        window: Window,
        seed: u64,
        module: u32,
    ) -> Result<Self, TrainError> {
        window.check()?;
        let (inputs, outputs) = (window.inputs(), window.outputs);
        let bound = F::from_f64(1.0 / (inputs as f64).sqrt());
        let draw = |what: u16, i: usize| {
            let draw = Purpose::Training.draw(what);
            let u: F = distribution::uniform(word(Key(seed), 0, draw, module, i as u32));
            bound * (u + u - F::lit(1.0))
        };
        let weights: Vec<F> = (0..inputs * outputs).map(|i| draw(0, i)).collect();
        let biases: Vec<F> = (0..outputs).map(|i| draw(1, i)).collect();
        Ok(Weights {
            window,
            weight: Parameter::new(on, "weight", &[inputs, outputs], &weights)?,
            bias: Some(Parameter::new(on, "bias", &[outputs], &biases)?),
            seen: None,
        })
    }

    /// The same without a bias, as before a normalisation.
    pub fn without_bias(mut self) -> Self {
        self.bias = None;
        self
    }

    /// Derivatives by weights and bias.
    pub(crate) fn find(
        &mut self,
        on: &Computer<F>,
        x: &Array<F>,
        by_y: &Array<F>,
    ) -> Result<(), TrainError> {
        on.weigh_learn(&self.window, x, by_y, &mut self.weight.gradient)?;
        if let Some(bias) = &mut self.bias {
            on.column_sums(by_y, &mut bias.gradient)?;
        }
        Ok(())
    }

    /// What they make of inputs.
    pub(crate) fn weigh(&self, on: &Computer<F>, x: &Array<F>) -> Result<Array<F>, TrainError> {
        let rows = x.len() / self.window.seen();
        let mut y = on.room(Category::Work, rows * self.window.given())?;
        let bias = self.bias.as_ref().map(|b| &b.value);
        on.weigh(&self.window, x, &self.weight.value, bias, &mut y)?;
        Ok(y)
    }

    /// Derivatives by inputs.
    pub(crate) fn back(&self, on: &Computer<F>, by_y: &Array<F>) -> Result<Array<F>, TrainError> {
        let rows = by_y.len() / self.window.given();
        let mut by_x = on.room(Category::Work, rows * self.window.seen())?;
        on.weigh_back(&self.window, by_y, &self.weight.value, &mut by_x)?;
        Ok(by_x)
    }

    /// How they meet a picture.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Whether all inputs meet all outputs; a window over a picture of one place with padding
    /// around it does not.
    fn is_linear(&self) -> bool {
        self.window == Window::all(self.window.channels, self.window.outputs)
    }

    /// Derivatives by weights from those by outputs; features of the input.
    fn begin_back(
        &mut self,
        on: &Context<'_, F>,
        by_y: &Signal<F>,
    ) -> Result<Vec<usize>, TrainError> {
        let Seen { x, features } =
            self.seen.take().ok_or(TrainError::NoForward { module: Module::<F>::name(self) })?;
        on.on.finite("the derivative by what weights gave", &by_y.array)?;
        let x = on.kept(x)?;
        self.find(on.on, &x, &by_y.array)?;
        Ok(features)
    }
}

impl<F: Real> Module<F> for Weights<F> {
    fn name(&self) -> &'static str {
        if self.is_linear() { "linear" } else { "conv2d" }
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        let Window { height, width, channels, outputs, .. } = self.window;
        let [down, across] = self.window.stops();
        if self.is_linear() && input.iter().product::<usize>() == channels {
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

    fn forward(&mut self, on: &Context<'_, F>, x: Signal<F>) -> Result<Signal<F>, TrainError> {
        let features = self.output(x.features())?;
        on.on.finite("the input of weights", &x.array)?;
        let y = x.with(&features, self.weigh(on.on, &x.array)?);
        self.seen = None;
        if on.training {
            let features = x.features().to_vec();
            self.seen = Some(Seen { x: on.keep(x.array, x.spikes)?, features });
        }
        Ok(y)
    }

    fn backward(&mut self, on: &Context<'_, F>, by_y: Signal<F>) -> Result<Signal<F>, TrainError> {
        let features = self.begin_back(on, &by_y)?;
        let by_x = self.back(on.on, &by_y.array)?;
        Ok(by_y.with(&features, by_x))
    }

    fn learn(&mut self, on: &Context<'_, F>, by_y: Signal<F>) -> Result<(), TrainError> {
        self.begin_back(on, &by_y).map(drop)
    }

    fn parameters(&mut self) -> Vec<&mut Parameter<F>> {
        [&mut self.weight].into_iter().chain(&mut self.bias).collect()
    }

    fn forget(&mut self) {
        self.seen = None;
    }

    fn reset(&mut self) {
        self.seen = None;
    }
}
