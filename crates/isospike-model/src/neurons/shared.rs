//! What several neuron models have in common: ports, refractoriness, threshold, checks.

use crate::{Shown, slots};
use isospike_lane::Lane;

slots! {
    /// Ports of models with synaptic currents.
    pub struct CurrentPorts {
        ex: "pA", "excitatory";
        inh: "pA", "inhibitory";
    }
}

slots! {
    /// Ports of models with synaptic conductances. A negative weight on `inh` opens a conductance
    /// of its magnitude.
    pub struct ConductancePorts {
        ex: "nS", "excitatory";
        inh: "nS", "inhibitory, weights are negative";
    }
}

/// A `V_min` that no potential reaches, finite in every precision.
pub(crate) const UNBOUNDED: f64 = -1e30;

/// A period in whole steps, to the nearest.
pub(crate) fn steps(period_ms: f64, dt_ms: f64) -> f64 {
    (period_ms / dt_ms).round()
}

/// The refractory clock at the start of a step: who integrates in this step, and the clock after
/// it.
#[inline(always)]
pub(crate) fn refractory<L: Lane>(left: L) -> (L::Mask, L) {
    let zero = L::lit(0.0);
    let free = left.le(zero);
    (free, L::select(free, zero, left - L::lit(1.0)))
}

/// Threshold, reset and the start of the refractory period: the spike mask, and what `v` and `left`
/// become.
#[inline(always)]
pub(crate) fn fire<L: Lane>(v: L, left: L, theta: L, v_reset: L, steps_ref: L) -> (L::Mask, L, L) {
    let spike = theta.le(v);
    (spike, L::select(spike, v_reset, v), L::select(spike, steps_ref, left))
}

/// `v`, but not below `v_min`; keeps `v` (and the sign of a zero) when they are equal.
#[inline(always)]
pub(crate) fn at_least<L: Lane>(v: L, v_min: L) -> L {
    L::select(v.lt(v_min), v_min, v)
}

/// Checks that one potential lies below another.
pub(crate) fn below(low: (&str, f64), high: (&str, f64)) -> Result<(), String> {
    if low.1 < high.1 {
        return Ok(());
    }
    let shown = |(name, mv): (&str, f64)| format!("{name} = {} mV", Shown(mv));
    Err(format!("{} must lie below {}", shown(low), shown(high)))
}
