//! Dropout.

use crate::maps::Multiply;
use crate::{Context, Module, Signal, TrainError};
use isospike_lane::{Key, Purpose, distribution::Bernoulli, word};
use isospike_layer::Real;
use isospike_layer::compute::{Array, Category, Computer};

/// Leaves features out, each with probability p, and divides the others by 1 - p. The mask is the
/// same in all steps: it is drawn in the first training pass after a reset. Where nothing is
/// trained, nothing is left out.
#[derive(Debug)]
pub struct Dropout<F> {
    p: f64,
    key: Key,
    module: u32,
    masks: u64,
    mask: Option<Array<F>>,
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

    /// Draws a mask for the numbers of a step.
    fn draw(&mut self, on: &Computer<F>, n: usize) -> Result<Array<F>, TrainError> {
        let kept = F::from_f64(1.0 / (1.0 - self.p));
        let (out, draw) = (Bernoulli::new(self.p), Purpose::Training.draw(2));
        let value = |i: usize| {
            let word = word(self.key, self.masks, draw, self.module, i as u32);
            if out.draw(word) { F::lit(0.0) } else { kept }
        };
        let mask: Vec<F> = (0..n).map(value).collect();
        let mask = on.array(Category::State, &mask)?;
        self.masks += 1;
        Ok(mask)
    }
}

impl<F: Real> Module<F> for Dropout<F> {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        Ok(input.to_vec())
    }

    fn forward(&mut self, on: &Context<'_, F>, mut x: Signal<F>) -> Result<Signal<F>, TrainError> {
        if !on.training {
            return Ok(x);
        }
        let n = x.stride();
        let mask = match self.mask.take() {
            Some(mask) => mask,
            None => self.draw(on.on, n)?,
        };
        let mask = self.mask.insert(mask);
        if mask.len() != n {
            let needed = format!("{} numbers a step, as before; reset first", mask.len());
            return Err(TrainError::shape("the input of dropout", &[n], needed));
        }
        on.on.map(Multiply, [], [mask], [&mut x.array])?;
        Ok(x.of_spikes(false))
    }

    fn backward(
        &mut self,
        on: &Context<'_, F>,
        mut by_y: Signal<F>,
    ) -> Result<Signal<F>, TrainError> {
        match &self.mask {
            Some(mask) if mask.len() == by_y.stride() => {
                on.on.map(Multiply, [], [mask], [&mut by_y.array])?;
                Ok(by_y)
            }
            _ => Err(TrainError::NoForward { module: "dropout" }),
        }
    }

    fn lasting(&mut self) -> Vec<(Option<&'static str>, &mut Array<F>)> {
        self.mask.iter_mut().map(|mask| (None, mask)).collect()
    }

    fn reset(&mut self) {
        self.mask = None;
    }
}
