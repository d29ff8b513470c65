//! `f32`, `f64` and the integers as one-wide lanes.

use crate::lane::{Float, Int, Lane, Mask, Word};

impl Mask for bool {
    #[inline(always)]
    fn splat(b: bool) -> bool {
        b
    }
    #[inline(always)]
    fn and(self, o: bool) -> bool {
        self & o
    }
    #[inline(always)]
    fn or(self, o: bool) -> bool {
        self | o
    }
    #[inline(always)]
    fn xor(self, o: bool) -> bool {
        self ^ o
    }
    #[inline(always)]
    fn not(self) -> bool {
        !self
    }
}

macro_rules! int {
    ($t:ident) => {
        impl Int for $t {
            type Mask = bool;
            #[inline(always)]
            fn lit(x: i64) -> $t {
                x as $t
            }
            #[inline(always)]
            fn wrapping_add(self, o: $t) -> $t {
                $t::wrapping_add(self, o)
            }
            #[inline(always)]
            fn wrapping_sub(self, o: $t) -> $t {
                $t::wrapping_sub(self, o)
            }
            #[inline(always)]
            fn wrapping_mul(self, o: $t) -> $t {
                $t::wrapping_mul(self, o)
            }
            #[inline(always)]
            fn and(self, o: $t) -> $t {
                self & o
            }
            #[inline(always)]
            fn or(self, o: $t) -> $t {
                self | o
            }
            #[inline(always)]
            fn xor(self, o: $t) -> $t {
                self ^ o
            }
            #[inline(always)]
            fn shl(self, n: u32) -> $t {
                self << n
            }
            #[inline(always)]
            fn shr(self, n: u32) -> $t {
                self >> n
            }
            #[inline(always)]
            fn lt(self, o: $t) -> bool {
                self < o
            }
            #[inline(always)]
            fn eq(self, o: $t) -> bool {
                self == o
            }
            #[inline(always)]
            fn select(m: bool, t: $t, f: $t) -> $t {
                if m { t } else { f }
            }
        }
    };
}
int!(i32);
int!(i64);
int!(u32);

impl Word for u32 {
    #[inline(always)]
    fn mul_hi(self, o: u32) -> u32 {
        ((u64::from(self) * u64::from(o)) >> 32) as u32
    }
}

macro_rules! float {
    ($f:ident, $bits:ident, $mantissa:literal) => {
        impl Lane for $f {
            type Scalar = $f;
            type Mask = bool;
            type I32 = i32;
            type I64 = i64;
            type U32 = u32;
            type Bits = $bits;
            #[inline(always)]
            fn splat(x: $f) -> $f {
                x
            }
            #[inline(always)]
            fn sqrt(self) -> $f {
                $f::sqrt(self)
            }
            #[inline(always)]
            fn abs(self) -> $f {
                $f::abs(self)
            }
            #[inline(always)]
            fn copysign(self, sign: $f) -> $f {
                $f::copysign(self, sign)
            }
            #[inline(always)]
            fn rint(self) -> $f {
                self.round_ties_even()
            }
            #[inline(always)]
            fn floor(self) -> $f {
                $f::floor(self)
            }
            #[inline(always)]
            fn trunc(self) -> $f {
                $f::trunc(self)
            }
            #[inline(always)]
            fn lt(self, o: $f) -> bool {
                self < o
            }
            #[inline(always)]
            fn le(self, o: $f) -> bool {
                self <= o
            }
            #[inline(always)]
            fn eq(self, o: $f) -> bool {
                self == o
            }
            #[inline(always)]
            fn select(m: bool, t: $f, f: $f) -> $f {
                if m { t } else { f }
            }
            #[inline(always)]
            fn to_bits(self) -> $bits {
                $f::to_bits(self) as $bits
            }
            #[inline(always)]
            fn from_bits(b: $bits) -> $f {
                $f::from_bits(b as _)
            }
            #[inline(always)]
            fn from_i32(i: i32) -> $f {
                i as $f
            }
            #[inline(always)]
            fn from_i64(i: i64) -> $f {
                i as $f
            }
            #[inline(always)]
            fn from_u32(i: u32) -> $f {
                i as $f
            }
            #[inline(always)]
            fn to_i32(self) -> i32 {
                self as i32
            }
        }
        impl Float for $f {
            type Pattern = $bits;
            const NAME: &'static str = stringify!($f);
            const MANTISSA: u32 = $mantissa;
            #[inline(always)]
            fn from_f64(x: f64) -> $f {
                x as $f
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $f::is_finite(self)
            }
        }
    };
}
float!(f32, i32, 23);
float!(f64, i64, 52);
