//! What filters look back on: the last values of a port or state slot.

use crate::lines::zeroed;
use crate::number::Number;
use isospike_backend::plan::FilterPlan;
use isospike_lane::GROUP;
use isospike_lane::Lines;
use isospike_lane::filter::{Weights, filter};
use isospike_lane::isa::Isa;
use isospike_model::Of;
use std::ops::Range;

/// The last values of the neurons of a piece, in a ring of as many steps as the kernel has entries.
pub(crate) struct Past<F> {
    pub(crate) of: Of,
    steps: usize,
    kernel: Kernel<F>,
    /// `[group of flat elements][step modulo steps][element of the group]`
    values: Lines<F>,
}

/// Newest first.
enum Kernel<F> {
    /// The same for all.
    Shared(Vec<F>),
    /// `[group of flat elements][age][element of the group]`
    Own(Lines<F>),
}

impl<F: Number> Kernel<F> {
    fn new(plan: &FilterPlan, flat: usize, whose: impl Fn(usize) -> usize) -> Self {
        if !plan.varies() {
            return Kernel::Shared(plan.kernel(0).iter().map(|&k| F::from_f64(k)).collect());
        }
        let mut kernels = zeroed(plan.steps * flat);
        for i in 0..flat {
            let first = i / GROUP * GROUP * plan.steps + i % GROUP;
            for (age, &k) in plan.kernel(whose(i)).iter().enumerate() {
                kernels[first + age * GROUP] = F::from_f64(k);
            }
        }
        Kernel::Own(kernels)
    }

    fn bytes(&self) -> usize {
        match self {
            Kernel::Shared(kernel) => size_of_val(&kernel[..]),
            Kernel::Own(kernels) => size_of_val(&kernels[..]),
        }
    }

    /// The weights of some elements, whole groups.
    fn weights(&self, range: Range<usize>) -> Weights<'_, F> {
        match self {
            Kernel::Shared(kernel) => Weights::Shared(kernel),
            Kernel::Own(kernels) => Weights::Own(&kernels[range]),
        }
    }
}

impl<F: Number> Past<F> {
    /// Zeros for so many elements times lanes; `whose` says which neuron of the population an
    /// element is, times lanes.
    pub(crate) fn new(plan: &FilterPlan, flat: usize, whose: impl Fn(usize) -> usize) -> Self {
        let kernel = Kernel::new(plan, flat, whose);
        Past { of: plan.of, steps: plan.steps, values: zeroed(plan.steps * flat), kernel }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.kernel.bytes() + size_of_val(&self.values[..])
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
        let steps = self.steps;
        if steps == 0 {
            return out.fill(F::default());
        }
        let newest = (step % steps as u64) as usize;
        let flat = range.start * steps..range.end * steps;
        let past = &mut self.values[flat.clone()];
        for (group, past) in past.chunks_exact_mut(steps * GROUP).enumerate() {
            let first = range.start + group * GROUP;
            for (i, x) in past[newest * GROUP..][..GROUP].iter_mut().enumerate() {
                *x = value(first + i);
            }
        }
        filter(isa, self.kernel.weights(flat), newest, past, out);
    }

    /// The value of an element some steps before `step`, the next one.
    pub(crate) fn at(&mut self, step: u64, age: usize, i: usize) -> &mut F {
        let steps = self.steps;
        let slot = (step as usize % steps + steps - age) % steps;
        &mut self.values[i / GROUP * GROUP * steps + slot * GROUP + i % GROUP]
    }
}
