//! The one abstraction: a lane of floats, or a symbol standing for one.
//!
//! Everything a backend must compute exactly is a method here; everything else in isospike (exp,
//! the models, the random distributions) is written once on top. Each float primitive has one
//! rounding, to nearest even, or is exact. There is deliberately no fused multiply-add and no
//! `fmin`.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// The result of a comparison, one truth value per lane.
pub trait Mask: Copy + 'static {
    /// The same truth value in every lane.
    fn splat(b: bool) -> Self;
    /// Lane-wise conjunction.
    fn and(self, o: Self) -> Self;
    /// Lane-wise disjunction.
    fn or(self, o: Self) -> Self;
    /// Lane-wise exclusive or.
    fn xor(self, o: Self) -> Self;
    /// Lane-wise negation.
    fn not(self) -> Self;
    /// The same, with a name for readers of printed graphs ([`named!`](crate::named)).
    #[inline(always)]
    fn named(self, _: &'static str) -> Self {
        self
    }
}

/// A lane of 32- or 64-bit integers. All arithmetic wraps.
pub trait Int: Copy + 'static {
    /// What comparisons give.
    type Mask: Mask;
    /// The same value in every lane, truncated to the width.
    fn lit(x: i64) -> Self;
    /// Wrapping addition.
    fn wrapping_add(self, o: Self) -> Self;
    /// Wrapping subtraction.
    fn wrapping_sub(self, o: Self) -> Self;
    /// Wrapping multiplication.
    fn wrapping_mul(self, o: Self) -> Self;
    /// Bitwise and.
    fn and(self, o: Self) -> Self;
    /// Bitwise or.
    fn or(self, o: Self) -> Self;
    /// Bitwise exclusive or.
    fn xor(self, o: Self) -> Self;
    /// Shift left by a constant below the width.
    fn shl(self, n: u32) -> Self;
    /// Shift right by a constant below the width; arithmetic for signed, logical for unsigned.
    fn shr(self, n: u32) -> Self;
    /// Less than, signed or unsigned as the type is.
    fn lt(self, o: Self) -> Self::Mask;
    /// Equality.
    fn eq(self, o: Self) -> Self::Mask;
    /// `t` where the mask is set, else `f`.
    fn select(m: Self::Mask, t: Self, f: Self) -> Self;
}

/// A lane of `u32` that can also give the high half of a product (Philox needs it).
pub trait Word: Int {
    /// High 32 bits of the 64-bit product.
    fn mul_hi(self, o: Self) -> Self;
}

/// A lane of `f32` or `f64`.
pub trait Lane:
    Copy
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// `f32` or `f64`.
    type Scalar: Float;
    /// What comparisons give.
    type Mask: Mask;
    /// Lanes of `i32`.
    type I32: Int<Mask = Self::Mask>;
    /// Lanes of `i64`.
    type I64: Int<Mask = Self::Mask>;
    /// Lanes of `u32`: random words.
    type U32: Word<Mask = Self::Mask>;
    /// Lanes of signed integers as wide as the float: bit patterns.
    type Bits: Int<Mask = Self::Mask>;

    /// A constant, rounded once to the lane's precision.
    #[inline(always)]
    fn lit(x: f64) -> Self {
        Self::splat(Self::Scalar::from_f64(x))
    }
    /// The same value in every lane.
    fn splat(x: Self::Scalar) -> Self;
    /// The same, with a name for readers of printed graphs ([`named!`](crate::named)).
    #[inline(always)]
    fn named(self, _: &'static str) -> Self {
        self
    }
    /// Square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// Absolute value (clears the sign bit).
    fn abs(self) -> Self;
    /// This magnitude with the sign bit of `sign`.
    fn copysign(self, sign: Self) -> Self;
    /// Nearest integer, ties to even.
    fn rint(self) -> Self;
    /// Largest integer not above.
    fn floor(self) -> Self;
    /// Integer part.
    fn trunc(self) -> Self;
    /// Less than; false for NaN.
    fn lt(self, o: Self) -> Self::Mask;
    /// Less than or equal; false for NaN.
    fn le(self, o: Self) -> Self::Mask;
    /// Equality; false for NaN.
    fn eq(self, o: Self) -> Self::Mask;
    /// `t` where the mask is set, else `f`.
    fn select(m: Self::Mask, t: Self, f: Self) -> Self;
    /// The bit pattern.
    fn to_bits(self) -> Self::Bits;
    /// The float with this bit pattern.
    fn from_bits(b: Self::Bits) -> Self;
    /// Nearest float, ties to even.
    fn from_i32(i: Self::I32) -> Self;
    /// Nearest float, ties to even.
    fn from_i64(i: Self::I64) -> Self;
    /// Nearest float, ties to even.
    fn from_u32(i: Self::U32) -> Self;
    /// Integer part; the value must lie within `i32`, clamp first.
    fn to_i32(self) -> Self::I32;

    /// Greater than; false for NaN.
    #[inline(always)]
    fn gt(self, o: Self) -> Self::Mask {
        o.lt(self)
    }
    /// Greater than or equal; false for NaN.
    #[inline(always)]
    fn ge(self, o: Self) -> Self::Mask {
        o.le(self)
    }
    /// `self` if it is less than `o`, else `o`. Not IEEE `fmin`: a NaN in `self` gives `o`.
    #[inline(always)]
    fn min(self, o: Self) -> Self {
        Self::select(self.lt(o), self, o)
    }
    /// `self` if it is greater than `o`, else `o`. Not IEEE `fmax`: a NaN in `self` gives `o`.
    #[inline(always)]
    fn max(self, o: Self) -> Self {
        Self::select(o.lt(self), self, o)
    }
}

/// The two scalar formats, each the one-wide lane of itself.
pub trait Float:
    Lane<Scalar = Self, Mask = bool, I32 = i32, I64 = i64, U32 = u32, Bits = Self::Pattern>
    + bytemuck::Pod
    + Default
    + PartialOrd
    + std::fmt::Debug
    + std::fmt::Display
    + Send
    + Sync
{
    /// The bit pattern's integer type.
    type Pattern: Int<Mask = bool> + bytemuck::Pod + PartialEq + std::fmt::Debug;
    /// `"f32"` or `"f64"`.
    const NAME: &'static str;
    /// Explicit mantissa bits: 23 or 52.
    const MANTISSA: u32;
    /// Rounds to nearest even.
    fn from_f64(x: f64) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
}

/// Gives lanes and masks the names of their variables, so that printed graphs (kernels of devices)
/// have them too. Nothing else changes.
///
/// ```
/// use isospike_lane::{Lane, named};
///
/// fn decayed<L: Lane>(v: L, decay: L, input: L) -> L {
///     let leaked = v * decay;
///     named!(leaked);
///     leaked + input
/// }
/// assert_eq!(decayed(2.0, 0.5, 1.0), 2.0);
/// ```
#[macro_export]
macro_rules! named {
    ($($value:ident),+ $(,)?) => {
        $(
            let $value = {
                #[allow(unused_imports)]
                use $crate::{Lane as _, Mask as _};
                $value.named(stringify!($value))
            };
        )+
    };
}
