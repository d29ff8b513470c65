//! Philox and the addresses of random words: `rng`.

use super::probe::{self, Group, PIECES, Probe, RESULT, integer, piece, pieces};
use crate::{Case, Outcome, Target};
use isospike_backend::plan::Slot;
use isospike_lane::{Int, Key, Lane, Purpose, philox4x32_10, word};
use isospike_model::{About, Inputs, Model, ModelRef, NoSlots, Sign, Slots, params, slots};
use isospike_net::{Network, Population, Precision};
use std::collections::BTreeMap;
use std::marker::PhantomData;

/// `rng::philox`, `rng::known_answer`, `rng::addresses`.
pub fn cases() -> Vec<Case> {
    vec![
        Case::new("rng::philox", philox),
        Case::new("rng::known_answer", known_answer),
        Case::new("rng::addresses::f32", |t| addresses(t, Precision::F32)),
        Case::new("rng::addresses::f64", |t| addresses(t, Precision::F64)),
    ]
}

/// Counter, key, answer.
type Answer = ([u32; 4], [u32; 2], [u32; 4]);

/// The known answers published with Random123 (`kat_vectors`, `philox4x32 10`).
const KNOWN: [Answer; 3] = [
    ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
        [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
    ),
];

/// Philox on lanes: in step k the k-th word of the answer.
#[derive(Clone, Copy, Debug)]
struct Philox;

impl Group for Philox {
    const NAME: &'static str = "conformance_philox";
    #[inline(never)] // a dozen copies of every step are compiled
    fn apply<L: Lane>(which: L, x: &[L; PIECES]) -> [L; RESULT] {
        let word = |k: usize| integer::<L, L::U32>(&x[2 * k..2 * k + 2]);
        let answer = philox4x32_10([0, 1, 2, 3].map(word), [4, 5].map(word));
        let mut sum = L::U32::lit(0);
        for (k, word) in answer.into_iter().enumerate() {
            sum = Int::select(Lane::eq(which, L::lit(k as f64)), word, sum);
        }
        std::array::from_fn(|k| piece(sum, k))
    }
}

const PHILOX: ModelRef = &Probe::<Philox>(PhantomData);

fn philox(target: &Target<'_>) -> Outcome {
    let rows = KNOWN.map(|(counter, key, _)| {
        let mut row = [0; PIECES];
        for (k, word) in counter.into_iter().chain(key).enumerate() {
            row[2 * k..2 * k + 2].copy_from_slice(&pieces(word.into())[..2]);
        }
        row
    });
    let found = probe::computed(target, PHILOX, Precision::F32, &rows, 4)?;
    for (row, (counter, key, answer)) in KNOWN.iter().enumerate() {
        let found: Vec<u64> = found.iter().map(|words| words[row]).collect();
        let answer = answer.map(u64::from);
        assert_eq!(found, answer, "philox of {counter:x?} with key {key:x?}");
    }
    Ok(())
}

params! {
    /// None.
    pub struct NoParams {}
}

slots! {
    /// Two random words in pieces, four to a word.
    pub struct Drawn {
        a0: "", "bits 0 to 15 of the first";
        a1: "", "bits 16 to 31";
        a2: "", "0";
        a3: "", "0";
        b0: "", "bits 0 to 15 of the second";
        b1: "", "bits 16 to 31";
        b2: "", "0";
        b3: "", "0";
    }
}

/// Keeps the random words of the last step.
#[derive(Clone, Copy, Debug)]
struct Gambler;

impl Model for Gambler {
    const NAME: &'static str = "conformance_words";
    const ABOUT: About = About {
        summary: "Keeps the random words of the last step.",
        equations: "",
        references: "",
    };
    type Params = NoParams;
    type Const<L: Copy> = NoSlots<L>;
    type State<L: Copy> = Drawn<L>;
    type Ports<L: Copy> = NoSlots<L>;
    const SIGNS: &'static [Sign] = &[];
    const DRAWS: usize = 2;

    fn derive(_: &NoParams, _: f64) -> NoSlots<f64> {
        Slots::from_fn(|_| 0.0)
    }

    fn initial(_: &NoParams) -> Drawn<f64> {
        Slots::from_fn(|_| 0.0)
    }

    #[inline(always)]
    fn step<L: Lane>(_: &NoSlots<L>, s: &mut Drawn<L>, i: &Inputs<'_, L, NoSlots<L>>) -> L::Mask {
        for (k, &word) in i.draws.iter().enumerate() {
            for half in 0..2 {
                *s.at_mut(4 * k + half) = piece(word, half);
            }
        }
        s.a0.lt(L::lit(0.0))
    }
}

const GAMBLER: ModelRef = &Gambler;

fn gamblers(sizes: &[u32], lane_seeds: Vec<u64>, precision: Precision) -> Network {
    let one = probe::of_model(GAMBLER, 1, precision, lane_seeds, BTreeMap::new());
    let population = |(i, &size): (usize, &u32)| Population {
        name: format!("p{i}"),
        size,
        ..one.populations[0].clone()
    };
    Network { populations: sizes.iter().enumerate().map(population).collect(), ..one }
}

/// A lane of seed 0 draws the published answer to counter 0 and key 0 in its first step: its four
/// words are those of neurons 0, 16, 32 and 48.
fn known_answer(target: &Target<'_>) -> Outcome {
    let mut session = target.session(&gamblers(&[64], vec![0], Precision::F32))?;
    assert_eq!(session.run(1).expect("it runs"), 1, "a step was done");
    let words = probe::words(&mut *session, 0, 0);
    assert_eq!([0, 16, 32, 48].map(|i| words[i]), KNOWN[0].2.map(u64::from));
    Ok(())
}

/// Every word has its address: seed of the lane, step (beyond 32 bits too), draw, population,
/// neuron.
fn addresses(target: &Target<'_>, precision: Precision) -> Outcome {
    let (sizes, seeds) = ([1, 70, 200], vec![0, 42, u64::MAX - 4]);
    let mut session = target.session(&gamblers(&sizes, seeds.clone(), precision))?;
    for start in [0u64, (1 << 32) - 1, (3 << 40) + 12_345] {
        session.write(Slot::Clock, &start.to_le_bytes()).expect("a clock");
        for now in start..start + 2 {
            assert_eq!(session.run(1).expect("it runs"), 1, "a step was done");
            for (population, draw) in [0, 1, 2].into_iter().flat_map(|p| [(p, 0), (p, 1)]) {
                let found = probe::words(&mut *session, population, 4 * usize::from(draw));
                for (flat, found) in found.into_iter().enumerate() {
                    let (neuron, lane) = (flat / seeds.len(), flat % seeds.len());
                    let address = Purpose::Update.draw(draw);
                    let key = Key(seeds[lane]);
                    let expected = word(key, now, address, population as u32, neuron as u32);
                    assert_eq!(
                        found,
                        u64::from(expected),
                        "step {now}, draw {draw}, population {population}, neuron {neuron}, lane {lane}"
                    );
                }
            }
        }
    }
    Ok(())
}
