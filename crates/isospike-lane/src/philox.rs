//! Philox4x32-10: a counter and a key in, four random words out, no state anywhere.
//!
//! J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2,
//! 3", SC '11, doi:10.1145/2063384.2063405. Passes BigCrush; ten rounds leave a wide margin (seven
//! suffice).

use crate::lane::Word;

/// Multiplier of words 0 and 1.
pub const M0: u32 = 0xD251_1F53;
/// Multiplier of words 2 and 3.
pub const M1: u32 = 0xCD9E_8D57;
/// What the first key word grows by in each round (the golden ratio).
pub const W0: u32 = 0x9E37_79B9;
/// What the second key word grows by in each round (√3 − 1).
pub const W1: u32 = 0xBB67_AE85;

/// Ten rounds of Philox on one block of four words per lane.
#[inline(always)]
pub fn philox4x32_10<U: Word>(counter: [U; 4], key: [U; 2]) -> [U; 4] {
    let (m0, m1) = (U::lit(i64::from(M0)), U::lit(i64::from(M1)));
    let (w0, w1) = (U::lit(i64::from(W0)), U::lit(i64::from(W1)));
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key;
    for round in 0..10 {
        if round > 0 {
            k0 = k0.wrapping_add(w0);
            k1 = k1.wrapping_add(w1);
        }
        let (hi0, lo0) = (c0.mul_hi(m0), c0.wrapping_mul(m0));
        let (hi1, lo1) = (c2.mul_hi(m1), c2.wrapping_mul(m1));
        c0 = hi1.xor(c1).xor(k0);
        c1 = lo1;
        c2 = hi0.xor(c3).xor(k1);
        c3 = lo0;
    }
    [c0, c1, c2, c3]
}

/// The key words of all rounds, for N blocks that each have their own key.
pub(crate) type Schedule<const N: usize> = [[[u64; N]; 2]; 10];

/// What each round adds its key words from, in 64-bit slots.
#[inline(always)]
pub(crate) fn schedule<const N: usize>(keys: [[u32; N]; 2]) -> Schedule<N> {
    let mut rounds = [[[0; N]; 2]; 10];
    for (round, words) in rounds.iter_mut().enumerate() {
        for i in 0..N {
            words[0][i] = u64::from(keys[0][i].wrapping_add(W0.wrapping_mul(round as u32)));
            words[1][i] = u64::from(keys[1][i].wrapping_add(W1.wrapping_mul(round as u32)));
        }
    }
    rounds
}

/// The same for N blocks held in 64-bit slots, of which only the low halves mean anything.
///
/// x86 multiplies 32 × 32 → 64 bits in one instruction (`vpmuludq`) that ignores the high halves of
/// its operands, so a round is two multiplications, two shifts and two three-way xors, and garbage
/// above bit 31 never reaches bit 31. Callers truncate to `u32`.
#[inline(always)]
pub(crate) fn blocks<const N: usize>(
    [mut c0, mut c1, mut c2, mut c3]: [[u64; N]; 4],
    keys: &Schedule<N>,
) -> [[u64; N]; 4] {
    const LOW: u64 = 0xFFFF_FFFF;
    for [k0, k1] in keys {
        for i in 0..N {
            let p0 = (c0[i] & LOW).wrapping_mul(u64::from(M0));
            let p1 = (c2[i] & LOW).wrapping_mul(u64::from(M1));
            c0[i] = (p1 >> 32) ^ c1[i] ^ k0[i];
            c1[i] = p1;
            c2[i] = (p0 >> 32) ^ c3[i] ^ k1[i];
            c3[i] = p0;
        }
    }
    [c0, c1, c2, c3]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::Int;
    use crate::wide::W;

    /// `kat_vectors` of Random123 1.14: (counter, key, result).
    const KNOWN: [([u32; 4], [u32; 2], [u32; 4]); 3] = [
        ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        ([!0; 4], [!0; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        ),
    ];

    #[test]
    fn known_answers() {
        for (counter, key, out) in KNOWN {
            assert_eq!(philox4x32_10(counter, key), out);
            let wide = |x: u32| W::<u32, 8>::lit(i64::from(x));
            assert_eq!(philox4x32_10(counter.map(wide), key.map(wide)), out.map(wide));
            let slot = |x: u32| [u64::from(x) | 0xABCD << 32; 4];
            let words = blocks(counter.map(slot), &schedule(key.map(|k| [k; 4])));
            assert_eq!(words.map(|w| w.map(|x| x as u32)), out.map(|x| [x; 4]));
        }
    }
}
