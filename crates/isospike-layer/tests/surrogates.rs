//! Each surrogate is the derivative of a step that is not quite one.

#![expect(clippy::disallowed_methods, reason = "the standard library is the oracle here")]

use isospike_lane::Math;
use isospike_layer::{Surrogate, surrogates::*};
use std::f64::consts::{FRAC_1_PI, FRAC_PI_2};

/// Compares slopes with central differences of the primitive, away from `corners`.
fn check(surrogate: impl Surrogate, corners: &[f64], primitive: impl Fn(f64) -> f64) {
    for i in -300..300 {
        let x = (f64::from(i) + 0.5) / 100.0;
        if corners.iter().any(|c| (x.abs() - c).abs() < 1e-3) {
            continue;
        }
        let e = 1e-5;
        let central = (primitive(x + e) - primitive(x - e)) / (2.0 * e);
        let slope = surrogate.slope(x);
        let off = (slope - central).abs();
        assert!(off < 1e-7 * (1.0 + central), "{surrogate:?} at {x}: {slope}, not {central}");
        let single = f64::from(surrogate.slope(x as f32));
        assert!((single - slope).abs() < 1e-5 * (1.0 + slope), "{surrogate:?} at {x} in f32");
    }
}

#[test]
fn slopes_are_derivatives_of_their_primitives() {
    for a in [0.3, 1.0, 2.0, 4.5] {
        check(Atan { alpha: a }, &[], |x| (FRAC_PI_2 * a * x).atan() * FRAC_1_PI + 0.5);
        check(Sigmoid { alpha: a }, &[], |x| 1.0 / (1.0 + (-a * x).exp()));
        check(PiecewiseQuadratic { alpha: a }, &[1.0 / a], |x| {
            let y = x.clamp(-1.0 / a, 1.0 / a);
            a * y - a * a * y * y.abs() / 2.0 + 0.5
        });
        check(PiecewiseExp { alpha: a }, &[], |x| {
            let half = 0.5 * (-a * x.abs()).exp();
            if x < 0.0 { half } else { 1.0 - half }
        });
        check(SoftSign { alpha: a }, &[], |x| (a * x / (1.0 + a * x.abs()) + 1.0) / 2.0);
        check(SuperSpike { alpha: a }, &[], |x| a * x / (1.0 + x.abs()));
        check(Erf { alpha: a }, &[], |x| Math::erfc(-a * x) / 2.0);
        check(Rectangle { alpha: a }, &[0.5 / a], |x| (a * x + 0.5).clamp(0.0, 1.0));
        check(Triangle { alpha: a }, &[1.0], |x| {
            let y = x.clamp(-1.0, 1.0);
            a * (y - y * y.abs() / 2.0)
        });
        check(FastSigmoid { alpha: a }, &[], |x| x / (1.0 + a * x.abs()));
    }
}
