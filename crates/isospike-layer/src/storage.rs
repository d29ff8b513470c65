//! What numbers and spikes are stored in: full width, 16-bit floats, bytes, bits.

use crate::{Real, Shape};
use isospike_lane::Half;
use std::ops::Range;

/// Numbers as they are computed, or rounded to a 16-bit float.
#[derive(Clone, Copy, Debug)]
pub enum Stored<W, H> {
    /// In the format of the computation.
    Full(W),
    /// In a 16-bit format, as bits.
    Half(Half, H),
}

/// Numbers to read.
pub type Values<'a, F> = Stored<&'a [F], &'a [u16]>;
/// Numbers to write.
pub type ValuesMut<'a, F> = Stored<&'a mut [F], &'a mut [u16]>;

impl<F> Stored<Vec<F>, Vec<u16>> {
    /// The numbers, to read.
    pub fn values(&self) -> Values<'_, F> {
        match self {
            Stored::Full(all) => Stored::Full(all),
            Stored::Half(format, all) => Stored::Half(*format, all),
        }
    }
    /// The numbers, to write.
    pub fn values_mut(&mut self) -> ValuesMut<'_, F> {
        match self {
            Stored::Full(all) => Stored::Full(all),
            Stored::Half(format, all) => Stored::Half(*format, all),
        }
    }
}

impl<'a, F: Real> Values<'a, F> {
    pub(crate) fn len(self) -> usize {
        match self {
            Stored::Full(all) => all.len(),
            Stored::Half(_, all) => all.len(),
        }
    }
    /// Some of the numbers, in full width: where they are, or decoded into a buffer.
    pub fn read<'b>(self, range: Range<usize>, buffer: &'b mut [F]) -> &'b [F]
    where
        'a: 'b,
    {
        match self {
            Stored::Full(all) => &all[range],
            Stored::Half(format, all) => {
                let to = &mut buffer[..range.len()];
                F::decode(format, &all[range], to);
                to
            }
        }
    }
}

impl<'a, F> Values<'a, F> {
    /// Some of the numbers where they are, if they are there in full width.
    pub fn full(self, range: Range<usize>) -> Option<&'a [F]> {
        match self {
            Stored::Full(all) => all.get(range),
            Stored::Half(..) => None,
        }
    }
}

impl<F> ValuesMut<'_, F> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Stored::Full(all) => all.len(),
            Stored::Half(_, all) => all.len(),
        }
    }
}

/// Where spikes go, `[T, B, N]`.
#[derive(Debug)]
pub enum Spikes<'a, F> {
    /// 1 or 0 as floats.
    Values(ValuesMut<'a, F>),
    /// 1 or 0 as bytes.
    Bytes(&'a mut [u8]),
    /// Eight to a byte, the first in the lowest bit. Every step begins with a new byte.
    Bits(&'a mut [u8]),
}

impl<F> Spikes<'_, F> {
    /// Its length, and the length it should have.
    pub(crate) fn lengths(&self, shape: Shape) -> (usize, usize) {
        match self {
            Spikes::Values(all) => (all.len(), shape.count()),
            Spikes::Bytes(all) => (all.len(), shape.count()),
            Spikes::Bits(all) => (all.len(), shape.steps * shape.width().div_ceil(8)),
        }
    }
}

impl<F: Real> Spikes<'_, F> {
    /// Stores the spikes of a step, given as floats.
    pub fn store(&mut self, t: usize, shape: Shape, spikes: &[F]) {
        let width = shape.width();
        match self {
            Spikes::Values(Stored::Full(all)) => {
                all[t * width..(t + 1) * width].copy_from_slice(spikes);
            }
            Spikes::Values(Stored::Half(format, all)) => {
                F::encode(*format, spikes, &mut all[t * width..(t + 1) * width]);
            }
            Spikes::Bytes(all) => spike_bytes(spikes, &mut all[t * width..]),
            Spikes::Bits(all) => spike_bits(spikes, &mut all[t * width.div_ceil(8)..]),
        }
    }
}

/// Spikes as bytes.
pub fn spike_bytes<F: Real>(spikes: &[F], bytes: &mut [u8]) {
    for (byte, spike) in bytes.iter_mut().zip(spikes) {
        *byte = u8::from(*spike != F::default());
    }
}

/// Spikes as bits, the first in the lowest.
pub fn spike_bits<F: Real>(spikes: &[F], bytes: &mut [u8]) {
    for (byte, spikes) in bytes.iter_mut().zip(spikes.chunks(8)) {
        let bits = spikes.iter().enumerate();
        *byte = bits.fold(0, |b, (i, s)| b | u8::from(*s != F::default()) << i);
    }
}

/// Rounds potentials to a 16-bit format, to nearest unless that lies on the other side of the
/// threshold: then to the neighbour that does not. So what is saved fires where its neuron did.
/// What is beyond the format becomes infinite.
pub fn encode_beside<F: Real>(format: Half, threshold: F, h: &[F], out: &mut [u16]) {
    F::encode(format, h, out);
    for (&h, bits) in h.iter().zip(out) {
        let rounded = F::from_f64(format.decode(*bits).into());
        *bits = match (h >= threshold, rounded >= threshold) {
            (false, true) if rounded.is_finite() => below(*bits),
            (true, false) if rounded.is_finite() => below(*bits ^ SIGN) ^ SIGN,
            _ => *bits,
        };
    }
}

/// The first of numbers just rounded to 16 bits that became infinite, and what it was.
pub fn beyond<F: Real>(format: Half, row: &[F], bits: &[u16]) -> Option<(usize, f64)> {
    // one comparison each: the formats keep infinity where no finite number's bits reach
    let infinite = format.encode(f32::INFINITY);
    let i = bits.iter().position(|bits| bits & 0x7fff >= infinite)?;
    Some((i, row[i].to_f64()))
}

const SIGN: u16 = 0x8000;

/// The next 16-bit float below; none is NaN.
fn below(bits: u16) -> u16 {
    match bits {
        0 => SIGN | 1,
        _ if bits & SIGN == 0 => bits - 1,
        _ => bits + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_never_crosses_the_threshold() {
        for format in [Half::F16, Half::BF16] {
            for threshold in [1.0f32, 0.3, -0.25, 0.0, 1e-3, 70.7] {
                let near = [threshold, threshold.next_up(), threshold.next_down()];
                let far = [0.0, -0.0, 1.0, -1.0, 1e-9, -1e-9, 0.3, 70.69, 70.71];
                let h = [&near[..], &far[..]].concat();
                let mut bits = vec![0; h.len()];
                encode_beside(format, threshold, &h, &mut bits);
                for (h, bits) in h.iter().zip(bits) {
                    let kept = format.decode(bits);
                    assert_eq!(kept >= threshold, *h >= threshold, "{h} {kept} {threshold}");
                    let step = 4.0 / format.whole() as f32;
                    let off = (kept - h).abs();
                    assert!(off <= step * h.abs() + 1e-7, "{h} {kept} {threshold}");
                }
            }
        }
    }
}
