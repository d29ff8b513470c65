//! Every primitive: the graph's answer is the scalar lane's, for both precisions and all integers.

mod support;

use isospike_lane::{Float, Int, Lane, Mask, Word};
use proptest::prelude::*;
use support::{Function, In, Out, TestFloat, check, float};

struct Floats;
impl Function for Floats {
    fn call<L: Lane>(&self, x: &In<L>) -> Vec<Out<L>> {
        let (a, b, m) = (x.float[0], x.float[1], x.mask[0]);
        let in_i32 = a.max(L::lit(-2147483648.0)).min(L::lit(2147483520.0));
        let floats = [
            a + b,
            a - b,
            a * b,
            a / b,
            -a,
            a.sqrt(),
            a.abs(),
            a.copysign(b),
            a.rint(),
            a.floor(),
            a.trunc(),
            L::select(m, a, b),
            a.min(b),
            a.max(b),
            L::from_bits(x.bits[0]),
            L::from_i32(x.i32[0]),
            L::from_i64(x.i64[0]),
            L::from_u32(x.u32[0]),
            L::lit(0.1),
            L::lit(-0.0),
            L::lit(f64::NAN),
        ];
        let masks = [a.lt(b), a.le(b), a.eq(b), a.gt(b), a.ge(b)];
        let floats = floats.map(Out::Float).into_iter();
        let bits = [Out::Bits(a.to_bits()), Out::I32(in_i32.to_i32())];
        floats.chain(masks.map(Out::Mask)).chain(bits).collect()
    }
}

struct Masks;
impl Function for Masks {
    fn call<L: Lane>(&self, x: &In<L>) -> Vec<Out<L>> {
        let (a, b) = (x.mask[0], x.mask[1]);
        let fixed = [Mask::splat(true), Mask::splat(false)];
        let masks = [a.and(b), a.or(b), a.xor(b), a.not()];
        masks.into_iter().chain(fixed).map(Out::Mask).collect()
    }
}

fn int<T: Int>(a: T, b: T, m: T::Mask, width: u32) -> (Vec<T>, [T::Mask; 2]) {
    let mut ints = vec![
        a.wrapping_add(b),
        a.wrapping_sub(b),
        a.wrapping_mul(b),
        a.and(b),
        a.or(b),
        a.xor(b),
        T::select(m, a, b),
        T::lit(i64::MIN + 5),
        T::lit(-1),
    ];
    ints.extend((0..width).flat_map(|n| [a.shl(n), a.shr(n)]));
    (ints, [a.lt(b), a.eq(b)])
}

struct Ints;
impl Function for Ints {
    fn call<L: Lane>(&self, x: &In<L>) -> Vec<Out<L>> {
        let m = x.mask[0];
        let mut out = Vec::new();
        let (ints, masks) = int(x.i32[0], x.i32[1], m, 32);
        out.extend(ints.into_iter().map(Out::I32).chain(masks.map(Out::Mask)));
        let (ints, masks) = int(x.i64[0], x.i64[1], m, 64);
        out.extend(ints.into_iter().map(Out::I64).chain(masks.map(Out::Mask)));
        let (ints, masks) = int(x.u32[0], x.u32[1], m, 32);
        out.extend(ints.into_iter().map(Out::U32).chain(masks.map(Out::Mask)));
        out.push(Out::U32(x.u32[0].mul_hi(x.u32[1])));
        let (ints, masks) = int(x.bits[0], x.bits[1], m, L::Scalar::MANTISSA + 9);
        out.extend(ints.into_iter().map(Out::Bits).chain(masks.map(Out::Mask)));
        out
    }
}

/// Pairs that are equal now and then.
fn pair<T: Clone + std::fmt::Debug>(
    x: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = Vec<T>> {
    let equal = x.clone().prop_map(|x| vec![x.clone(), x]);
    prop_oneof![5 => proptest::collection::vec(x, 2), 1 => equal]
}

/// Integers of any size, and those at which rounding to a float is a close call.
fn long() -> impl Strategy<Value = i64> + Clone {
    let near_tie = (any::<i32>(), 0..39u32, -1..2i64)
        .prop_map(|(m, shift, off)| ((i64::from(m) | 1) << shift).wrapping_add(off));
    prop_oneof![1 => any::<i64>(), 1 => near_tie]
}

fn inputs<F: TestFloat>() -> impl Strategy<Value = In<F>> {
    let floats = prop_oneof![
        5 => proptest::collection::vec(float::<F>(), 2),
        1 => float::<F>().prop_map(|x| vec![x, x]),
    ];
    let patterns = proptest::collection::vec(any::<F::Pattern>(), 2);
    let masks = proptest::collection::vec(any::<bool>(), 2);
    let ints = (pair(any::<i32>()), pair(long()), pair(any::<u32>()));
    (floats, ints, patterns, masks).prop_map(|(float, (i32, i64, u32), bits, mask)| In {
        float,
        i32,
        i64,
        u32,
        bits,
        mask,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn floats_f32(x in inputs::<f32>()) {
        check(&Floats, &x)?;
    }
    #[test]
    fn floats_f64(x in inputs::<f64>()) {
        check(&Floats, &x)?;
    }
}

proptest! {
    #[test]
    fn integers_and_masks(x in inputs::<f32>(), y in inputs::<f64>()) {
        check(&Ints, &x)?;
        check(&Masks, &x)?;
        check(&Ints, &y)?;
    }
}
