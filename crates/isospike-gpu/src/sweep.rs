//! Whether a device computes every primitive exactly: asked once, before anything is run on it,
//! because what devices say of themselves is wrong in both directions.

use crate::driver::{Arg, Driver, Size};
use bytemuck::{cast_slice, cast_slice_mut};
use isospike_backend::{Error, ErrorKind, Result};
use isospike_lane::primitives::{self, Operands, Out, Row};
use isospike_lane::{Float, Half, Int, Lane};
use isospike_net::Precision;
use isospike_trace::print::{function, type_name};
use isospike_trace::{Graph, Sym, SymInt, Type, Value, trace};
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

/// Runs every primitive of a precision on adversarial and random operands and returns those that
/// differ from the reference, each once.
///
/// # Errors
/// `Device` if the driver fails.
pub fn sweep<D: Driver>(driver: &D, precision: Precision) -> Result<Vec<Wrong>> {
    let (graph, rows) = match precision {
        Precision::F32 => (traced::<f32>(), primitives::rows_f32()),
        Precision::F64 => (traced::<f64>(), primitives::rows_f64()),
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
    for (row, found) in rows {
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
fn traced<F: Float>() -> Graph {
    trace(|t| {
        let floats = ["a_bits", "b_bits"].map(|name| Lane::from_bits(t.arg(name)));
        let operands = Operands::<Sym<F>> {
            floats,
            i32s: ["i", "j"].map(|name| t.arg(name)),
            i64s: ["k", "l"].map(|name| t.arg(name)),
            u32s: ["u", "v"].map(|name| t.arg(name)),
        };
        primitives::each(&operands, &mut |name, out| match out {
            Out::Float(x) => t.output(&format!("float_{name}"), x.to_bits()),
            Out::I32(x) => t.output(name, x),
            Out::I64(x) => t.output(name, x),
            Out::U32(x) => t.output(name, x),
            Out::Mask(m) => t.output(name, SymInt::<i32>::select(m, Int::lit(1), Int::lit(0))),
        });
    })
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
