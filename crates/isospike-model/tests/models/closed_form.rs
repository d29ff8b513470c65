//! Neurons whose spikes and potentials are known in closed form.

use crate::driver::{Input, Run};
use isospike_lane::isa::Isa;
use isospike_lane::philox4x32_10;
use isospike_lane::precise::{exp, log};
use isospike_model::{Block, Column, Sums, by_name};

const LINEAR: [&str; 4] = ["iaf_psc_delta", "iaf_psc_exp", "iaf_psc_alpha", "iaf_cond_exp"];
const C: f64 = 250.0;
const TAU: f64 = 10.0;

/// Resting at -70, threshold -55, reset -60 mV, refractory for 2 ms, whatever the model.
fn lif(model: &str, i_e: f64, ms: f64) -> Run {
    let leak = if model == "iaf_cond_exp" { ("g_L", C / TAU) } else { ("tau_m", TAU) };
    let settings = [("C_m", C), leak, ("V_reset", -60.0), ("I_e", i_e)];
    Run::new(model, &settings, 0.1, ms)
}

/// Steps from reset (or rest) to threshold: tau ln((V_inf - V_0)/(V_inf - V_th)), up to the grid.
fn rise(v0: f64, i_e: f64) -> usize {
    let v_inf = -70.0 + i_e * TAU / C;
    (TAU * log((v_inf - v0) / (v_inf + 55.0)) / 0.1).ceil() as usize
}

#[test]
fn interspike_intervals_under_constant_current() {
    for model in LINEAR {
        for i_e in [380.0, 413.0, 500.0, 1234.5] {
            let spikes = lif(model, i_e, 300.0).simulate::<f64>(Isa::detect()).spikes;
            let (first, period) = (rise(-70.0, i_e), 20 + rise(-60.0, i_e));
            let want: Vec<_> = (first..=3000).step_by(period).collect();
            assert_eq!(spikes, want, "{model} at {i_e} pA");
            assert_eq!(lif(model, i_e, 300.0).simulate::<f32>(Isa::detect()).spikes, want);
        }
    }
}

#[test]
fn rheobase() {
    let rheobase = C * 15.0 / TAU;
    for model in LINEAR {
        let spikes = |i_e: f64| lif(model, i_e, 500.0).simulate::<f64>(Isa::detect()).spikes.len();
        assert_eq!(spikes(rheobase - 0.01), 0, "{model}");
        assert!(spikes(rheobase + 0.1) > 0, "{model}");
    }
}

/// An exponential current: w/C tau_s tau_m/(tau_m - tau_s) (exp(-t/tau_m) - exp(-t/tau_s)).
/// An alpha current with its peak w: the same convolved once more.
#[test]
fn postsynaptic_potentials() {
    let (w, tau_s) = (100.0, 2.0);
    let (a, b) = (1.0 / TAU, 1.0 / tau_s);
    let gamma = 1.0 / (b - a);
    let exponential = |t: f64| w / C * gamma * (exp(-a * t) - exp(-b * t));
    let alpha = |t: f64| {
        let e = std::f64::consts::E;
        w * e / (tau_s * C) * gamma * (gamma * (exp(-a * t) - exp(-b * t)) - t * exp(-b * t))
    };
    let check = |model: &str, psp: &dyn Fn(f64) -> f64| {
        let mut run = lif(model, 0.0, 40.0);
        run.inputs = vec![Input { times: vec![1.0], weight: w, delay: 1.0 }];
        for (k, v) in run.simulate::<f64>(Isa::detect()).slots["V_m"].iter().enumerate() {
            let t = (k + 1) as f64 * 0.1 - 2.0;
            let want = if t > 0.0 { psp(t) } else { 0.0 };
            assert!((v + 70.0 - want).abs() < 1e-12, "{model} at {t} ms");
        }
    };
    check("iaf_psc_exp", &exponential);
    check("iaf_psc_alpha", &alpha);
}

/// Without upstroke AdEx is a leaky integrate-and-fire neuron with threshold V_th (and adaptation,
/// here off).
#[test]
fn adex_without_upstroke() {
    for i_e in [380.0, 500.0] {
        let settings = [
            ("C_m", C),
            ("g_L", C / TAU),
            ("E_L", -70.0),
            ("V_th", -55.0),
            ("V_reset", -60.0),
            ("Delta_T", 0.0),
            ("t_ref", 2.0),
            ("a", 0.0),
            ("b", 0.0),
            ("I_e", i_e),
        ];
        let spikes =
            Run::new("aeif_cond_exp", &settings, 0.1, 300.0).simulate::<f64>(Isa::detect());
        let want: Vec<_> = (rise(-70.0, i_e)..=3000).step_by(20 + rise(-60.0, i_e)).collect();
        assert_eq!(spikes.spikes, want, "{i_e} pA");
    }
}

/// A sharp upstroke overflows exp, strong input jumps over it; the state stays finite.
#[test]
fn adex_extremes() {
    for (delta, i_e) in [(0.01, 800.0), (0.5, 1e6), (20.0, 3000.0), (2.0, -1e5)] {
        let settings = [("Delta_T", delta), ("I_e", i_e), ("g_ex", 1e3)];
        let run = Run::new("aeif_cond_exp", &settings, 0.1, 100.0);
        for t in [run.simulate::<f32>(Isa::detect()), run.simulate::<f64>(Isa::detect())] {
            assert!(t.slots.values().flatten().all(|x| x.is_finite()), "{settings:?}");
            assert!(t.spikes.len() > 2 || i_e < 0.0, "{settings:?}: {:?}", t.spikes);
        }
    }
}

#[test]
fn clamped_below() {
    for (model, weight) in
        [("iaf_psc_delta", -30.0), ("iaf_psc_alpha", -5000.0), ("izhikevich", -30.0)]
    {
        let mut run = Run::new(model, &[("V_min", -75.0)], 0.1, 10.0);
        run.inputs = vec![Input { times: vec![1.0], weight, delay: 1.0 }];
        let v = &run.simulate::<f64>(Isa::detect()).slots["V_m"];
        assert_eq!(v.iter().copied().fold(0.0, f64::min), -75.0, "{model}");
    }
}

/// The program of the paper: threshold at the start of a millisecond, two half steps, then u.
#[test]
fn izhikevich_as_published() {
    let mut run = Run::new("izhikevich2003", &[("I_e", 7.0)], 1.0, 500.0);
    run.inputs = vec![Input { times: vec![50.0, 120.0, 121.0], weight: 4.0, delay: 1.0 }];
    let (mut v, mut u, mut fired) = (-65.0, 0.2 * -65.0, Vec::new());
    for t in 1..=501 {
        let mut i = 7.0;
        if v >= 30.0 {
            fired.push(t - 1);
            v = -65.0;
            u += 8.0;
        }
        // A neuron that fired in millisecond 51 of the paper has its spike in step 50 here.
        i += if [51, 121, 122].contains(&t) { 4.0 } else { 0.0 };
        v += 0.5 * (0.04 * v * v + 5.0 * v + 140.0 - u + i);
        v += 0.5 * (0.04 * v * v + 5.0 * v + 140.0 - u + i);
        u += 0.02 * (0.2 * v - u);
    }
    assert!(fired.len() > 5);
    assert_eq!(run.simulate::<f64>(Isa::detect()).spikes, fired);
}

#[test]
fn poisson_rate() {
    const N: usize = 4096;
    let m = by_name("poisson_source").unwrap();
    for (rate, dt) in [(0.0, 0.1), (8.0, 0.1), (1000.0, 0.1), (50.0, 1.0), (1e9, 1.0)] {
        let consts: Vec<_> =
            m.derive(&[rate], dt).iter().map(|&x| Column::Uniform(x as f32)).collect();
        let mut spiked = [false; N];
        let mut count = 0;
        for step in 0..500 {
            let draws: Vec<u32> =
                (0..N as u32).map(|k| philox4x32_10([step, 0, k, 0], [1, 2])[0]).collect();
            let block = Block {
                len: N,
                state: &mut [],
                consts: &consts,
                sums: Sums::I32(&mut []),
                scale: &[],
                filtered: &[],
                current: Column::Uniform(0.0),
                draws: &[&draws],
                spiked: &mut spiked,
            };
            m.step_f32(Isa::detect(), block);
            count += spiked.iter().filter(|&&s| s).count();
        }
        let (n, p) = ((500 * N) as f64, 1.0 - exp(-rate * dt * 1e-3));
        let sigma = (n * p * (1.0 - p)).sqrt();
        assert!((count as f64 - n * p).abs() <= 4.0 * sigma, "{rate}: {count} for {}", n * p);
    }
}
