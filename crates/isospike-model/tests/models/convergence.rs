//! Halving the step reduces the error of the fixed-step schemes as their order says.

use crate::driver::{Run, power_of_two};
use isospike_lane::isa::Isa;

/// The error of V_m at the end, for steps of `dt`, `dt/2`, `dt/4`, against `dt/64`, as factors
/// between them.
fn factors(model: &str, settings: &[(&str, f64)], dt: f64, ms: f64) -> [f64; 2] {
    let v = |dt: f64| {
        let t = Run::new(model, settings, dt, ms).simulate::<f64>(Isa::detect());
        *t.slots["V_m"].last().unwrap()
    };
    let exact = v(dt / 64.0);
    let [a, b, c] = [1.0, 2.0, 4.0].map(|n| (v(dt / n) - exact).abs());
    [a / b, b / c]
}

fn assert_order(model: &str, settings: &[(&str, f64)], dt: f64, ms: f64, order: i32) {
    let want = power_of_two(order);
    for f in factors(model, settings, dt, ms) {
        assert!(
            f > 0.8 * want && f < 1.25 * want,
            "{model}: the error shrinks {f} times, not {want}"
        );
    }
}

#[test]
fn conductances_to_fourth_order() {
    let synapses = [("g_ex", 20.0), ("g_in", 15.0), ("tau_syn_ex", 1.0), ("I_e", 100.0)];
    assert_order("iaf_cond_exp", &synapses, 0.5, 6.0, 4);
}

#[test]
fn adex_to_second_order() {
    let below = [("g_ex", 40.0), ("g_in", 15.0), ("tau_syn_ex", 2.0), ("I_e", 600.0)];
    assert_order("aeif_cond_exp", &below, 0.2, 20.0, 2);
    // Up the spike, beyond V_th.
    let above = [("I_e", 700.0), ("V_m", -50.0)];
    assert_order("aeif_cond_exp", &above, 0.05, 1.0, 2);
}

/// A reset at the end of the step would leave an error of first order; the reset inside the step
/// does not.
#[test]
fn adex_past_spikes() {
    let f = factors("aeif_cond_exp", &[("I_e", 1500.0)], 0.1, 40.0);
    assert!(f.iter().all(|&f| f > 3.2), "{f:?}");
}

#[test]
fn hodgkin_huxley_to_second_order() {
    // Gates in equilibrium with the potential, else the staggered start is of first order: E_L =
    // V_m - V_T = 0 is where they start, and the current holds the potential near -63 mV.
    let settings = [("V_m", -63.0), ("V_T", -63.0), ("E_L", 0.0), ("I_e", -600.0), ("g_ex", 6.0)];
    assert_order("hh_cond_exp_traub", &settings, 0.1, 2.0, 2);
}

#[test]
fn izhikevich_to_first_order() {
    assert_order("izhikevich", &[("I_e", 10.0)], 0.01, 2.0, 1);
    assert_order("izhikevich2003", &[("I_e", 10.0)], 0.01, 2.0, 1);
}
