//! What every printed function must be.

use isospike_trace::print::{Dialect, function};
use isospike_trace::{Graph, Op};
use proptest::prelude::*;
use std::collections::HashSet;

/// All that an OpenCL statement may say besides names, numbers and operators.
const OPENCL: &[&str] = &[
    "ISOSPIKE_DIV_F32",
    "ISOSPIKE_SQRT_F32",
    "as_double",
    "as_float",
    "as_int",
    "as_long",
    "convert_int_sat_rtz",
    "copysign",
    "fabs",
    "floor",
    "inline",
    "mul_hi",
    "private",
    "rint",
    "sqrt",
    "static",
    "trunc",
];

/// The same for CUDA.
const CUDA: &[&str] = &[
    "__dadd_rn",
    "__ddiv_rn",
    "__device__",
    "__dmul_rn",
    "__double2int_rz",
    "__double_as_longlong",
    "__dsqrt_rn",
    "__dsub_rn",
    "__fadd_rn",
    "__fdiv_rn",
    "__float2int_rz",
    "__float_as_int",
    "__fmul_rn",
    "__forceinline__",
    "__fsqrt_rn",
    "__fsub_rn",
    "__int2double_rn",
    "__int2float_rn",
    "__int_as_float",
    "__ll2double_rn",
    "__ll2float_rn",
    "__longlong_as_double",
    "__uint2double_rn",
    "__uint2float_rn",
    "__uint_as_float",
    "__umulhi",
    "copysign",
    "copysignf",
    "fabs",
    "fabsf",
    "floor",
    "floorf",
    "isospike_zero",
    "rint",
    "rintf",
    "trunc",
    "truncf",
];

const BOTH: &[&str] =
    &["bool", "const", "f32", "f64", "false", "i32", "i64", "true", "u32", "u64", "void"];

/// The graph in both dialects, if they are sound: one statement per node, every name declared once
/// and before it is used, literals as bits, no functions but those whose bits are the same
/// everywhere, the same text each time.
pub(crate) fn printed(graph: &Graph) -> Result<[String; 2], TestCaseError> {
    let opencl = sound(graph, Dialect::OpenCl, OPENCL)?;
    Ok([opencl, sound(graph, Dialect::Cuda, CUDA)?])
}

fn sound(graph: &Graph, dialect: Dialect, words: &[&str]) -> Result<String, TestCaseError> {
    let text = function(graph, "printed", dialect);
    prop_assert_eq!(&text, &function(&graph.clone(), "printed", dialect));
    let mut declared = HashSet::new();
    let mut statements = 0;
    for line in text
        .lines()
        .filter(|l| !l.contains(" void printed("))
        .map(|l| l.split("//").next().unwrap_or(l))
    {
        let tokens = tokens(line);
        // A parameter or a temporary ends its declaration, or stands before `=`.
        let (declaration, used) = match line.split_once(" = ") {
            Some((left, _)) if !left.contains('*') => tokens.split_at(self::tokens(left).len()),
            None if line.ends_with([',', ')']) => (&tokens[..], &tokens[..0]),
            _ => (&tokens[..0], &tokens[..]),
        };
        for token in used.iter().chain(declaration.split_last().map_or(&[][..], |(_, t)| t)) {
            let known = BOTH.contains(token) || words.contains(token) || declared.contains(token);
            let number = token.starts_with("0x") || token.parse::<u32>().is_ok_and(|n| n < 64);
            prop_assert!(known || number, "`{token}` in `{line}`\n{text}");
        }
        if let Some(name) = declaration.last() {
            let c = BOTH.contains(name) || words.contains(name) || RESERVED.contains(name);
            prop_assert!(!c && declared.insert(*name), "`{name}` in `{line}`\n{text}");
        }
        statements += line.matches(';').count();
    }
    let arguments = graph.nodes().iter().filter(|n| matches!(n.op, Op::Arg(_))).count();
    prop_assert_eq!(statements, graph.nodes().len() - arguments + graph.outputs().len());
    Ok(text)
}

/// Words and numbers of a line.
fn tokens(line: &str) -> Vec<&str> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    line.split(|c| !word(c)).filter(|t| !t.is_empty()).collect()
}

/// Names that authors may well give and that cannot be used in one of the dialects.
pub(crate) const RESERVED: &[&str] = &[
    "auto",
    "blockIdx",
    "bool4",
    "char",
    "class",
    "const_cast",
    "constant",
    "default",
    "delete",
    "double",
    "double2",
    "false",
    "float",
    "float16",
    "float4",
    "for",
    "global",
    "half",
    "half8",
    "image2d_t",
    "INFINITY",
    "inline",
    "int",
    "int3",
    "kernel",
    "linux",
    "local",
    "long",
    "longlong2",
    "M_PI",
    "new",
    "not",
    "NULL",
    "or",
    "private",
    "register",
    "signed",
    "size_t",
    "sqrt",
    "static",
    "struct",
    "switch",
    "template",
    "this",
    "threadIdx",
    "true",
    "typename",
    "uint",
    "uint4",
    "union",
    "unsigned",
    "vector",
    "void",
    "volatile",
    "xor",
];
