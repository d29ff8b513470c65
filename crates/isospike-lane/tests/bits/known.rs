//! Known bits: `tests/data/known.txt` holds outputs of our functions, so that no bit changes
//! unseen.
//!
//! Under each function and format, a line is: the two float arguments, the word, the result, in
//! hex. Other backends are held to the same table. After an intended change: `cargo test -p
//! isospike-lane --test bits -- --ignored`, and a line in the changelog, because digests change
//! with it.

use crate::ops::{Args, Op, Visit, on_scalars};
use isospike_lane::Float;
use isospike_lane::functions::each;
use isospike_lane::philox4x32_10;
use std::fmt::Write;

fn path() -> String {
    format!("{}/tests/data/known.txt", env!("CARGO_MANIFEST_DIR"))
}

/// Arguments spread over the ranges that matter, from Philox and a list of corners.
fn arguments() -> Vec<Args<f64>> {
    let corners = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-310, 1e-40, 1e300, f64::INFINITY, -f64::INFINITY];
    let mut args: Vec<_> = corners.iter().map(|&x| (x, 2.0, 0)).collect();
    args.extend([(f64::NAN, 1.0, u32::MAX), (-2.0, 3.0, 1 << 31), (9.0, -0.5, (1 << 31) - 1)]);
    for i in 0..24 {
        let [a, b, c, _] = philox4x32_10([i, 0, 0, 0], [2026, 0]);
        let (a, b) = (f64::from(a) / 2.0f64.powi(32), f64::from(b) / 2.0f64.powi(32) - 0.5);
        let scale = [1.0, 0.1, 4.0, 30.0, -1.0, -40.0][i as usize % 6];
        args.push((a * scale, b * 8.0, c));
    }
    args
}

fn hex<F: Float>(x: F) -> String {
    if x.to_f64().is_nan() {
        return "nan".into();
    }
    if F::MANTISSA == 23 {
        format!("{:08x}", (x.to_f64() as f32).to_bits())
    } else {
        format!("{:016x}", x.to_f64().to_bits())
    }
}

struct Table(String);

impl Table {
    fn add<O: Op, F: Float>(&mut self, name: &str, op: O) {
        let round = |x| F::from_f64(x);
        let args: Vec<Args<F>> =
            arguments().into_iter().map(|(x, y, u)| (round(x), round(y), u)).collect();
        let full = "strings take everything";
        writeln!(self.0, "{name} {}", F::NAME).expect(full);
        for ((x, y, u), r) in args.iter().zip(on_scalars(op, &args)) {
            writeln!(self.0, "{} {} {u:08x} {}", hex(*x), hex(*y), hex(r)).expect(full);
        }
    }
}

impl Visit for Table {
    fn visit<O: Op>(&mut self, name: &'static str, op: O) {
        self.add::<O, f32>(name, op);
        self.add::<O, f64>(name, op);
    }
}

fn table() -> String {
    let mut t = Table(String::new());
    each(&mut t);
    t.0
}

#[test]
fn no_bit_has_changed() {
    let known = std::fs::read_to_string(path()).expect("tests/data/known.txt");
    let now = table();
    let changed: Vec<_> = known.lines().zip(now.lines()).filter(|(a, b)| a != b).take(10).collect();
    assert!(changed.is_empty(), "was, is: {changed:#?}");
    assert_eq!(known.lines().count(), now.lines().count());
}

#[test]
#[ignore = "writes the table"]
fn write_known_bits() {
    std::fs::write(path(), table()).expect("tests/data is writable");
}
