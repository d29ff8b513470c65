//! CUDA C++.

use super::Syntax;
use crate::op::{Binary, Type};

/// Every rounding is an intrinsic that names it, so that no compiler option can change one.
pub(super) struct Cuda;

impl Syntax for Cuda {
    fn qualifiers(&self) -> &'static str {
        "__device__ __forceinline__"
    }

    fn address_space(&self) -> &'static str {
        ""
    }

    fn float(&self, ty: Type, bits: u64) -> String {
        match ty {
            Type::F32 => format!("__uint_as_float(0x{bits:08x}u)"),
            _ => format!("__longlong_as_double((i64)0x{bits:016x}ull)"),
        }
    }

    fn arithmetic(&self, ty: Type, op: Binary, a: &str, b: &str) -> String {
        let op = match op {
            Binary::Add => "add",
            Binary::Sub => "sub",
            Binary::Mul => "mul",
            _ => "div",
        };
        format!("__{}{op}_rn({a}, {b})", letter(ty))
    }

    /// The functions for `f32` end in `f`.
    fn math(&self, ty: Type, function: &str, operands: &str) -> String {
        let suffix = if ty == Type::F32 { "f" } else { "" };
        format!("{function}{suffix}({operands})")
    }

    fn sqrt(&self, ty: Type, a: &str) -> String {
        format!("__{}sqrt_rn({a})", letter(ty))
    }

    fn cast(&self, to: Type, a: &str) -> String {
        let (from, to) = match to {
            Type::F32 => ("int", "float"),
            Type::I32 => ("float", "int"),
            Type::F64 => ("longlong", "double"),
            Type::I64 => ("double", "longlong"),
            Type::U32 | Type::Mask => unreachable!("floats have the bits of signed integers"),
        };
        format!("__{from}_as_{to}({a})")
    }

    /// To a float to nearest even; to an integer towards zero.
    fn convert(&self, from: Type, to: Type, a: &str) -> String {
        let name = |ty| match ty {
            Type::F32 => "float",
            Type::F64 => "double",
            Type::I32 => "int",
            Type::I64 => "ll",
            Type::U32 => "uint",
            Type::Mask => unreachable!("a mask is no number"),
        };
        let rounding = if from.is_float() { "rz" } else { "rn" };
        format!("__{}2{}_{rounding}({a})", name(from), name(to))
    }

    fn mul_hi(&self, a: &str, b: &str) -> String {
        format!("__umulhi({a}, {b})")
    }

    /// NVRTC would make a minimum of `x < 0 ? x : 0`, which is another zero where x is -0.
    fn chosen_zero(&self, a: &str) -> String {
        format!("isospike_zero({a})")
    }
}

/// What begins the names of intrinsics of a precision.
fn letter(ty: Type) -> char {
    if ty == Type::F32 { 'f' } else { 'd' }
}
