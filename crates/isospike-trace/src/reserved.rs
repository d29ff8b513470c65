//! Names that mean something to a compiler of one of the dialects.

/// The name itself, or, if C might know it already, with `x_` in front: no dialect has a keyword, a
/// macro or a function that begins like that.
pub(crate) fn free(name: String) -> String {
    if is_reserved(&name) { format!("x_{name}") } else { name }
}

/// Whether OpenCL C, CUDA C++, the preludes or the printers may use a name. Rather too often than
/// too seldom: a name without a small letter may be a macro's, one that ends in `_t` a type's.
pub(crate) fn is_reserved(name: &str) -> bool {
    let macro_like = !name.contains(|c: char| c.is_ascii_lowercase());
    let prefixed = PREFIXES.iter().any(|p| name.to_ascii_lowercase().starts_with(p));
    macro_like
        || prefixed
        || name.ends_with("_t")
        || WORDS.contains(&name)
        || TYPES.contains(&element(name))
}

/// The type that a vector type such as `float4` or `double2x2` is made of; any other name less the
/// digits at its end.
fn element(name: &str) -> &str {
    let digit = |c: char| c.is_ascii_digit();
    let end = name.trim_end_matches(digit);
    end.strip_suffix('x')
        .filter(|rows| rows.ends_with(digit))
        .unwrap_or(end)
        .trim_end_matches(digit)
}

/// Beginnings of names of the implementations, of OpenCL, of CUDA, of conversions and of the
/// preludes.
const PREFIXES: [&str; 7] = ["_", "cl_", "clk_", "cuda", "as_", "convert_", "isospike"];

/// Types that may be followed by a number of elements.
const TYPES: &[&str] = &[
    "bool",
    "char",
    "double",
    "float",
    "half",
    "int",
    "long",
    "longlong",
    "quad",
    "short",
    "uchar",
    "uint",
    "ulong",
    "ulonglong",
    "ushort",
];

/// Keywords of C99, C++20, OpenCL C 3.0 and CUDA C++, functions that the printers call, and words
/// that some compilers define as macros.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    // C and C++.
    "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "break", "case", "catch",
    "class", "co_await", "co_return", "co_yield", "compl", "concept", "const", "const_cast", "consteval",
    "constexpr", "constinit", "continue", "decltype", "default", "delete", "do", "dynamic_cast", "else",
    "enum", "explicit", "export", "extern", "false", "final", "for", "friend", "goto", "if", "import",
    "inline", "module", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr", "operator",
    "or", "or_eq", "override", "private", "protected", "public", "register", "reinterpret_cast",
    "requires", "restrict", "return", "signed", "sizeof", "static", "static_assert", "static_cast",
    "struct", "switch", "template", "this", "thread_local", "throw", "true", "try", "typedef", "typeid",
    "typename", "typeof", "union", "unsigned", "using", "virtual", "void", "volatile", "while", "xor",
    "xor_eq",
    // OpenCL C.
    "complex", "constant", "generic", "global", "imaginary", "kernel", "local", "pipe", "read_only",
    "read_write", "uniform", "vec_step", "write_only",
    // CUDA C++.
    "blockDim", "blockIdx", "dim3", "gridDim", "threadIdx", "warpSize",
    // Types of the preludes.
    "f32", "f64", "i32", "i64", "u32", "u64",
    // Functions that printed statements call.
    "copysign", "copysignf", "fabs", "fabsf", "floor", "floorf", "mul_hi", "rint", "rintf", "sqrt",
    "trunc", "truncf",
    // Macros.
    "linux", "pixel", "unix", "vector",
];
