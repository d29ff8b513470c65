//! Philox in AVX-512 by hand: the compiler's vectors of the generic loop copy registers in every
//! round and take 1.4 times as long (0.20 ns a word against 0.14 on Zen 5).
//!
//! The arithmetic is that of [`blocks`](crate::philox::blocks): 64-bit slots, of which only the low
//! halves mean anything.

use super::GROUP;
use crate::philox::{M0, M1, Schedule, schedule};
use std::arch::x86_64::*;

/// Blocks in a vector: half a group's.
const N: usize = 8;

/// The words of whole groups under one key.
#[target_feature(enable = "avx512f")]
pub(super) fn groups(out: &mut [u32], first_block: u64, address: [u32; 3], key: [u32; 2]) {
    let keys = schedule([[key[0]], [key[1]]]);
    // A round waits for its multiplications: six vectors side by side fill the wait.
    for (i, words) in out.chunks_mut(3 * GROUP).enumerate() {
        let block = first_block + i as u64 * 48;
        match words.len() / GROUP {
            3 => vectors::<6>(words, block, address, &keys),
            2 => vectors::<4>(words, block, address, &keys),
            _ => vectors::<2>(words, block, address, &keys),
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(x: u64) -> __m512i {
    _mm512_set1_epi64(x as i64)
}

/// The words of K / 2 groups.
#[inline]
#[target_feature(enable = "avx512f")]
fn vectors<const K: usize>(
    out: &mut [u32],
    first_block: u64,
    address: [u32; 3],
    keys: &Schedule<1>,
) {
    // No `map`, no `from_fn`: calls leave the instruction set behind.
    let (m0, m1) = (splat(M0.into()), splat(M1.into()));
    let [a, b, c] = address;
    let shared = [splat(0), splat(a.into()), splat(b.into()), splat(c.into())];
    let lane = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    let mut counters = [shared; K];
    for (v, [block, ..]) in counters.iter_mut().enumerate() {
        *block = _mm512_add_epi64(splat(first_block + (v * N) as u64), lane);
    }
    macro_rules! rounds {
        ($($round:literal)*) => { $(
            let (k0, k1) = (splat(keys[$round][0][0]), splat(keys[$round][1][0]));
            for [c0, c1, c2, c3] in &mut counters {
                const XOR: i32 = 0x96;
                let (p0, p1) = (_mm512_mul_epu32(*c0, m0), _mm512_mul_epu32(*c2, m1));
                *c0 = _mm512_ternarylogic_epi64::<XOR>(_mm512_srli_epi64::<32>(p1), *c1, k0);
                *c1 = p1;
                *c2 = _mm512_ternarylogic_epi64::<XOR>(_mm512_srli_epi64::<32>(p0), *c3, k1);
                *c3 = p0;
            }
        )* };
    }
    // Spelled out, so that no loop has to put its values back where it found them.
    rounds!(0 1 2 3 4 5 6 7 8 9);
    let low = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    let (halves, _) = counters.as_chunks::<2>();
    for ([first, second], group) in halves.iter().zip(out.as_chunks_mut::<GROUP>().0) {
        for ((a, b), to) in first.iter().zip(second).zip(group.as_chunks_mut::<16>().0) {
            let words = _mm512_permutex2var_epi32(*a, low, *b);
            // SAFETY: `to` has 16 words.
            unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), words) };
        }
    }
}
