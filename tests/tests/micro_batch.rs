//! A batch in parts gives the spikes and the state of the whole batch, to the bit, and every part
//! fits where the whole does not.

use isospike::backend::{SpikeDigest, parts};
use isospike::net::{Loader, Value};
use isospike::{
    Change, ErrorKind, MicroBatches, Network, Options, Plan, Room, Simulation, Spike, merge,
};
use isospike_conformance::hand::model;
use isospike_conformance::strategy::{config, networks};
use isospike_tests::bundled::load;
use isospike_tests::run::{Outcome, run};
use proptest::prelude::*;
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::Arc;

const STEPS: u64 = 400;

fn options() -> Options {
    Options { threads: Some(2), spread: true, ..Options::default() }
}

/// Runs a batch in parts.
fn in_parts(batches: &MicroBatches, options: &Options, steps: u64) -> Outcome {
    let (mut streams, mut states, mut plan) = (Vec::new(), Vec::new(), None::<Arc<Plan>>);
    for part in batches.parts() {
        let simulation = Simulation::new(part.network.clone(), options);
        let mut simulation = simulation.unwrap_or_else(|e| panic!("{e}"));
        let mut all = Vec::new();
        let run = simulation.run_steps(steps, 37, |_, spikes| {
            all.extend_from_slice(spikes);
            ControlFlow::Continue(())
        });
        run.unwrap_or_else(|e| panic!("{e}"));
        part.renumber(&mut all);
        streams.push(all.into_iter().map(Ok::<Spike, Infallible>));
        let mut state = Vec::new();
        parts::keep_state(simulation.session(), &mut state).expect("readable");
        states.push((part.lanes.len(), state));
        plan = Some(simulation.plan().clone());
    }
    let spikes: Vec<Spike> = merge(streams).map(|spike| spike.expect("no failure")).collect();
    let mut digest = SpikeDigest::default();
    digest.update(&spikes);
    let mut states: Vec<_> = states.iter().map(|(lanes, state)| (*lanes, &state[..])).collect();
    let plan = plan.expect("there is a part");
    let state = parts::state_digest(&plan, &mut states).expect("of this network");
    assert!(states.iter().all(|(_, rest)| rest.is_empty()), "all of it was read");
    Outcome { spikes, digest: digest.hex(), state }
}

fn parted(network: &Network, steps: u64, lanes: &[usize]) {
    let whole = run(network, 2, steps, steps);
    assert!(!whole.spikes.is_empty(), "{}", network.name);
    for &lanes in lanes {
        let batches = MicroBatches::of(network.clone(), lanes).expect("lanes");
        assert_eq!(in_parts(&batches, &options(), steps), whole, "{} by {lanes}", network.name);
    }
}

#[test]
fn bundled_networks() {
    parted(&load("glm_ring", 1.0, &["batch=7"]), STEPS, &[1, 3, 7, 100]);
    parted(&load("cuba", 0.1, &["batch=5", "precision=\"f64\""]), STEPS, &[2]);
    parted(&load("microcircuit", 0.01, &["batch=3"]), 100, &[2]);
}

/// Weights, traces and histories of plastic synapses are lanes' own.
#[test]
fn plastic_synapses() {
    parted(&load("hpc", 0.02, &["variant=plastic", "batch=3"]), STEPS, &[2]);
}

/// Seeds in no order, some the same: a lane is what its seed says, wherever it stands.
#[test]
fn seeds_in_any_order() {
    parted(&load("glm_ring", 1.0, &["lane_seeds=[9, 2, 9, 5]"]), STEPS, &[3]);
}

/// The whole batch is refused, the parts are as few as fit, and nothing changes.
#[test]
fn a_batch_above_the_limit() {
    let network = Arc::new(load("glm_ring", 1.0, &["batch=60"]));
    let bytes = |lanes: usize| {
        let lane_seeds = network.lane_seeds[..lanes].to_vec();
        let room = Room::of(&options()).expect("the CPU").with_limit(None);
        let part = Network { lane_seeds, ..Network::clone(&network) };
        room.measure(part).expect("valid").memory.total_bytes()
    };
    let limited = Options { memory_limit: Some(bytes(25)), ..options() };
    let Err(error) = Simulation::new(network.clone(), &limited) else { panic!("it does not fit") };
    assert_eq!(error.kind(), ErrorKind::MemoryLimit);
    let room = Room::of(&limited).expect("the CPU");
    assert_eq!(room.largest_batch(&network), Some(25));
    let remedies = room.remedies(&network);
    let lanes = remedies.iter().find(|r| r.changes == [Change::Lanes(25)]).expect("it fits");
    assert_eq!(lanes.total_bytes, bytes(25));
    let batches = MicroBatches::fit(network.clone(), &room).expect("a lane fits");
    let lanes: Vec<_> = batches.parts().map(|part| part.lanes).collect();
    assert_eq!(lanes, [0..20, 20..40, 40..60], "three parts, as equal as they can be");
    let whole = run(&network, 2, STEPS, STEPS);
    assert_eq!(in_parts(&batches, &limited, STEPS), whole);
}

#[test]
fn one_part_where_all_fits_and_an_error_where_nothing_does() {
    let network = Arc::new(load("glm_ring", 1.0, &["batch=4"]));
    let room = Room::of(&options()).expect("the CPU");
    assert_eq!(MicroBatches::fit(network.clone(), &room).expect("it fits").parts().len(), 1);
    let none = room.with_limit(Some(1000));
    let error = MicroBatches::fit(network.clone(), &none).expect_err("too little");
    assert_eq!(error.kind(), ErrorKind::MemoryLimit);
    let error = MicroBatches::of(network, 0).expect_err("no lane");
    assert!(error.to_string().contains("micro-batch = 0"), "{error}");
}

#[test]
fn a_state_of_something_else_is_refused() {
    let network = load("glm_ring", 1.0, &["batch=2"]);
    let mut simulation = Simulation::new(network, &options()).expect("it fits");
    let mut state = Vec::new();
    parts::keep_state(simulation.session(), &mut state).expect("readable");
    let plan = simulation.plan().clone();
    let refused = |lanes, bytes: &[u8]| {
        let error = parts::state_digest(&plan, &mut [(lanes, bytes)]).expect_err("refused");
        assert!(error.to_string().contains("a part of the batch"), "{error}");
    };
    refused(2, &state[..state.len() - 1]);
    refused(3, &state);
    assert!(parts::state_digest(&plan, &mut [(2, &state[..])]).is_ok());
}

#[test]
fn streams_are_merged_in_order() {
    let spike = |step, lane, id| Spike { step, lane, id };
    let a = [spike(0, 0, 1), spike(2, 0, 0), spike(2, 0, 0)];
    let b = [spike(0, 1, 0), spike(1, 1, 0), spike(2, 1, 0)];
    let streams = [a.to_vec(), Vec::new(), b.to_vec()];
    let streams = streams.map(|s| s.into_iter().map(Ok::<Spike, Infallible>));
    let merged: Vec<_> = merge(streams).map(|s| s.expect("no failure")).collect();
    assert_eq!(merged, [a[0], b[0], b[1], a[1], a[2], b[2]]);
    let broken = [vec![Ok(a[0]), Err("file")], vec![Ok(b[0])]].map(Vec::into_iter);
    assert!(merge(broken).collect::<Result<Vec<_>, _>>().is_err());
}

/// A ring of GLMs with a value of a parameter for each lane.
fn by_lane(param: &str, values: &[f64]) -> Arc<Network> {
    let mut network = load("glm_ring", 1.0, &[&format!("batch={}", values.len())]);
    let params = &mut model(&mut network.populations[0]).params;
    params.insert(param.to_owned(), Value::PerLane(Arc::new(values.to_vec())));
    Arc::new(network)
}

/// The state of the whole batch holds as many steps for every lane as its longest filter has: where
/// a part holds fewer it is refused before anything runs.
#[test]
fn filters_of_several_lengths() {
    let network = by_lane("T", &[5.0, 20.0, 20.0, 5.0]);
    parted(&network, STEPS, &[2, 4]);
    for (lanes, words) in [
        (1, ["5 steps in lanes 0 to 0", "20 in the batch"]),
        (3, ["5 steps in lanes 3 to 3", "populations.ring"]),
    ] {
        let error = MicroBatches::of(network.clone(), lanes).expect_err("filters differ");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let text = error.to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    }
    let room = Room::of(&options()).expect("the CPU");
    let one = room.measure(network.lanes([1])).expect("valid").memory.total_bytes();
    let error = MicroBatches::fit(network, &room.with_limit(Some(one))).expect_err("one by one");
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

/// Lanes with filters of their own take more than as many that share one: every part is measured,
/// not the first alone.
#[test]
fn later_parts_may_be_larger() {
    let network = by_lane("tau", &[10.0, 10.0, 10.0, 10.0, 20.0, 30.0]);
    let room = Room::of(&options()).expect("the CPU").with_limit(None);
    let bytes = |lanes| {
        let measured = room.measure(network.lanes(lanes)).expect("valid");
        measured.memory.total_bytes()
    };
    assert!(bytes(0..3) < bytes(3..6), "{} {}", bytes(0..3), bytes(3..6));
    let limited = Options { memory_limit: Some(bytes(0..3)), ..options() };
    let room = Room::of(&limited).expect("the CPU");
    assert_eq!(room.largest_batch(&network), Some(3));
    let batches = MicroBatches::fit(network.clone(), &room).expect("a lane fits");
    let lanes: Vec<_> = batches.parts().map(|part| part.lanes).collect();
    assert_eq!(lanes, [0..2, 2..4, 4..6], "3..6 does not fit");
    assert_eq!(in_parts(&batches, &limited, STEPS), run(&network, 2, STEPS, STEPS));
}

/// The bundled networks are found by a loader as a user has it.
#[test]
fn a_loader_makes_batches() {
    let loader = Loader { batch: Some(3), ..Loader::default() };
    let network = loader.load("glm_ring").expect("bundled");
    assert_eq!(MicroBatches::of(network, 2).expect("lanes").parts().len(), 2);
}

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn random_networks(network in networks(), lanes in 1usize..3) {
        // Three lanes more, with seeds of their own and whatever else is a lane's own of others.
        let n = network.lane_seeds.len();
        let mut network = network.lanes((0..n + 3).map(|i| i % n));
        network.lane_seeds[n..].copy_from_slice(&[1, 77, 3]);
        let whole = run(&network, 1, 60, 60);
        let batches = MicroBatches::of(network, lanes).expect("lanes");
        prop_assert_eq!(in_parts(&batches, &options(), 60), whole);
    }
}
