//! The memory of an array.

use isospike_lane::{Half, try_huge_zeroed};
use isospike_layer::compute::{Array, Format};
use isospike_layer::{LayerError, Real, spike_bytes};

/// Numbers in main memory.
pub(super) enum Memory<F> {
    Full(Vec<F>),
    Half(Half, Vec<u16>),
    Bytes(Vec<u8>),
    Bits(Vec<u32>),
}

/// The numbers of an array of full width.
pub(super) fn full<F: Real>(array: &Array<F>) -> &[F] {
    match array.memory::<Memory<F>>() {
        Memory::Full(all) => all,
        _ => unreachable!("checked: it has full width"),
    }
}

/// The same, to change.
pub(super) fn full_mut<F: Real>(array: &mut Array<F>) -> &mut Vec<F> {
    match array.memory_mut::<Memory<F>>() {
        Memory::Full(all) => all,
        _ => unreachable!("checked: it has full width"),
    }
}

/// So many zeros, or an error where the allocator has no room.
fn zeros<T: bytemuck::Zeroable>(n: usize) -> Result<Vec<T>, LayerError> {
    try_huge_zeroed(n).ok_or_else(|| LayerError::Memory {
        needed: (n as u64).saturating_mul(size_of::<T>() as u64),
        said: "the allocator has no room".to_owned(),
    })
}

impl<F: Real> Memory<F> {
    pub(super) fn new(format: Format, len: usize) -> Result<Self, LayerError> {
        Ok(match format {
            Format::Full => Memory::Full(zeros(len)?),
            Format::Half(half) => Memory::Half(half, zeros(len)?),
            Format::Bytes => Memory::Bytes(zeros(len)?),
            Format::Bits => Memory::Bits(zeros(len.div_ceil(32))?),
        })
    }

    /// Takes numbers of full width.
    pub(super) fn pack(&mut self, from: &[F]) {
        match self {
            Memory::Full(all) => all.copy_from_slice(from),
            Memory::Half(half, all) => F::encode(*half, from, all),
            Memory::Bytes(all) => spike_bytes(from, all),
            Memory::Bits(words) => {
                for (word, spikes) in words.iter_mut().zip(from.chunks(32)) {
                    let bits = spikes.iter().enumerate();
                    *word = bits.fold(0, |w, (i, s)| w | u32::from(*s != F::default()) << i);
                }
            }
        }
    }

    /// Gives them in full width.
    pub(super) fn unpack(&self, to: &mut [F]) {
        let spike = |fires: bool| if fires { F::from_f64(1.0) } else { F::default() };
        match self {
            Memory::Full(all) => to.copy_from_slice(all),
            Memory::Half(half, all) => F::decode(*half, all, to),
            Memory::Bytes(all) => {
                to.iter_mut().zip(all).for_each(|(to, &byte)| *to = spike(byte != 0));
            }
            Memory::Bits(words) => {
                for (word, to) in words.iter().zip(to.chunks_mut(32)) {
                    to.iter_mut().enumerate().for_each(|(i, to)| *to = spike(word >> i & 1 != 0));
                }
            }
        }
    }
}
