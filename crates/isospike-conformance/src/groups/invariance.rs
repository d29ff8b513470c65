//! What must not change a bit: `invariance`.

use super::plasticity::among_others;
use crate::hand::{Edge, edges, model, network, neurons, source};
use crate::{Case, Outcome, Target, same};
use isospike_backend::{Session, SessionExt, Spike};
use isospike_net::{Connector, Distribution, Input, Network, Precision, Projection, Value};
use std::ops::ControlFlow;

/// What must hold of a network on a device.
type Property = fn(&Target<'_>, &Network) -> Outcome;

/// Each for a static network in both precisions and for a plastic one.
pub fn cases() -> Vec<Case> {
    let kinds: [(&str, Property); 6] = [
        ("blocks", blocks),
        ("portions", portions),
        ("lanes", lanes),
        ("snapshot", snapshot),
        ("snapshot_to_the_reference_and_back", moves),
        ("pushed_spikes", pushed),
    ];
    let networks = || {
        let f32 = Network { precision: Precision::F32, ..mixed() };
        let plastic = Network { precision: Precision::F32, ..among_others() };
        [("f32", f32), ("f64", mixed()), ("plastic", plastic)]
    };
    let all = kinds.into_iter().flat_map(|kind| networks().map(|network| (kind, network)));
    let all = all.map(|((kind, run), (name, network))| {
        Case::new(format!("invariance::{kind}::{name}"), move |target| run(target, &network))
    });
    let full = Case::new("invariance::full_record", full_record);
    let endless = Case::new("invariance::a_run_without_end", endless);
    all.chain([full, endless]).collect()
}

/// Two populations with noise and a source, connected in every direction; three lanes.
fn mixed() -> Network {
    let mut first = super::net::clocks("a", 120);
    let initial = Value::Random(Distribution::uniform(-70.0, -56.0));
    model(&mut first).initial.insert("V_m".into(), initial);
    model(&mut first).inputs = vec![
        Input::Poisson { rate_hz: Value::Constant(9000.0), weight: 20.0, port: None },
        Input::Noise { mean: 10.0, std: 50.0 },
    ];
    let mut second = super::net::clocks("b", 70);
    model(&mut second).inputs = vec![Input::Steps { times_ms: vec![1.0], amplitudes: vec![200.0] }];
    let connect = |s, t, w: f64, k| Projection {
        delay_ms: Distribution::uniform(0.1, 2.0),
        weight: Distribution::normal(w, w.abs() / 5.0),
        ..crate::hand::projection(s, t, Connector::FixedInDegree(k), w, 0.1)
    };
    let given = source("source", 3, vec![(5, 1), (12, 0), (12, 0), (300, 2)]);
    let list: Vec<Edge> = (0..60).map(|i| (i % 3, i % 20, 30.0, i % 25)).collect();
    let projections = vec![
        connect(0, 0, 30.0, 5),
        connect(0, 1, 30.0, 9),
        connect(1, 0, -60.0, 3),
        connect(1, 1, -20.0, 4),
        edges(2, 0, &list),
    ];
    Network { lane_seeds: vec![77, 1077, 5], ..network(vec![first, second, given], projections) }
}

const STEPS: u64 = 300;

/// What a session does from where it is: spikes and digest of the state.
fn run(session: &mut dyn Session, steps: u64, chunk: u64) -> (Vec<Spike>, String) {
    let spikes = same::advance(session, steps, chunk);
    (spikes, session.state_digest().expect("readable"))
}

/// Into how many blocks the plan is cut: threads, work-groups.
fn blocks(target: &Target<'_>, network: &Network) -> Outcome {
    let session = |blocks| Ok(target.compile(target.plan_in_blocks(network, blocks)?));
    let one = run(&mut *session(1)?, STEPS, STEPS);
    for blocks in [2, 3, 7] {
        assert!(run(&mut *session(blocks)?, STEPS, STEPS) == one, "{blocks} blocks");
    }
    Ok(())
}

/// The same run in portions of any size.
fn portions(target: &Target<'_>, network: &Network) -> Outcome {
    let whole = run(&mut *target.session(network)?, STEPS, STEPS);
    for chunk in [1, 7, 64, 100] {
        let found = run(&mut *target.session(network)?, STEPS, chunk);
        assert!(found == whole, "{chunk} steps at a time");
    }
    Ok(())
}

/// A lane alone, and lanes in another order.
fn lanes(target: &Target<'_>, network: &Network) -> Outcome {
    let of = |network: &Network| -> Result<Vec<Vec<(u64, u32)>>, _> {
        let spikes = same::advance(&mut *target.session(network)?, STEPS, STEPS);
        let mine = |lane: usize| spikes.iter().filter(move |s| s.lane as usize == lane);
        let lanes = 0..network.lane_seeds.len();
        Ok(lanes.map(|lane| mine(lane).map(|s| (s.step, s.id)).collect()).collect())
    };
    let all = of(network)?;
    for (lane, outcome) in all.iter().enumerate() {
        let alone = of(&network.lanes([lane]))?;
        assert!(alone[0] == *outcome, "lane {lane} alone");
    }
    let mut back = of(&network.lanes((0..all.len()).rev()))?;
    back.reverse();
    assert!(back == all, "lanes in reverse");
    Ok(())
}

/// A snapshot resumes in another session, and in its own after that has gone on.
fn snapshot(target: &Target<'_>, network: &Network) -> Outcome {
    for at in [0, 1, 119] {
        let mut first = target.session(network)?;
        same::advance(&mut *first, at, at.max(1));
        let snapshot = first.snapshot().expect("readable");
        let expected = run(&mut *first, STEPS - at, STEPS);
        let mut second = target.session(network)?;
        second.restore(&snapshot).expect("the same network");
        assert!(second.snapshot().expect("readable") == snapshot, "step {at}: as written");
        assert!(run(&mut *second, STEPS - at, STEPS) == expected, "step {at}: elsewhere");
        first.restore(&snapshot).expect("its own");
        assert!(run(&mut *first, STEPS - at, STEPS) == expected, "step {at}: back in time");
    }
    Ok(())
}

/// From the device to the reference and back.
fn moves(target: &Target<'_>, network: &Network) -> Outcome {
    let mut whole = same::reference(network);
    let expected = run(&mut *whole, STEPS, STEPS);
    let (mut here, mut there) = (target.session(network)?, same::reference(network));
    let mut spikes = same::advance(&mut *here, 100, 100);
    there.restore(&here.snapshot().expect("readable")).expect("the same network");
    spikes.extend(same::advance(&mut *there, 100, 100));
    same::advance(&mut *here, 33, 33);
    here.restore(&there.snapshot().expect("readable")).expect("the same network");
    spikes.extend(same::advance(&mut *here, 100, 100));
    assert!(spikes == expected.0, "spikes");
    same::states(&mut *here, &mut *whole).unwrap_or_else(|e| panic!("{e}"));
    Ok(())
}

/// Pushed spikes do what given ones do, and are part of a snapshot.
fn pushed(target: &Target<'_>, network: &Network) -> Outcome {
    let at = |s: &dyn Session, step, neuron, lane| {
        let id = s.plan().populations[2].first_id + neuron;
        Spike { step, lane, id }
    };
    let (mut here, mut there) = (target.session(network)?, same::reference(network));
    for s in [&mut here, &mut there] {
        let early = [at(&**s, 22, 0, 1), at(&**s, 22, 0, 1), at(&**s, 40, 1, 0)];
        s.push_spikes(&early).expect("it may fire twice");
        same::advance(&mut **s, 30, 30);
        let late = [at(&**s, 30, 2, 0), at(&**s, 31, 2, 1)];
        s.push_spikes(&late).expect("in time");
    }
    let snapshot = here.snapshot().expect("readable");
    let spikes = same::run(&mut *here, &mut *there, 60).unwrap_or_else(|e| panic!("{e}"));
    here.restore(&snapshot).expect("its own");
    assert!(same::advance(&mut *here, 60, 60) == spikes, "after a restore");
    Ok(())
}

/// More spikes than a record needs to hold.
fn always() -> Network {
    let always = [("t_ref", 0.0), ("I_e", 1e6)];
    let often = neurons("often", "iaf_psc_delta", 300, &always);
    let list: Vec<Edge> = (0..300).map(|i| (i, i % 20, 3.0, 1 + i % 9)).collect();
    let network = network(vec![often, super::net::clocks("n", 20)], vec![edges(0, 1, &list)]);
    Network { precision: Precision::F32, ..network }
}

/// Nobody drains a record that fills: a run that ends early has lost no spike, goes on when they
/// are taken, and a restore forgets them.
fn full_record(target: &Target<'_>) -> Outcome {
    const STEPS: u64 = 200;
    let network = always();
    let expected = run(&mut *same::reference(&network), STEPS, STEPS);
    assert!(expected.0.len() > 10 * 4096, "{} spikes", expected.0.len());
    let mut s = target.session(&network)?;
    let start = s.snapshot().expect("readable");
    let fill = |s: &mut dyn Session| {
        while s.step() < STEPS && s.run(STEPS - s.step()).expect("it runs") > 0 {}
    };
    fill(&mut *s);
    let mut spikes = Vec::new();
    s.drain_spikes(&mut spikes).expect("they are there");
    let done = s.step();
    assert!(spikes.iter().eq(expected.0.iter().filter(|e| e.step < done)), "up to {done}");
    fill(&mut *s);
    s.restore(&start).expect("its own");
    assert!(run(&mut *s, STEPS, STEPS) == expected, "after a restore");
    Ok(())
}

/// As many steps as can be asked for, from a step that is not the first: the run ends when the
/// record is full, or when somebody says so.
fn endless(target: &Target<'_>) -> Outcome {
    let network = always();
    let (mut s, mut reference) = (target.session(&network)?, same::reference(&network));
    let mut spikes = same::advance(&mut *s, 5, 5);
    let done = s.run(u64::MAX).expect("it runs");
    assert!(done > 0 && s.step() == 5 + done, "{done} steps");
    let rest = s.run_steps(u64::MAX, 50, |step, new| {
        spikes.extend_from_slice(new);
        if step < 200 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    rest.unwrap_or_else(|e| panic!("{e}"));
    let steps = s.step();
    assert!(spikes == same::advance(&mut *reference, steps, 50), "up to {steps}");
    same::states(&mut *s, &mut *reference).unwrap_or_else(|e| panic!("{e}"));
    Ok(())
}
