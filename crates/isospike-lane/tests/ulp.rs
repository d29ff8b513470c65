//! Measured errors of every function against correctly rounded values.
//!
//! The tables in `tests/data` come from mpmath (`make_tables.py`). A denser set can be named by the
//! environment variable `ISOSPIKE_TABLES`; the bounds below held for 20,000 arguments per function
//! and format.

// Powers of two, exact.
#![allow(clippy::disallowed_methods)]

use isospike_lane::{Float, Math, precise};

/// One function, with the largest error allowed in each format, in ulp.
struct Function {
    name: &'static str,
    f32: (fn(f32) -> f32, f64),
    f64: (fn(f64) -> f64, f64),
}

macro_rules! functions {
    ($($f:ident $a:literal $b:literal),* $(,)?) => {
        [$( Function { name: stringify!($f), f32: (Math::$f, $a), f64: (Math::$f, $b) } ),*]
    };
}

fn all() -> Vec<Function> {
    functions! {
        exp 1.0 1.0,
        expm1 2.0 2.0,
        log 1.0 1.0,
        log1p 1.0 1.0,
        tanh 1.5 1.5,
        sigmoid 1.5 1.5,
        sin 1.0 1.0,
        cos 1.0 1.0,
        erf 1.5 1.5,
        erfc 2.0 2.0,
        lgamma 5.0 5.0,
        inverse_normal 5.0 5.0,
    }
    .into()
}

fn table(name: &str, format: &str) -> Vec<Vec<String>> {
    let folder = std::env::var("ISOSPIKE_TABLES")
        .unwrap_or_else(|_| format!("{}/tests/data", env!("CARGO_MANIFEST_DIR")));
    let path = format!("{folder}/{name}.{format}.txt");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    text.lines().map(|l| l.split(' ').map(String::from).collect()).collect()
}

fn parse<F: Float>(hex: &str) -> F {
    if hex == "nan" {
        return F::from_f64(f64::NAN);
    }
    let bits = u64::from_str_radix(hex, 16).expect("hex digits");
    if F::MANTISSA == 23 {
        F::from_f64(f64::from(f32::from_bits(bits as u32)))
    } else {
        F::from_f64(f64::from_bits(bits))
    }
}

/// Error of `got` in ulp of the correctly rounded value `y`, which lies `rest` ulp below the true
/// one.
fn error<F: Float>(got: F, y: F, rest: f64) -> f64 {
    let (got, y) = (got.to_f64(), y.to_f64());
    if got == y || (got.is_nan() && y.is_nan()) {
        return rest.abs();
    }
    if !y.is_finite() || !got.is_finite() {
        return f64::INFINITY;
    }
    let least = if F::MANTISSA == 23 { -149 } else { -1074 };
    let exponent = ((y.abs().to_bits() >> 52) as i32 - 1023 - F::MANTISSA as i32).max(least);
    let half = 2.0f64.powi(exponent / 2);
    ((got - y) / half / 2.0f64.powi(exponent - exponent / 2) - rest).abs()
}

fn worst<F: Float>(name: &str, f: impl Fn(&[F]) -> F) -> (f64, String) {
    let mut worst = (0.0, String::new());
    for row in table(name, F::NAME) {
        let (args, y) = row.split_at(row.len() - 2);
        let args: Vec<F> = args.iter().map(|a| parse(a)).collect();
        let got = f(&args);
        let e = error(got, parse(&y[0]), y[1].parse::<f64>().expect("a number") / 100.0);
        if e > worst.0 {
            worst = (e, format!("{name}({args:?}) = {got}, not {}", parse::<F>(&y[0])));
        }
    }
    worst
}

#[test]
fn errors_stay_within_their_bounds() {
    let mut failures = Vec::new();
    let mut check = |name: &str, format, (e, what): (f64, String), bound| {
        println!("{name:<16} {format} {e:6.2} ulp (bound {bound})");
        if e > bound {
            failures.push(format!("{what}: {e} ulp"));
        }
    };
    for f in all() {
        check(f.name, "f32", worst(f.name, |x| f.f32.0(x[0])), f.f32.1);
        check(f.name, "f64", worst(f.name, |x| f.f64.0(x[0])), f.f64.1);
    }
    check("pow", "f32", worst("pow", |x: &[f32]| Math::pow(x[0], x[1])), 1.0);
    check("pow", "f64", worst("pow", |x: &[f64]| Math::pow(x[0], x[1])), 1.0);
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn host_functions_are_correctly_rounded() {
    let functions = [
        ("exp", precise::exp as fn(f64) -> f64),
        ("expm1", precise::expm1),
        ("log", precise::log),
        ("log1p", precise::log1p),
        ("sin", precise::sin),
        ("cos", precise::cos),
    ];
    for (name, f) in functions {
        let (e, what) = worst(name, |x: &[f64]| f(x[0]));
        assert!(e <= 0.5, "{what}: {e}");
    }
    let (e, what) = worst("pow", |x: &[f64]| precise::pow(x[0], x[1]));
    assert!(e <= 0.5, "{what}: {e}");
}
