//! Weights of a plastic table: one array, cut among the owners of the blocks that synapses end in.

use isospike_backend::plan::{Synapses, Table};
use isospike_lane::{Float, Half};
use std::cell::UnsafeCell;

/// Weights `[synapse][lane]`, in the table's order.
pub(crate) enum Weights<F> {
    /// As they are computed.
    Full(Box<[UnsafeCell<F>]>),
    /// In a format that they are rounded to.
    Half(Half, Box<[UnsafeCell<u16>]>),
}

// SAFETY: `get` and `set` are unsafe and name the discipline: a weight is touched by the owner of
// its block only.
unsafe impl<F: Send> Sync for Weights<F> {}

fn encode<F: Float>(format: Half, w: F) -> u16 {
    format.encode(w.to_f64() as f32)
}

#[inline(always)]
fn decode<F: Float>(format: Half, bits: u16) -> F {
    F::from_f64(format.decode(bits).into())
}

impl<F: Float> Weights<F> {
    pub(crate) fn new(table: &Table, batch: usize) -> Self {
        let Synapses::Plastic { initial, half, .. } = &table.synapses else {
            unreachable!("a plastic table")
        };
        let all = (0..table.len() * batch).map(|i| F::from_f64(initial.at(i / batch)));
        match *half {
            None => Weights::Full(all.map(UnsafeCell::new).collect()),
            Some(format) => {
                Weights::Half(format, all.map(|w| UnsafeCell::new(encode(format, w))).collect())
            }
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Weights::Full(all) => size_of_val(&all[..]) as u64,
            Weights::Half(_, all) => size_of_val(&all[..]) as u64,
        }
    }

    /// The weight at an index; nobody else can look.
    pub(crate) fn at(&mut self, i: usize) -> F {
        // SAFETY: the reference to all weights is the only one.
        unsafe { self.get(i) }
    }

    /// Puts a weight at an index; nobody else can look.
    pub(crate) fn put(&mut self, i: usize, w: F) {
        // SAFETY: the reference to all weights is the only one.
        unsafe { self.set(i, w) }
    }

    /// All weights; nobody else can look.
    pub(crate) fn iter(&mut self) -> impl Iterator<Item = F> {
        let n = match self {
            Weights::Full(all) => all.len(),
            Weights::Half(_, all) => all.len(),
        };
        (0..n).map(|i| self.at(i))
    }

    /// # Safety
    /// The calling thread owns the block that the synapse ends in.
    #[inline(always)]
    pub(super) unsafe fn get(&self, i: usize) -> F {
        // SAFETY: no other thread touches this weight, by this function's contract.
        unsafe {
            match self {
                Weights::Full(all) => *all[i].get(),
                Weights::Half(format, all) => decode(*format, *all[i].get()),
            }
        }
    }

    /// # Safety
    /// The calling thread owns the block that the synapse ends in.
    #[inline(always)]
    pub(super) unsafe fn set(&self, i: usize, w: F) {
        // SAFETY: no other thread touches this weight, by this function's contract, and no
        // reference to it is ever made while threads share it.
        unsafe {
            match self {
                Weights::Full(all) => *all[i].get() = w,
                Weights::Half(format, all) => *all[i].get() = encode(*format, w),
            }
        }
    }
}
