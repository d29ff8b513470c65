//! Networks against NEST 3.10: every spike, and the final potentials.

use isospike::{Network, Precision};
use isospike_tests::nest::{self, Reference};
use isospike_tests::run::{advance, build};
use std::collections::BTreeMap;

const CUBA: &[(&str, f64)] = &[
    ("C_m", 200.0),
    ("tau_m", 20.0),
    ("E_L", -49.0),
    ("V_th", -50.0),
    ("V_reset", -60.0),
    ("t_ref", 5.0),
    ("tau_syn_ex", 5.0),
    ("tau_syn_in", 10.0),
];
const DELTA: &[(&str, f64)] = &[
    ("C_m", 250.0),
    ("tau_m", 20.0),
    ("E_L", 0.0),
    ("V_th", 20.0),
    ("V_reset", 10.0),
    ("t_ref", 2.0),
];
const ALPHA: &[(&str, f64)] = &[
    ("C_m", 250.0),
    ("tau_m", 10.0),
    ("E_L", -70.0),
    ("V_th", -55.0),
    ("V_reset", -70.0),
    ("t_ref", 2.0),
    ("tau_syn_ex", 2.0),
    ("tau_syn_in", 2.0),
];

/// Every spike equal in f64; final potentials equal to the bit.
fn agree(network: &Network, reference: &Reference, steps: u64) {
    for threads in [1, 2] {
        let mut sim = build(network, threads);
        let spikes: Vec<_> =
            advance(&mut sim, steps, steps).iter().map(|s| (s.step, s.id)).collect();
        assert_eq!(spikes.len(), reference.spikes.len(), "number of spikes");
        assert!(spikes == reference.spikes, "a spike differs");
        let v = sim.values("pop", "V_m").expect("a potential");
        let worst = v.iter().zip(&reference.v_end).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let equal =
            v.iter().zip(&reference.v_end).filter(|(a, b)| a.to_bits() == b.to_bits()).count();
        println!(
            "{}: {equal} of {} potentials bit-equal, worst {worst:e} mV",
            network.name,
            v.len()
        );
        assert_eq!(equal, v.len(), "potentials, worst difference {worst:e} mV");
    }
}

/// In f32 some spikes differ; says how many, and that the rate does not.
fn report_f32(network: &Network, reference: &Reference, steps: u64) {
    let single = Network { precision: Precision::F32, ..network.clone() };
    let mut sim = build(&single, 1);
    let spikes: Vec<_> = advance(&mut sim, steps, steps).iter().map(|s| (s.step, s.id)).collect();
    let missing = reference.spikes.iter().filter(|s| spikes.binary_search(s).is_err()).count();
    let first = spikes.iter().zip(&reference.spikes).position(|(a, b)| a != b);
    println!(
        "{} in f32: {missing} of {} spikes of NEST are not there; first difference at spike {first:?}",
        network.name,
        reference.spikes.len(),
    );
    let ratio = spikes.len() as f64 / reference.spikes.len() as f64;
    assert!((0.9..1.1).contains(&ratio), "rate in f32 over rate in f64: {ratio}");
}

#[test]
fn cuba1000_equals_nest() {
    let (network, reference) = nest::network("cuba1000", "iaf_psc_exp", CUBA);
    agree(&network, &reference, 10_000);
    report_f32(&network, &reference, 10_000);
}

#[test]
fn delta500_equals_nest() {
    let (network, reference) = nest::network("delta500", "iaf_psc_delta", DELTA);
    agree(&network, &reference, 10_000);
    report_f32(&network, &reference, 10_000);
}

#[test]
fn alpha400_equals_nest() {
    let (network, reference) = nest::network("alpha400", "iaf_psc_alpha", ALPHA);
    agree(&network, &reference, 10_000);
    report_f32(&network, &reference, 10_000);
}

#[test]
fn stdp20_equals_nest() {
    let case = nest::stdp();
    let mut sim = build(&case.network, 2);
    // NEST shows the weights of a source as of its last spike, we as of now: look just after each
    let last: BTreeMap<_, _> = case.trains.iter().map(|&(step, source)| (source, step)).collect();
    let mut looks: Vec<_> = last.into_iter().map(|(source, step)| (step + 1, source)).collect();
    looks.sort_unstable();
    let targets = case.network.populations[1].size as usize;
    let mut spikes = Vec::new();
    let mut worst: f64 = 0.0;
    for (step, source) in looks {
        let steps = step - sim.step();
        spikes.extend(advance(&mut sim, steps, steps));
        let row = source as usize * targets..(source as usize + 1) * targets;
        let w: Vec<f64> = sim.weights(0).expect("readable").weight.into_iter().collect();
        let off = w[row.clone()].iter().zip(&case.w_end[row]).map(|(a, b)| (a - b).abs());
        worst = off.fold(worst, f64::max);
    }
    let steps = 20_000 - sim.step();
    spikes.extend(advance(&mut sim, steps, steps));
    let own: Vec<_> = spikes.iter().filter(|s| s.id >= 200).map(|s| (s.step, s.id - 200)).collect();
    assert_eq!(own.len(), case.reference.spikes.len(), "number of spikes");
    assert!(own == case.reference.spikes, "a spike differs");
    println!("stdp20: worst weight difference {worst:e} pA");
    assert!(worst < 2e-13, "weights differ by {worst:e} pA");
    let v = sim.values("target", "V_m").expect("a potential");
    let off = v.iter().zip(&case.reference.v_end).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    println!("stdp20: worst potential difference {off:e} mV");
    // the weights are put on the accumulator's grid of 2^-17 pA on delivery; NEST adds them as they
    // are
    assert!(off < 2e-7, "potentials differ by {off:e} mV");
}
