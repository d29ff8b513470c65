//! Delays.

use crate::{Context, Module, Tensor, TrainError};
use isospike_layer::Real;

/// Everything some steps later; zeros until then.
#[derive(Clone, Debug)]
pub struct Delay<F> {
    steps: usize,
    /// Of the last passes: what is still to come.
    under_way: Option<Tensor<F>>,
}

impl<F: Real> Delay<F> {
    /// By so many steps.
    pub fn new(steps: usize) -> Self {
        Delay { steps, under_way: None }
    }
}

impl<F: Real> Module<F> for Delay<F> {
    fn name(&self) -> &'static str {
        "delay"
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        Ok(input.to_vec())
    }

    fn forward(&mut self, _: &Context<'_>, x: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        let zeros = || Tensor::zeros(self.steps, x.items(), x.features());
        let before = self.under_way.take().unwrap_or_else(zeros);
        if (before.items(), before.features()) != (x.items(), x.features()) {
            let needed =
                format!("B = {}, {:?}, as before; reset first", before.items(), before.features());
            let given = [&[x.items()], x.features()].concat();
            self.under_way = Some(before);
            return Err(TrainError::shape("the input of a delay", &given, needed));
        }
        let mut all = before.data;
        all.extend_from_slice(&x.data);
        let later = all.split_off(x.data.len());
        self.under_way = Some(Tensor::new(self.steps, x.items(), x.features(), later)?);
        Ok(x.with(x.features(), all))
    }

    /// What comes after the pass is not part of its loss.
    fn backward(&mut self, _: &Context<'_>, by_y: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        let mut by_x = by_y;
        let later = (self.steps * by_x.stride()).min(by_x.data.len());
        by_x.data.rotate_left(later);
        let n = by_x.data.len();
        by_x.data[n - later..].fill(F::default());
        Ok(by_x)
    }

    fn reset(&mut self) {
        self.under_way = None;
    }
}
