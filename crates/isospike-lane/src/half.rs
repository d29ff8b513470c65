//! The two 16-bit floats: formats to store numbers in. Nothing is computed in them.

use crate::lane::{Int, Lane};
use half::{bf16, f16, slice::HalfBitsSliceExt, slice::HalfFloatSliceExt};

/// A 16-bit float format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Half {
    /// IEEE binary16: 11 significant bits, up to 65,504.
    F16,
    /// The upper half of an `f32`: 8 significant bits, the range of `f32`.
    BF16,
}

impl Half {
    /// `f16` or `bf16`.
    pub const fn name(self) -> &'static str {
        match self {
            Half::F16 => "f16",
            Half::BF16 => "bf16",
        }
    }

    /// Significant bits: a number in the normal range is off by no more than 2^-digits of itself.
    pub const fn digits(self) -> u32 {
        match self {
            Half::F16 => f16::MANTISSA_DIGITS,
            Half::BF16 => bf16::MANTISSA_DIGITS,
        }
    }

    /// The largest finite number.
    pub fn most(self) -> f64 {
        match self {
            Half::F16 => f16::MAX.to_f64(),
            Half::BF16 => bf16::MAX.to_f64(),
        }
    }

    /// Up to here every whole number is held exactly.
    pub const fn whole(self) -> u32 {
        1 << self.digits()
    }

    /// The nearest number of the format, ties to even, infinite beyond its range; rounds once,
    /// which a way through `f32` does not.
    pub fn nearest(self, x: f64) -> f64 {
        // the exponent of the smallest positive number
        let least = match self {
            Half::F16 => -24,
            Half::BF16 => -133,
        };
        let exponent = ((x.to_bits() >> 52) & 0x7ff) as i32 - 1023;
        let quantum = (exponent + 1 - self.digits() as i32).max(least);
        let quantum = f64::from_bits(((quantum + 1023) as u64) << 52);
        let y = (x / quantum).round_ties_even() * quantum;
        if y.abs() > self.most() { f64::INFINITY.copysign(x) } else { y }
    }

    /// The nearest number of the format by primitives, on lanes of `f32`: what is encoded and
    /// decoded again, for code that becomes vectors or is printed.
    #[inline(always)]
    pub fn round<L: Lane>(self, x: L) -> L {
        let nearest = match self {
            Half::F16 => {
                // the last place of a sum with 1.5 * 2^13 powers of two is the format's
                let size = x.abs();
                let place = size.max(L::lit(6.103_515_625e-5)).min(L::lit(65_536.0)); // from 2^-14
                let power = L::from_bits(place.to_bits().and(Int::lit(0x7f80_0000)));
                let shift = power * L::lit(12_288.0);
                let kept = (size + shift) - shift;
                let beyond = L::lit(f64::INFINITY);
                L::select(size.lt(L::lit(65_520.0)), kept, beyond).copysign(x)
            }
            Half::BF16 => {
                // a carry out of the digits is the next power of two, in the end infinity
                let bits = x.to_bits();
                let odd = bits.shr(16).and(Int::lit(1));
                let carried = bits.wrapping_add(Int::lit(0x7fff)).wrapping_add(odd);
                L::from_bits(carried.and(Int::lit(-0x1_0000)))
            }
        };
        L::select(Lane::eq(x, x), nearest, x)
    }

    /// The bits of the nearest number, ties to even.
    #[inline]
    pub fn encode(self, x: f32) -> u16 {
        match self {
            Half::F16 => f16::from_f32(x).to_bits(),
            Half::BF16 => bf16::from_f32(x).to_bits(),
        }
    }

    /// The number with these bits. Written out, so that a loop over bits in memory calls nothing.
    #[inline(always)]
    pub fn decode(self, bits: u16) -> f32 {
        match self {
            Half::F16 => {
                const INFINITE: u32 = 0x7c00;
                const BIAS: f32 = f32::from_bits((127 + 112) << 23);
                let (sign, size) = (u32::from(bits & 0x8000) << 16, u32::from(bits & 0x7fff));
                let finite = (f32::from_bits(size << 13) * BIAS).to_bits();
                let wild = size << 13 | f32::INFINITY.to_bits();
                f32::from_bits(sign | if size < INFINITE { finite } else { wild })
            }
            Half::BF16 => f32::from_bits(u32::from(bits) << 16),
        }
    }

    /// Encodes all of `from`; both are equally long.
    pub fn encode_all(self, from: &[f32], to: &mut [u16]) {
        match self {
            Half::F16 => to.reinterpret_cast_mut::<f16>().convert_from_f32_slice(from),
            Half::BF16 => to.reinterpret_cast_mut::<bf16>().convert_from_f32_slice(from),
        }
    }

    /// Decodes all of `from`; both are equally long.
    pub fn decode_all(self, from: &[u16], to: &mut [f32]) {
        match self {
            Half::F16 => from.reinterpret_cast::<f16>().convert_to_f32_slice(to),
            Half::BF16 => from.reinterpret_cast::<bf16>().convert_to_f32_slice(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::philox4x32_10;
    use Half::*;

    /// Bits, with one NaN for all.
    fn class(x: f32) -> u32 {
        if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() }
    }

    /// Every number of both formats, the ties between neighbours and what lies beside them, the
    /// ends of the range, and random bits.
    fn numbers(half: Half) -> Vec<f32> {
        let all = (0..=u16::MAX).map(|bits| half.decode(bits)).filter(|x| x.is_finite());
        let mut numbers: Vec<f32> = all.collect();
        numbers.sort_unstable_by(f32::total_cmp);
        let ties = numbers.windows(2).map(|w| ((f64::from(w[0]) + f64::from(w[1])) / 2.0) as f32);
        let most = half.most() as f32;
        let ends = [65_519.0, 65_520.0, 65_521.0, f32::MAX, most, most.next_up(), 1e-45];
        let around: Vec<f32> = ties.chain(ends).flat_map(|x| [x, x.next_up(), -x]).collect();
        numbers.extend(around);
        numbers.extend([f32::INFINITY, f32::NEG_INFINITY, f32::NAN]);
        let random = |i| philox4x32_10([i, 0, 0, 0], [16, 16]).map(f32::from_bits);
        numbers.extend((0..10_000).flat_map(random));
        numbers
    }

    #[test]
    fn every_pattern_is_read_as_by_the_crate_and_written_back() {
        for bits in 0..=u16::MAX {
            let (a, b) =
                (f16::from_bits(bits).to_f32_const(), bf16::from_bits(bits).to_f32_const());
            for (half, reference) in [(F16, a), (BF16, b)] {
                let x = half.decode(bits);
                assert_eq!(class(x), class(reference), "{half:?} {bits:#x}");
                assert!(x.is_nan() || half.encode(x) == bits, "{half:?} {bits:#x}");
            }
        }
    }

    #[test]
    fn one_number_and_many_round_to_nearest_even() {
        for half in [F16, BF16] {
            let numbers = numbers(half);
            let (mut bits, mut back) = (vec![0; numbers.len()], vec![0.0; numbers.len()]);
            half.encode_all(&numbers, &mut bits);
            half.decode_all(&bits, &mut back);
            for ((&x, &bits), &back) in numbers.iter().zip(&bits).zip(&back) {
                let reference = match half {
                    F16 => f16::from_f32_const(x).to_f32_const(),
                    BF16 => bf16::from_f32_const(x).to_f32_const(),
                };
                let one = half.decode(half.encode(x));
                for found in [back, half.decode(bits), one, half.round(x)] {
                    assert_eq!(class(found), class(reference), "{half:?} {x:e}");
                }
                let nearest = half.nearest(x.into()) as f32;
                assert_eq!(class(nearest), class(reference), "{half:?} {x:e}");
            }
        }
    }

    #[test]
    fn doubles_are_rounded_once() {
        // just above and below a tie, by less than f32 or the upper word of f64 can tell
        for (half, tie) in [(F16, 1.0 + 1.0 / 2048.0), (BF16, 1.0 + 1.0 / 256.0)] {
            let ulp = 2.0 * (tie - 1.0);
            assert_eq!(half.nearest(tie), 1.0);
            assert_eq!(half.nearest(tie.next_up()), 1.0 + ulp);
            assert_eq!(half.nearest(-tie.next_up()), -1.0 - ulp);
            assert_eq!(half.nearest(tie + ulp), 1.0 + 2.0 * ulp);
            assert_eq!(half.nearest((tie + ulp).next_down()), 1.0 + ulp);
            assert_eq!(half.nearest(f64::MAX), f64::INFINITY);
            assert_eq!(half.nearest(1e-300).to_bits(), 0);
        }
        let least = 1.0 / 16_777_216.0;
        assert_eq!(F16.nearest(least / 2.0), 0.0);
        assert_eq!(F16.nearest((least / 2.0).next_up()), least);
    }
}
