//! A step of everything that is done number by number.
//!
//! Neurons, x their input in this step, v their potential, i their current, z their spikes, k how
//! much of the way to its goal a leak goes in a step:
//!
//! | | |
//! |---|---|
//! | `I` | v = v + (dt r) x |
//! | `LI` | v = v + k ((v_leak - v) + r x) |
//! | `CubaLI` | i = i + k_syn (w_in x - i), then v = v + k_mem ((v_leak - v) + r i) |
//! | firing | z = 1 where v > v_threshold; there v = v_reset, or v = v - v_threshold |
//!
//! k = dt / tau is Euler's method, k = 1 - exp(-dt / tau) the solution for an input that is
//! constant in a step. With both the potential of `CubaLI` sees the current after its step.

use isospike_lane::Lane;
use isospike_layer::compute::Elementwise;

#[inline(always)]
fn leak<L: Lane>(k: L, v_leak: L, r: L, x: L, v: L) -> L {
    v + k * ((v_leak - v) + r * x)
}

/// The potential and the spikes of neurons that fire.
#[inline(always)]
fn fire<L: Lane, const SUBTRACT: bool>(v: L, threshold: L, reset: L) -> [L; 2] {
    let fires = v.gt(threshold);
    let to = if SUBTRACT { v - threshold } else { reset };
    [L::select(fires, to, v), L::select(fires, L::lit(1.0), L::lit(0.0))]
}

/// `I`
pub(crate) struct Integrate;

impl Elementwise<0, 2, 1> for Integrate {
    const NAME: &'static str = "nir_i";
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [rate, x]: [L; 2], [v]: [L; 1]) -> [L; 1] {
        [v + rate * x]
    }
}

/// `LI`
pub(crate) struct Leak;

impl Elementwise<0, 4, 1> for Leak {
    const NAME: &'static str = "nir_li";
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [k, v_leak, r, x]: [L; 4], [v]: [L; 1]) -> [L; 1] {
        [leak(k, v_leak, r, x, v)]
    }
}

/// `CubaLI`
pub(crate) struct Cuba;

impl Elementwise<0, 6, 2> for Cuba {
    const NAME: &'static str = "nir_cuba_li";
    #[inline(always)]
    fn at<L: Lane>(
        []: [L; 0],
        [k_syn, w_in, k_mem, v_leak, r, x]: [L; 6],
        [i, v]: [L; 2],
    ) -> [L; 2] {
        let i = i + k_syn * (w_in * x - i);
        [i, leak(k_mem, v_leak, r, i, v)]
    }
}

/// `IF`
pub(crate) struct IntegrateFire<const SUBTRACT: bool>;

impl<const SUBTRACT: bool> Elementwise<0, 4, 2> for IntegrateFire<SUBTRACT> {
    const NAME: &'static str = if SUBTRACT { "nir_if_subtract" } else { "nir_if" };
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [rate, threshold, reset, x]: [L; 4], [v, _]: [L; 2]) -> [L; 2] {
        fire::<L, SUBTRACT>(v + rate * x, threshold, reset)
    }
}

/// `LIF`
pub(crate) struct LeakFire<const SUBTRACT: bool>;

impl<const SUBTRACT: bool> Elementwise<0, 6, 2> for LeakFire<SUBTRACT> {
    const NAME: &'static str = if SUBTRACT { "nir_lif_subtract" } else { "nir_lif" };
    #[inline(always)]
    fn at<L: Lane>(
        []: [L; 0],
        [k, v_leak, r, threshold, reset, x]: [L; 6],
        [v, _]: [L; 2],
    ) -> [L; 2] {
        fire::<L, SUBTRACT>(leak(k, v_leak, r, x, v), threshold, reset)
    }
}

/// `CubaLIF`
pub(crate) struct CubaFire<const SUBTRACT: bool>;

impl<const SUBTRACT: bool> Elementwise<0, 8, 3> for CubaFire<SUBTRACT> {
    const NAME: &'static str = if SUBTRACT { "nir_cuba_lif_subtract" } else { "nir_cuba_lif" };
    #[inline(always)]
    fn at<L: Lane>(
        []: [L; 0],
        [k_syn, w_in, k_mem, v_leak, r, threshold, reset, x]: [L; 8],
        [i, v, _]: [L; 3],
    ) -> [L; 3] {
        let i = i + k_syn * (w_in * x - i);
        let [v, z] = fire::<L, SUBTRACT>(leak(k_mem, v_leak, r, i, v), threshold, reset);
        [i, v, z]
    }
}

/// y = s x
pub(crate) struct Scale;

impl Elementwise<0, 2, 1> for Scale {
    const NAME: &'static str = "nir_scale";
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [s, x]: [L; 2], _: [L; 1]) -> [L; 1] {
        [x * s]
    }
}

/// y = 1 where x > threshold, else 0
pub(crate) struct Threshold;

impl Elementwise<0, 2, 1> for Threshold {
    const NAME: &'static str = "nir_threshold";
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [threshold, x]: [L; 2], _: [L; 1]) -> [L; 1] {
        [L::select(x.gt(threshold), L::lit(1.0), L::lit(0.0))]
    }
}

/// y = y + x
pub(crate) struct Add;

impl Elementwise<0, 1, 1> for Add {
    const NAME: &'static str = "nir_add";
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [x]: [L; 1], [y]: [L; 1]) -> [L; 1] {
        [y + x]
    }
}

/// y = x where the mask is 1
pub(crate) struct Where;

impl Elementwise<0, 2, 1> for Where {
    const NAME: &'static str = "nir_where";
    #[inline(always)]
    fn at<L: Lane>([]: [L; 0], [mask, x]: [L; 2], [y]: [L; 1]) -> [L; 1] {
        [L::select(mask.gt(L::lit(0.0)), x, y)]
    }
}
