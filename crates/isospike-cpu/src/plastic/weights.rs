//! Weights of a plastic table: one array, cut among the owners of the blocks that synapses end in.

use isospike_backend::plan::{Synapses, Table};
use isospike_lane::Float;
use std::cell::UnsafeCell;

/// Weights `[synapse][lane]`, in the table's order.
pub(crate) struct Weights<F>(Box<[UnsafeCell<F>]>);

// SAFETY: `get` and `set` are unsafe and name the discipline: a weight is touched by the owner of
// its block only.
unsafe impl<F: Send> Sync for Weights<F> {}

impl<F: Float> Weights<F> {
    pub(crate) fn new(table: &Table, batch: usize) -> Self {
        let Synapses::Plastic { initial, .. } = &table.synapses else {
            unreachable!("a plastic table")
        };
        let w = |i: usize| F::from_f64(initial.at(i / batch));
        Weights((0..table.len() * batch).map(|i| UnsafeCell::new(w(i))).collect())
    }

    pub(crate) fn bytes(&self) -> u64 {
        size_of_val(&self.0[..]) as u64
    }

    /// The weight at an index; nobody else can look.
    pub(crate) fn at(&mut self, i: usize) -> &mut F {
        self.0[i].get_mut()
    }

    /// All weights; nobody else can look.
    pub(crate) fn iter(&mut self) -> impl Iterator<Item = F> {
        self.0.iter_mut().map(|w| *w.get_mut())
    }

    /// # Safety
    /// The calling thread owns the block that the synapse ends in.
    #[inline(always)]
    pub(super) unsafe fn get(&self, i: usize) -> F {
        // SAFETY: no other thread touches this weight, by this function's contract.
        unsafe { *self.0[i].get() }
    }

    /// # Safety
    /// The calling thread owns the block that the synapse ends in.
    #[inline(always)]
    pub(super) unsafe fn set(&self, i: usize, w: F) {
        // SAFETY: no other thread touches this weight, by this function's contract, and no
        // reference to it is ever made while threads share it.
        unsafe { *self.0[i].get() = w }
    }
}
