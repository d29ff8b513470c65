//! The printers: a graph as a function in OpenCL C or CUDA C.
//!
//! A printed function is the traced one bit for bit. It takes the graph's arguments by value, used
//! or not, then a pointer per output, both in the graph's order:
//!
//! ```
//! # use isospike_lane::Lane;
//! # use isospike_trace::{Sym, print::{Dialect, function}, trace};
//! let graph = trace(|t| {
//!     let (v, current): (Sym<f32>, Sym<f32>) = (t.arg("state.V_m"), t.arg("current"));
//!     let v = v * Sym::lit(0.5) + current;
//!     t.output("state.V_m", v);
//!     t.output("spike", v.ge(Sym::lit(1.0)));
//! });
//! # assert_eq!(function(&graph, "leak", Dialect::Cuda), "\
//! // leak: graph e1c4d77e219d5e8a5d86d9a803f22723, 3 operations.
//! __device__ __forceinline__ void leak(
//!     const f32 state_V_m,
//!     const f32 current,
//!     f32 *out_state_V_m,
//!     bool *out_spike)
//! {
//!     const f32 t2 = __uint_as_float(0x3f000000u); // 0.5
//!     const f32 t3 = __fmul_rn(state_V_m, t2);
//!     const f32 state_V_m_4 = __fadd_rn(t3, current);
//!     const f32 t5 = __uint_as_float(0x3f800000u); // 1.0
//!     const bool spike = t5 <= state_V_m_4;
//!     *out_state_V_m = state_V_m_4;
//!     *out_spike = spike;
//! }
//! # ");
//! ```
//!
//! One statement per node, in the order of the graph; names as in
//! [`Graph::labels`](crate::Graph::labels); literals as bit patterns. Every statement is an
//! operation with one rounding or none, in CUDA C by an intrinsic that says so, in OpenCL C by an
//! operator under `FP_CONTRACT OFF`. Nothing branches and no memory is touched: once the function
//! is inlined, a caller's variables, their addresses passed as outputs, stay in registers. An
//! output may go to the variable that the state came from.
//!
//! The text needs the prelude of its dialect (`kernels-cl/prelude.cl`, `kernels-cu/prelude.cuh`)
//! before it: the types `f32`, `f64`, `i32`, `i64`, `u32`, `u64` and, in OpenCL, the division and
//! square root of `f32`. The same graph gives the same text, on every machine.

mod cuda;
mod opencl;

use crate::graph::Graph;
use crate::names::Names;
use crate::op::{Binary, Node, Op, Shift, Type, Unary};
use crate::reserved::is_reserved;
use std::fmt::Write;

/// A C dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// OpenCL C 1.2.
    OpenCl,
    /// CUDA C++, as NVRTC compiles it without any header.
    Cuda,
}

impl Dialect {
    fn syntax(self) -> &'static dyn Syntax {
        match self {
            Dialect::OpenCl => &opencl::OpenCl,
            Dialect::Cuda => &cuda::Cuda,
        }
    }
}

/// What a type is called in both dialects: as in Rust.
pub fn type_name(ty: Type) -> &'static str {
    match ty {
        Type::Mask => "bool",
        number => number.name(),
    }
}

/// The function in C. See the [module](self) for its shape.
///
/// # Panics
/// If `name` is no identifier, or one that means something to a compiler (`int`, `step_t`, `V`).
pub fn function(graph: &Graph, name: &str, dialect: Dialect) -> String {
    let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    assert!(
        word && begins && !is_reserved(name),
        "`{name}` cannot name a printed function: use letters, digits and `_`, a letter first, at \
         least one of them small, and no word that C knows"
    );
    let names = Names::new(graph);
    let syntax = dialect.syntax();
    let mut text = String::new();
    let mut line = |l: std::fmt::Arguments<'_>| writeln!(text, "{l}").expect("a String takes it");

    let operations = graph.stats().operations();
    line(format_args!("// {name}: graph {:032x}, {operations} operations.", graph.content_hash()));
    let args = graph.args().iter().zip(&names.args);
    let mut parameters: Vec<String> =
        args.map(|(a, label)| format!("\n    const {} {label}", type_name(a.ty))).collect();
    let space = syntax.address_space();
    let outputs = graph.outputs().iter().zip(&names.outputs);
    parameters
        .extend(outputs.map(|(o, label)| format!("\n    {space}{} *{label}", type_name(o.ty))));
    if parameters.is_empty() {
        parameters.push("void".to_owned());
    }
    line(format_args!("{} void {name}({})", syntax.qualifiers(), parameters.join(",")));
    line(format_args!("{{"));
    for id in graph.ids() {
        let node = graph.node(id);
        if let Op::Arg(_) = node.op {
            continue;
        }
        let expression = expression(graph, node, &names.nodes, syntax);
        let comment = node.value().map_or(String::new(), |v| format!(" // {v}"));
        let label = &names.nodes[id.index()];
        line(format_args!("    const {} {label} = {expression};{comment}", type_name(node.ty)));
    }
    for (o, label) in graph.outputs().iter().zip(&names.outputs) {
        line(format_args!("    *{label} = {};", names.nodes[o.node.index()]));
    }
    line(format_args!("}}"));
    text
}

/// How a dialect says what the two say differently. Operands are identifiers.
trait Syntax {
    /// What stands before the function's type.
    fn qualifiers(&self) -> &'static str;
    /// What says that a pointer leads to a variable of the caller.
    fn address_space(&self) -> &'static str;
    /// The float with these bits.
    fn float(&self, ty: Type, bits: u64) -> String;
    /// Sum, difference, product or quotient of floats.
    fn arithmetic(&self, ty: Type, op: Binary, a: &str, b: &str) -> String;
    /// A float function of C, by its name for doubles.
    fn math(&self, ty: Type, function: &str, operands: &str) -> String;
    /// Square root of a float.
    fn sqrt(&self, ty: Type, a: &str) -> String;
    /// The same bits as another type.
    fn cast(&self, to: Type, a: &str) -> String;
    /// Between an integer and a float.
    fn convert(&self, from: Type, to: Type, a: &str) -> String;
    /// High half of a product of `u32`.
    fn mul_hi(&self, a: &str, b: &str) -> String;
    /// A zero literal that is compared with a number, and the lesser or the greater of them chosen.
    fn chosen_zero(&self, a: &str) -> String {
        a.to_owned()
    }
}

/// What a node computes, from the labels of its operands.
fn expression(graph: &Graph, node: Node, labels: &[String], syntax: &dyn Syntax) -> String {
    let label = |id: crate::NodeId| labels[id.index()].as_str();
    let type_of = |id: crate::NodeId| graph.node(id).ty;
    match node.op {
        Op::Arg(_) => unreachable!("an argument is no statement"),
        Op::Lit(raw) => literal(node.ty, raw, syntax),
        Op::Unary(op, a) => unary(node.ty, op, type_of(a), label(a), syntax),
        Op::Binary(op, a, b) => binary(type_of(a), op, label(a), label(b), syntax),
        // A negative number shifted to the left is undefined in C.
        Op::Shift(Shift::Left, a, bits) => match unsigned(node.ty) {
            Some(u) => format!("({})(({u}){} << {bits})", node.ty, label(a)),
            None => format!("{} << {bits}", label(a)),
        },
        Op::Shift(Shift::Right, a, bits) => format!("{} >> {bits}", label(a)),
        Op::Select(m, a, b) => {
            let is_limit = match graph.node(m).op {
                Op::Binary(Binary::Lt | Binary::Le, x, y) => (x, y) == (a, b) || (x, y) == (b, a),
                _ => false,
            };
            let choice = |id| match is_limit && is_zero(graph.node(id)) {
                true => syntax.chosen_zero(label(id)),
                false => label(id).to_owned(),
            };
            format!("{} ? {} : {}", label(m), choice(a), choice(b))
        }
    }
}

/// Whether a node is a float literal that is a zero of either sign.
fn is_zero(node: Node) -> bool {
    match (node.ty, node.op) {
        (Type::F32, Op::Lit(bits)) => f32::from_bits(bits as u32) == 0.0,
        (Type::F64, Op::Lit(bits)) => f64::from_bits(bits) == 0.0,
        _ => false,
    }
}

fn literal(ty: Type, bits: u64, syntax: &dyn Syntax) -> String {
    match ty {
        Type::F32 | Type::F64 => syntax.float(ty, bits),
        Type::I32 => format!("(i32)0x{bits:08x}u"),
        Type::U32 => format!("0x{bits:08x}u"),
        Type::I64 => format!("(i64)0x{bits:016x}ul"),
        Type::Mask => (bits != 0).to_string(),
    }
}

fn unary(ty: Type, op: Unary, from: Type, a: &str, syntax: &dyn Syntax) -> String {
    match op {
        Unary::Neg => format!("-{a}"),
        Unary::Not => format!("!{a}"),
        Unary::Abs => syntax.math(ty, "fabs", a),
        Unary::Rint => syntax.math(ty, "rint", a),
        Unary::Floor => syntax.math(ty, "floor", a),
        Unary::Trunc => syntax.math(ty, "trunc", a),
        Unary::Sqrt => syntax.sqrt(ty, a),
        Unary::Cast => syntax.cast(ty, a),
        Unary::Convert => syntax.convert(from, ty, a),
    }
}

/// `ty` is that of the operands.
fn binary(ty: Type, op: Binary, a: &str, b: &str, syntax: &dyn Syntax) -> String {
    let operator = match op {
        Binary::Add => "+",
        Binary::Sub => "-",
        Binary::Mul => "*",
        Binary::Div => "/",
        Binary::And => "&",
        Binary::Or => "|",
        Binary::Xor => "^",
        Binary::Lt => "<",
        Binary::Le => "<=",
        Binary::Eq => "==",
        Binary::Copysign => return syntax.math(ty, "copysign", &format!("{a}, {b}")),
        Binary::MulHi => return syntax.mul_hi(a, b),
    };
    match op {
        Binary::Add | Binary::Sub | Binary::Mul | Binary::Div if ty.is_float() => {
            syntax.arithmetic(ty, op, a, b)
        }
        // Signed overflow is undefined in C; unsigned numbers wrap.
        Binary::Add | Binary::Sub | Binary::Mul => match unsigned(ty) {
            Some(u) => format!("({ty})(({u}){a} {operator} ({u}){b})"),
            None => format!("{a} {operator} {b}"),
        },
        _ => format!("{a} {operator} {b}"),
    }
}

/// The unsigned type as wide as a signed integer.
fn unsigned(ty: Type) -> Option<&'static str> {
    match ty {
        Type::I32 => Some("u32"),
        Type::I64 => Some("u64"),
        _ => None,
    }
}
