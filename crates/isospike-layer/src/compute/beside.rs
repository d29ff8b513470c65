//! Potentials rounded to 16 bits without crossing the threshold, number by number: what
//! [`encode_beside`](crate::encode_beside) does on the host.

use super::Elementwise;
use isospike_lane::{Int, Lane, Mask};

/// Numbers that were rounded to the nearest, from what they were: those on the other side of the
/// threshold become their neighbours that are not. The format is f16, or bf16; floats are f32.
pub(super) struct Beside<const BF16: bool>;

impl<const BF16: bool> Elementwise<1, 1, 1> for Beside<BF16> {
    const NAME: &'static str = if BF16 { "beside_bf16" } else { "beside_f16" };

    #[inline(always)]
    fn at<L: Lane>([threshold]: [L; 1], [h]: [L; 1], [rounded]: [L; 1]) -> [L; 1] {
        let finite = rounded.abs().lt(L::lit(f64::INFINITY));
        let (fires, seems) = (threshold.le(h), threshold.le(rounded));
        let up = finite.and(fires).and(seems.not());
        let down = finite.and(fires.not()).and(seems);
        let from = L::select(up, -rounded, rounded);
        let to = if BF16 { below_bf16(from) } else { below_f16(from) };
        let to = L::select(up, -to, to);
        [L::select(up.or(down), to, rounded)]
    }
}

/// The bits of a float so many further from 0, or nearer to it where it is above 0.
#[inline(always)]
fn lowered<L: Lane>(x: L, by: i64) -> L {
    let positive = L::lit(0.0).lt(x);
    let nearer = L::from_bits(x.to_bits().wrapping_add(L::Bits::lit(-by)));
    let further = L::from_bits(x.to_bits().wrapping_add(L::Bits::lit(by)));
    L::select(positive, nearer, further)
}

/// The next number of bf16 below one of them: the upper half of f32's bits counts.
#[inline(always)]
fn below_bf16<L: Lane>(x: L) -> L {
    // 2^-133, its smallest
    let first = L::lit(f64::from_bits(0x37A0_0000_0000_0000));
    L::select(x.eq(L::lit(0.0)), -first, lowered(x, 1 << 16))
}

/// The next number of f16 below one of them: steps of 2^-24 up to 2^-14, then of 13 bits of f32's.
#[inline(always)]
fn below_f16<L: Lane>(x: L) -> L {
    let [step, normal] = [0x3E70_0000_0000_0000, 0x3F10_0000_0000_0000].map(f64::from_bits);
    L::select(x.abs().le(L::lit(normal)), x - L::lit(step), lowered(x, 1 << 13))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode_beside;
    use isospike_lane::Half;

    #[test]
    fn it_is_what_the_host_does() {
        for format in [Half::F16, Half::BF16] {
            let tiny: [f32; 7] = [0.0, 1e-9, 6e-8, 3e-5, 6.1e-5, 9.2e-41, 1e-38];
            let large = [1e-3, 0.3, 1.0, 1.0004, 70.7, 60_000.0, 65_500.0];
            let all = [&tiny[..], &large[..]].concat();
            for threshold in all.iter().flat_map(|&t| [t, -t]) {
                let near = [threshold, threshold.next_up(), threshold.next_down()];
                let far = all.iter().flat_map(|&x| [x, -x, x * 1.001, -x * 0.999]);
                for h in near.into_iter().chain(far) {
                    let mut bits = [0];
                    encode_beside(format, threshold, &[h], &mut bits);
                    let rounded = format.decode(format.encode(h));
                    let [to] = match format {
                        Half::F16 => Beside::<false>::at([threshold], [h], [rounded]),
                        Half::BF16 => Beside::<true>::at([threshold], [h], [rounded]),
                    };
                    let expected = format.decode(bits[0]);
                    assert_eq!(to.to_bits(), expected.to_bits(), "{format:?} {threshold} {h}");
                }
            }
        }
    }
}
