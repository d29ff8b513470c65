//! Primitives and functions: `ops` and `math`.

use super::probe::{self, Group, PIECES, Probe, RESULT, integer, piece, pieces};
use crate::{Case, Outcome, Target};
use isospike_lane::functions::{self, Function, Visit};
use isospike_lane::primitives::{self, Operands, Out, Row};
use isospike_lane::{Float, Int, Lane, Mask};
use isospike_model::ModelRef;
use isospike_net::Precision;
use std::marker::PhantomData;

/// `ops::f32`, ..., `math::f64`.
pub fn cases() -> Vec<Case> {
    vec![
        Case::new("ops::f32", |t| ops::<f32>(t, Precision::F32, &primitives::rows_f32())),
        Case::new("ops::f64", |t| ops::<f64>(t, Precision::F64, &primitives::rows_f64())),
        Case::new("math::f32", |t| math(t, Precision::F32)),
        Case::new("math::f64", |t| math(t, Precision::F64)),
    ]
}

/// Every primitive. Its row of operands: floats, i32, i64, u32, two of each, a word each for the
/// floats and the i64.
#[derive(Clone, Copy, Debug)]
struct Ops;

impl Group for Ops {
    const NAME: &'static str = "conformance_ops";
    // Not inlined: a dozen copies of every step are compiled. The same on every instruction set is
    // what the tests of `isospike-lane` hold the CPU to.
    #[inline(never)]
    fn apply<L: Lane>(which: L, x: &[L; PIECES]) -> [L; RESULT] {
        let width = if L::Scalar::MANTISSA == 52 { 4 } else { 2 };
        let operands = Operands::<L> {
            floats: [&x[..width], &x[4..4 + width]].map(|p| L::from_bits(integer(p))),
            i32s: [&x[8..10], &x[10..12]].map(integer),
            i64s: [&x[12..16], &x[16..20]].map(integer),
            u32s: [&x[20..22], &x[22..24]].map(integer),
        };
        let mut bits = L::Bits::lit(0);
        let (mut i32, mut i64, mut u32) = (L::I32::lit(0), L::I64::lit(0), L::U32::lit(0));
        let mut number = 0.0;
        primitives::each(&operands, &mut |_, out| {
            let now = Lane::eq(which, L::lit(number));
            number += 1.0;
            match out {
                Out::Float(x) => bits = Int::select(now, x.to_bits(), bits),
                Out::I32(x) => i32 = Int::select(now, x, i32),
                Out::I64(x) => i64 = Int::select(now, x, i64),
                Out::U32(x) => u32 = Int::select(now, x, u32),
                Out::Mask(m) => i32 = Int::select(now.and(m), L::I32::lit(1), i32),
            }
        });
        // one of them is the result, the others are 0
        std::array::from_fn(|k| {
            piece::<L, _>(bits, k) + piece(i32, k) + piece(i64, k) + piece(u32, k)
        })
    }
}

const OPS: ModelRef = &Probe::<Ops>(PhantomData);

fn ops<F: Float>(target: &Target<'_>, precision: Precision, rows: &[Row]) -> Outcome {
    let operands: Vec<[u16; PIECES]> = rows.iter().map(packed).collect();
    let expected: Vec<Vec<(&str, Word)>> = rows.iter().map(on_host::<F>).collect();
    let things = expected[0].len();
    let found = probe::computed(target, OPS, precision, &operands, things)?;
    let mut wrong: Vec<String> = Vec::new();
    for (thing, found) in found.iter().enumerate() {
        let mut rows = rows.iter().zip(&expected).zip(found);
        let differs = rows.find(|((_, expected), found)| !expected[thing].1.is(precision, **found));
        if let Some(((row, expected), found)) = differs {
            let (name, expected) = &expected[thing];
            let expected = expected.bits;
            wrong.push(format!("{name} of {row:x?} gave {found:#x} instead of {expected:#x}"));
        }
    }
    assert!(wrong.is_empty(), "{precision}: {}", wrong.join("; "));
    Ok(())
}

/// Two floats of 64 bits, two i32, two i64, two u32.
fn packed(row: &Row) -> [u16; PIECES] {
    let [a, b, i, j, k, l, u, v] = row.map(pieces);
    let all = [&a[..], &b, &i[..2], &j[..2], &k, &l, &u[..2], &v[..2]].concat();
    all.try_into().expect("24 pieces")
}

/// A result.
struct Word {
    bits: u64,
    is_float: bool,
}

impl Word {
    /// NaN is a class.
    fn is(&self, precision: Precision, found: u64) -> bool {
        self.bits == found
            || self.is_float && is_nan(precision, self.bits) && is_nan(precision, found)
    }
}

fn is_nan(precision: Precision, bits: u64) -> bool {
    match precision {
        Precision::F32 => f32::from_bits(bits as u32).is_nan(),
        Precision::F64 => f64::from_bits(bits).is_nan(),
    }
}

/// What the host makes of a row.
fn on_host<F: Float>(row: &Row) -> Vec<(&'static str, Word)> {
    let float = |word: u64| {
        F::from_bits(bytemuck::pod_read_unaligned(&word.to_le_bytes()[..size_of::<F>()]))
    };
    let operands = Operands::<F> {
        floats: [row[0], row[1]].map(float),
        i32s: [row[2] as i32, row[3] as i32],
        i64s: [row[4] as i64, row[5] as i64],
        u32s: [row[6] as u32, row[7] as u32],
    };
    let mut all = Vec::new();
    primitives::each(&operands, &mut |name, out| {
        let (bits, is_float) = match out {
            Out::Float(x) => {
                let mut word = [0; 8];
                word[..size_of::<F>()].copy_from_slice(bytemuck::bytes_of(&x));
                (u64::from_le_bytes(word), true)
            }
            Out::I32(x) => (u64::from(x as u32), false),
            Out::I64(x) => (x as u64, false),
            Out::U32(x) => (x.into(), false),
            Out::Mask(m) => (m.into(), false),
        };
        all.push((name, Word { bits, is_float }));
    });
    all
}

/// Every function of two floats and a word, in this order in a row.
#[derive(Clone, Copy, Debug)]
struct Functions;

impl Group for Functions {
    const NAME: &'static str = "conformance_functions";
    #[inline(never)] // as above
    fn apply<L: Lane>(which: L, x: &[L; PIECES]) -> [L; RESULT] {
        let width = if L::Scalar::MANTISSA == 52 { 4 } else { 2 };
        let [a, b] = [&x[..width], &x[4..4 + width]].map(|p| L::from_bits(integer(p)));
        let (u, bits) = (integer(&x[8..10]), L::Bits::lit(0));
        let mut pick = Pick { which, number: 0.0, args: (a, b, u), bits };
        functions::each(&mut pick);
        std::array::from_fn(|k| piece(pick.bits, k))
    }
}

const FUNCTIONS: ModelRef = &Probe::<Functions>(PhantomData);

/// Takes the result of one of the functions.
struct Pick<L: Lane> {
    which: L,
    number: f64,
    args: (L, L, L::U32),
    bits: L::Bits,
}

impl<L: Lane> Visit for Pick<L> {
    fn visit<O: Function>(&mut self, _: &'static str, function: O) {
        let (x, y, u) = self.args;
        let now = Lane::eq(self.which, L::lit(self.number));
        self.bits = Int::select(now, function.apply(x, y, u).to_bits(), self.bits);
        self.number += 1.0;
    }
}

/// The names of the functions, in order.
struct Names(Vec<&'static str>);

impl Visit for Names {
    fn visit<O: Function>(&mut self, name: &'static str, _: O) {
        self.0.push(name);
    }
}

/// Known bits: under each function and format, lines of two floats, a word and the result in hex.
const KNOWN: &str = include_str!("../../../isospike-lane/tests/data/known.txt");

fn math(target: &Target<'_>, precision: Precision) -> Outcome {
    let mut names = Names(Vec::new());
    functions::each(&mut names);
    let tables: Vec<Vec<[u64; 4]>> = names.0.iter().map(|n| known(n, precision)).collect();
    let operands: Vec<[u16; PIECES]> = tables[0]
        .iter()
        .map(|[x, y, u, _]| {
            let mut row = [0; PIECES];
            row[..4].copy_from_slice(&pieces(*x));
            row[4..8].copy_from_slice(&pieces(*y));
            row[8..10].copy_from_slice(&pieces(*u)[..2]);
            row
        })
        .collect();
    let found = probe::computed(target, FUNCTIONS, precision, &operands, names.0.len())?;
    let mut wrong = Vec::new();
    for ((name, table), found) in names.0.iter().zip(&tables).zip(&found) {
        assert!(
            table.iter().zip(&tables[0]).all(|(a, b)| a[..3] == b[..3]),
            "one list of arguments"
        );
        for ([x, y, u, result], &found) in table.iter().zip(found) {
            let expected = Word { bits: *result, is_float: true };
            if !expected.is(precision, found) {
                wrong.push(format!("{name}({x:x}, {y:x}, {u:x}) gave {found:x}, not {result:x}"));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{precision}: {}", wrong.join("; "));
    Ok(())
}

/// The lines of a function.
fn known(name: &str, precision: Precision) -> Vec<[u64; 4]> {
    let nan = match precision {
        Precision::F32 => u64::from(f32::NAN.to_bits()),
        Precision::F64 => f64::NAN.to_bits(),
    };
    let word = |text: &str| match text {
        "nan" => nan,
        hex => u64::from_str_radix(hex, 16).expect("hex"),
    };
    let head = format!("{name} {precision}");
    let lines = KNOWN.lines().skip_while(|l| *l != head).skip(1);
    let rows = lines.map(|l| l.split(' ').map(str::to_owned).collect::<Vec<_>>());
    let rows: Vec<_> = rows.take_while(|row| row.len() == 4).collect();
    assert!(!rows.is_empty(), "the table has no {head}");
    rows.iter().map(|row| std::array::from_fn(|i| word(&row[i]))).collect()
}
