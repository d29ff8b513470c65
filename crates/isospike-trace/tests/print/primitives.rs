//! Every primitive as the only operation of a graph.

use crate::check::printed;
use isospike_lane::{Int, Lane, Mask, Word};
use isospike_trace::{Sym, SymInt, SymMask, Symbol, Tracer, trace};

type F = Sym<f32>;
type D = Sym<f64>;
type I = SymInt<i32>;
type L = SymInt<i64>;
type U = SymInt<u32>;

/// How the dialects say the one operation that a function makes.
fn say<Y: Symbol>(f: impl Fn(&Tracer) -> Y) -> [String; 2] {
    let graph = trace(|t| t.output("y", f(t)));
    assert_eq!(graph.nodes().len() - graph.args().len(), 1, "{graph}");
    printed(&graph).expect("a sound function").map(|text| {
        let (_, statement) = text.split_once(" y = ").expect("a statement");
        statement.split_once(';').expect("its end").0.to_owned()
    })
}

fn one<A: Symbol, Y: Symbol>(f: fn(A) -> Y) -> [String; 2] {
    say(|t| f(t.arg("a")))
}

fn two<A: Symbol, Y: Symbol>(f: fn(A, A) -> Y) -> [String; 2] {
    say(|t| f(t.arg("a"), t.arg("b")))
}

#[test]
fn arithmetic_names_its_rounding() {
    assert_eq!(two(|a: F, b| a + b), ["a + b", "__fadd_rn(a, b)"]);
    assert_eq!(two(|a: D, b| a + b), ["a + b", "__dadd_rn(a, b)"]);
    assert_eq!(two(|a: F, b| a - b), ["a - b", "__fsub_rn(a, b)"]);
    assert_eq!(two(|a: D, b| a - b), ["a - b", "__dsub_rn(a, b)"]);
    assert_eq!(two(|a: F, b| a * b), ["a * b", "__fmul_rn(a, b)"]);
    assert_eq!(two(|a: D, b| a * b), ["a * b", "__dmul_rn(a, b)"]);
    assert_eq!(two(|a: F, b| a / b), ["ISOSPIKE_DIV_F32(a, b)", "__fdiv_rn(a, b)"]);
    assert_eq!(two(|a: D, b| a / b), ["a / b", "__ddiv_rn(a, b)"]);
    assert_eq!(one(|a: F| a.sqrt()), ["ISOSPIKE_SQRT_F32(a)", "__fsqrt_rn(a)"]);
    assert_eq!(one(|a: D| a.sqrt()), ["sqrt(a)", "__dsqrt_rn(a)"]);
}

#[test]
fn exact_functions() {
    assert_eq!(one(|a: F| -a), ["-a"; 2]);
    assert_eq!(one(|a: F| a.abs()), ["fabs(a)", "fabsf(a)"]);
    assert_eq!(one(|a: D| a.abs()), ["fabs(a)"; 2]);
    assert_eq!(one(|a: F| a.rint()), ["rint(a)", "rintf(a)"]);
    assert_eq!(one(|a: D| a.rint()), ["rint(a)"; 2]);
    assert_eq!(one(|a: F| a.floor()), ["floor(a)", "floorf(a)"]);
    assert_eq!(one(|a: D| a.trunc()), ["trunc(a)"; 2]);
    assert_eq!(two(|a: F, b| a.copysign(b)), ["copysign(a, b)", "copysignf(a, b)"]);
    assert_eq!(two(|a: D, b| a.copysign(b)), ["copysign(a, b)"; 2]);
}

/// A compiler that knows both sides of such a choice may give the other zero.
#[test]
fn choices_of_zero_are_kept() {
    let text = |f: fn(F) -> F| {
        let graph = trace(|t| t.output("y", f(t.arg("a"))));
        printed(&graph).expect("a sound function")
    };
    for (f, choice) in [
        ((|a| a.min(Lane::lit(0.0))) as fn(F) -> F, "t2 ? a : isospike_zero(t1)"),
        (|a| a.max(Lane::lit(-0.0)), "t2 ? a : isospike_zero(t1)"),
        (|a| a.min(Lane::lit(1.0)), "t2 ? a : t1"),
    ] {
        let [opencl, cuda] = text(f);
        assert!(cuda.contains(choice), "{cuda}");
        assert!(opencl.contains("t2 ? a : t1"), "{opencl}");
    }
}

#[test]
fn casts_and_conversions() {
    assert_eq!(one(|a: F| a.to_bits()), ["as_int(a)", "__float_as_int(a)"]);
    assert_eq!(one(|a: D| a.to_bits()), ["as_long(a)", "__double_as_longlong(a)"]);
    assert_eq!(one(F::from_bits), ["as_float(a)", "__int_as_float(a)"]);
    assert_eq!(one(D::from_bits), ["as_double(a)", "__longlong_as_double(a)"]);
    assert_eq!(one(F::from_i32), ["(f32)a", "__int2float_rn(a)"]);
    assert_eq!(one(F::from_i64), ["(f32)a", "__ll2float_rn(a)"]);
    assert_eq!(one(F::from_u32), ["(f32)a", "__uint2float_rn(a)"]);
    assert_eq!(one(D::from_i32), ["(f64)a", "__int2double_rn(a)"]);
    assert_eq!(one(D::from_i64), ["(f64)a", "__ll2double_rn(a)"]);
    assert_eq!(one(D::from_u32), ["(f64)a", "__uint2double_rn(a)"]);
    assert_eq!(one(|a: F| a.to_i32()), ["convert_int_sat_rtz(a)", "__float2int_rz(a)"]);
    assert_eq!(one(|a: D| a.to_i32()), ["convert_int_sat_rtz(a)", "__double2int_rz(a)"]);
}

#[test]
fn comparisons_masks_and_choices() {
    assert_eq!(two(|a: F, b| a.lt(b)), ["a < b"; 2]);
    assert_eq!(two(|a: D, b| a.ge(b)), ["b <= a"; 2]);
    assert_eq!(two(|a: F, b| Lane::eq(a, b)), ["a == b"; 2]);
    assert_eq!(two(|a: U, b| Int::lt(a, b)), ["a < b"; 2]);
    assert_eq!(two(|a: L, b| Int::eq(a, b)), ["a == b"; 2]);
    assert_eq!(two(|a: SymMask, b| a.and(b)), ["a & b"; 2]);
    assert_eq!(two(|a: SymMask, b| a.or(b)), ["a | b"; 2]);
    assert_eq!(two(|a: SymMask, b| a.xor(b)), ["a ^ b"; 2]);
    assert_eq!(one(|a: SymMask| a.not()), ["!a"; 2]);
    assert_eq!(say(|t| D::select(t.arg("m"), t.arg("a"), t.arg("b"))), ["m ? a : b"; 2]);
    assert_eq!(say(|t| I::select(t.arg("m"), t.arg("a"), t.arg("b"))), ["m ? a : b"; 2]);
}

#[test]
fn integers_wrap() {
    assert_eq!(two(|a: U, b| a.wrapping_add(b)), ["a + b"; 2]);
    assert_eq!(two(|a: I, b| a.wrapping_add(b)), ["(i32)((u32)a + (u32)b)"; 2]);
    assert_eq!(two(|a: L, b| a.wrapping_sub(b)), ["(i64)((u64)a - (u64)b)"; 2]);
    assert_eq!(two(|a: I, b| a.wrapping_mul(b)), ["(i32)((u32)a * (u32)b)"; 2]);
    assert_eq!(two(|a: U, b| a.mul_hi(b)), ["mul_hi(a, b)", "__umulhi(a, b)"]);
    assert_eq!(two(|a: I, b| Int::and(a, b)), ["a & b"; 2]);
    assert_eq!(two(|a: L, b| Int::or(a, b)), ["a | b"; 2]);
    assert_eq!(two(|a: U, b| Int::xor(a, b)), ["a ^ b"; 2]);
    assert_eq!(one(|a: U| a.shl(31)), ["a << 31"; 2]);
    assert_eq!(one(|a: I| a.shl(31)), ["(i32)((u32)a << 31)"; 2]);
    assert_eq!(one(|a: L| a.shl(40)), ["(i64)((u64)a << 40)"; 2]);
    assert_eq!(one(|a: L| a.shr(40)), ["a >> 40"; 2]);
}

#[test]
fn literals_are_bits() {
    let f = |x: f64| say(|_| F::lit(x));
    assert_eq!(f(-0.0), ["as_float(0x80000000u)", "__uint_as_float(0x80000000u)"]);
    assert_eq!(f(f64::NAN), ["as_float(0x7fc00000u)", "__uint_as_float(0x7fc00000u)"]);
    let minus_two =
        ["as_double(0xc000000000000000ul)", "__longlong_as_double((i64)0xc000000000000000ull)"];
    assert_eq!(say(|_| D::lit(-2.0)), minus_two);
    assert_eq!(say(|_| I::lit(-2)), ["(i32)0xfffffffeu"; 2]);
    assert_eq!(say(|_| L::lit(-2)), ["(i64)0xfffffffffffffffeul"; 2]);
    assert_eq!(say(|_| U::lit(2)), ["0x00000002u"; 2]);
    assert_eq!(say(|_| SymMask::splat(true)), ["true"; 2]);
}
