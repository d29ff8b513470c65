//! Symbols: the lane types whose operations are recorded instead of done.

use crate::builder::{Handle, name_it, push};
use crate::op::{Binary, Op, Shift, Type, Unary};
use crate::value::Value;
use isospike_lane::{Float, Int, Lane, Mask, Word};
use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A symbol for a float: the symbolic [`Lane`] of precision `F`.
///
/// Symbols are names of nodes in the graph of the running [`trace`](crate::trace), and valid only
/// within it.
#[derive(Clone, Copy, Debug)]
pub struct Sym<F>(Handle, PhantomData<F>);

/// A symbol for an integer: `T` is `i32`, `i64` or `u32`.
#[derive(Clone, Copy, Debug)]
pub struct SymInt<T>(Handle, PhantomData<T>);

/// A symbol for a truth value.
#[derive(Clone, Copy, Debug)]
pub struct SymMask(Handle);

mod sealed {
    pub trait Sealed {}
    impl<F> Sealed for super::Sym<F> {}
    impl<T> Sealed for super::SymInt<T> {}
    impl Sealed for super::SymMask {}
}

/// What an argument or an output can be: [`Sym`], [`SymInt`] or [`SymMask`].
pub trait Symbol: Copy + sealed::Sealed + 'static {
    /// The type of its node.
    fn ty() -> Type;
    #[doc(hidden)]
    fn from_handle(h: Handle) -> Self;
    #[doc(hidden)]
    fn handle(self) -> Handle;
}

impl<F: Float> Symbol for Sym<F> {
    fn ty() -> Type {
        Value::of(F::default()).ty()
    }
    fn from_handle(h: Handle) -> Self {
        Sym(h, PhantomData)
    }
    fn handle(self) -> Handle {
        self.0
    }
}

impl<T: Int<Mask = bool>> Symbol for SymInt<T> {
    fn ty() -> Type {
        Value::of(T::lit(0)).ty()
    }
    fn from_handle(h: Handle) -> Self {
        SymInt(h, PhantomData)
    }
    fn handle(self) -> Handle {
        self.0
    }
}

impl Symbol for SymMask {
    fn ty() -> Type {
        Type::Mask
    }
    fn from_handle(h: Handle) -> Self {
        SymMask(h)
    }
    fn handle(self) -> Handle {
        self.0
    }
}

fn literal<S: Symbol>(v: Value) -> S {
    S::from_handle(push(S::ty(), [], |[]| Op::Lit(v.raw())))
}

fn unary<S: Symbol>(op: Unary, a: impl Symbol) -> S {
    S::from_handle(push(S::ty(), [a.handle()], |[a]| Op::Unary(op, a)))
}

fn binary<A: Symbol, S: Symbol>(op: Binary, a: A, b: A) -> S {
    S::from_handle(push(S::ty(), [a.handle(), b.handle()], |[a, b]| Op::Binary(op, a, b)))
}

fn shift<T: Int<Mask = bool>>(op: Shift, a: SymInt<T>, bits: u32) -> SymInt<T> {
    let width = 8 * size_of::<T>();
    assert!((bits as usize) < width, "a shift by {bits} of a {width}-bit integer");
    SymInt::from_handle(push(SymInt::<T>::ty(), [a.0], |[a]| Op::Shift(op, a, bits)))
}

fn choose<S: Symbol>(m: SymMask, t: S, f: S) -> S {
    let operands = [m.0, t.handle(), f.handle()];
    S::from_handle(push(S::ty(), operands, |[m, t, f]| Op::Select(m, t, f)))
}

impl Mask for SymMask {
    fn named(self, name: &'static str) -> Self {
        name_it(name, self)
    }
    fn splat(b: bool) -> Self {
        literal(Value::Mask(b))
    }
    fn and(self, o: Self) -> Self {
        binary(Binary::And, self, o)
    }
    fn or(self, o: Self) -> Self {
        binary(Binary::Or, self, o)
    }
    fn xor(self, o: Self) -> Self {
        binary(Binary::Xor, self, o)
    }
    fn not(self) -> Self {
        unary(Unary::Not, self)
    }
}

impl<T: Int<Mask = bool>> Int for SymInt<T> {
    type Mask = SymMask;
    fn lit(x: i64) -> Self {
        literal(Value::of(T::lit(x)))
    }
    fn wrapping_add(self, o: Self) -> Self {
        binary(Binary::Add, self, o)
    }
    fn wrapping_sub(self, o: Self) -> Self {
        binary(Binary::Sub, self, o)
    }
    fn wrapping_mul(self, o: Self) -> Self {
        binary(Binary::Mul, self, o)
    }
    fn and(self, o: Self) -> Self {
        binary(Binary::And, self, o)
    }
    fn or(self, o: Self) -> Self {
        binary(Binary::Or, self, o)
    }
    fn xor(self, o: Self) -> Self {
        binary(Binary::Xor, self, o)
    }
    fn shl(self, n: u32) -> Self {
        shift(Shift::Left, self, n)
    }
    fn shr(self, n: u32) -> Self {
        shift(Shift::Right, self, n)
    }
    fn lt(self, o: Self) -> SymMask {
        binary(Binary::Lt, self, o)
    }
    fn eq(self, o: Self) -> SymMask {
        binary(Binary::Eq, self, o)
    }
    fn select(m: SymMask, t: Self, f: Self) -> Self {
        choose(m, t, f)
    }
}

impl Word for SymInt<u32> {
    fn mul_hi(self, o: Self) -> Self {
        binary(Binary::MulHi, self, o)
    }
}

macro_rules! operator {
    ($($t:ident $m:ident),*) => { $(
        impl<F: Float> $t for Sym<F> {
            type Output = Self;
            fn $m(self, o: Self) -> Self {
                binary(Binary::$t, self, o)
            }
        }
    )* };
}
operator!(Add add, Sub sub, Mul mul, Div div);

impl<F: Float> Neg for Sym<F> {
    type Output = Self;
    fn neg(self) -> Self {
        unary(Unary::Neg, self)
    }
}

impl<F: Float> Lane for Sym<F> {
    type Scalar = F;
    type Mask = SymMask;
    type I32 = SymInt<i32>;
    type I64 = SymInt<i64>;
    type U32 = SymInt<u32>;
    type Bits = SymInt<F::Pattern>;

    fn named(self, name: &'static str) -> Self {
        name_it(name, self)
    }
    fn splat(x: F) -> Self {
        literal(Value::of(x))
    }
    fn sqrt(self) -> Self {
        unary(Unary::Sqrt, self)
    }
    fn abs(self) -> Self {
        unary(Unary::Abs, self)
    }
    fn copysign(self, sign: Self) -> Self {
        binary(Binary::Copysign, self, sign)
    }
    fn rint(self) -> Self {
        unary(Unary::Rint, self)
    }
    fn floor(self) -> Self {
        unary(Unary::Floor, self)
    }
    fn trunc(self) -> Self {
        unary(Unary::Trunc, self)
    }
    fn lt(self, o: Self) -> SymMask {
        binary(Binary::Lt, self, o)
    }
    fn le(self, o: Self) -> SymMask {
        binary(Binary::Le, self, o)
    }
    fn eq(self, o: Self) -> SymMask {
        binary(Binary::Eq, self, o)
    }
    fn select(m: SymMask, t: Self, f: Self) -> Self {
        choose(m, t, f)
    }
    fn to_bits(self) -> Self::Bits {
        unary(Unary::Cast, self)
    }
    fn from_bits(b: Self::Bits) -> Self {
        unary(Unary::Cast, b)
    }
    fn from_i32(i: SymInt<i32>) -> Self {
        unary(Unary::Convert, i)
    }
    fn from_i64(i: SymInt<i64>) -> Self {
        unary(Unary::Convert, i)
    }
    fn from_u32(i: SymInt<u32>) -> Self {
        unary(Unary::Convert, i)
    }
    fn to_i32(self) -> SymInt<i32> {
        unary(Unary::Convert, self)
    }
}
