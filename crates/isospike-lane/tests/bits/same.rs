//! A scalar, eight lanes and sixteen lanes give the same bits on every instruction set.

use crate::ops::{Args, Op, Visit, each, on_isa, on_scalars, on_width};
use isospike_lane::Float;
use isospike_lane::isa::Isa;
use proptest::prelude::*;

/// Bits, with every NaN the same.
fn class<F: Float>(x: F) -> Option<F::Pattern> {
    (!x.to_f64().is_nan()).then(|| x.to_bits())
}

struct Check<'a, F>(&'a [Args<F>]);

impl<F: Float> Visit for Check<'_, F> {
    fn visit<O: Op>(&mut self, name: &'static str, op: O) {
        let want = on_scalars(op, self.0);
        let compare = |how: &str, got: Vec<F>| {
            for ((got, want), args) in got.iter().zip(&want).zip(self.0) {
                assert_eq!(class(*got), class(*want), "{name}{args:?} {} {how}", F::NAME);
            }
        };
        compare("8 wide", on_width::<_, _, 8>(op, self.0));
        compare("16 wide", on_width::<_, _, 16>(op, self.0));
        for isa in Isa::ALL {
            compare(isa.name(), on_isa(isa, op, self.0));
        }
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn f64_lanes(args in prop::collection::vec((f64s(), f64s(), any::<u32>()), 40)) {
        each(&mut Check(&args));
    }
    #[test]
    fn f32_lanes(
        args in prop::collection::vec((f64s(), f64s(), any::<u32>()), 40),
        bits in prop::collection::vec(any::<u32>(), 40),
    ) {
        let mut args: Vec<Args<f32>> =
            args.into_iter().map(|(x, y, u)| (x as f32, y as f32, u)).collect();
        args.extend(bits.iter().map(|&b| (f32::from_bits(b), f32::from_bits(b & 0x807F_FFFF), b)));
        each(&mut Check(&args));
    }
}
