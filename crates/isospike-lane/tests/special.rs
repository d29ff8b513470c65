//! Special values, signs of zero, and order where it is promised.

// Powers of two, exact.
#![allow(clippy::disallowed_methods)]

use isospike_lane::{Math, precise};

const INF: f64 = f64::INFINITY;

/// The same bits, NaN being one value.
fn same(got: f64, want: f64) -> bool {
    got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan())
}

fn check(name: &str, f: fn(f64) -> f64, g: fn(f32) -> f32, cases: &[(f64, f64)]) {
    for &(x, y) in cases.iter().chain(&[(f64::NAN, f64::NAN)]) {
        assert!(same(f(x), y), "{name}({x:e}) = {:e} in f64, not {y:e}", f(x));
        let got = f64::from(g(x as f32));
        assert!(same(got, f64::from(y as f32)), "{name}({x:e}) = {got:e} in f32, not {y:e}");
    }
}

#[test]
fn special_values() {
    check("exp", Math::exp, Math::exp, &[(0.0, 1.0), (INF, INF), (-INF, 0.0), (800.0, INF)]);
    let zero_like = [(0.0, 0.0), (-0.0, -0.0)];
    for (name, f, g) in [
        ("expm1", Math::expm1 as fn(f64) -> f64, Math::expm1 as fn(f32) -> f32),
        ("log1p", Math::log1p, Math::log1p),
        ("tanh", Math::tanh, Math::tanh),
        ("sin", Math::sin, Math::sin),
        ("erf", Math::erf, Math::erf),
    ] {
        check(name, f, g, &zero_like);
        // Tiny arguments, subnormals included, come back as they are (but for erf's slope).
        if name != "erf" {
            for x in [5e-324, 1.5e-310, -1e-300] {
                assert!(same(f(x), x), "{name}({x:e}) = {:e}", f(x));
            }
            for x in [1e-45f32, -3e-41, 1e-38] {
                assert_eq!(g(x), x, "{name}");
            }
        }
    }
    check("expm1", Math::expm1, Math::expm1, &[(INF, INF), (-INF, -1.0), (-100.0, -1.0)]);
    let log =
        [(0.0, -INF), (-0.0, -INF), (1.0, 0.0), (INF, INF), (-1.0, f64::NAN), (-INF, f64::NAN)];
    check("log", Math::log, Math::log, &log);
    check("log1p", Math::log1p, Math::log1p, &[(-1.0, -INF), (INF, INF), (-1.5, f64::NAN)]);
    check("tanh", Math::tanh, Math::tanh, &[(INF, 1.0), (-INF, -1.0), (50.0, 1.0)]);
    let sigmoid = [(0.0, 0.5), (INF, 1.0), (-INF, 0.0), (100.0, 1.0)];
    check("sigmoid", Math::sigmoid, Math::sigmoid, &sigmoid);
    let nan = f64::NAN;
    check("sin", Math::sin, Math::sin, &[(INF, nan), (-INF, nan), (2e6, nan)]);
    check("cos", Math::cos, Math::cos, &[(0.0, 1.0), (-0.0, 1.0), (INF, nan), (2e6, nan)]);
    check("erf", Math::erf, Math::erf, &[(INF, 1.0), (-INF, -1.0), (10.0, 1.0)]);
    check("erfc", Math::erfc, Math::erfc, &[(0.0, 1.0), (INF, 0.0), (-INF, 2.0), (40.0, 0.0)]);
    let gamma = [(0.0, INF), (1.0, 0.0), (2.0, 0.0), (INF, INF), (-0.5, nan)];
    check("lgamma", Math::lgamma, Math::lgamma, &gamma);
    let quantile = [(0.0, -INF), (1.0, INF), (0.5, 0.0), (-0.1, nan), (1.5, nan), (INF, nan)];
    check("inverse_normal", Math::inverse_normal, Math::inverse_normal, &quantile);
}

#[test]
fn powers_follow_ieee_754() {
    let nan = f64::NAN;
    let cases = [
        (nan, 0.0, 1.0),
        (1.0, nan, 1.0),
        (nan, 1.0, nan),
        (2.0, nan, nan),
        (2.0, 10.0, 1024.0),
        (-2.0, 3.0, -8.0),
        (-2.0, 2.0, 4.0),
        (-2.0, 0.5, nan),
        (0.0, 2.0, 0.0),
        (-0.0, 3.0, -0.0),
        (-0.0, 2.0, 0.0),
        (0.0, -1.0, INF),
        (-0.0, -1.0, -INF),
        (-0.0, -2.0, INF),
        (INF, 2.0, INF),
        (INF, -2.0, 0.0),
        (-INF, 3.0, -INF),
        (-INF, 2.0, INF),
        (-INF, -3.0, -0.0),
        (-INF, 0.5, INF),
        (0.5, INF, 0.0),
        (0.5, -INF, INF),
        (2.0, INF, INF),
        (-2.0, -INF, 0.0),
        (-1.0, INF, 1.0),
        (-1.0, -INF, 1.0),
        (1.5, 1e300, INF),
        (0.75, 1e300, 0.0),
        (9.0, 0.5, 3.0),
        (10.0, -2.0, 0.01),
    ];
    for (x, y, z) in cases {
        let got = Math::pow(x, y);
        assert!(same(got, z), "pow({x}, {y}) = {got}, not {z}");
        let got = Math::pow(x as f32, y as f32);
        assert!(same(f64::from(got), f64::from(z as f32)), "pow({x}, {y}) = {got} in f32, not {z}");
    }
}

#[test]
fn host_functions_have_their_special_values() {
    let nan = f64::NAN;
    for (name, f, cases) in [
        (
            "exp",
            precise::exp as fn(f64) -> f64,
            vec![(INF, INF), (-INF, 0.0), (0.0, 1.0), (nan, nan)],
        ),
        ("log", precise::log, vec![(0.0, -INF), (1.0, 0.0), (INF, INF), (-1.0, nan), (nan, nan)]),
        ("expm1", precise::expm1, vec![(INF, INF), (-INF, -1.0), (-0.0, -0.0), (5e-324, 5e-324)]),
        ("log1p", precise::log1p, vec![(-1.0, -INF), (-2.0, nan), (-0.0, -0.0), (INF, INF)]),
        ("sin", precise::sin, vec![(-0.0, -0.0), (INF, nan), (nan, nan)]),
        ("cos", precise::cos, vec![(0.0, 1.0), (INF, nan), (nan, nan)]),
    ] {
        for (x, y) in cases {
            assert!(same(f(x), y), "{name}({x}) = {}, not {y}", f(x));
        }
    }
    for (x, y, z) in [
        (0.0, 2.0, 0.0),
        (0.0, -2.0, INF),
        (INF, 0.5, INF),
        (INF, -0.5, 0.0),
        (nan, 0.0, 1.0),
        (-1.0, 2.0, nan),
        (2.0, 1e6, INF),
        (2.0, -1e6, 0.0),
        (2.0, -1074.0, 5e-324),
        (10.0, 3.0, 1000.0),
        (2.0, 1023.0, 2.0f64.powi(1023)),
    ] {
        assert!(same(precise::pow(x, y), z), "pow({x}, {y}) = {}", precise::pow(x, y));
    }
}
