//! Printed functions as text: their shape, every primitive, names that C knows already. That they
//! compute what the graph does is for the backends' tests to show.

mod check;
mod primitives;
mod random;

use check::printed;
use isospike_lane::{Float, Int, Lane, Mask, Math, distribution, philox4x32_10, poisson};
use isospike_trace::print::{Dialect, function};
use isospike_trace::{Graph, Sym, SymInt, SymMask, trace};

/// A small model with everything a signature can have.
fn sample() -> Graph {
    trace(|t| {
        let (v, current): (Sym<f32>, Sym<f32>) = (t.arg("state.V_m"), t.arg("current"));
        let _: SymMask = t.arg("unused");
        let word: SymInt<u32> = t.arg("draw.0");
        let decayed = t.name("decayed", v * Sym::lit(0.5)) / current;
        let spike = decayed.ge(Sym::lit(-1.0)).and(word.lt(SymInt::lit(1 << 20)));
        t.output("state.V_m", Sym::select(spike, Sym::lit(0.0), decayed));
        t.output("spike", spike);
        t.output("word", word);
    })
}

#[test]
fn a_function_in_opencl_c() {
    let hash = sample().content_hash();
    let text = "\
static inline __attribute__((always_inline)) void leak_f32(
    const f32 state_V_m,
    const f32 current,
    const bool unused,
    const u32 draw_0,
    private f32 *out_state_V_m,
    private bool *out_spike,
    private u32 *out_word)
{
    const f32 t3 = as_float(0x3f000000u); // 0.5
    const f32 decayed = state_V_m * t3;
    const f32 t5 = ISOSPIKE_DIV_F32(decayed, current);
    const f32 t6 = as_float(0xbf800000u); // -1.0
    const bool t7 = t6 <= t5;
    const u32 t8 = 0x00100000u; // 1048576
    const bool t9 = draw_0 < t8;
    const bool spike = t7 & t9;
    const f32 t11 = as_float(0x00000000u); // 0.0
    const f32 state_V_m_12 = spike ? t11 : t5;
    *out_state_V_m = state_V_m_12;
    *out_spike = spike;
    *out_word = draw_0;
}
";
    let text = format!("// leak_f32: graph {hash:032x}, 6 operations.\n{text}");
    assert_eq!(function(&sample(), "leak_f32", Dialect::OpenCl), text);
}

#[test]
fn a_function_in_cuda() {
    let text = function(&sample(), "leak_f32", Dialect::Cuda);
    for line in [
        "__device__ __forceinline__ void leak_f32(",
        "    f32 *out_state_V_m,",
        "    const f32 t3 = __uint_as_float(0x3f000000u); // 0.5",
        "    const f32 decayed = __fmul_rn(state_V_m, t3);",
        "    const f32 t5 = __fdiv_rn(decayed, current);",
        "    const f32 state_V_m_12 = spike ? t11 : t5;",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
}

#[test]
fn a_function_of_nothing() {
    let text = function(&trace(|_| ()), "nothing", Dialect::OpenCl);
    assert!(
        text.ends_with("static inline __attribute__((always_inline)) void nothing(void)\n{\n}\n"),
        "{text}"
    );
}

#[test]
fn a_function_has_a_name_of_its_own() {
    for name in ["", "2nd", "a.b", "int", "float4", "V", "step_t", "_step", "isospike_word"] {
        let print = || function(&sample(), name, Dialect::Cuda);
        let payload = std::panic::catch_unwind(print).expect_err(name);
        let text = payload.downcast_ref::<String>().expect("a message");
        assert!(text.contains("cannot name a printed function"), "{text}");
    }
}

#[test]
fn names_of_c_are_left_to_c() {
    let graph = trace(|t| {
        let int: Sym<f64> = t.arg("int");
        let taken: Sym<f64> = t.arg("x_int");
        let dotted: Sym<f64> = t.arg("const.cast");
        t.output("half", t.name("float4", int + taken) * t.name("E_L", dotted.abs()));
    });
    assert_eq!(graph.labels(), ["x_int", "x_int_1", "x_const_cast", "x_float4", "x_E_L", "x_half"]);
}

/// Functions of isospike-lane, traced and printed.
fn functions<F: Float>() {
    type S<F> = Sym<F>;
    let of_float: [fn(S<F>) -> S<F>; 9] = [
        |x| x.exp(),
        |x| x.log1p(),
        |x| x.tanh(),
        |x| x.sin(),
        |x| x.erfc(),
        |x| x.lgamma(),
        |x| x.pow(x),
        |x| x.inverse_normal(),
        |x| x.max(S::lit(0.0)),
    ];
    for f in of_float {
        printed(&trace(|t| t.output("y", f(t.arg("x"))))).expect("a sound function");
    }
    let of_word: [fn(SymInt<u32>) -> S<F>; 4] =
        [distribution::uniform, distribution::normal, distribution::exponential, |u| {
            poisson::poisson(S::lit(8.0), u)
        }];
    for f in of_word {
        printed(&trace(|t| t.output("y", f(t.arg("word"))))).expect("a sound function");
    }
}

#[test]
fn functions_and_distributions_are_printable() {
    functions::<f32>();
    functions::<f64>();
    let philox = trace(|t| {
        let word = |k: usize| t.arg::<SymInt<u32>>(&format!("word.{k}"));
        let words = philox4x32_10([0, 1, 2, 3].map(word), [4, 5].map(word));
        words.iter().enumerate().for_each(|(k, &w)| t.output(&format!("random.{k}"), w));
    });
    printed(&philox).expect("a sound function");
}
