//! A row of modules.

use crate::{
    BatchNorm, Context, Delay, Dropout, Module, Neurons, Optimiser, Parameter, Pool, Recurrent,
    Signal, Storage, Tensor, TrainError, Weights,
};
use isospike_layer::compute::{Array, Computer, Pooling};
use isospike_layer::{Layer, Real, Window};

/// Modules one after the other, on a device. Each is made for what the one before gives, so shapes
/// are checked while the network is put together.
pub struct Network<F> {
    on: Computer<F>,
    seed: u64,
    input: Vec<usize>,
    output: Vec<usize>,
    modules: Vec<Box<dyn Module<F>>>,
    storage: Storage,
}

impl<F: Real> Network<F> {
    /// Without modules, for inputs with these features. The seed decides about weights and masks.
    pub fn new(on: &Computer<F>, features: &[usize], seed: u64) -> Self {
        let ([input, output], modules) = ([features.to_vec(), features.to_vec()], Vec::new());
        Network { on: on.clone(), seed, input, output, modules, storage: Storage::default() }
    }

    /// With another choice of how is stored what training keeps.
    pub fn store(mut self, storage: Storage) -> Self {
        self.storage = storage;
        self
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

    /// The device it is on.
    pub fn device(&self) -> &Computer<F> {
        &self.on
    }

    /// Features of what it is given.
    pub fn input(&self) -> &[usize] {
        &self.input
    }

    /// Its modules.
    pub fn modules(&self) -> &[Box<dyn Module<F>>] {
        &self.modules
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
        let weights = Weights::new(&self.on, window, self.seed, self.number())?;
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
        let window = Window {
            height,
            width,
            channels,
            kernel: [size; 2],
            stride: [stride; 2],
            padding: [padding; 2],
            outputs,
        };
        let weights = Weights::new(&self.on, window, self.seed, self.number())?;
        self.with(weights)
    }

    /// Neurons of a layer, one for each feature.
    ///
    /// # Errors
    /// None that a layer allows.
    pub fn neurons(self, layer: Layer) -> Result<Self, TrainError> {
        let neurons = Neurons::new(&self.on, layer)?;
        self.with(neurons)
    }

    /// The same with weights from each to each, one step later.
    ///
    /// # Errors
    /// None that a layer allows.
    pub fn recurrent(self, layer: Layer) -> Result<Self, TrainError> {
        let neurons = self.output.iter().product();
        let recurrent = Recurrent::new(&self.on, layer, neurons, self.seed, self.number())?;
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
        let norm = BatchNorm::new(&self.on, channels, scale)?;
        self.with(norm)
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

    /// Takes inputs through all modules, to learn from them.
    ///
    /// # Errors
    /// Of the first module that refuses; [`Network::reset`] before the next pass then.
    pub fn forward(&mut self, x: &Tensor<F>) -> Result<Tensor<F>, TrainError> {
        self.pass(x, true)
    }

    /// Takes inputs through all modules as they are: nothing is kept, nothing is drawn.
    ///
    /// # Errors
    /// As [`Network::forward`].
    pub fn infer(&mut self, x: &Tensor<F>) -> Result<Tensor<F>, TrainError> {
        self.pass(x, false)
    }

    fn pass(&mut self, x: &Tensor<F>, training: bool) -> Result<Tensor<F>, TrainError> {
        if x.features() != self.input {
            let needed = format!("{:?}", self.input);
            return Err(TrainError::shape("the input of the network", x.features(), needed));
        }
        let context = Context { on: &self.on, training, storage: self.storage };
        let x = Signal::from_tensor(&self.on, x)?;
        let y = self.modules.iter_mut().try_fold(x, |x, module| module.forward(&context, x));
        self.said(y)?.to_tensor(&self.on)
    }

    /// What came of some operations. What a device has not said yet went wrong before.
    fn said<T>(&self, result: Result<T, TrainError>) -> Result<T, TrainError> {
        if result.is_err() {
            self.on.settle()?;
        }
        result
    }

    /// Takes derivatives by what the last pass gave back to all parameters.
    ///
    /// # Errors
    /// Of the first module that refuses.
    pub fn backward(&mut self, by_y: &Tensor<F>) -> Result<(), TrainError> {
        let context = Context { on: &self.on, training: true, storage: self.storage };
        let by_y = Signal::from_tensor(&self.on, by_y)?;
        let Some((first, others)) = self.modules.split_first_mut() else { return Ok(()) };
        let back = |by_y, module: &mut Box<dyn Module<F>>| module.backward(&context, by_y);
        let by_y = others.iter_mut().rev().try_fold(by_y, back);
        let done = by_y.and_then(|by_y| first.learn(&context, by_y));
        self.said(done)?;
        Ok(self.on.settle()?)
    }

    /// The same, and back to the inputs.
    ///
    /// # Errors
    /// As [`Network::backward`].
    pub fn backward_to_input(&mut self, by_y: &Tensor<F>) -> Result<Tensor<F>, TrainError> {
        let context = Context { on: &self.on, training: true, storage: self.storage };
        let by_y = Signal::from_tensor(&self.on, by_y)?;
        let back = |by_y, module: &mut Box<dyn Module<F>>| module.backward(&context, by_y);
        let by_x = self.modules.iter_mut().rev().try_fold(by_y, back);
        self.said(by_x)?.to_tensor(&self.on)
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

    /// Running statistics, named like parameters.
    pub fn statistics(&mut self) -> Vec<(String, &mut Array<F>)> {
        let mut all = Vec::new();
        for (i, module) in self.modules.iter_mut().enumerate() {
            let kind = module.name();
            let named =
                module.lasting().into_iter().filter_map(|(name, array)| Some((name?, array)));
            all.extend(named.map(|(name, array)| (format!("{i}.{kind}.{name}"), array)));
        }
        all
    }

    /// One step of an optimiser, with the derivatives of the last backward pass.
    ///
    /// # Errors
    /// If the rate or a derivative is not finite; nothing is changed then. If a parameter no longer
    /// is, now or when next something is read.
    pub fn step(
        &mut self,
        with: &mut (impl Optimiser<F> + ?Sized),
        rate: f64,
    ) -> Result<(), TrainError> {
        if !rate.is_finite() {
            return Err(TrainError::Value {
                field: "the rate of a step",
                value: rate,
                allowed: "must be finite",
            });
        }
        let on = self.on.clone();
        let mut all = self.parameters();
        for (name, p) in &all {
            on.finite(&format!("the derivative by {name}"), &p.gradient)?;
        }
        on.settle()?;
        let mut stepped: Vec<_> = all.iter_mut().map(|(_, p)| &mut **p).collect();
        with.step(&on, &mut stepped, rate)?;
        for (name, p) in &all {
            on.finite(name, &p.value)?;
        }
        Ok(())
    }

    /// Moves it to another device, byte by byte: parameters, statistics and what it remembers of
    /// earlier passes. What was kept for a backward pass is forgotten.
    ///
    /// # Errors
    /// If that device has no room; nothing has moved then.
    pub fn move_to(&mut self, device: &Computer<F>) -> Result<(), TrainError> {
        let from = self.on.clone();
        let mut moved = Vec::new();
        self.arrays(|array| {
            moved.push(from.moved(array, device)?);
            Ok(())
        })?;
        let mut moved = moved.into_iter();
        self.arrays(|array| {
            *array = moved.next().expect("one for each");
            Ok(())
        })?;
        self.modules.iter_mut().for_each(|module| module.forget());
        self.on = device.clone();
        Ok(())
    }

    /// Everything that lasts from pass to pass, always in the same order.
    fn arrays(
        &mut self,
        mut each: impl FnMut(&mut Array<F>) -> Result<(), TrainError>,
    ) -> Result<(), TrainError> {
        for module in &mut self.modules {
            for p in module.parameters() {
                each(&mut p.value)?;
                each(&mut p.gradient)?;
            }
            module.lasting().into_iter().try_for_each(|(_, array)| each(array))?;
        }
        Ok(())
    }
}
