//! Values at run time: an enum for people, raw bits for the interpreter.

use crate::op::Type;
use std::any::Any;
use std::fmt;

/// A value of any of the types a node can have.
///
/// Derived equality is that of the floats, for which NaN differs from itself; [`Value::same`] is
/// the equality of the arithmetic contract.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Single precision.
    F32(f32),
    /// Double precision.
    F64(f64),
    /// Signed 32 bits.
    I32(i32),
    /// Signed 64 bits.
    I64(i64),
    /// Unsigned 32 bits.
    U32(u32),
    /// A truth value.
    Mask(bool),
}

impl Value {
    /// Its type.
    pub fn ty(self) -> Type {
        match self {
            Value::F32(_) => Type::F32,
            Value::F64(_) => Type::F64,
            Value::I32(_) => Type::I32,
            Value::I64(_) => Type::I64,
            Value::U32(_) => Type::U32,
            Value::Mask(_) => Type::Mask,
        }
    }

    /// Its bits, zero-extended; a mask is 0 or 1.
    pub fn raw(self) -> u64 {
        match self {
            Value::F32(x) => x.to_raw(),
            Value::F64(x) => x.to_raw(),
            Value::I32(x) => x.to_raw(),
            Value::I64(x) => x.to_raw(),
            Value::U32(x) => x.to_raw(),
            Value::Mask(x) => x.to_raw(),
        }
    }

    /// The value of this type with these bits, the inverse of [`Value::raw`].
    pub fn from_raw(ty: Type, raw: u64) -> Value {
        match ty {
            Type::F32 => Value::F32(Scalar::from_raw(raw)),
            Type::F64 => Value::F64(Scalar::from_raw(raw)),
            Type::I32 => Value::I32(Scalar::from_raw(raw)),
            Type::I64 => Value::I64(Scalar::from_raw(raw)),
            Type::U32 => Value::U32(Scalar::from_raw(raw)),
            Type::Mask => Value::Mask(Scalar::from_raw(raw)),
        }
    }

    /// Equal bit for bit, or both NaN: what two backends must be to each other.
    pub fn same(self, o: Value) -> bool {
        self.ty() == o.ty() && (self.raw() == o.raw() || (self.is_nan() && o.is_nan()))
    }

    /// A float that is not a number.
    pub fn is_nan(self) -> bool {
        match self {
            Value::F32(x) => x.is_nan(),
            Value::F64(x) => x.is_nan(),
            _ => false,
        }
    }

    /// The value of a scalar known only by a generic parameter (`F: Float` and its bit pattern).
    pub(crate) fn of<T: Any>(x: T) -> Value {
        fn cast<T: Any, U: Copy + 'static>(x: &T) -> Option<U> {
            (x as &dyn Any).downcast_ref().copied()
        }
        None.or_else(|| cast(&x).map(Value::F32))
            .or_else(|| cast(&x).map(Value::F64))
            .or_else(|| cast(&x).map(Value::I32))
            .or_else(|| cast(&x).map(Value::I64))
            .or_else(|| cast(&x).map(Value::U32))
            .or_else(|| cast(&x).map(Value::Mask))
            .unwrap_or_else(|| panic!("{} is not a lane type", std::any::type_name::<T>()))
    }
}

/// As Rust writes it; the bits of a NaN are added.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            v if v.is_nan() => write!(f, "NaN({:#x})", v.raw()),
            Value::F32(x) => write!(f, "{x:?}"),
            Value::F64(x) => write!(f, "{x:?}"),
            Value::I32(x) => write!(f, "{x}"),
            Value::I64(x) => write!(f, "{x}"),
            Value::U32(x) => write!(f, "{x}"),
            Value::Mask(x) => write!(f, "{x}"),
        }
    }
}

mod sealed {
    pub trait Sealed {}
}

/// The Rust types behind [`Type`]: `f32`, `f64`, `i32`, `i64`, `u32`, `bool`.
pub trait Scalar: Copy + Into<Value> + sealed::Sealed + 'static {
    /// The type of nodes that hold it.
    const TYPE: Type;
    /// Its bits, zero-extended.
    fn to_raw(self) -> u64;
    /// The value with these bits.
    fn from_raw(raw: u64) -> Self;
}

macro_rules! scalar {
    ($($t:ident $variant:ident |$x:ident| $to:expr, |$raw:ident| $from:expr;)*) => { $(
        impl sealed::Sealed for $t {}
        impl Scalar for $t {
            const TYPE: Type = Type::$variant;
            #[inline(always)]
            fn to_raw(self) -> u64 {
                let $x = self;
                $to
            }
            #[inline(always)]
            fn from_raw($raw: u64) -> $t {
                $from
            }
        }
        impl From<$t> for Value {
            fn from(x: $t) -> Value {
                Value::$variant(x)
            }
        }
    )* };
}
scalar! {
    f32 F32 |x| u64::from(x.to_bits()), |raw| f32::from_bits(raw as u32);
    f64 F64 |x| x.to_bits(), |raw| f64::from_bits(raw);
    i32 I32 |x| u64::from(x as u32), |raw| raw as i32;
    i64 I64 |x| x as u64, |raw| raw as i64;
    u32 U32 |x| u64::from(x), |raw| raw as u32;
    bool Mask |x| u64::from(x), |raw| raw != 0;
}
