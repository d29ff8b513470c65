//! Propagators of the linear models, in the expression order of NEST 3.10 so that f64 runs can be compared
//! bit for bit.

use isospike_lane::precise::exp;

/// exp(x) - 1 by its Taylor series for |x| <= ln 2, as the NEST 3.10 wheel computes it.
pub(crate) fn expm1(x: f64) -> f64 {
    if x == 0.0 {
        return 0.0;
    }
    if x.abs() > std::f64::consts::LN_2 {
        return exp(x) - 1.0;
    }
    let (mut sum, mut term, mut n) = (x, x * x / 2.0, 2.0);
    while term.abs() > sum.abs() * f64::EPSILON {
        sum += term;
        n += 1.0;
        term *= x / n;
    }
    sum
}

/// What an exponential current of 1 pA does to the potential within one step (mV).
pub(crate) fn propagator_21(tau_syn: f64, tau_m: f64, c_m: f64, dt: f64) -> f64 {
    let beta = tau_syn * tau_m / (tau_m - tau_syn);
    let gamma = beta / c_m;
    let p =
        gamma * exp(-dt * (1.0 / tau_syn)) * expm1(dt * ((tau_m - tau_syn) / (tau_syn * tau_m)));
    if p.is_normal() && p > 0.0 { p } else { dt * (1.0 / c_m) * exp(-dt * (1.0 / tau_m)) }
}
