//! Many random words at once, as fast as the machine's vectors allow.

#[cfg(target_arch = "x86_64")]
mod avx512;

use crate::isa::{Isa, Kernel, dispatch};
use crate::philox::{Schedule, blocks, schedule};
use crate::random::{Draw, Key, address};
use std::array::from_fn;
use std::hint::black_box;

/// Elements in a group: 16 blocks of 4 words.
pub const GROUP: usize = 64;

/// `out[i]` = the word of element `first_element + i`, see [`word`](crate::word).
///
/// # Panics
/// If `first_element` or `out.len()` is not a multiple of 64, or the elements run past `u32`.
pub fn fill_draws(
    isa: Isa,
    out: &mut [u32],
    key: Key,
    step: u64,
    draw: Draw,
    stream: u32,
    first_element: u32,
) {
    let group = first_group(first_element, out.len());
    let address = address(step, draw, stream);
    #[cfg(target_arch = "x86_64")]
    if isa == Isa::Avx512 && isa.available() {
        // SAFETY: the features were detected on this machine.
        return unsafe { avx512::groups(out, u64::from(group) * 16, address, key.words()) };
    }
    dispatch(isa, One { out, key: key.words(), address, group });
}

/// The same for a batch: `out[e * keys.len() + b]` = the word of element `first_element + e` under
/// `keys[b]`.
///
/// # Panics
/// If `first_element` or the number of elements is not a multiple of 64, if the elements run past
/// `u32`, or if `out.len()` is not a multiple of `keys.len()`.
pub fn fill_draws_batch(
    isa: Isa,
    out: &mut [u32],
    keys: &[Key],
    step: u64,
    draw: Draw,
    stream: u32,
    first_element: u32,
) {
    if let [key] = keys {
        return fill_draws(isa, out, *key, step, draw, stream, first_element);
    }
    if keys.is_empty() {
        assert!(out.is_empty(), "words for a batch without lanes");
        return;
    }
    assert!(out.len().is_multiple_of(keys.len()), "{} words for {} lanes", out.len(), keys.len());
    let group = first_group(first_element, out.len() / keys.len());
    let address = address(step, draw, stream);
    dispatch(isa, Batch { out, keys, address, group });
}

fn first_group(first_element: u32, elements: usize) -> u32 {
    assert!(
        (first_element as usize).is_multiple_of(GROUP) && elements.is_multiple_of(GROUP),
        "elements {first_element} + {elements} are not whole groups of {GROUP}"
    );
    assert!(first_element as usize + elements <= 1 << 32, "an element does not fit into u32");
    first_element / GROUP as u32
}

struct One<'a> {
    out: &'a mut [u32],
    key: [u32; 2],
    address: [u32; 3],
    group: u32,
}

impl Kernel for One<'_> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let keys = schedule(self.key.map(|k| [k; N]));
        groups(self.out, u64::from(self.group) * 16, self.address, &keys);
    }
}

/// The words of whole groups under one key, N blocks at a time.
#[inline(always)]
fn groups<const N: usize>(
    out: &mut [u32],
    first_block: u64,
    address: [u32; 3],
    keys: &Schedule<N>,
) {
    let [a, b, c] = address.map(|a| [u64::from(a); N]);
    for block in (0..out.len() / 4).step_by(N) {
        let first = first_block + block as u64;
        let words = blocks([from_fn(|i| first + i as u64), a, b, c], keys);
        // Block b of a group serves its elements b, b + 16, b + 32 and b + 48.
        let group = block / 16 * GROUP + block % 16;
        for (j, words) in words.iter().enumerate() {
            let to = &mut out[group + j * 16..][..N];
            for i in 0..N {
                to[i] = words[i] as u32;
            }
        }
    }
}

struct Batch<'a> {
    out: &'a mut [u32],
    keys: &'a [Key],
    address: [u32; 3],
    group: u32,
}

impl Batch<'_> {
    /// N lanes from `at` on: one block each, the same counter, their own keys.
    #[inline(always)]
    fn side_by_side<const N: usize>(&mut self, at: usize) {
        let lanes = self.keys.len();
        let [a, b, c] = self.address.map(|a| [u64::from(a); N]);
        let words: [[u32; 2]; N] = from_fn(|i| self.keys[at + i].words());
        let keys = schedule([words.map(|w| w[0]), words.map(|w| w[1])]);
        let first_block = u64::from(self.group) * 16;
        for (g, group) in self.out.chunks_exact_mut(GROUP * lanes).enumerate() {
            for i in 0..16 {
                let block = first_block + (16 * g + i) as u64;
                let words = blocks([[block; N], a, b, c], &keys);
                for (j, words) in words.iter().enumerate() {
                    let to = &mut group[(j * 16 + i) * lanes + at..][..N];
                    for i in 0..N {
                        to[i] = words[i] as u32;
                    }
                }
            }
        }
    }
}

impl Kernel for Batch<'_> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(mut self) {
        let lanes = self.keys.len();
        let mut whole = lanes - lanes % N;
        for at in (0..whole).step_by(N) {
            self.side_by_side::<N>(at);
        }
        if N > 8 && lanes - whole >= 8 {
            self.side_by_side::<8>(whole);
            whole += 8;
        }
        let first_block = u64::from(self.group) * 16;
        for (lane, key) in self.keys.iter().enumerate().skip(whole) {
            // Too few lanes left to fill a vector: blocks side by side into a buffer, then stored
            // apart. The black box keeps the two steps apart; merged, they would be scalar code.
            let keys = schedule(key.words().map(|k| [k; N]));
            for (g, group) in self.out.chunks_exact_mut(GROUP * lanes).enumerate() {
                let mut buffer = [0; GROUP];
                let block = first_block + 16 * g as u64;
                groups(&mut buffer, block, self.address, &keys);
                for (e, &u) in black_box(&buffer).iter().enumerate() {
                    group[e * lanes + lane] = u;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, word};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn fills_give_the_words(
            seeds in proptest::collection::vec(any::<u64>(), 1..40),
            step in 0u64..1 << 48, n in 0u16..1024, stream: u32,
            first in 0u32..(1 << 26) - 4, groups in 0usize..4,
        ) {
            let (draw, first) = (Purpose::Target.draw(n), first * 64);
            let keys: Vec<Key> = seeds.into_iter().map(Key).collect();
            let want = |key, e: usize| word(key, step, draw, stream, first + e as u32);
            for isa in Isa::ALL {
                let mut out = vec![0; groups * 64];
                fill_draws(isa, &mut out, keys[0], step, draw, stream, first);
                for (e, &u) in out.iter().enumerate() {
                    prop_assert_eq!(u, want(keys[0], e));
                }
                let mut out = vec![0; groups * 64 * keys.len()];
                fill_draws_batch(isa, &mut out, &keys, step, draw, stream, first);
                for (i, &u) in out.iter().enumerate() {
                    prop_assert_eq!(u, want(keys[i % keys.len()], i / keys.len()));
                }
            }
        }
    }
}
