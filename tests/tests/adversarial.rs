//! Networks made to break the arithmetic or the bookkeeping: state compared after every step
//! between threads, instruction sets and the plain backend, in both precisions, with 32- and
//! 64-bit accumulators. `bookkeeping.rs` has those about spikes, delays and sizes.

use isospike::backend::plan::{Accumulator, pow2};
use isospike::lane::isa::Isa;
use isospike::net::Network;
use isospike::{ErrorKind, Precision, SessionExt, Spike};
use isospike_conformance::hand::{
    Edge, edges, network, neurons, set_initial, set_param, source, variants, wide,
};
use isospike_tests::watch::{advance, hold, session};
use std::ops::ControlFlow;

/// Steps in which a neuron fired.
fn times(spikes: &[Spike], id: u32) -> Vec<u64> {
    spikes.iter().filter(|s| s.id == id).map(|s| s.step).collect()
}

/// A potential that jumps and never leaks out of sight: weights in mV.
const JUMPS: &[(&str, f64)] =
    &[("E_L", 0.0), ("V_th", 15.0), ("V_reset", 0.0), ("t_ref", 0.2), ("tau_m", 10.0)];

#[test]
fn a_potential_that_stands_at_threshold_is_a_spike() {
    // no leak or no way to leak to: V stays where it is, exactly; the second neuron starts one
    // representable number lower
    let cases: &[(&str, &[(&str, f64)])] = &[
        ("iaf_psc_delta", &[("V_th", -50.0), ("t_ref", 1.0)]),
        ("iaf_psc_exp", &[("V_th", -50.0), ("t_ref", 1.0)]),
        ("iaf_psc_alpha", &[("V_th", -50.0), ("t_ref", 1.0)]),
        ("iaf_cond_exp", &[("V_th", -50.0), ("t_ref", 1.0)]),
        ("aeif_cond_exp", &[("V_th", -50.0), ("t_ref", 1.0), ("Delta_T", 0.0)]),
    ];
    for (model, parameters) in cases {
        let mut p = neurons("n", model, 2, parameters);
        let at = vec![-50.0, (-50.0f64).next_down()];
        set_param(&mut p, "E_L", at.clone());
        set_initial(&mut p, "V_m", at);
        for network in variants(&network(vec![p], Vec::new())) {
            let spikes = hold(&network, 3);
            assert_eq!(times(&spikes, 0), [0], "{model}: at threshold");
            assert_eq!(times(&spikes, 1), [0u64; 0], "{model}: below");
        }
    }
}

/// Numbers without a pattern, in [0, 1).
fn scattered(n: usize) -> Vec<f64> {
    let mut x = 1u64;
    let mut next = || {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (x >> 11) as f64 * pow2(-53)
    };
    (0..n).map(|_| next()).collect()
}

#[test]
fn weights_that_cancel_leave_nothing() {
    let n = 1000;
    let mut list: Vec<Edge> = Vec::new();
    for (i, x) in scattered(n).into_iter().enumerate() {
        let (i, w) = (i as u32, 1e6 * (x + 0.1));
        // each weight and its opposite, from different sources, to several targets
        for target in 0..3 {
            list.extend([(i, target, w, 1), ((i * 7 + 3) % n as u32, target, -w, 1)]);
        }
    }
    list.push((5, 2, 1e6, 1));
    let every = (0..20).flat_map(|t| (0..n as u32).map(move |i| (t, i))).collect();
    let targets = neurons("n", "iaf_psc_delta", 3, JUMPS);
    let network =
        network(vec![source("source", n as u32, every), targets], vec![edges(0, 1, &list)]);
    for network in variants(&network) {
        let spikes = hold(&network, 20);
        let silent = |id: u32| times(&spikes, n as u32 + id).is_empty();
        assert!(silent(0) && silent(1) && !silent(2), "only one sum differs from 0");
        let mut last = session(&network, 1, Isa::detect());
        advance(&mut *last, 20);
        let slot = last.plan().slots().into_iter().find(|s| s.0 == "n.V_m").expect("a potential").1;
        let v = last.read_values(slot).expect("readable");
        assert_eq!(&v[..2], [0.0, 0.0], "{:?}", network.precision);
    }
}

#[test]
fn five_thousand_spikes_arrive_in_one_step() {
    let n = 5000u32;
    let mut crowd = neurons("crowd", "iaf_psc_delta", n, JUMPS);
    set_initial(&mut crowd, "V_m", vec![20.0; n as usize]); // all fire in step 0
    let target =
        neurons("target", "iaf_psc_delta", 17, &[("E_L", 0.0), ("V_th", 1e12), ("V_reset", 0.0)]);
    let weight = |i: u32| 0.37 * f64::from(i + 1);
    let list: Vec<Edge> = (0..n)
        .flat_map(|i| [(i, 11, weight(i), 1), (i, 11, weight(i), 1), (i, 3, -weight(i), 1)])
        .collect();
    let plain = network(vec![crowd, target], vec![edges(0, 1, &list)]);
    for (network, accumulator) in
        [(plain.clone(), Accumulator::I32), (wide(&plain), Accumulator::I64)]
    {
        for precision in [Precision::F32, Precision::F64] {
            let network = Network { precision, ..network.clone() };
            let spikes = hold(&network, 3);
            assert_eq!(spikes.iter().filter(|s| s.step == 0).count(), n as usize);
            let mut s = session(&network, 3, Isa::detect());
            advance(&mut *s, 2);
            let plan = s.plan().clone();
            assert_eq!(plan.accumulator, accumulator);
            let k = plan.populations[1].neurons.as_ref().expect("neurons").ports[0].exponent;
            let units = |w: f64| (w * pow2(k)).round_ties_even() as i128;
            let sum: i128 = (0..n).map(|i| units(weight(i))).sum();
            let expected = |sum: i128| match precision {
                Precision::F32 => f64::from(sum as f32 * pow2(-k) as f32),
                Precision::F64 => sum as f64 * pow2(-k),
            };
            let slot =
                plan.slots().into_iter().find(|s| s.0 == "target.V_m").expect("a potential").1;
            let v = s.read_values(slot).expect("readable");
            assert_eq!((v[11], v[3], v[0]), (expected(2 * sum), expected(-sum), 0.0));
        }
    }
}

#[test]
fn spikes_in_batches_of_every_size_keep_to_their_way() {
    // 512 are looked up at a time; the next table goes to another port of fewer neurons
    for n in [511, 512, 513, 1024, 1025] {
        let every = |step: u64| (0..n).map(move |i| (step, i));
        let crowd = source("crowd", n, every(0).chain(every(1)).collect());
        let few = source("few", 3, vec![(0, 0), (0, 2), (1, 1)]);
        let wide = neurons("wide", "iaf_psc_exp", 70, &[("V_th", 1e12)]);
        let to_all: Vec<Edge> = (0..n).map(|i| (i, i % 70, f64::from(i + 1), i % 2)).collect();
        let to_some: Vec<Edge> = (0..3).map(|i| (i, 64 + i, -f64::from(i + 1), 1)).collect();
        let ways = vec![edges(0, 2, &to_all), edges(1, 2, &to_some)];
        for network in variants(&network(vec![crowd, few, wide], ways)) {
            assert!(hold(&network, 4).len() > n as usize);
        }
    }
}

#[test]
fn currents_decay_through_subnormals() {
    let mut p = neurons(
        "n",
        "iaf_psc_exp",
        20,
        &[("E_L", 0.0), ("V_th", 10.0), ("V_reset", 0.0), ("tau_syn_ex", 0.5)],
    );
    set_initial(&mut p, "I_syn_ex", (0..20).map(|i| 1e-36 * f64::from(i)).collect());
    let mut q = neurons("q", "aeif_cond_exp", 20, &[("tau_syn_ex", 0.5)]);
    set_initial(&mut q, "g_ex", (0..20).map(|i| 1e-36 * f64::from(i)).collect());
    let single = Network { precision: Precision::F32, ..network(vec![p, q], Vec::new()) };
    hold(&single, 200);
    let mut s = session(&single, 3, Isa::detect());
    // exp(-0.1 ms/0.5 ms); the plan's constant is this one rounded once
    let decay = isospike::lane::precise::exp(-0.1 / 0.5) as f32;
    let (mut plain, mut subnormal) = (1e-36f64 as f32, 0);
    let slot = s.plan().slots().into_iter().find(|s| s.0 == "n.I_syn_ex").expect("a current").1;
    for step in 0..200 {
        advance(&mut *s, 1);
        plain *= decay;
        let values = s.read_values(slot).expect("readable");
        assert_eq!(values[1], f64::from(plain), "step {step}: plain f32 arithmetic");
        subnormal += u32::from(plain.is_subnormal());
    }
    assert!(subnormal > 50 && plain > 0.0, "nothing is flushed to 0: {subnormal}, {plain:e}");
}

#[test]
fn subnormal_weights_of_doubles_are_not_lost() {
    let mut p = neurons(
        "n",
        "iaf_psc_exp",
        3,
        &[("E_L", 0.0), ("V_th", 10.0), ("V_reset", 0.0), ("tau_syn_ex", 0.5)],
    );
    set_initial(&mut p, "I_syn_ex", vec![1e-305, 5e-324, 2.3e-308]);
    let spikes = hold(&network(vec![p], Vec::new()), 300);
    assert!(spikes.is_empty());
}

#[test]
fn upstrokes_of_adex() {
    let n = 64;
    let mut p = neurons("n", "aeif_cond_exp", n, &[]);
    set_param(&mut p, "I_e", (0..n).map(|i| 50.0 * f64::from(i)).collect());
    // from rest over the threshold and the peak to beyond it, where the exponential is 4e17
    let v = |i: u32| -80.0 + 1.75 * f64::from(i);
    set_initial(&mut p, "V_m", (0..n).map(v).collect());
    let mut sharp =
        neurons("sharp", "aeif_cond_exp", n, &[("Delta_T", 0.1), ("t_ref", 1.0), ("I_e", 1200.0)]);
    set_initial(&mut sharp, "V_m", (0..n).map(|i| -55.0 + 0.1 * f64::from(i)).collect());
    let kicks = (0..400).step_by(7).map(|t| (t, 0)).collect();
    let list: Vec<Edge> = (0..n).map(|i| (0, i, 40.0, i % 9)).collect();
    let projections = vec![edges(2, 0, &list), edges(2, 1, &list)];
    for network in variants(&network(vec![p, sharp, source("kicks", 1, kicks)], projections)) {
        let spikes = hold(&network, 400);
        assert!(spikes.len() > 500, "{} spikes", spikes.len());
    }
}

#[test]
fn hodgkin_huxley_at_the_poles_of_its_rates() {
    let n = 48;
    let mut p = neurons("n", "hh_cond_exp_traub", n, &[]);
    set_param(&mut p, "I_e", (0..n).map(|i| 40.0 * f64::from(i)).collect());
    // V_T + 13, 40, 15: where the rates are 0/0; and close to them
    let pole = |i: u32| [-50.0, -23.0, -48.0][i as usize % 3];
    let off = |i: u32| [0.0, 1e-14, -1e-14, 1e-6][i as usize / 3 % 4];
    set_initial(&mut p, "V_m", (0..n).map(|i| pole(i) + off(i)).collect());
    let list: Vec<Edge> = (0..n * 4)
        .map(|i| (i % n, (i * 5 + 1) % n, if i % 4 == 0 { -67.0 } else { 6.0 }, 2))
        .collect();
    for network in variants(&network(vec![p], vec![edges(0, 0, &list)])) {
        let spikes = hold(&network, 400);
        assert!(spikes.len() > 100, "{} spikes", spikes.len());
    }
}

#[test]
fn a_state_that_becomes_infinite_is_an_error_that_names_it() {
    let mut p = neurons("n", "iaf_psc_exp", 40, &[("C_m", 1e-3)]);
    let mut currents = vec![0.0; 40];
    currents[33] = -1e308;
    set_param(&mut p, "I_e", currents);
    for threads in [1, 3] {
        let mut s = session(&network(vec![p.clone()], Vec::new()), threads, Isa::detect());
        let e =
            s.run_steps(2000, 2000, |_, _| ControlFlow::Continue(())).expect_err("it overflows");
        assert_eq!(e.kind(), ErrorKind::NotFinite);
        let text = e.to_string();
        assert!(text.contains("n.") && text.contains("neuron 33"), "{text}");
    }
}
