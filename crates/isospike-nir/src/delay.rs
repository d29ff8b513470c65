//! Delays.

use crate::NirError;
use crate::kernels::Where;
use isospike_layer::Real;
use isospike_layer::compute::{Array, Category, Computer};

/// What was given in the last steps, and how much later each number comes out.
pub(crate) struct Delay<F> {
    /// In whole steps, with a mask of those it is for unless all are the same.
    lags: Vec<(usize, Option<Array<F>>)>,
    /// As many steps as the longest delay; the next to be written is `at`.
    ring: Vec<Array<F>>,
    at: usize,
}

impl<F: Real> Delay<F> {
    /// With a delay for each number of an item, in steps.
    pub(crate) fn new(on: &Computer<F>, steps: &[usize], items: usize) -> Result<Self, NirError> {
        let mut distinct = steps.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let mut lags = Vec::new();
        for &lag in &distinct {
            let of = |n: &usize| F::from_f64(f64::from(u8::from(*n == lag)));
            let mask: Vec<F> = steps.iter().map(of).collect();
            let mask = match distinct.len() {
                1 => None,
                _ => Some(on.array(Category::Weights, &mask)?),
            };
            lags.push((lag, mask));
        }
        let longest = distinct.last().copied().unwrap_or(0);
        let zeros = |_| on.zeros(Category::State, items * steps.len());
        let ring = (0..longest).map(zeros).collect::<Result<_, _>>()?;
        Ok(Delay { lags, ring, at: 0 })
    }

    /// Whether nothing comes out in the step in which it goes in.
    pub(crate) fn is_late(steps: &[usize]) -> bool {
        steps.iter().all(|&n| n > 0)
    }

    /// What comes out in a step. The input is only looked at where the delay is 0.
    pub(crate) fn emit(
        &self,
        on: &Computer<F>,
        x: Option<&Array<F>>,
        out: &mut Array<F>,
    ) -> Result<(), NirError> {
        for (lag, mask) in &self.lags {
            let from = match lag {
                0 => x.expect("a delay of 0 has an input"),
                lag => &self.ring[(self.at + self.ring.len() - lag) % self.ring.len()],
            };
            match mask {
                None => on.copy((from, 0), (out, 0), from.len())?,
                Some(mask) => on.map(Where, [], [mask, from], [out])?,
            }
        }
        Ok(())
    }

    /// Takes the input of a step.
    pub(crate) fn push(&mut self, on: &Computer<F>, x: &Array<F>) -> Result<(), NirError> {
        if let Some(last) = self.ring.get_mut(self.at) {
            on.copy((x, 0), (last, 0), x.len())?;
            self.at = (self.at + 1) % self.ring.len();
        }
        Ok(())
    }

    /// Forgets everything.
    pub(crate) fn reset(&mut self, on: &Computer<F>) -> Result<(), NirError> {
        self.at = 0;
        Ok(self.ring.iter_mut().try_for_each(|array| on.fill(array, F::default()))?)
    }
}
