//! What the interpreter does for a node: the scalar lane's own method, on raw bits.

use crate::graph::Graph;
use crate::op::{Binary, Node, Op, Shift, Type, Unary};
use crate::value::Scalar;
use isospike_lane::{Float, Int, Lane, Mask, Word};

/// A node's operation on the raw bits of up to three operands.
pub(crate) type Apply = fn(u64, u64, u64) -> u64;

/// An [`Apply`] from a function of scalars: takes raw operands as `$t` and the result back to raw
/// bits.
macro_rules! on {
    ($t:ty, |$a:ident| $f:expr) => {
        |$a, _, _| {
            let $a: $t = Scalar::from_raw($a);
            Scalar::to_raw($f)
        }
    };
    ($t:ty, |$a:ident, $b:ident| $f:expr) => {
        |$a, $b, _| {
            let ($a, $b): ($t, $t) = (Scalar::from_raw($a), Scalar::from_raw($b));
            Scalar::to_raw($f)
        }
    };
    ($t:ty, |$a:ident; $bits:ident| $f:expr) => {
        |$a, $bits, _| {
            let ($a, $bits): ($t, u32) = (Scalar::from_raw($a), Scalar::from_raw($bits));
            Scalar::to_raw($f)
        }
    };
    ($t:ty, select $select:path) => {
        |m, t, f| {
            let m: bool = Scalar::from_raw(m);
            let (t, f): ($t, $t) = (Scalar::from_raw(t), Scalar::from_raw(f));
            Scalar::to_raw($select(m, t, f))
        }
    };
}

/// The operation of a node. A shift reads its count as second operand.
pub(crate) fn apply(graph: &Graph, node: Node) -> Apply {
    // The last operand tells the type worked on: a select begins with its mask.
    let on = node.op.operands().last().map_or(node.ty, |a| graph.node(a).ty);
    let found = match on {
        Type::F32 => float::<f32>(node.op),
        Type::F64 => float::<f64>(node.op),
        Type::I32 => to_float(node, on).or_else(|| int::<i32>(node.op)),
        Type::I64 => to_float(node, on).or_else(|| int::<i64>(node.op)),
        Type::U32 => to_float(node, on).or_else(|| word(node.op)),
        Type::Mask => mask(node.op),
    };
    found.unwrap_or_else(|| unreachable!("no lane has {:?} of {on} to {}", node.op, node.ty))
}

fn float<F: Float<Pattern: Scalar> + Scalar>(op: Op) -> Option<Apply> {
    Some(match op {
        Op::Unary(op, _) => match op {
            Unary::Neg => on!(F, |a| -a),
            Unary::Abs => on!(F, |a| a.abs()),
            Unary::Sqrt => on!(F, |a| a.sqrt()),
            Unary::Rint => on!(F, |a| a.rint()),
            Unary::Floor => on!(F, |a| a.floor()),
            Unary::Trunc => on!(F, |a| a.trunc()),
            Unary::Cast => on!(F, |a| a.to_bits()),
            Unary::Convert => on!(F, |a| a.to_i32()),
            Unary::Not => return None,
        },
        Op::Binary(op, ..) => match op {
            Binary::Add => on!(F, |a, b| a + b),
            Binary::Sub => on!(F, |a, b| a - b),
            Binary::Mul => on!(F, |a, b| a * b),
            Binary::Div => on!(F, |a, b| a / b),
            Binary::Copysign => on!(F, |a, b| a.copysign(b)),
            Binary::Lt => on!(F, |a, b| Lane::lt(a, b)),
            Binary::Le => on!(F, |a, b| Lane::le(a, b)),
            Binary::Eq => on!(F, |a, b| Lane::eq(a, b)),
            Binary::MulHi | Binary::And | Binary::Or | Binary::Xor => return None,
        },
        Op::Select(..) => on!(F, select F::select),
        Op::Arg(_) | Op::Lit(_) | Op::Shift(..) => return None,
    })
}

/// Integers to floats.
fn to_float(node: Node, from: Type) -> Option<Apply> {
    Some(match (node.op, from, node.ty) {
        (Op::Unary(Unary::Cast, _), Type::I32, Type::F32) => {
            on!(i32, |a| <f32 as Lane>::from_bits(a))
        }
        (Op::Unary(Unary::Cast, _), Type::I64, Type::F64) => {
            on!(i64, |a| <f64 as Lane>::from_bits(a))
        }
        (Op::Unary(Unary::Convert, _), Type::I32, Type::F32) => on!(i32, |a| f32::from_i32(a)),
        (Op::Unary(Unary::Convert, _), Type::I32, Type::F64) => on!(i32, |a| f64::from_i32(a)),
        (Op::Unary(Unary::Convert, _), Type::I64, Type::F32) => on!(i64, |a| f32::from_i64(a)),
        (Op::Unary(Unary::Convert, _), Type::I64, Type::F64) => on!(i64, |a| f64::from_i64(a)),
        (Op::Unary(Unary::Convert, _), Type::U32, Type::F32) => on!(u32, |a| f32::from_u32(a)),
        (Op::Unary(Unary::Convert, _), Type::U32, Type::F64) => on!(u32, |a| f64::from_u32(a)),
        _ => return None,
    })
}

fn word(op: Op) -> Option<Apply> {
    match op {
        Op::Binary(Binary::MulHi, ..) => Some(on!(u32, |a, b| a.mul_hi(b))),
        _ => int::<u32>(op),
    }
}

fn int<T: Int<Mask = bool> + Scalar>(op: Op) -> Option<Apply> {
    Some(match op {
        Op::Binary(op, ..) => match op {
            Binary::Add => on!(T, |a, b| T::wrapping_add(a, b)),
            Binary::Sub => on!(T, |a, b| T::wrapping_sub(a, b)),
            Binary::Mul => on!(T, |a, b| T::wrapping_mul(a, b)),
            Binary::And => on!(T, |a, b| a.and(b)),
            Binary::Or => on!(T, |a, b| a.or(b)),
            Binary::Xor => on!(T, |a, b| a.xor(b)),
            Binary::Lt => on!(T, |a, b| Int::lt(a, b)),
            Binary::Eq => on!(T, |a, b| Int::eq(a, b)),
            Binary::Div | Binary::Copysign | Binary::MulHi | Binary::Le => return None,
        },
        Op::Shift(Shift::Left, ..) => on!(T, |a; bits| a.shl(bits)),
        Op::Shift(Shift::Right, ..) => on!(T, |a; bits| a.shr(bits)),
        Op::Select(..) => on!(T, select T::select),
        Op::Arg(_) | Op::Lit(_) | Op::Unary(..) => return None,
    })
}

fn mask(op: Op) -> Option<Apply> {
    Some(match op {
        Op::Unary(Unary::Not, _) => on!(bool, |a| Mask::not(a)),
        Op::Binary(Binary::And, ..) => on!(bool, |a, b| Mask::and(a, b)),
        Op::Binary(Binary::Or, ..) => on!(bool, |a, b| Mask::or(a, b)),
        Op::Binary(Binary::Xor, ..) => on!(bool, |a, b| Mask::xor(a, b)),
        _ => return None,
    })
}
