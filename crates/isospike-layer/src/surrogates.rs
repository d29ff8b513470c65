//! The bundled surrogates. Each has a steepness `alpha` > 0 with the default that its source has.
//!
//! | | slope at x | alpha |
//! |---|---|---|
//! | [`Atan`] | (a/2) / (1 + (pi/2 a x)^2) | 2 |
//! | [`Sigmoid`] | a s (1 - s), s = 1 / (1 + exp(-a x)) | 4 |
//! | [`PiecewiseQuadratic`] | a - a^2 abs(x), at least 0 | 1 |
//! | [`PiecewiseExp`] | (a/2) exp(-a abs(x)) | 1 |
//! | [`SoftSign`] | 1 / (2 a (1/a + abs(x))^2) | 2 |
//! | [`SuperSpike`] | a / (1 + abs(x))^2 | 1 |
//! | [`Erf`] | (a / sqrt(pi)) exp(-(a x)^2) | 2 |
//! | [`Rectangle`] | a where abs(x) < 1/(2 a), else 0 | 1 |
//! | [`Triangle`] | a (1 - abs(x)), at least 0 | 0.3 |
//! | [`FastSigmoid`] | 1 / (1 + a abs(x))^2 | 25 |
//!
//! The rational ones are exact everywhere without a function being computed, so [`Atan`] is what
//! layers have by default.

use crate::{LayerError, Surrogate};
use isospike_lane::{Lane, Math};
use std::f64::consts::{FRAC_PI_2, PI};

macro_rules! surrogates {
    ($($(#[$doc:meta])* $name:ident $default:literal |$alpha:ident, $x:ident| $slope:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name {
            /// Steepness.
            pub alpha: f64,
        }
        impl Default for $name {
            fn default() -> Self {
                $name { alpha: $default }
            }
        }
        impl Surrogate for $name {
            #[inline(always)]
            fn slope<L: Lane>(&self, $x: L) -> L {
                let $alpha = self.alpha;
                $slope
            }
            fn check(&self) -> Result<(), LayerError> {
                if self.alpha > 0.0 && self.alpha.is_finite() {
                    return Ok(());
                }
                Err(LayerError::value("alpha", self.alpha, "must be finite and > 0"))
            }
        }
    )* };
}

surrogates! {
    /// The derivative of an arctangent (Fang et al. 2021).
    Atan 2.0 |alpha, x| {
        let z = x * L::lit(FRAC_PI_2 * alpha);
        L::lit(alpha / 2.0) / (L::lit(1.0) + z * z)
    };
    /// The derivative of the logistic function.
    Sigmoid 4.0 |alpha, x| {
        let s = (L::lit(alpha) * x).sigmoid();
        (L::lit(1.0) - s) * s * L::lit(alpha)
    };
    /// A triangle of area 1 (Esser et al. 2016; Neftci et al. 2019).
    PiecewiseQuadratic 1.0 |alpha, x| {
        L::lit(0.0).max(L::lit(alpha) - L::lit(alpha * alpha) * x.abs())
    };
    /// Exponential on both sides (Shrestha & Orchard 2018, SLAYER).
    PiecewiseExp 1.0 |alpha, x| L::lit(alpha / 2.0) * (L::lit(-alpha) * x.abs()).exp();
    /// The derivative of x / (1 + abs(x)), scaled.
    SoftSign 2.0 |alpha, x| {
        let z = L::lit(1.0 / alpha) + x.abs();
        L::lit(1.0) / ((L::lit(2.0 * alpha) * z) * z)
    };
    /// As SuperSpike in Norse and SpikingJelly (Zenke & Ganguli 2018).
    SuperSpike 1.0 |alpha, x| {
        let z = L::lit(1.0) + x.abs();
        L::lit(alpha) / (z * z)
    };
    /// A Gauss curve: the derivative of an error function.
    Erf 2.0 |alpha, x| {
        let z = L::lit(alpha) * x;
        L::lit(alpha / PI.sqrt()) * ((-z) * z).exp()
    };
    /// A box of area 1 (Wu et al. 2018).
    Rectangle 1.0 |alpha, x| {
        L::select(x.abs().lt(L::lit(0.5 / alpha)), L::lit(alpha), L::lit(0.0))
    };
    /// A triangle of a given height and width 2 (Bellec et al. 2018, where it is 0.3 high).
    Triangle 0.3 |alpha, x| L::lit(alpha) * L::lit(0.0).max(L::lit(1.0) - x.abs());
    /// The derivative of a fast sigmoid, as in snnTorch (Zenke & Ganguli 2018).
    FastSigmoid 25.0 |alpha, x| {
        let z = L::lit(1.0) + L::lit(alpha) * x.abs();
        L::lit(1.0) / (z * z)
    };
}
