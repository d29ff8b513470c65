//! Whether a device computes every primitive exactly: asked once, before anything is run on it,
//! because what devices say of themselves is wrong in both directions.

use crate::driver::{Arg, Driver, Size};
use bytemuck::{cast_slice, cast_slice_mut};
use isospike_backend::{Error, ErrorKind, Result};
use isospike_lane::{Float, Half, Int, Lane, Mask, Word, philox4x32_10};
use isospike_net::Precision;
use isospike_trace::print::{function, type_name};
use isospike_trace::{Graph, Sym, SymInt, SymMask, Symbol, Tracer, Type, Value, trace};
use std::fmt::{Display, Formatter, Write};
use std::sync::Arc;

/// A primitive that came out wrong.
#[derive(Clone, Debug)]
pub struct Wrong {
    /// Its name, for example `div`.
    pub primitive: String,
    /// The operands and both results.
    example: String,
}

impl Display for Wrong {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.primitive, self.example)
    }
}

/// Random rows of operands, after the adversarial ones.
const RANDOM_ROWS: u32 = 4096;

/// Runs every primitive of a precision on adversarial and random operands and returns those that
/// differ from the reference, each once.
///
/// # Errors
/// `Device` if the driver fails.
pub fn sweep<D: Driver>(driver: &D, precision: Precision) -> Result<Vec<Wrong>> {
    let (graph, rows) = match precision {
        Precision::F32 => (primitives::<f32>(), rows(&specials_32())),
        Precision::F64 => (primitives::<f64>(), rows(&specials_64())),
    };
    let n = rows.len();
    let outputs = graph.outputs().len();
    let mut results = vec![0u64; n * outputs];
    let module = driver.build(&text(driver, &graph))?;
    let input = driver.allocate(size_of_val(&rows[..]))?;
    let output = driver.allocate(size_of_val(&results[..]))?;
    driver.write(&input, 0, cast_slice(&rows))?;
    let args = [Arg::Buffer(Some(&input)), Arg::Buffer(Some(&output)), Arg::Word(n as u32)];
    let launch = driver.bind(&module, "sweep", &args, Size { groups: 16, items: 16 })?;
    driver.enqueue(&mut [launch], 1)?;
    driver.read(&output, 0, cast_slice_mut(&mut results))?;
    let mut wrong = compare(&graph, &rows, &results, precision);
    if precision == Precision::F32 {
        wrong.extend(halves(driver, &module)?);
    }
    Ok(wrong)
}

/// The conversions from and to 16-bit floats, on every seventh of their numbers, the ties behind
/// them and what lies beside those.
fn halves<D: Driver>(driver: &D, module: &Arc<D::Module>) -> Result<Vec<Wrong>> {
    let patterns = (0..=u16::MAX).step_by(7);
    let numbers = patterns.flat_map(|bits| {
        let f16 = Half::F16.decode(bits).to_bits();
        let bf16 = u32::from(bits) << 16;
        let after = |from: u32, tie: u32| [from, from | (tie - 1), from | tie, from | (tie + 1)];
        [after(f16, 1 << 12), after(bf16, 1 << 15)]
    });
    let numbers: Vec<u32> = numbers.flatten().filter(|x| !f32::from_bits(*x).is_nan()).collect();
    let n = numbers.len();
    let (mut narrow, mut wide) = (vec![0u16; 2 * n], vec![0u32; 2 * n]);
    let input = driver.allocate(size_of_val(&numbers[..]))?;
    let bits = driver.allocate(size_of_val(&narrow[..]))?;
    let back = driver.allocate(size_of_val(&wide[..]))?;
    driver.write(&input, 0, cast_slice(&numbers))?;
    let heap = |b| Arg::Buffer(Some(b));
    let args = [heap(&input), heap(&bits), heap(&back), Arg::Word(n as u32)];
    let launch = driver.bind(module, "sweep_half", &args, Size { groups: 16, items: 16 })?;
    driver.enqueue(&mut [launch], 1)?;
    driver.read(&bits, 0, cast_slice_mut(&mut narrow))?;
    driver.read(&back, 0, cast_slice_mut(&mut wide))?;
    let mut wrong: Vec<Wrong> = Vec::new();
    for (i, (&found, &back)) in narrow.iter().zip(&wide).enumerate() {
        let (x, format) = (numbers[i / 2], [Half::F16, Half::BF16][i % 2]);
        let expected = format.encode(f32::from_bits(x));
        let read = format.decode(expected).to_bits();
        if (found, back) != (expected, read) && wrong.iter().all(|w| w.primitive != format.name()) {
            let example = format!(
                "of {x:#x} gave {found:#x}, read as {back:#x}, instead of {expected:#x}, {read:#x}"
            );
            wrong.push(Wrong { primitive: format.name().to_owned(), example });
        }
    }
    Ok(wrong)
}

/// Whether a device may be used, from what its sweeps found.
///
/// # Errors
/// `Unsupported` if anything came out wrong, naming all of it.
pub fn exact(wrong: &[Wrong]) -> Result<()> {
    let Some(first) = wrong.first() else { return Ok(()) };
    let names: Vec<&str> = wrong.iter().map(|w| &*w.primitive).collect();
    let message = format!(
        "the device does not compute these exactly: {}; for example {first}",
        names.join(", ")
    );
    Err(Error::new(ErrorKind::Unsupported, message))
}

fn compare(graph: &Graph, rows: &[Row], results: &[u64], precision: Precision) -> Vec<Wrong> {
    let outputs = graph.outputs();
    let mut wrong: Vec<Wrong> = Vec::new();
    let nan = |bits: u64| match precision {
        Precision::F32 => f32::from_bits(bits as u32).is_nan(),
        Precision::F64 => f64::from_bits(bits).is_nan(),
    };
    let rows = rows.iter().zip(results.chunks_exact(outputs.len()));
    // what becomes of the bits of a NaN is nobody's promise
    for (row, found) in rows.filter(|(row, _)| !nan(row[0]) && !nan(row[1])) {
        let values: Vec<Value> =
            graph.args().iter().zip(row).map(|(a, &x)| value(a.ty, x)).collect();
        for ((expected, &found), output) in graph.eval(&values).iter().zip(found).zip(outputs) {
            let expected = bits(*expected);
            let float = output.name.starts_with("float_");
            let same = expected == found || float && nan(expected) && nan(found);
            let primitive = output.name.trim_start_matches("float_").to_owned();
            if !same && wrong.iter().all(|w| w.primitive != primitive) {
                let example = format!("of {row:x?} gave {found:#x} instead of {expected:#x}");
                wrong.push(Wrong { primitive, example });
            }
        }
    }
    wrong
}

/// The operands of one evaluation as words: two floats (bits), two i32, two i64, two u32.
type Row = [u64; 8];

fn value(ty: Type, word: u64) -> Value {
    match ty {
        Type::I32 => Value::from(word as i32),
        Type::I64 => Value::from(word as i64),
        _ => Value::from(word as u32),
    }
}

fn bits(value: Value) -> u64 {
    match value {
        Value::I32(x) => u64::from(x as u32),
        Value::I64(x) => x as u64,
        Value::U32(x) => u64::from(x),
        other => unreachable!("outputs are integers: {other:?}"),
    }
}

/// Every primitive. Floats go in and out as bits; outputs that are floats are named so.
fn primitives<F: Float>() -> Graph {
    trace(|t| {
        let (a, b): (Sym<F>, Sym<F>) =
            (Lane::from_bits(t.arg("a_bits")), Lane::from_bits(t.arg("b_bits")));
        let (i, j): (SymInt<i32>, SymInt<i32>) = (t.arg("i"), t.arg("j"));
        let (k, l): (SymInt<i64>, SymInt<i64>) = (t.arg("k"), t.arg("l"));
        let (u, v): (SymInt<u32>, SymInt<u32>) = (t.arg("u"), t.arg("v"));
        let float = |name: &str, x: Sym<F>| t.output(&format!("float_{name}"), x.to_bits());
        float("add", a + b);
        float("sub", a - b);
        float("mul", a * b);
        float("div", a / b);
        float("sqrt", a.sqrt());
        float("neg", -a);
        float("abs", a.abs());
        float("copysign", a.copysign(b));
        float("rint", a.rint());
        float("floor", a.floor());
        float("trunc", a.trunc());
        float("mul_add_apart", a * b + a);
        float("select", Sym::select(a.lt(b), a, b));
        float("from_i32", Sym::<F>::from_i32(i));
        float("from_i64", Sym::<F>::from_i64(k));
        float("from_u32", Sym::<F>::from_u32(u));
        let limit = Sym::<F>::lit(2_147_483_000.0);
        let clamped = Sym::select(a.lt(limit), Sym::select((-limit).lt(a), a, -limit), limit);
        t.output("to_i32", clamped.to_i32());
        let nan = a + -a; // where a is infinite
        let mask = |name: &str, m: SymMask| {
            t.output(name, SymInt::<i32>::select(m, Int::lit(1), Int::lit(0)));
        };
        mask("lt", a.lt(b));
        mask("le", a.le(b));
        mask("eq", Lane::eq(a, b));
        mask("lt_nan", nan.lt(b).or(nan.le(b)).or(Lane::eq(nan, nan)));
        integers(t, "i32", i, j, 31);
        integers(t, "i64", k, l, 63);
        integers(t, "u32", u, v, 31);
        t.output("u32_mul_hi", u.mul_hi(v));
    })
}

fn integers<I: Int<Mask = SymMask> + Symbol>(t: &Tracer, name: &str, a: I, b: I, most: u32) {
    let out = |operation: &str, x: I| t.output(&format!("{name}_{operation}"), x);
    out("add", a.wrapping_add(b));
    out("sub", a.wrapping_sub(b));
    out("mul", a.wrapping_mul(b));
    out("and", a.and(b));
    out("or", a.or(b));
    out("xor", a.xor(b));
    out("shl_7", a.shl(7));
    out("shr_7", a.shr(7));
    out("shr_most", a.shr(most));
    out("lt", I::select(a.lt(b), I::lit(1), I::lit(0)));
    out("eq", I::select(Int::eq(a, b), I::lit(1), I::lit(0)));
}

/// The kernel: the printed graph and the words it takes and gives.
fn text<D: Driver>(driver: &D, graph: &Graph) -> String {
    let mut text = driver.source("prelude").to_owned();
    text.push_str(driver.source("layout"));
    text.push_str(driver.source("half"));
    text.push_str(&function(graph, "primitives", driver.dialect()));
    let (args, outputs) = (graph.args(), graph.outputs());
    let mut line = |l: std::fmt::Arguments<'_>| writeln!(text, "{l}").expect("a String takes it");
    line(format_args!(
        "#define SWEEP_ARGS {}\n#define SWEEP_OUTPUTS {}",
        args.len(),
        outputs.len()
    ));
    line(format_args!("INLINE void sweep_row(GLOBAL const u64 *in, GLOBAL u64 *out)\n{{"));
    let mut operands = Vec::new();
    for (i, a) in args.iter().enumerate() {
        operands.push(match a.ty {
            Type::I64 => format!("(i64)in[{i}]"),
            narrow => format!("({})(u32)in[{i}]", type_name(narrow)),
        });
    }
    for (i, o) in outputs.iter().enumerate() {
        line(format_args!("    {} r{i};", type_name(o.ty)));
        operands.push(format!("&r{i}"));
    }
    line(format_args!("    primitives({});", operands.join(", ")));
    for (i, o) in outputs.iter().enumerate() {
        match o.ty {
            Type::I64 => line(format_args!("    out[{i}] = (u64)r{i};")),
            _ => line(format_args!("    out[{i}] = (u64)(u32)r{i};")),
        }
    }
    line(format_args!("}}"));
    text.push_str(driver.source("sweep"));
    text
}

/// All pairs of special floats, then random bits; integers are random throughout, small and large.
fn rows(specials: &[u64]) -> Vec<Row> {
    let pairs = specials.iter().flat_map(|&a| specials.iter().map(move |&b| (a, b)));
    let random = (0..RANDOM_ROWS).map(|i| {
        let [w, x, y, z] = philox4x32_10([i, 1, 0, 0], [7, 7]);
        // every fourth pair lies close together, where sums cancel and quotients are near one
        let a = u64::from(w) << 32 | u64::from(x);
        (a, if i % 4 == 0 { a ^ u64::from(y & 0xFFF) } else { u64::from(y) << 32 | u64::from(z) })
    });
    let all = pairs.chain(random).enumerate();
    all.map(|(n, (a, b))| {
        let words = |m: u32| philox4x32_10([n as u32, m, 0, 0], [1, 2]).map(u64::from);
        let ([i, j, u, v], [k0, k1, l0, l1]) = (words(2), words(3));
        let small = |x: u64| if n % 3 == 0 { x & 0xFF } else { x };
        [a, b, small(i), j, k0 << 32 | k1, l0 << small(l1 & 31), small(u), v]
    })
    .collect()
}

/// Zeros, subnormals, ones, ties, the ends of ranges, infinities; no NaN, whose bits may change on
/// the way.
fn specials() -> Vec<f64> {
    let positive = [
        0.0,
        0.5,
        1.0,
        1.5,
        2.0,
        2.5,
        3.0,
        0.1,
        1.0 / 3.0,
        4.0,
        7.0,
        10.0,
        255.5,
        256.5,
        65_535.5,
        8_388_607.5,
        8_388_608.0,
        16_777_215.0,
        16_777_217.0,
        2_147_483_647.0,
        2_147_483_648.0,
        4_503_599_627_370_495.5,
        9_007_199_254_740_993.0,
        1e-30,
        1e30,
        f64::INFINITY,
    ];
    positive.into_iter().flat_map(|x| [x, -x]).collect()
}

fn specials_32() -> Vec<u64> {
    let limits = [1, 2, 0x7F_FFFF, 0x80_0000, 0x80_0001, 0x7F7F_FFFF, 0x3F7F_FFFF, 0x3F80_0001];
    let both = limits.into_iter().flat_map(|x: u32| [x, x | 1 << 31]);
    both.chain(specials().into_iter().map(|x| (x as f32).to_bits())).map(u64::from).collect()
}

fn specials_64() -> Vec<u64> {
    const ONE: u64 = 1.0f64.to_bits();
    let (normal, most) = (f64::MIN_POSITIVE.to_bits(), f64::MAX.to_bits());
    let limits = [1, 2, normal - 1, normal, normal + 1, most, ONE - 1, ONE + 1];
    let both = limits.into_iter().flat_map(|x: u64| [x, x | 1 << 63]);
    both.chain(specials().into_iter().map(f64::to_bits)).collect()
}
