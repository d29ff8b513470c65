//! `W<T, N>`: N lanes side by side, as plain arrays that the compiler turns into vector registers.
//!
//! Every operation applies the scalar's own operation per lane, so a wide lane cannot differ from N
//! scalars in a single bit; what remains is speed, and that comes from [`crate::isa`].

use crate::lane::{Float, Int, Lane, Mask, Word};
use std::mem::MaybeUninit;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::atomic::{Ordering, compiler_fence};

/// N lanes of `T` (`f32`, `f64`, `i32`, `i64`, `u32`).
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub struct W<T, const N: usize>(pub [T; N]);

/// N truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct M<const N: usize>(pub [bool; N]);

/// An array made element by element. Not `std::array::from_fn`: that is a call when the surrounding
/// code is large, and a call leaves the instruction set of its caller behind. Nor an array filled
/// with its first element and then overwritten: lane 0 would be computed by code of its own, and
/// LLVM no longer sees N equal computations side by side (AVX2: 4 times slower).
#[inline(always)]
fn each<T: Copy, const N: usize>(f: impl Fn(usize) -> T) -> [T; N] {
    let mut all = [const { MaybeUninit::<T>::uninit() }; N];
    for (i, x) in all.iter_mut().enumerate() {
        x.write(f(i));
    }
    // SAFETY: every element has been written, and `MaybeUninit<T>` has the layout of `T`.
    unsafe { std::mem::transmute_copy(&all) }
}

impl<T: Copy, const N: usize> W<T, N> {
    /// Reads the first N elements of a slice.
    #[inline(always)]
    pub fn load(s: &[T]) -> Self {
        let s = &s[..N];
        W(each(|i| s[i]))
    }
    /// Writes the first N elements of a slice.
    #[inline(always)]
    pub fn store(self, s: &mut [T]) {
        s[..N].copy_from_slice(&self.0);
        // Emits nothing, but keeps LLVM's loop vectoriser from taking the lanes apart: in a loop
        // over chunks it would see N interleaved scalar computations and gather each of them across
        // chunks, up to 5 times slower.
        compiler_fence(Ordering::Release);
    }
    #[inline(always)]
    fn map<U: Copy>(self, f: impl Fn(T) -> U) -> W<U, N> {
        W(each(|i| f(self.0[i])))
    }
    #[inline(always)]
    fn zip<U: Copy>(self, o: Self, f: impl Fn(T, T) -> U) -> W<U, N> {
        W(each(|i| f(self.0[i], o.0[i])))
    }
    #[inline(always)]
    fn test(self, o: Self, f: impl Fn(T, T) -> bool) -> M<N> {
        M(each(|i| f(self.0[i], o.0[i])))
    }
}

impl<const N: usize> Mask for M<N> {
    #[inline(always)]
    fn splat(b: bool) -> Self {
        M([b; N])
    }
    #[inline(always)]
    fn and(self, o: Self) -> Self {
        M(each(|i| self.0[i] & o.0[i]))
    }
    #[inline(always)]
    fn or(self, o: Self) -> Self {
        M(each(|i| self.0[i] | o.0[i]))
    }
    #[inline(always)]
    fn xor(self, o: Self) -> Self {
        M(each(|i| self.0[i] ^ o.0[i]))
    }
    #[inline(always)]
    fn not(self) -> Self {
        M(each(|i| !self.0[i]))
    }
}

impl<T: Int<Mask = bool>, const N: usize> Int for W<T, N> {
    type Mask = M<N>;
    #[inline(always)]
    fn lit(x: i64) -> Self {
        W([T::lit(x); N])
    }
    #[inline(always)]
    fn wrapping_add(self, o: Self) -> Self {
        self.zip(o, T::wrapping_add)
    }
    #[inline(always)]
    fn wrapping_sub(self, o: Self) -> Self {
        self.zip(o, T::wrapping_sub)
    }
    #[inline(always)]
    fn wrapping_mul(self, o: Self) -> Self {
        self.zip(o, T::wrapping_mul)
    }
    #[inline(always)]
    fn and(self, o: Self) -> Self {
        self.zip(o, T::and)
    }
    #[inline(always)]
    fn or(self, o: Self) -> Self {
        self.zip(o, T::or)
    }
    #[inline(always)]
    fn xor(self, o: Self) -> Self {
        self.zip(o, T::xor)
    }
    #[inline(always)]
    fn shl(self, n: u32) -> Self {
        self.map(|a| a.shl(n))
    }
    #[inline(always)]
    fn shr(self, n: u32) -> Self {
        self.map(|a| a.shr(n))
    }
    #[inline(always)]
    fn lt(self, o: Self) -> M<N> {
        self.test(o, <T as Int>::lt)
    }
    #[inline(always)]
    fn eq(self, o: Self) -> M<N> {
        self.test(o, <T as Int>::eq)
    }
    #[inline(always)]
    fn select(m: M<N>, t: Self, f: Self) -> Self {
        W(each(|i| if m.0[i] { t.0[i] } else { f.0[i] }))
    }
}

impl<T: Word<Mask = bool>, const N: usize> Word for W<T, N> {
    #[inline(always)]
    fn mul_hi(self, o: Self) -> Self {
        self.zip(o, T::mul_hi)
    }
}

macro_rules! operator {
    ($($t:ident $m:ident),*) => { $(
        impl<F: Float, const N: usize> $t for W<F, N> {
            type Output = Self;
            #[inline(always)]
            fn $m(self, o: Self) -> Self {
                self.zip(o, |a, b| a.$m(b))
            }
        }
    )* };
}
operator!(Add add, Sub sub, Mul mul, Div div);

impl<F: Float, const N: usize> Neg for W<F, N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|a| -a)
    }
}

impl<F: Float, const N: usize> Lane for W<F, N> {
    type Scalar = F;
    type Mask = M<N>;
    type I32 = W<i32, N>;
    type I64 = W<i64, N>;
    type U32 = W<u32, N>;
    type Bits = W<F::Pattern, N>;
    #[inline(always)]
    fn splat(x: F) -> Self {
        W([x; N])
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(F::sqrt)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        self.map(F::abs)
    }
    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        self.zip(sign, F::copysign)
    }
    #[inline(always)]
    fn rint(self) -> Self {
        self.map(F::rint)
    }
    #[inline(always)]
    fn floor(self) -> Self {
        self.map(F::floor)
    }
    #[inline(always)]
    fn trunc(self) -> Self {
        self.map(F::trunc)
    }
    #[inline(always)]
    fn lt(self, o: Self) -> M<N> {
        self.test(o, <F as Lane>::lt)
    }
    #[inline(always)]
    fn le(self, o: Self) -> M<N> {
        self.test(o, <F as Lane>::le)
    }
    #[inline(always)]
    fn eq(self, o: Self) -> M<N> {
        self.test(o, <F as Lane>::eq)
    }
    #[inline(always)]
    fn select(m: M<N>, t: Self, f: Self) -> Self {
        W(each(|i| if m.0[i] { t.0[i] } else { f.0[i] }))
    }
    #[inline(always)]
    fn to_bits(self) -> W<F::Pattern, N> {
        self.map(F::to_bits)
    }
    #[inline(always)]
    fn from_bits(b: W<F::Pattern, N>) -> Self {
        b.map(F::from_bits)
    }
    #[inline(always)]
    fn from_i32(i: W<i32, N>) -> Self {
        i.map(F::from_i32)
    }
    #[inline(always)]
    fn from_i64(i: W<i64, N>) -> Self {
        i.map(F::from_i64)
    }
    #[inline(always)]
    fn from_u32(i: W<u32, N>) -> Self {
        i.map(F::from_u32)
    }
    #[inline(always)]
    fn to_i32(self) -> W<i32, N> {
        self.map(F::to_i32)
    }
}
