//! A scalar, eight lanes and sixteen lanes give the same bits on every instruction set. A test of
//! one that this machine lacks says `SKIPPED <test>: <reason>`.

use crate::ops::{Args, Op, Visit, each, on_isa, on_scalars, on_width};
use isospike_lane::Float;
use isospike_lane::isa::Isa;
use proptest::prelude::*;

/// Bits, with every NaN the same.
fn class<F: Float>(x: F) -> Option<F::Pattern> {
    (!x.to_f64().is_nan()).then(|| x.to_bits())
}

struct Check<'a, F> {
    isa: Isa,
    args: &'a [Args<F>],
}

impl<F: Float> Visit for Check<'_, F> {
    fn visit<O: Op>(&mut self, name: &'static str, op: O) {
        let want = on_scalars(op, self.args);
        let compare = |how: &str, got: Vec<F>| {
            for ((got, want), args) in got.iter().zip(&want).zip(self.args) {
                assert_eq!(class(*got), class(*want), "{name}{args:?} {} {how}", F::NAME);
            }
        };
        if self.isa == Isa::Baseline {
            compare("8 wide", on_width::<_, _, 8>(op, self.args));
            compare("16 wide", on_width::<_, _, 16>(op, self.args));
        }
        compare(self.isa.name(), on_isa(self.isa, op, self.args));
    }
}

fn check<F: Float>(isa: Isa, test: &str, args: &[Args<F>]) {
    match isa.available() {
        true => each(&mut Check { isa, args }),
        false => println!("SKIPPED same::{test}: this machine has no {}", isa.name()),
    }
}

/// Any bit pattern, ordinary numbers, and the corners.
fn f64s() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        any::<u32>().prop_map(|b| f64::from(f32::from_bits(b))),
        -30.0..30.0f64,
        0.0..1.0f64,
        -800.0..800.0f64,
        (any::<bool>(), 1u64..1 << 52).prop_map(|(s, b)| f64::from_bits(u64::from(s) << 63 | b)),
        (-40i32..40).prop_map(|i| f64::from(i) * 0.5),
        prop::sample::select(vec![0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]),
    ]
}

type Words = Vec<(f64, f64, u32)>;

fn words() -> impl Strategy<Value = Words> {
    prop::collection::vec((f64s(), f64s(), any::<u32>()), 40)
}

fn narrow(args: Words, bits: &[u32]) -> Vec<Args<f32>> {
    let narrow = args.into_iter().map(|(x, y, u)| (x as f32, y as f32, u));
    let raw = |&b: &u32| (f32::from_bits(b), f32::from_bits(b & 0x807F_FFFF), b);
    narrow.chain(bits.iter().map(raw)).collect()
}

macro_rules! same {
    ($($isa:ident: $f64:ident, $f32:ident;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(256))]
            $(
                #[test]
                fn $f64(args in words()) {
                    check(Isa::$isa, stringify!($f64), &args);
                }
                #[test]
                fn $f32(args in words(), bits in prop::collection::vec(any::<u32>(), 40)) {
                    check(Isa::$isa, stringify!($f32), &narrow(args, &bits));
                }
            )*
        }
    };
}
same! {
    Baseline: baseline_f64, baseline_f32;
    Avx2: avx2_f64, avx2_f32;
    Avx512: avx512_f64, avx512_f32;
}
