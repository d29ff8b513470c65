//! `stdp_synapse` and its power-law form against an event-by-event reference of the published
//! rules, over histories many times longer than what a session keeps of them; and the same on any
//! thread, in any batch.

use isospike::backend::Session;
use isospike::backend::plan::{Slot, Synapses, history_len};
use isospike::lane::isa::Isa;
use isospike::net::{
    Connector, Input, Network, Plasticity, Projection, Row, StdpRule, Value, Wiring,
};
use isospike::{ErrorKind, Precision, SessionExt, Spike};
use isospike_conformance::hand::{model, projection, set_param};
use isospike_conformance::plastic::{
    DT_MS, ROUND, Scatter, W_MAX, case, recurrent, rule, rules, targets,
};
use isospike_tests::pairs::Pair;
use isospike_tests::run::{self, build};
use isospike_tests::watch::{advance, session};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// The plastic weights of a lane, `[source][delay]`[target]: the order of the slot with one port.
fn weights(session: &mut dyn Session, lane: usize) -> Vec<f64> {
    let plan = session.plan().clone();
    let slot = plan.slots().into_iter().find(|s| matches!(s.1, Slot::Weights { .. }));
    let values = session.read_values(slot.expect("a plastic table").1).expect("readable");
    values.into_iter().skip(lane).step_by(plan.batch()).collect()
}

/// Pairs of a plastic projection in the order of [`weights`], each with its source and target.
fn pairs(network: &Network, projection: usize) -> Vec<(u32, u32, Pair)> {
    let wiring = Wiring::new(network, projection, 1).expect("valid");
    let rule = network.projections[projection].plasticity.expect("plastic");
    let sources = network.populations[network.projections[projection].source].size;
    let mut all = Vec::new();
    let mut row = Row::default();
    for source in 0..sources {
        wiring.row(source, &mut row);
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by_key(|&k| (row.delays[k], row.targets[k], k));
        for k in order {
            let pair = Pair::new(rule, DT_MS, row.delays[k].into(), row.weights[k]);
            all.push((source, row.targets[k], pair));
        }
    }
    all
}

/// Times (step + 1) of the spikes of each neuron, from the first id on.
fn by_neuron(spikes: &[Spike], first: u32, size: u32, lane: u32) -> Vec<Vec<u64>> {
    let mut times = vec![Vec::new(); size as usize];
    for s in spikes.iter().filter(|s| s.lane == lane && (first..first + size).contains(&s.id)) {
        times[(s.id - first) as usize].push(s.step + 1);
    }
    times
}

/// Feeds each pair the presynaptic spikes of a round.
fn replay(pairs: &mut [(u32, u32, Pair)], pre: &[Vec<u64>], post: &[Vec<u64>], after: u64) {
    for (source, target, pair) in pairs {
        let new = pre[*source as usize].iter().filter(|&&t| t > after);
        new.for_each(|&t| pair.fire(&post[*target as usize], t));
    }
}

fn worst(pairs: &[(u32, u32, Pair)], weights: &[f64]) -> f64 {
    assert_eq!(pairs.len(), weights.len());
    let off = |(p, w): (&(u32, u32, Pair), &f64)| (p.2.weight - w).abs() / w.abs().max(1.0);
    pairs.iter().zip(weights).map(off).fold(0.0, f64::max)
}

/// Runs round by round; returns the worst difference to the reference (pA) in any.
fn against_reference(network: &Network, threads: usize, rounds: u64) -> f64 {
    let mut s = session(network, threads, Isa::detect());
    let (sources, size) = (network.populations[0].size, network.populations[1].size);
    let lanes = network.lane_seeds.len();
    let mut reference: Vec<_> = (0..lanes).map(|_| pairs(network, 0)).collect();
    let initial = weights(&mut *s, 0);
    let mut spikes = Vec::new();
    let mut off: f64 = 0.0;
    for round in 0..rounds {
        spikes.extend(advance(&mut *s, ROUND));
        for (lane, reference) in reference.iter_mut().enumerate() {
            let pre = by_neuron(&spikes, 0, sources, lane as u32);
            let post = by_neuron(&spikes, sources, size, lane as u32);
            replay(reference, &pre, &post, round * ROUND);
            let w = weights(&mut *s, lane);
            off = off.max(worst(reference, &w));
            let inside = |w: &f64| (0.0..=W_MAX).contains(w);
            if network.projections[0].plasticity.expect("plastic").rule == StdpRule::Pair {
                assert!(w.iter().all(inside), "{}: weights in [0, w_max]", network.name);
            }
        }
    }
    for lane in 0..lanes {
        let post = by_neuron(&spikes, sources, size, lane as u32);
        let most = post.iter().map(Vec::len).max().unwrap_or(0);
        let room = history_len(30);
        assert!(most > 20 * room, "{most} spikes fill a history of {room} often");
        assert!(post.iter().any(|p| p.len() < room), "some stay below");
        let moved = weights(&mut *s, lane).iter().zip(&initial).filter(|(a, b)| a != b).count();
        assert!(moved * 2 > initial.len(), "weights change: {moved} of {}", initial.len());
    }
    off
}

#[test]
fn both_rules_follow_the_reference() {
    for rule in rules() {
        let rounds = 3;
        let network = case(rule, 1, rounds * ROUND);
        let off = against_reference(&network, 2, rounds);
        println!("{}: weights differ by at most {off:e} pA", network.name);
        assert!(off < 1e-9, "{}: {off:e} pA", network.name);
    }
}

#[test]
fn lanes_of_a_batch_follow_it_too() {
    for rule in [rule(StdpRule::Pair, 0.4, 1.0), rule(StdpRule::PowerLaw, 0.4, 1.0)] {
        let network = case(rule, 2, 2 * ROUND);
        let off = against_reference(&network, 3, 2);
        assert!(off < 1e-9, "{}: {off:e} pA", network.name);
    }
}

#[test]
fn threads_and_batches_change_no_bit() {
    for rule in [rule(StdpRule::Pair, 0.4, 1.0), rule(StdpRule::PowerLaw, 0.4, 1.0)] {
        for precision in [Precision::F32, Precision::F64] {
            let both = Network { precision, ..case(rule, 2, ROUND) };
            let run = |network: &Network, threads| {
                let mut s = session(network, threads, Isa::detect());
                let spikes = advance(&mut *s, ROUND);
                let digest = s.state_digest().expect("readable");
                let lanes = 0..network.lane_seeds.len();
                let w: Vec<Vec<f64>> = lanes.map(|l| weights(&mut *s, l)).collect();
                (spikes, digest, w)
            };
            let one = run(&both, 1);
            assert!(run(&both, 2) == one && run(&both, 3) == one, "{}: threads", both.name);
            for lane in 0..2 {
                let lane_seeds = vec![both.lane_seeds[lane]];
                let alone = run(&Network { lane_seeds, ..both.clone() }, 2);
                assert_eq!(alone.2[0], one.2[lane], "{}: weights of lane {lane}", both.name);
                let of = |s: &Spike| (s.step, s.id);
                let mine = one.0.iter().filter(|s| s.lane as usize == lane).map(of);
                assert!(alone.0.iter().map(of).eq(mine), "{}: spikes of lane {lane}", both.name);
            }
            assert_ne!(one.2[0], one.2[1], "lanes have their own noise");
        }
    }
}

/// What is remembered of a lane in the slots of plasticity: weights, traces, histories.
fn memory(session: &mut dyn Session, lane: usize) -> Vec<Vec<u64>> {
    let plan = session.plan().clone();
    let mut all = Vec::new();
    for (name, slot) in plan.slots() {
        let bytes = session.read(slot).expect("readable");
        let words: Vec<u64> =
            bytes.as_chunks::<8>().0.iter().map(|b| u64::from_le_bytes(*b)).collect();
        let entries: Vec<&[u64]> = match slot {
            Slot::Weights { .. } => words.chunks(1).collect(),
            Slot::PreTrace { .. } => words.chunks(2).collect(),
            Slot::PostHistory { .. } => {
                let mut rest = &words[..];
                std::iter::from_fn(|| {
                    let (now, later) = rest.split_at_checked(1 + 2 * *rest.first()? as usize)?;
                    rest = later;
                    Some(now)
                })
                .collect()
            }
            _ => continue,
        };
        assert!(!entries.is_empty() && entries.len().is_multiple_of(plan.batch()), "{name}");
        all.push(entries.into_iter().skip(lane).step_by(plan.batch()).flatten().copied().collect());
    }
    all
}

#[test]
fn no_lane_knows_of_the_others() {
    // lanes with noise of their own fill their histories at different times; whoever looks, and
    // whenever, sees the same
    let mut network = case(rule(StdpRule::Pair, 0.4, 1.0), 3, 1000);
    set_param(&mut network.populations[1], "I_e", vec![0.0; 30]);
    let rate_hz = Value::Constant(9000.0);
    model(&mut network.populations[1]).inputs =
        vec![Input::Poisson { rate_hz, weight: 120.0, port: None }];
    let mut together = session(&network, 2, Isa::detect());
    let mut alone: Vec<_> = (0..3)
        .map(|lane| {
            let lane_seeds = vec![network.lane_seeds[lane]];
            session(&Network { lane_seeds, ..network.clone() }, 1, Isa::detect())
        })
        .collect();
    let mut random = Scatter(11);
    let mut step = 0;
    while step < 2000 {
        let steps = 1 + random.below(300);
        advance(&mut *together, steps);
        step += steps;
        for (lane, alone) in alone.iter_mut().enumerate() {
            advance(&mut **alone, steps);
            // not every time, so that sessions differ in when they were looked at
            if random.below(2) == 0 {
                let (a, b) = (memory(&mut **alone, 0), memory(&mut *together, lane));
                assert!(a == b, "lane {lane}, step {step}");
            }
        }
    }
    for (lane, alone) in alone.iter_mut().enumerate() {
        assert!(memory(&mut **alone, 0) == memory(&mut *together, lane), "lane {lane} at the end");
    }
}

#[test]
fn looking_at_weights_changes_nothing() {
    let network = case(rule(StdpRule::PowerLaw, 0.4, 1.0), 2, ROUND);
    let mut unseen = session(&network, 2, Isa::detect());
    let mut seen = session(&network, 2, Isa::detect());
    let spikes = advance(&mut *unseen, ROUND);
    let mut again = Vec::new();
    for _ in 0..ROUND / 25 {
        again.extend(advance(&mut *seen, 25));
        weights(&mut *seen, 0);
    }
    assert!(spikes == again);
    assert_eq!(seen.snapshot().expect("readable"), unseen.snapshot().expect("readable"));
}

#[test]
fn a_weight_that_becomes_infinite_is_an_error() {
    let power = Plasticity { lambda: 1e38, ..rule(StdpRule::PowerLaw, 0.4, 1.0) };
    let network = Network { precision: Precision::F32, ..case(power, 2, 600) };
    for threads in [1, 3] {
        let mut s = session(&network, threads, Isa::detect());
        let run = s.run_steps(600, 600, |_, _| ControlFlow::Continue(()));
        let e = run.expect_err("it overflows");
        assert_eq!(e.kind(), ErrorKind::NotFinite, "{e}");
        assert!(e.to_string().starts_with("a plastic weight from neuron"), "{e}");
    }
}

#[test]
fn only_where_a_rule_is_followed_is_something_remembered() {
    let one = case(rule(StdpRule::Pair, 0.4, 1.0), 1, 100);
    let mut more = one.clone();
    more.populations.push(targets(700));
    more.populations[2].name = "bystander".into();
    let history = |network: &Network| {
        let s = session(network, 1, Isa::detect());
        let buffers = &s.plan().memory.buffers;
        buffers.iter().filter(|b| b.name.starts_with("postsynaptic")).map(|b| b.bytes).sum::<u64>()
    };
    assert!(history(&one) > 0);
    assert_eq!(history(&one), history(&more));
}

#[test]
fn a_simulation_names_its_synapses() {
    let plastic = case(rule(StdpRule::Pair, 0.4, 1.0), 2, ROUND);
    let fixed = projection(0, 1, Connector::FixedProbability(0.3), -30.0, 1.0);
    let second = Projection { plasticity: Some(rules()[1]), ..plastic.projections[0].clone() };
    let projections = vec![plastic.projections[0].clone(), fixed, second];
    let network = Network { projections, ..plastic };
    let mut sim = build(&network, 2);
    let spikes = run::advance(&mut sim, ROUND, ROUND);
    for i in [0, 2] {
        let found = sim.weights(i).expect("readable");
        for lane in 0..2 {
            let mut reference = pairs(&network, i);
            let post = by_neuron(&spikes, 12, 30, lane);
            replay(&mut reference, &by_neuron(&spikes, 0, 12, lane), &post, 0);
            assert!(found.pre.iter().copied().eq(reference.iter().map(|p| p.0)));
            assert!(found.post.iter().copied().eq(reference.iter().map(|p| p.1)));
            let weights = found.weight.column(lane as usize).to_vec();
            assert!(worst(&reference, &weights) < 1e-9);
        }
        assert!(found.delay_ms.iter().all(|d| (0.1..=3.0).contains(d)));
    }
    let fixed = sim.weights(1).expect("readable");
    assert_eq!(fixed.weight.dim(), (fixed.pre.len(), 2));
    assert!(fixed.weight.iter().all(|w| *w == -30.0) && fixed.delay_ms.iter().all(|d| *d == 1.0));
    let e = sim.weights(3).expect_err("there are three").to_string();
    assert!(e.contains("projection 3") && e.contains("there are 3"), "{e}");
}

#[test]
fn single_precision_stays_close() {
    for rule in rules() {
        let network = Network { precision: Precision::F32, ..case(rule, 1, 2 * ROUND) };
        let off = against_reference(&network, 1, 2);
        println!("{} in f32: weights differ by at most {off:e} pA", network.name);
        assert!(off < 1e-2, "{}: {off:e} pA of {W_MAX}", network.name);
    }
}

#[test]
fn sources_that_are_neurons() {
    let network = recurrent();
    let mut s = session(&network, 3, Isa::detect());
    let spikes = advance(&mut *s, 3000);
    let times = [by_neuron(&spikes, 0, 30, 0), by_neuron(&spikes, 30, 18, 0)];
    let plan = s.plan().clone();
    let mut found = BTreeMap::new();
    for (t, table) in plan.tables().iter().enumerate() {
        let Synapses::Plastic { rule, .. } = table.synapses else { continue };
        let of_table =
            |p: &Projection| p.source == table.source && p.plasticity == Some(plan.rules[rule]);
        let i = network.projections.iter().position(of_table).expect("its projection");
        let (from, to) = (network.projections[i].source, network.projections[i].target);
        let mut reference = pairs(&network, i);
        replay(&mut reference, &times[from], &times[to], 0);
        for (_, target, pair) in &mut reference {
            pair.look(&times[to][*target as usize], s.step());
        }
        let w = s.read_values(Slot::Weights { table: t }).expect("readable");
        found.insert(i, worst(&reference, &w));
    }
    println!("worst differences (pA) by projection: {found:?}");
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [0, 1, 3]);
    assert!(found.values().all(|off| *off < 1e-9), "{found:?}");
}
