//! A function generic over lanes, called directly and through its graph.

#![allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]

use isospike_lane::{Float, Int, Lane};
use isospike_trace::{Graph, Scalar, Sym, SymInt, SymMask, Value, trace};
use proptest::prelude::*;

/// The floats for which everything here is defined.
pub trait TestFloat: Float<Pattern: Scalar + Arbitrary + Default> + Scalar {
    fn of_bits(bits: u64) -> Self;
}
impl TestFloat for f32 {
    fn of_bits(bits: u64) -> f32 {
        f32::from_bits((bits >> 32) as u32)
    }
}
impl TestFloat for f64 {
    fn of_bits(bits: u64) -> f64 {
        f64::from_bits(bits)
    }
}

/// Arguments of a function, some of every type.
#[derive(Debug, Default)]
pub struct In<L: Lane> {
    pub float: Vec<L>,
    pub i32: Vec<L::I32>,
    pub i64: Vec<L::I64>,
    pub u32: Vec<L::U32>,
    pub bits: Vec<L::Bits>,
    pub mask: Vec<L::Mask>,
}

/// A result of a function.
pub enum Out<L: Lane> {
    Float(L),
    I32(L::I32),
    I64(L::I64),
    U32(L::U32),
    Bits(L::Bits),
    Mask(L::Mask),
}

pub trait Function {
    fn call<L: Lane>(&self, x: &In<L>) -> Vec<Out<L>>;
}

fn value<F: TestFloat>(x: Out<F>) -> Value {
    match x {
        Out::Float(x) => x.into(),
        Out::I32(x) => x.into(),
        Out::I64(x) => x.into(),
        Out::U32(x) => x.into(),
        Out::Bits(x) => x.into(),
        Out::Mask(x) => x.into(),
    }
}

/// Traces a function with as many arguments as `x` has; they are named and ordered as [`values`]
/// has them.
pub fn graph<F: TestFloat>(f: &impl Function, x: &In<F>) -> Graph {
    trace(|t| {
        let args = In::<Sym<F>> {
            float: (0..x.float.len()).map(|i| t.arg(&format!("f{i}"))).collect(),
            i32: (0..x.i32.len()).map(|i| t.arg(&format!("i{i}"))).collect(),
            i64: (0..x.i64.len()).map(|i| t.arg(&format!("l{i}"))).collect(),
            u32: (0..x.u32.len()).map(|i| t.arg::<SymInt<u32>>(&format!("u{i}"))).collect(),
            bits: (0..x.bits.len()).map(|i| t.arg(&format!("b{i}"))).collect(),
            mask: (0..x.mask.len()).map(|i| t.arg::<SymMask>(&format!("m{i}"))).collect(),
        };
        for (i, out) in f.call(&args).into_iter().enumerate() {
            let name = format!("o{i}");
            match out {
                Out::Float(x) => t.output(&name, x),
                Out::I32(x) => t.output(&name, x),
                Out::I64(x) => t.output(&name, x),
                Out::U32(x) => t.output(&name, x),
                Out::Bits(x) => t.output(&name, x),
                Out::Mask(x) => t.output(&name, x),
            }
        }
    })
}

/// Arguments in the order of [`graph`].
pub fn values<F: TestFloat>(x: &In<F>) -> Vec<Value> {
    let mut v: Vec<Value> = x.float.iter().map(|&x| x.into()).collect();
    v.extend(x.i32.iter().map(|&x| Value::from(x)));
    v.extend(x.i64.iter().map(|&x| Value::from(x)));
    v.extend(x.u32.iter().map(|&x| Value::from(x)));
    v.extend(x.bits.iter().map(|&x| -> Value { x.into() }));
    v.extend(x.mask.iter().map(|&x| Value::from(x)));
    v
}

/// The graph gives what the function gives, bit for bit, NaN as a class.
pub fn check<F: TestFloat>(f: &impl Function, x: &In<F>) -> Result<(), TestCaseError> {
    let graph = graph(f, x);
    let direct = f.call::<F>(x).into_iter().map(value);
    for (k, (e, d)) in graph.eval(&values(x)).into_iter().zip(direct).enumerate() {
        prop_assert!(e.same(d), "output {k}: eval gives {e}, the function {d}\n{graph}");
    }
    Ok(())
}

/// Random bits half of the time, otherwise values at which arithmetic likes to differ.
pub fn float<F: TestFloat>() -> impl Strategy<Value = F> {
    let tiny = F::from_bits(F::Pattern::lit(1));
    let special = [0.0, 1.0, 0.5, 1.5, 2.5, 1e-3, 3.0, f64::INFINITY, f64::NAN, 1e30, 2147483647.0];
    let special: Vec<F> = special
        .into_iter()
        .map(F::from_f64)
        .chain([tiny, tiny + tiny + tiny, F::from_f64((1u64 << F::MANTISSA) as f64 - 0.5)])
        .flat_map(|x| [x, -x])
        .collect();
    prop_oneof![
        4 => any::<u64>().prop_map(F::of_bits),
        1 => any::<u16>().prop_map(|b| F::from_bits(F::Pattern::lit(b.into()))),
        2 => (-40_000i32..40_000).prop_map(|i| F::from_f64(f64::from(i) * 0.25)),
        2 => proptest::sample::select(special),
    ]
}
