//! Addresses of random words: every draw of a simulation has one, and nothing else decides its
//! value.
//!
//! A word is addressed by (key, step, draw, stream, element). The four go into the Philox counter:
//!
//! | counter word | bits | holds |
//! |---|---|---|
//! | 0 | 32 | block of elements: `(element >> 6) * 16 + (element & 15)` |
//! | 1 | 32 | step, low half |
//! | 2 | 16 + 16 | step, bits 32 to 47, above the [`Draw`] (6 bits of [`Purpose`], 10 of index) |
//! | 3 | 32 | stream |
//!
//! and word `(element >> 4) & 3` of the result is the draw. So 64 consecutive elements take 16
//! blocks and waste no word, and the sixteen elements `16 j .. 16 j + 16` of such a group are word
//! j of the sixteen blocks side by side: a wide lane stores them without a transposition.
//!
//! Draws made each step use `step` = the step, `element` = the neuron's index in its population,
//! `stream` = the population's number. Connectivity uses `step` = the source's index, `element` =
//! the trial, `stream` = the projection's number, so that one row can be regenerated without any
//! other. Different purposes never share an address.

use crate::lane::Word;
use crate::philox::philox4x32_10;

/// A seed. Every lane of a batch has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub u64);

impl Key {
    /// The two Philox key words, low half first.
    #[inline(always)]
    pub fn words(self) -> [u32; 2] {
        [self.0 as u32, (self.0 >> 32) as u32]
    }
}

/// What a random word is for; part of its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Purpose {
    /// Draws of each step, per neuron: Poisson and noise input, then those of the model's update.
    Update = 0,
    /// Initial state and distributed parameters, per neuron.
    Initial = 1,
    /// Events of stimuli: one draw per step for all neurons of a population. (Other external input
    /// draws under [`Purpose::Update`], so that all draws of a neuron and step lie side by side.)
    Input = 2,
    /// Choice of a source or of a source's set of partners.
    Source = 3,
    /// Choice of a target.
    Target = 4,
    /// Acceptance of a candidate pair.
    Accept = 5,
    /// How many synapses there are.
    Count = 6,
    /// A synapse's weight.
    Weight = 7,
    /// A synapse's delay.
    Delay = 8,
    /// A synapse's further parameters.
    Parameter = 9,
    /// Positions in space.
    Position = 10,
    /// Draws during plasticity, per synapse.
    Plasticity = 11,
    /// Training: initial weights, dropout, order of samples.
    Training = 12,
    /// Whatever a user's own code draws.
    User = 13,
}

impl Purpose {
    /// The n-th draw for this purpose at one address; n < 1024.
    #[inline(always)]
    pub const fn draw(self, n: u16) -> Draw {
        assert!(n < Draw::LIMIT, "a draw index is below 1024");
        Draw((self as u16) << 10 | n)
    }
}

/// A purpose and the number of the draw within it: the low 16 bits of counter word 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Draw(u16);

impl Draw {
    /// Draws per purpose.
    pub const LIMIT: u16 = 1 << 10;
    /// As it enters the counter.
    #[inline(always)]
    pub const fn bits(self) -> u16 {
        self.0
    }
}

/// Steps (or sources) must be below this: a step of 0.1 ms lasts 900 years.
pub const STEP_LIMIT: u64 = 1 << 48;

/// Counter words 1 to 3, which all elements share.
#[inline(always)]
pub const fn address(step: u64, draw: Draw, stream: u32) -> [u32; 3] {
    debug_assert!(step < STEP_LIMIT);
    [step as u32, (step >> 32 << 16) as u32 | draw.0 as u32, stream]
}

/// Which block an element is in, and which word of that block is its own.
#[inline(always)]
pub const fn place(element: u32) -> (u32, usize) {
    ((element >> 6) * 16 + (element & 15), (element >> 4) as usize & 3)
}

/// The four words of one block per lane: `block` is counter word 0.
#[inline(always)]
pub fn block<U: Word>(key: [U; 2], address: [U; 3], block: U) -> [U; 4] {
    philox4x32_10([block, address[0], address[1], address[2]], key)
}

/// One random word: the definition that [`fill_draws`](crate::fill_draws) and the GPU kernels
/// reproduce.
#[inline]
pub fn word(key: Key, step: u64, draw: Draw, stream: u32, element: u32) -> u32 {
    let (counter, word) = place(element);
    block(key.words(), address(step, draw, stream), counter)[word]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn elements_share_blocks_but_no_word() {
        let places: HashSet<_> = (0..4096).map(place).collect();
        assert_eq!(places.len(), 4096);
        assert_eq!(places.iter().map(|p| p.0).max(), Some(1023));
        for e in 0..64 {
            assert_eq!(place(e), (e % 16, e as usize / 16));
        }
    }

    #[test]
    fn addresses_do_not_collide() {
        let purposes = [Purpose::Update, Purpose::Input, Purpose::Target, Purpose::User];
        let mut seen = HashSet::new();
        for step in [0, 1, 1 << 31, 1 << 32, (1 << 32) + 1, STEP_LIMIT - 1] {
            for purpose in purposes {
                for n in [0, 1, 1023] {
                    for stream in [0, 1, u32::MAX] {
                        assert!(seen.insert(address(step, purpose.draw(n), stream)));
                    }
                }
            }
        }
    }

    #[test]
    fn known_words() {
        let w = |e| word(Key(42), 7, Purpose::Update.draw(0), 3, e);
        assert_eq!([w(0), w(1), w(16), w(64)], KNOWN);
    }
    /// Pins the address layout: a change here changes every simulation.
    const KNOWN: [u32; 4] = [0xcd21_034c, 0xc8e3_cfec, 0x972d_a620, 0xd20e_e852];
}
