//! The nodes of a graph.

use crate::value::Value;

/// What a node's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// IEEE binary32.
    F32,
    /// IEEE binary64.
    F64,
    /// Signed 32-bit integer.
    I32,
    /// Signed 64-bit integer.
    I64,
    /// Unsigned 32-bit integer.
    U32,
    /// A truth value.
    Mask,
}

impl Type {
    /// Its name in Rust.
    pub fn name(self) -> &'static str {
        match self {
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::I32 => "i32",
            Type::I64 => "i64",
            Type::U32 => "u32",
            Type::Mask => "mask",
        }
    }

    /// `F32` or `F64`.
    pub fn is_float(self) -> bool {
        matches!(self, Type::F32 | Type::F64)
    }
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// A node's place in [`Graph::nodes`](crate::Graph::nodes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// Index into [`Graph::nodes`](crate::Graph::nodes).
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An operation and the type of its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// Type of the result.
    pub ty: Type,
    /// Operation.
    pub op: Op,
}

impl Node {
    /// The value of a literal; `None` for anything else.
    pub fn value(&self) -> Option<Value> {
        match self.op {
            Op::Lit(raw) => Some(Value::from_raw(self.ty, raw)),
            _ => None,
        }
    }
}

/// An operation: exactly the primitives of the arithmetic contract (NUMERICS.md), nothing derived.
/// `gt`, `ge`, `min` and `max` are already made of `Lt`, `Le` and `Select` when they get here.
///
/// # Evaluation rules
///
/// * A node is evaluated once per element, after its operands, which precede it in the graph. There
///   is no control flow and there are no side effects: any order that respects the operands gives
///   the same bits.
/// * Both sides of a `Select` are evaluated. No operation traps.
/// * What an operation means follows from the type of its operands. They all have one type, except
///   that `Select` begins with a mask. The result has that type too, except for comparisons (a
///   mask) and for `Cast` and `Convert`.
/// * Float `Add Sub Mul Div Sqrt`: one rounding, to nearest even; subnormals are kept. Two
///   operations never become one (no fused multiply-add), and none is replaced by another that is
///   equal over the reals.
/// * Float `Neg Abs Copysign Rint Floor Trunc`: exact. `Neg`, `Abs` and `Copysign` act on the sign
///   bit alone. `Rint` takes ties to even. A result of zero keeps the operand's sign.
/// * Comparisons with NaN are false; -0 equals +0.
/// * A NaN result is some NaN: its sign and payload are unspecified, and so is what a `Cast` makes
///   of it and the sign that `Copysign` takes from it. Compilers do use that freedom.
/// * Integer `Add Sub Mul` and shifts to the left wrap. Shifts to the right are arithmetic for
///   signed and logical for unsigned types; their count is a constant below the width.
/// * `Convert` to a float rounds to nearest even. `Convert` of a float takes its integer part,
///   which must lie within `i32`: otherwise (and for NaN) the result is unspecified, and backends
///   differ.
/// * `Cast` keeps the bits: f32 <-> i32, f64 <-> i64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// The argument with this index in [`Graph::args`](crate::Graph::args).
    Arg(u32),
    /// A constant: its bits, zero-extended. [`Node::value`] gives it its type.
    Lit(u64),
    /// One operand.
    Unary(Unary, NodeId),
    /// Two operands.
    Binary(Binary, NodeId, NodeId),
    /// An integer shifted by a constant number of bits, below its width.
    Shift(Shift, NodeId, u32),
    /// Where the mask (first) is set the second, else the third.
    Select(NodeId, NodeId, NodeId),
}

/// Operations with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unary {
    /// Sign bit flipped; floats.
    Neg,
    /// Sign bit cleared; floats.
    Abs,
    /// Square root, correctly rounded.
    Sqrt,
    /// Nearest integer, ties to even; floats.
    Rint,
    /// Largest integer not above; floats.
    Floor,
    /// Integer part; floats.
    Trunc,
    /// Negation of a mask.
    Not,
    /// The same bits as another type of the same width.
    Cast,
    /// Integer to float, to nearest even; float to `i32`, its integer part.
    Convert,
}

/// Operations with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Binary {
    /// Sum; wraps for integers.
    Add,
    /// Difference; wraps for integers.
    Sub,
    /// Product; wraps for integers.
    Mul,
    /// Quotient; floats.
    Div,
    /// Magnitude of the first with the sign bit of the second; floats.
    Copysign,
    /// High half of the 64-bit product; `u32`.
    MulHi,
    /// Bitwise, or of masks.
    And,
    /// Bitwise, or of masks.
    Or,
    /// Bitwise, or of masks.
    Xor,
    /// Less than; numbers.
    Lt,
    /// Less than or equal; floats.
    Le,
    /// Equal; numbers.
    Eq,
}

/// Shifts by a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shift {
    /// To the left.
    Left,
    /// To the right: arithmetic for signed, logical for unsigned.
    Right,
}

/// An operation without its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// [`Op::Arg`].
    Arg,
    /// [`Op::Lit`].
    Lit,
    /// [`Op::Unary`].
    Unary(Unary),
    /// [`Op::Binary`].
    Binary(Binary),
    /// [`Op::Shift`].
    Shift(Shift),
    /// [`Op::Select`].
    Select,
}

impl Kind {
    /// Its name in printed graphs. Content hashes are made of these names: changing one invalidates
    /// caches.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Arg => "arg",
            Kind::Lit => "lit",
            Kind::Unary(Unary::Neg) => "neg",
            Kind::Unary(Unary::Abs) => "abs",
            Kind::Unary(Unary::Sqrt) => "sqrt",
            Kind::Unary(Unary::Rint) => "rint",
            Kind::Unary(Unary::Floor) => "floor",
            Kind::Unary(Unary::Trunc) => "trunc",
            Kind::Unary(Unary::Not) => "not",
            Kind::Unary(Unary::Cast) => "cast",
            Kind::Unary(Unary::Convert) => "convert",
            Kind::Binary(Binary::Add) => "add",
            Kind::Binary(Binary::Sub) => "sub",
            Kind::Binary(Binary::Mul) => "mul",
            Kind::Binary(Binary::Div) => "div",
            Kind::Binary(Binary::Copysign) => "copysign",
            Kind::Binary(Binary::MulHi) => "mul_hi",
            Kind::Binary(Binary::And) => "and",
            Kind::Binary(Binary::Or) => "or",
            Kind::Binary(Binary::Xor) => "xor",
            Kind::Binary(Binary::Lt) => "lt",
            Kind::Binary(Binary::Le) => "le",
            Kind::Binary(Binary::Eq) => "eq",
            Kind::Shift(Shift::Left) => "shl",
            Kind::Shift(Shift::Right) => "shr",
            Kind::Select => "select",
        }
    }
}

impl Op {
    /// The operation without its operands.
    pub fn kind(self) -> Kind {
        match self {
            Op::Arg(_) => Kind::Arg,
            Op::Lit(_) => Kind::Lit,
            Op::Unary(u, _) => Kind::Unary(u),
            Op::Binary(b, ..) => Kind::Binary(b),
            Op::Shift(s, ..) => Kind::Shift(s),
            Op::Select(..) => Kind::Select,
        }
    }

    /// The nodes it reads, in order.
    pub fn operands(self) -> impl Iterator<Item = NodeId> {
        match self {
            Op::Arg(_) | Op::Lit(_) => [None; 3],
            Op::Unary(_, a) | Op::Shift(_, a, _) => [Some(a), None, None],
            Op::Binary(_, a, b) => [Some(a), Some(b), None],
            Op::Select(m, a, b) => [Some(m), Some(a), Some(b)],
        }
        .into_iter()
        .flatten()
    }

    pub(crate) fn map_operands(self, mut f: impl FnMut(NodeId) -> NodeId) -> Op {
        match self {
            Op::Arg(_) | Op::Lit(_) => self,
            Op::Unary(u, a) => Op::Unary(u, f(a)),
            Op::Shift(s, a, n) => Op::Shift(s, f(a), n),
            Op::Binary(o, a, b) => Op::Binary(o, f(a), f(b)),
            Op::Select(m, a, b) => Op::Select(f(m), f(a), f(b)),
        }
    }
}
