//! Dropout.

use crate::{Context, Module, Tensor, TrainError};
use isospike_lane::{Key, Purpose, distribution::Bernoulli, word};
use isospike_layer::Real;

/// Leaves features out, each with probability p, and divides the others by 1 - p. The mask is the
/// same in all steps: it is drawn in the first training pass after a reset. Where nothing is
/// trained, nothing is left out.
#[derive(Clone, Debug)]
pub struct Dropout<F> {
    p: f64,
    key: Key,
    module: u32,
    masks: u64,
    mask: Option<Vec<F>>,
}

impl<F: Real> Dropout<F> {
    /// With a probability. The seed, the number of the module and how many masks were drawn before
    /// decide about the masks.
    ///
    /// # Errors
    /// If p is not in \[0, 1).
    pub fn new(p: f64, seed: u64, module: u32) -> Result<Self, TrainError> {
        if !(0.0..1.0).contains(&p) {
            let allowed = "must be at least 0 and below 1";
            return Err(TrainError::Value {
                field: "the probability of dropout",
                value: p,
                allowed,
            });
        }
        Ok(Dropout { p, key: Key(seed), module, masks: 0, mask: None })
    }

    fn apply(&self, mut x: Tensor<F>) -> Tensor<F> {
        let stride = x.stride();
        if let Some(mask) = &self.mask {
            for step in x.data.chunks_mut(stride) {
                step.iter_mut().zip(mask).for_each(|(x, &m)| *x = *x * m);
            }
        }
        x
    }
}

impl<F: Real> Module<F> for Dropout<F> {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        Ok(input.to_vec())
    }

    fn forward(&mut self, on: &Context<'_>, x: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        if !on.training {
            return Ok(x);
        }
        let n = x.stride();
        match &self.mask {
            Some(mask) if mask.len() != n => {
                let needed = format!("{} numbers a step, as before; reset first", mask.len());
                return Err(TrainError::shape("the input of dropout", &[n], needed));
            }
            Some(_) => {}
            None => {
                let kept = F::from_f64(1.0 / (1.0 - self.p));
                let (out, draw) = (Bernoulli::new(self.p), Purpose::Training.draw(2));
                let value = |i: usize| {
                    let word = word(self.key, self.masks, draw, self.module, i as u32);
                    if out.draw(word) { F::lit(0.0) } else { kept }
                };
                self.mask = Some((0..n).map(value).collect());
                self.masks += 1;
            }
        }
        Ok(self.apply(x))
    }

    fn backward(&mut self, _: &Context<'_>, by_y: Tensor<F>) -> Result<Tensor<F>, TrainError> {
        if self.mask.as_ref().is_none_or(|m| m.len() != by_y.stride()) {
            return Err(TrainError::NoForward { module: "dropout" });
        }
        Ok(self.apply(by_y))
    }

    fn reset(&mut self) {
        self.mask = None;
    }
}
