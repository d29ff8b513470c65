//! Weights and state in 8 and 16 bits: nothing changes where nothing is lost, what is lost is lost
//! by rounding once, and what cannot be held is refused.

use half::{bf16, f16};
use isospike::backend::Session;
use isospike::backend::plan::{PlanOptions, Slot, Synapses, pow2};
use isospike::lane::isa::Isa;
use isospike::model::Stdp;
use isospike::net::{Connector, Half, Network, Plasticity, Projection, StdpRule, WeightStorage};
use isospike::{ErrorKind, Plan, Precision, SessionExt};
use isospike_tests::hand::{
    Edge, edges, model, network, neurons, projection, set_initial, set_param, source,
};
use isospike_tests::run;
use isospike_tests::watch::{advance, hold, session};
use std::sync::Arc;

const FEW: [WeightStorage; 4] =
    [WeightStorage::I8, WeightStorage::I16, WeightStorage::F16, WeightStorage::BF16];

/// A source of eight that fires now and then, neurons that jump, and these weights (mV) between
/// them.
fn driven(weights: &[f64], storage: WeightStorage) -> Network {
    let spikes = (0..200u64).map(|i| (i, (i * 7 % 8) as u32)).collect();
    let list: Vec<Edge> =
        (0..).zip(weights).map(|(i, &w): (u32, _)| (i % 8, (i * 5) % 13, w, 1 + i % 4)).collect();
    let parts = vec![
        source("s", 8, spikes),
        neurons("n", "iaf_psc_delta", 13, &[("t_ref", 0.3), ("V_th", -66.0)]),
    ];
    let projection = Projection { storage, ..edges(0, 1, &list) };
    Network { precision: Precision::F32, ..network(parts, vec![projection]) }
}

fn planned(network: &Network) -> Plan {
    Plan::new(Arc::new(network.clone()), &PlanOptions::default()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn weights_that_few_bits_hold_change_nothing() {
    // of both signs and of one; times a power of two, so that the scale matters
    let signed: Vec<f64> = (-100..=100).map(|i| f64::from(i) * 0.03125).collect();
    let positive: Vec<f64> = (1..=255).map(|i| f64::from(i) * 0.015625).collect();
    for weights in [signed, positive] {
        let exact = driven(&weights, WeightStorage::Exact);
        let expected = run::run(&exact, 2, 200, 200);
        assert!(expected.spikes.len() > 220, "{} spikes", expected.spikes.len());
        for storage in FEW {
            let found = run::run(&driven(&weights, storage), 2, 200, 200);
            assert_eq!(found, expected, "{storage:?}");
        }
    }
}

#[test]
fn other_weights_are_rounded_once() {
    // what single precision holds, so that the crate's own rounding is right
    let weights: Vec<f64> = (0..400)
        .map(|i: i32| f64::from((0.37 + i as f32 * 0.011) * if i % 3 == 0 { -1.0 } else { 1.0 }))
        .collect();
    for storage in FEW {
        let network = driven(&weights, storage);
        let plan = planned(&network);
        let k = plan.populations[1].neurons.as_ref().expect("neurons").ports[0].exponent;
        let [table] = plan.tables() else { panic!("one projection, one table") };
        let mut expected: Vec<i64> = weights
            .iter()
            .map(|w| {
                let units = w * pow2(k);
                match &table.synapses {
                    Synapses::I8 { multiplier, .. } => {
                        let m = *multiplier as f64;
                        assert!(weights.iter().any(|w| (w * pow2(k) / m).abs() > 63.5), "coarse");
                        ((units / m).round_ties_even() * m) as i64
                    }
                    Synapses::I16 { multiplier, .. } => {
                        let m = *multiplier as f64;
                        ((units / m).round_ties_even() * m) as i64
                    }
                    Synapses::Half { format, shift, .. } => {
                        let x = (units * pow2(-shift)) as f32;
                        let x = match format {
                            Half::F16 => f16::from_f32_const(x).to_f64(),
                            Half::BF16 => bf16::from_f32_const(x).to_f64(),
                        };
                        (x * pow2(*shift)).round_ties_even() as i64
                    }
                    other => panic!("{other:?}"),
                }
            })
            .collect();
        let mut found: Vec<i64> = (0..table.len()).map(|i| table.decode(i).1).collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{storage:?}");
        hold(&network, 50);
        // the report says by how much
        let [of] = &plan.resolution.weights[..] else { panic!("one projection") };
        let error = |w: &f64| {
            let near = |u: &&i64| ((**u as f64) * pow2(-k) - w).abs();
            found
                .iter()
                .min_by(|a, b| near(a).total_cmp(&near(b)))
                .map_or(0.0, |u| near(&u) / w.abs())
        };
        let most = weights.iter().map(error).fold(0.0, f64::max);
        let (median, largest) = (of.median_error, of.largest_error);
        assert!(
            median > 0.0 && median < largest && most <= largest,
            "{storage:?}: {of:?}, {most:e}"
        );
    }
}

#[test]
fn floats_far_below_the_largest_come_to_whole_units() {
    // sources that fire often at once leave few units for the smallest weights
    let large = (0..100).map(|i| 2.0 + 0.013 * f64::from(i));
    let small = (1..60).map(|i| 3.3 / f64::from(i * i * i));
    let weights: Vec<f64> = large.chain(small).collect();
    for storage in [WeightStorage::F16, WeightStorage::BF16] {
        let often = (0..8).flat_map(|i| std::iter::repeat_n((0, i), 256)).collect();
        let list: Vec<Edge> = (0..).zip(&weights).map(|(i, &w)| (i % 8, i, w, 1)).collect();
        let n = neurons("n", "iaf_psc_exp", weights.len() as u32, &[]);
        let projection = Projection { storage, ..edges(0, 1, &list) };
        let network = network(vec![source("s", 8, often), n], vec![projection]);
        let network = Network { precision: Precision::F32, ..network };
        let plan = planned(&network);
        let [table] = plan.tables() else { panic!("one projection, one table") };
        let Synapses::Half { format, shift, packed } = &table.synapses else { panic!("floats") };
        let fraction = |p: &u32| f64::from(format.decode((p >> 16) as u16)) * pow2(*shift) % 1.0;
        let rounded = packed.iter().filter(|p| fraction(p).abs() >= 0.5).count();
        assert!(rounded > 5, "{storage:?}: {rounded} at 2^{shift}");
        hold(&network, 5);
    }
}

#[test]
fn one_weight_for_all_is_exact_in_any_storage() {
    let of = |storage| {
        let mut network = driven(&[1.0], storage);
        let connector = Connector::AllToAll;
        network.projections = vec![Projection { storage, ..projection(0, 1, connector, 1.7, 0.2) }];
        run::run(&network, 1, 200, 200)
    };
    for storage in FEW {
        assert_eq!(of(storage), of(WeightStorage::Exact), "{storage:?}");
    }
}

/// Neurons whose state has values everywhere, driven by currents and each other.
fn active(name: &str, state: Option<Half>) -> Network {
    let mut n = neurons("n", name, 70, &[]);
    set_param(&mut n, "I_e", (0..70).map(|i| 200.0 + 9.0 * f64::from(i)).collect());
    set_initial(&mut n, "V_m", (0..70).map(|i| -70.0 + 0.123 * f64::from(i)).collect());
    model(&mut n).state = state;
    let list: Vec<Edge> = (0..300).map(|i| (i % 70, i * 11 % 70, 2.5, 1 + i % 9)).collect();
    let lane_seeds = vec![1, 2];
    Network { precision: Precision::F32, lane_seeds, ..network(vec![n], vec![edges(0, 0, &list)]) }
}

#[test]
fn state_is_rounded_after_every_step() {
    for name in ["iaf_psc_exp", "iaf_psc_alpha", "iaf_cond_exp", "aeif_cond_exp"] {
        for format in [Half::F16, Half::BF16] {
            let network = active(name, Some(format));
            // against the slow reference
            let spikes = hold(&network, 150);
            assert!(!spikes.is_empty(), "{name} is silent");
            let mut s = session(&network, 2, Isa::detect());
            assert_eq!(s.allocated_bytes(), s.plan().memory.total_bytes());
            advance(&mut *s, 40);
            for (slot_name, slot) in s.plan().slots() {
                if let Slot::State { .. } = slot {
                    let values = s.read_values(slot).expect("readable");
                    assert!(values.iter().all(|x| format.nearest(*x) == *x), "{slot_name}");
                }
            }
            let full = active(name, None);
            let bytes = |n: &Network| planned(n).memory.total_bytes();
            assert!(bytes(&network) != bytes(&full), "{name}");
            assert_ne!(advance(&mut *session(&full, 1, Isa::detect()), 150), spikes, "{name}");
        }
    }
}

#[test]
fn a_snapshot_goes_back_to_the_same_storage_only() {
    let network = active("iaf_psc_exp", Some(Half::BF16));
    let mut s = session(&network, 2, Isa::detect());
    advance(&mut *s, 60);
    let snapshot = s.snapshot().expect("readable");
    let expected = advance(&mut *s, 60);
    let mut again = session(&network, 1, Isa::Baseline);
    again.restore(&snapshot).expect("the same plan");
    assert_eq!(again.snapshot().expect("readable"), snapshot);
    assert_eq!(advance(&mut *again, 60), expected);
    for state in [None, Some(Half::F16)] {
        let mut other = session(&active("iaf_psc_exp", state), 1, Isa::detect());
        assert!(other.restore(&snapshot).is_err(), "{state:?}");
    }
}

#[test]
fn state_beyond_the_format_is_an_error() {
    // from the start
    let mut n = neurons("n", "iaf_psc_delta", 3, &[("V_th", 1e6)]);
    set_initial(&mut n, "V_m", vec![-70.0, 65_430.0, 66_000.0]);
    model(&mut n).state = Some(Half::F16);
    let of = |n| Network { precision: Precision::F32, ..network(vec![n], Vec::new()) };
    let e = Plan::new(Arc::new(of(n.clone())), &PlanOptions::default());
    let e = e.err().map_or_else(|| panic!("it is taken"), |e| e.to_string());
    assert!(e.contains("populations.n.state = f16: it holds up to 65504"), "{e}");
    assert!(e.contains("V_m of neuron 2 begins at 66070"), "{e}");
    // by hand
    set_initial(&mut n, "V_m", vec![-70.0, -70.0, -70.0]);
    let mut s = session(&of(n.clone()), 1, Isa::detect());
    let slot = Slot::State { population: 0, slot: 0 };
    let write =
        |s: &mut dyn Session, x: f32| s.write(slot, &[x, 0.0, 0.0].map(f32::to_le_bytes).concat());
    assert_eq!(write(&mut *s, 65_520.0).expect_err("beyond").kind(), ErrorKind::Invalid);
    write(&mut *s, 65_519.0).expect("it rounds to the largest");
    assert_eq!(s.read_values(slot).expect("readable")[0], 65_504.0);
    // on the way
    let mut n = neurons("n", "iaf_psc_exp", 1, &[]);
    model(&mut n).state = Some(Half::F16);
    let twice = edges(0, 1, &[(0, 0, 40_000.0, 1), (0, 0, 40_000.0, 1)]);
    let parts = vec![source("s", 1, vec![(3, 0)]), n];
    let network = Network { precision: Precision::F32, ..network(parts, vec![twice]) };
    let mut s = session(&network, 1, Isa::detect());
    let e = s.run_steps(20, 20, |_, _| std::ops::ControlFlow::Continue(()));
    let e = e.expect_err("f16 ends at 65,504 pA");
    assert!(e.kind() == ErrorKind::NotFinite && e.to_string().contains("n.I_syn_ex"), "{e}");
}

const RULE: Plasticity =
    Plasticity { lambda: 0.05, alpha: 0.9, mu_plus: 0.4, mu_minus: 0.4, ..Plasticity::pair(8.0) };

/// One synapse whose two neurons fire at these steps.
fn pair(rule: Plasticity, storage: WeightStorage, pre: &[u64], post: &[u64]) -> Network {
    let train = |steps: &[u64]| steps.iter().map(|&t| (t, 0)).collect();
    let plastic = Projection {
        storage,
        plasticity: Some(rule),
        ..projection(0, 2, Connector::AllToAll, 3.1, 0.1)
    };
    let parts = vec![
        source("pre", 1, train(pre)),
        source("force", 1, train(post)),
        neurons("post", "iaf_psc_delta", 1, &[("t_ref", 0.0)]),
    ];
    let force = projection(1, 2, Connector::AllToAll, 1000.0, 0.1);
    Network { precision: Precision::F32, ..network(parts, vec![plastic, force]) }
}

fn exact(network: &Network) -> Vec<Projection> {
    let with = |p: &Projection| Projection { storage: WeightStorage::Exact, ..p.clone() };
    network.projections.iter().map(with).collect()
}

fn weight(s: &mut dyn Session) -> f64 {
    let slots = s.plan().slots();
    let slot = slots.into_iter().find(|s| matches!(s.1, Slot::Weights { .. })).expect("plastic").1;
    s.read_values(slot).expect("readable")[0]
}

#[test]
fn plastic_weights_are_rounded_after_every_change() {
    for (rule, storage) in [
        (RULE, WeightStorage::F16),
        (RULE, WeightStorage::BF16),
        (Plasticity { rule: StdpRule::PowerLaw, ..RULE }, WeightStorage::F16),
        (Plasticity { rule: StdpRule::PowerLaw, ..RULE }, WeightStorage::BF16),
    ] {
        let format = storage.half().expect("a float format");
        let near = |w: f32| format.nearest(w.into()) as f32;
        // a spike at step t has time t + 1; one that is forced at t fires at t + 1
        let network = pair(rule, storage, &[10, 100], &[29, 59]);
        let mut s = session(&network, 1, Isa::detect());
        assert_eq!(s.allocated_bytes(), s.plan().memory.total_bytes());
        advance(&mut *s, 200);
        let equations = Stdp::<f32>::new(&rule, 0.1);
        let mut w = near(3.1);
        // postsynaptic spikes at times 31 and 61 reach the synapse a step later
        for post in [32.0, 62.0] {
            [w] = equations.potentiate([w], [equations.decay_plus(post - 11.0)]);
            w = near(w);
        }
        // the trace just after the second of them, at the time the second presynaptic spike sees
        let trace = equations.decay_minus(30.0) + 1.0;
        let [depressed] = equations.depress([w], [trace * equations.decay_minus(100.0 - 61.0)]);
        let w = near(depressed);
        assert_eq!(weight(&mut *s), f64::from(w), "{rule:?} {storage:?}");
    }
}

#[test]
fn looking_at_rounded_weights_changes_nothing() {
    let spikes = |every: u64| (0..4000).filter(|t| t % every == 7).collect::<Vec<u64>>();
    for storage in [WeightStorage::F16, WeightStorage::BF16] {
        let network = pair(RULE, storage, &spikes(83), &spikes(37));
        let mut s = session(&network, 1, Isa::detect());
        let mut looked = session(&network, 1, Isa::Baseline);
        let spikes = advance(&mut *s, 4000);
        let mut all = Vec::new();
        for _ in 0..400 {
            all.extend(advance(&mut *looked, 10));
            let w = weight(&mut *looked);
            let format = storage.half().expect("a float format");
            assert_eq!(format.nearest(w), w);
        }
        assert_eq!(all, spikes);
        let digest = |s: &mut dyn Session| s.state_digest().expect("readable");
        assert_eq!(digest(&mut *looked), digest(&mut *s));
        let exact = &planned(&Network { projections: exact(&network), ..network.clone() });
        assert_eq!(exact.memory.total_bytes() - planned(&network).memory.total_bytes(), 2);
    }
}
