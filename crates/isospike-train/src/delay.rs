//! Delays.

use crate::{Context, Module, Signal, TrainError};
use isospike_layer::Real;
use isospike_layer::compute::{Array, Category};

/// Everything some steps later; zeros until then.
#[derive(Debug)]
pub struct Delay<F> {
    steps: usize,
    /// Of the last passes: what is still to come, of so many items with these features.
    under_way: Option<(usize, Vec<usize>, Array<F>)>,
}

impl<F: Real> Delay<F> {
    /// By so many steps.
    pub fn new(steps: usize) -> Self {
        Delay { steps, under_way: None }
    }

    /// By how many steps.
    pub fn steps(&self) -> usize {
        self.steps
    }
}

impl<F: Real> Module<F> for Delay<F> {
    fn name(&self) -> &'static str {
        "delay"
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>, TrainError> {
        Ok(input.to_vec())
    }

    fn forward(&mut self, on: &Context<'_, F>, x: Signal<F>) -> Result<Signal<F>, TrainError> {
        let (on, late) = (on.on, self.steps * x.stride());
        if self.under_way.is_none() {
            let zeros = on.zeros(Category::State, late)?;
            self.under_way = Some((x.items(), x.features().to_vec(), zeros));
        }
        let (items, features, before) = self.under_way.as_mut().expect("it was made");
        if (*items, &features[..]) != (x.items(), x.features()) {
            let needed = format!("B = {items}, {features:?}, as before; reset first");
            let given = [&[x.items()], x.features()].concat();
            return Err(TrainError::shape("the input of a delay", &given, needed));
        }
        // what was under way and what comes, cut where this pass ends
        let n = x.array.len();
        let first = late.min(n);
        let mut y = on.room(Category::Work, n)?;
        on.copy((before, 0), (&mut y, 0), first)?;
        on.copy((&x.array, 0), (&mut y, first), n - first)?;
        let mut later = on.room(Category::State, late)?;
        on.copy((before, first), (&mut later, 0), late - first)?;
        on.copy((&x.array, n - first), (&mut later, late - first), first)?;
        *before = later;
        Ok(x.with(x.features(), y).of_spikes(x.spikes))
    }

    /// What comes after the pass is not part of its loss.
    fn backward(&mut self, on: &Context<'_, F>, by_y: Signal<F>) -> Result<Signal<F>, TrainError> {
        let n = by_y.array.len();
        let late = (self.steps * by_y.stride()).min(n);
        let mut by_x = on.on.zeros(Category::Work, n)?;
        on.on.copy((&by_y.array, late), (&mut by_x, 0), n - late)?;
        Ok(by_y.with(by_y.features(), by_x))
    }

    fn lasting(&mut self) -> Vec<(Option<&'static str>, &mut Array<F>)> {
        self.under_way.iter_mut().map(|(_, _, all)| (None, all)).collect()
    }

    fn reset(&mut self) {
        self.under_way = None;
    }
}
