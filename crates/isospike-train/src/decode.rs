//! From spikes to numbers. Counts, rates and potentials are [`Readout`](crate::loss::Readout)s.

use crate::Tensor;
use isospike_layer::Real;

/// The step of the first spike of each neuron, `[B, N]`; `None` of one that never fires.
pub fn first_spikes<F: Real>(spikes: &Tensor<F>) -> Vec<Option<usize>> {
    let fires = |t: usize, i: usize| spikes.step(t)[i] != F::default();
    (0..spikes.stride()).map(|i| (0..spikes.steps()).find(|&t| fires(t, i))).collect()
}
