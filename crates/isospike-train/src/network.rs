//! A row of modules.

use crate::{
    BatchNorm, Context, Delay, Dropout, Module, Neurons, Optimiser, Parameter, Pool, Pooling,
    Recurrent, Tensor, TrainError, Weights,
};
use isospike_layer::{Layer, Real, Window};

/// Modules one after the other. Each is made for what the one before gives, so shapes are checked
/// while the network is put together.
pub struct Network<F> {
    seed: u64,
    input: Vec<usize>,
    output: Vec<usize>,
    modules: Vec<Box<dyn Module<F>>>,
}

impl<F: Real> Network<F> {
    /// Without modules, for inputs with these features. The seed decides about weights and masks.
    pub fn new(features: &[usize], seed: u64) -> Self {
        let [input, output] = [features.to_vec(), features.to_vec()];
        Network { seed, input, output, modules: Vec::new() }
    }

    /// With one more module at the end.
    ///
    /// # Errors
    /// If it cannot be given what there is.
    pub fn with(mut self, module: impl Module<F> + 'static) -> Result<Self, TrainError> {
        self.output = module.output(&self.output)?;
        self.modules.push(Box::new(module));
        Ok(self)
    }

    fn number(&self) -> u32 {
        self.modules.len() as u32
    }

    /// Weights from all features to so many outputs.
    ///
    /// # Errors
    /// If there are none.
    pub fn linear(self, outputs: usize) -> Result<Self, TrainError> {
        let window = Window::all(self.output.iter().product(), outputs);
        let weights = Weights::new(window, self.seed, self.number())?;
        self.with(weights)
    }

    /// A convolution to so many channels, with windows of `size` x `size` places.
    ///
    /// # Errors
    /// If there is no picture, or the window does not fit.
    pub fn conv(
        self,
        outputs: usize,
        size: usize,
        stride: usize,
        padding: usize,
    ) -> Result<Self, TrainError> {
        let [height, width, channels] = self.output[..] else {
            let needed = "[height, width, channels]";
            return Err(TrainError::shape("the input of a convolution", &self.output, needed));
        };
        let window =
            Window { height, width, channels, kernel: [size; 2], stride, padding, outputs };
        let weights = Weights::new(window, self.seed, self.number())?;
        self.with(weights)
    }

    /// Neurons of a layer, one for each feature.
    ///
    /// # Errors
    /// None that a layer allows.
    pub fn neurons(self, layer: Layer) -> Result<Self, TrainError> {
        self.with(Neurons::new(layer)?)
    }

    /// The same with weights from each to each, one step later.
    ///
    /// # Errors
    /// None that a layer allows.
    pub fn recurrent(self, layer: Layer) -> Result<Self, TrainError> {
        let neurons = self.output.iter().product();
        let recurrent = Recurrent::new(layer, neurons, self.seed, self.number())?;
        self.with(recurrent)
    }

    /// Pools of `size` x `size` places.
    ///
    /// # Errors
    /// If there is no picture, or it is smaller.
    pub fn pool(self, pooling: Pooling, size: usize) -> Result<Self, TrainError> {
        self.with(Pool::new(pooling, size)?)
    }

    /// A normalisation of the channels, with a scale to begin with.
    ///
    /// # Errors
    /// If there are no features.
    pub fn batch_norm(self, scale: f64) -> Result<Self, TrainError> {
        let channels = self.output.last().copied().unwrap_or(0);
        self.with(BatchNorm::new(channels, scale))
    }

    /// Dropout.
    ///
    /// # Errors
    /// If p is not in \[0, 1).
    pub fn dropout(self, p: f64) -> Result<Self, TrainError> {
        let dropout = Dropout::new(p, self.seed, self.number())?;
        self.with(dropout)
    }

    /// A delay.
    ///
    /// # Errors
    /// None.
    pub fn delay(self, steps: usize) -> Result<Self, TrainError> {
        self.with(Delay::new(steps))
    }

    /// Features of what it gives.
    pub fn output(&self) -> &[usize] {
        &self.output
    }

    /// Takes inputs through all modules.
    ///
    /// # Errors
    /// Of the first module that refuses; [`Network::reset`] before the next pass then.
    pub fn forward(&mut self, on: &Context<'_>, x: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        if x.features() != self.input {
            let needed = format!("{:?}", self.input);
            return Err(TrainError::shape("the input of the network", x.features(), needed));
        }
        self.modules.iter_mut().try_fold(x, |x, module| module.forward(on, x))
    }

    /// Takes derivatives by what the last pass gave back to its inputs.
    ///
    /// # Errors
    /// Of the first module that refuses.
    pub fn backward(&mut self, on: &Context<'_>, by_y: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        self.modules.iter_mut().rev().try_fold(by_y, |by_y, module| module.backward(on, by_y))
    }

    /// Forgets what was remembered of earlier passes: what a new batch begins with.
    pub fn reset(&mut self) {
        self.modules.iter_mut().for_each(|module| module.reset());
    }

    /// What is learned, with the number of the module in front of its name.
    pub fn parameters(&mut self) -> Vec<(String, &mut Parameter<F>)> {
        let mut all = Vec::new();
        for (i, module) in self.modules.iter_mut().enumerate() {
            let kind = module.name();
            all.extend(
                module.parameters().into_iter().map(|p| (format!("{i}.{kind}.{}", p.name), p)),
            );
        }
        all
    }

    /// One step of an optimiser, with the derivatives of the last backward pass.
    ///
    /// # Errors
    /// If a derivative is not finite; nothing is changed then.
    pub fn step(&mut self, with: &mut impl Optimiser<F>, rate: f64) -> Result<(), TrainError> {
        let mut all = self.parameters();
        for (name, p) in &all {
            if let Some(index) = p.gradient.iter().position(|g| !g.is_finite()) {
                let value = p.gradient[index].to_f64();
                let field = format!("the derivative by {name}");
                return Err(TrainError::NotFinite { field, index, value });
            }
        }
        let mut all: Vec<_> = all.iter_mut().map(|(_, p)| &mut **p).collect();
        with.step(&mut all, rate);
        Ok(())
    }
}
