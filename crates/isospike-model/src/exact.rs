//! Constants of one step: propagators of the linear parts, in the expression order of NEST 3.10 so
//! that f64 runs can be compared bit for bit, and moments of decaying conductances.

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
pub(crate) fn propagator_exp(tau_syn: f64, tau_m: f64, c_m: f64, dt: f64) -> f64 {
    let beta = tau_syn * tau_m / (tau_m - tau_syn);
    let gamma = beta / c_m;
    let p =
        gamma * exp(-dt * (1.0 / tau_syn)) * expm1(dt * ((tau_m - tau_syn) / (tau_syn * tau_m)));
    // tau_syn = tau_m makes 0 * inf; the limit is the alpha function.
    if p.is_normal() && p > 0.0 { p } else { dt * (1.0 / c_m) * exp(-dt * (1.0 / tau_m)) }
}

/// What the rate of change of an alpha current, 1 pA/ms, does to the potential within one step
/// (mV).
pub(crate) fn propagator_alpha(tau_syn: f64, tau_m: f64, c_m: f64, dt: f64) -> f64 {
    // Below this step the difference of the two nearly equal terms has lost its digits.
    let shortest = 1e-7 * tau_m * tau_m / (tau_m - tau_syn).abs();
    if dt > shortest {
        let beta = tau_syn * tau_m / (tau_m - tau_syn);
        let gamma = beta / c_m;
        let e = exp(-dt * (1.0 / tau_syn));
        gamma * e * (beta * expm1(dt * ((tau_m - tau_syn) / (tau_syn * tau_m))) - dt)
    } else {
        0.5 * dt * dt * (1.0 / c_m) * exp(-dt * (1.0 / tau_m))
    }
}

/// How exp(-t/tau) looks from within a step.
pub(crate) struct Decay {
    /// At the end of the step: exp(-dt/tau).
    pub end: f64,
    /// Mean over the step.
    pub mean: f64,
    /// First moment about the middle, in units of the step: 1/dt^2 int (t - dt/2) exp(-t/tau) dt.
    pub moment: f64,
}

/// Moments of a conductance that decays with `tau`.
pub(crate) fn decay(tau: f64, dt: f64) -> Decay {
    let y = dt / tau;
    let end = exp(-y);
    let mean = -expm1(-y) / y;
    Decay { end, mean, moment: (mean - end) / y - 0.5 * mean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_singular_propagators_are_limits() {
        let (tau, c, dt) = (10.0, 250.0, 0.1);
        for (exact, near) in [
            (propagator_exp(tau, tau, c, dt), propagator_exp(tau * (1.0 + 1e-6), tau, c, dt)),
            (propagator_alpha(tau, tau, c, dt), propagator_alpha(tau * (1.0 + 1e-6), tau, c, dt)),
            (propagator_alpha(tau, tau, c, dt), propagator_alpha(tau * (1.0 + 1e-3), tau, c, dt)),
        ] {
            assert!((exact / near - 1.0).abs() < 1e-4, "{exact} against {near}");
        }
    }

    #[test]
    fn moments_of_a_decay() {
        // Midpoint sums over 10,000 slices.
        for (tau, dt) in [(0.2, 0.1), (10.0, 0.1), (0.5, 1.0)] {
            let d = decay(tau, dt);
            let (mut mean, mut moment) = (0.0, 0.0);
            for k in 0..10_000 {
                let s = (f64::from(k) + 0.5) / 1e4;
                mean += exp(-s * dt / tau) / 1e4;
                moment += (s - 0.5) * exp(-s * dt / tau) / 1e4;
            }
            assert!((d.mean - mean).abs() < 1e-8 && (d.moment - moment).abs() < 1e-8);
        }
    }
}
