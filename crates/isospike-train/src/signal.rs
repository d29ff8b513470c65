//! Numbers by step, item and feature, on a device.

use crate::{Tensor, TrainError};
use isospike_layer::compute::{Array, Category, Computer};
use isospike_layer::{Real, Shape};

/// A [`Tensor`] on a device: what modules give each other.
#[derive(Debug)]
pub struct Signal<F> {
    steps: usize,
    items: usize,
    features: Vec<usize>,
    /// All numbers in order.
    pub array: Array<F>,
    /// Whether all of them are 0 or 1, so that bits can hold them.
    pub spikes: bool,
}

impl<F: Real> Signal<F> {
    /// The numbers of a tensor.
    ///
    /// # Errors
    /// Those of the device.
    pub fn from_tensor(on: &Computer<F>, x: &Tensor<F>) -> Result<Self, TrainError> {
        let array = on.array(Category::Work, &x.data)?;
        let features = x.features().to_vec();
        Ok(Signal { steps: x.steps(), items: x.items(), features, array, spikes: false })
    }

    /// As a tensor.
    ///
    /// # Errors
    /// Those of the device, and what went wrong on the way to these numbers.
    pub fn to_tensor(&self, on: &Computer<F>) -> Result<Tensor<F>, TrainError> {
        let data = on.numbers(&self.array)?;
        Tensor::new(self.steps, self.items, &self.features, data)
    }

    /// Other numbers of the same steps and items.
    ///
    /// # Panics
    /// If there are not as many as the shape has.
    pub fn with(&self, features: &[usize], array: Array<F>) -> Self {
        let n = self.steps * self.items * features.iter().product::<usize>();
        assert_eq!(array.len(), n, "numbers of a signal");
        let features = features.to_vec();
        Signal { steps: self.steps, items: self.items, features, array, spikes: false }
    }

    /// The same signal, of spikes.
    pub(crate) fn of_spikes(self, spikes: bool) -> Self {
        Signal { spikes, ..self }
    }

    /// One step of it, with numbers.
    pub(crate) fn single(&self, array: Array<F>) -> Self {
        assert_eq!(array.len(), self.stride(), "numbers of a step");
        let (items, features) = (self.items, self.features.clone());
        Signal { steps: 1, items, features, array, spikes: self.spikes }
    }

    /// One step of it, copied.
    pub(crate) fn step(&self, on: &Computer<F>, t: usize) -> Result<Self, TrainError> {
        let n = self.stride();
        Ok(self.single(on.part(Category::Work, &self.array, t * n, n)?))
    }

    /// Steps T.
    pub fn steps(&self) -> usize {
        self.steps
    }
    /// Items B of the batch.
    pub fn items(&self) -> usize {
        self.items
    }
    /// The shape of an item in a step.
    pub fn features(&self) -> &[usize] {
        &self.features
    }
    /// Numbers of an item in a step.
    pub fn width(&self) -> usize {
        self.features.iter().product()
    }
    /// Numbers of a step.
    pub fn stride(&self) -> usize {
        self.items * self.width()
    }
    /// As a pass over neurons sees it.
    pub fn shape(&self) -> Shape {
        Shape { steps: self.steps, batch: self.items, neurons: self.width() }
    }
}
