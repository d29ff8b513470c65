//! OpenCL C 1.2.

use super::{Syntax, type_name};
use crate::op::{Binary, Type};

/// Operators round to nearest even and stay apart under the prelude's `FP_CONTRACT OFF`. Division
/// and square root of `f32` are the device's own only where it rounds them correctly: they are
/// macros of the prelude.
pub(super) struct OpenCl;

impl Syntax for OpenCl {
    /// A call left standing keeps a compiler from making vectors of the loop around it.
    fn qualifiers(&self) -> &'static str {
        "static inline __attribute__((always_inline))"
    }

    /// From OpenCL 2.0 on a pointer that says nothing may point anywhere, which is slower.
    fn address_space(&self) -> &'static str {
        "private "
    }

    fn float(&self, ty: Type, bits: u64) -> String {
        match ty {
            Type::F32 => format!("as_float(0x{bits:08x}u)"),
            _ => format!("as_double(0x{bits:016x}ul)"),
        }
    }

    fn arithmetic(&self, ty: Type, op: Binary, a: &str, b: &str) -> String {
        match (op, ty) {
            (Binary::Add, _) => format!("{a} + {b}"),
            (Binary::Sub, _) => format!("{a} - {b}"),
            (Binary::Mul, _) => format!("{a} * {b}"),
            (_, Type::F32) => format!("ISOSPIKE_DIV_F32({a}, {b})"),
            (..) => format!("{a} / {b}"),
        }
    }

    /// Builtins are overloaded.
    fn math(&self, _: Type, function: &str, operands: &str) -> String {
        format!("{function}({operands})")
    }

    fn sqrt(&self, ty: Type, a: &str) -> String {
        match ty {
            Type::F32 => format!("ISOSPIKE_SQRT_F32({a})"),
            _ => format!("sqrt({a})"),
        }
    }

    fn cast(&self, to: Type, a: &str) -> String {
        let to = match to {
            Type::F32 => "float",
            Type::F64 => "double",
            Type::I32 => "int",
            Type::I64 => "long",
            Type::U32 => "uint",
            Type::Mask => unreachable!("a mask has no bits"),
        };
        format!("as_{to}({a})")
    }

    /// To a float to nearest even, which is what a plain conversion does in OpenCL; to an integer
    /// towards zero, saturated, because out of range a plain one is undefined.
    fn convert(&self, from: Type, to: Type, a: &str) -> String {
        if from.is_float() {
            assert_eq!(to, Type::I32, "floats become no other integers");
            format!("convert_int_sat_rtz({a})")
        } else {
            format!("({}){a}", type_name(to))
        }
    }

    fn mul_hi(&self, a: &str, b: &str) -> String {
        format!("mul_hi({a}, {b})")
    }
}
