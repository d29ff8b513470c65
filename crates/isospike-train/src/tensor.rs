//! Numbers by step, item and feature.

use crate::TrainError;
use isospike_lane::huge_zeroed;
use isospike_layer::{Real, Shape};

/// Numbers `[T, B, features...]`, features innermost.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor<F> {
    steps: usize,
    items: usize,
    features: Vec<usize>,
    /// All numbers in order.
    pub data: Vec<F>,
}

impl<F: Real> Tensor<F> {
    /// Of the numbers, which are as many as the shape has.
    ///
    /// # Errors
    /// [`TrainError::Shape`] if they are not.
    pub fn new(
        steps: usize,
        items: usize,
        features: &[usize],
        data: Vec<F>,
    ) -> Result<Self, TrainError> {
        let needed = steps * items * features.iter().product::<usize>();
        if data.len() != needed {
            let needed = format!("{needed} numbers for T = {steps}, B = {items}, {features:?}");
            return Err(TrainError::shape("the array", &[data.len()], needed));
        }
        Ok(Tensor { steps, items, features: features.to_vec(), data })
    }

    /// All zeros.
    pub fn zeros(steps: usize, items: usize, features: &[usize]) -> Self {
        let n = steps * items * features.iter().product::<usize>();
        Tensor { steps, items, features: features.to_vec(), data: huge_zeroed(n) }
    }

    /// The same items `[B, features...]` in every step: a constant current.
    ///
    /// # Errors
    /// As [`Tensor::new`].
    pub fn repeated(
        steps: usize,
        items: usize,
        features: &[usize],
        each: &[F],
    ) -> Result<Self, TrainError> {
        Tensor::new(steps, items, features, each.repeat(steps))
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
    /// The numbers of some steps.
    pub fn step(&self, t: usize) -> &[F] {
        &self.data[t * self.stride()..(t + 1) * self.stride()]
    }
    /// A tensor of one step: what a network that goes step by step is given.
    pub fn at(&self, t: usize) -> Tensor<F> {
        let data = self.step(t).to_vec();
        Tensor { steps: 1, items: self.items, features: self.features.clone(), data }
    }

    /// One item of all steps.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn item(&self, i: usize) -> Tensor<F> {
        assert!(i < self.items, "item {i} of {}", self.items);
        let n = self.width();
        let data = (0..self.steps).flat_map(|t| &self.step(t)[i * n..(i + 1) * n]).copied();
        Tensor {
            steps: self.steps,
            items: 1,
            features: self.features.clone(),
            data: data.collect(),
        }
    }

    /// Single items as one batch.
    ///
    /// # Errors
    /// If there are none, one is not a single item, or they differ in steps or features.
    pub fn beside(items: &[Tensor<F>]) -> Result<Self, TrainError> {
        let Some(first) = items.first() else {
            return Err(TrainError::shape("a batch", &[0], "at least one item"));
        };
        let shape = |x: &Tensor<F>| [&[x.steps, x.items], &x.features[..]].concat();
        let needed = [&[first.steps, 1], &first.features[..]].concat();
        if let Some(other) = items.iter().find(|x| shape(x) != needed) {
            return Err(TrainError::shape("an item", &shape(other), format!("{needed:?}")));
        }
        let data = (0..first.steps).flat_map(|t| items.iter().flat_map(move |x| x.step(t)));
        Tensor::new(first.steps, items.len(), &first.features, data.copied().collect())
    }
}
