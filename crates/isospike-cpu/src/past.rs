//! What filters look back on: the last values of a port or state slot.

use crate::lines::Lines;
use crate::number::Number;
use isospike_backend::plan::FilterPlan;
use isospike_lane::GROUP;
use isospike_lane::filter::filter;
use isospike_lane::isa::Isa;
use isospike_model::Of;
use std::ops::Range;

/// The last values of the neurons of a piece, in a ring of as many steps as the kernel has entries.
pub(crate) struct Past<F> {
    pub(crate) of: Of,
    /// Newest first.
    kernel: Vec<F>,
    /// `[group of flat elements][step modulo steps][element of the group]`
    values: Lines<F>,
}

impl<F: Number> Past<F> {
    /// Zeros for so many elements times lanes.
    pub(crate) fn new(plan: &FilterPlan, flat: usize) -> Self {
        let kernel: Vec<F> = plan.kernel.iter().map(|&k| F::from_f64(k)).collect();
        Past { of: plan.of, values: Lines::zeroed(kernel.len() * flat), kernel }
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.kernel[..]) + size_of_val(&self.values[..])
    }

    pub(crate) fn clear(&mut self) {
        self.values.fill(F::default());
    }

    /// Takes the values of this step of some elements, whole groups, and gives their filtered sums.
    pub(crate) fn filter(
        &mut self,
        isa: Isa,
        step: u64,
        range: Range<usize>,
        value: impl Fn(usize) -> F,
        out: &mut [F],
    ) {
        let steps = self.kernel.len();
        if steps == 0 {
            return out.fill(F::default());
        }
        let newest = (step % steps as u64) as usize;
        let past = &mut self.values[range.start * steps..range.end * steps];
        for (group, past) in past.chunks_exact_mut(steps * GROUP).enumerate() {
            let first = range.start + group * GROUP;
            for (i, x) in past[newest * GROUP..][..GROUP].iter_mut().enumerate() {
                *x = value(first + i);
            }
        }
        filter(isa, &self.kernel, newest, past, out);
    }

    /// The value of an element some steps before `step`, the next one.
    pub(crate) fn at(&mut self, step: u64, age: usize, i: usize) -> &mut F {
        let steps = self.kernel.len();
        let slot = (step as usize % steps + steps - age) % steps;
        &mut self.values[i / GROUP * GROUP * steps + slot * GROUP + i % GROUP]
    }
}
