//! A member of an ensemble is what it is alone, whatever runs beside it.

use isospike::{Ensemble, ErrorKind, Network, Options, Plan};
use isospike_conformance::saved::tried;
use isospike_conformance::strategy::{config, networks};
use isospike_tests::broken;
use isospike_tests::run::{Outcome, run};
use proptest::collection::vec;
use proptest::prelude::*;
use std::ops::ControlFlow;
use std::sync::Mutex;

const STEPS: u64 = 120;

/// Two populations of some size, driven, with connections drawn from the seed.
fn balanced(size: u32, model: &str, seed: u64) -> Network {
    Network::build("balanced")
        .seed(seed)
        .population("E", size, model, |p| p.poisson(9_000.0, 60.0))
        .population("I", size / 4 + 1, model, |p| p.poisson(9_000.0, 60.0))
        .project("E", "I", |c| c.probability(0.1).weight(40.0).delay(1.5))
        .project("I", "E", |c| c.probability(0.2).weight(-150.0).delay(0.8))
        .finish()
        .expect("valid")
}

/// Different sizes, models, seeds.
fn different() -> Vec<Network> {
    let models = ["iaf_psc_exp", "iaf_psc_alpha", "iaf_psc_delta"];
    let sizes = [10, 700, 64, 1_500, 129, 1, 900, 65];
    let of = |(i, &size): (usize, &u32)| balanced(size, models[i % 3], 10 + i as u64);
    sizes.iter().enumerate().map(of).collect()
}

/// What each member leaves behind, and the most bytes that were alive at a time.
fn together(networks: &[Network], options: Options, at_once: usize) -> (Vec<Outcome>, u64) {
    let mut ensemble = Ensemble::new(options).at_once(at_once);
    for (i, network) in networks.iter().enumerate() {
        ensemble.add(format!("{i}"), network.clone());
    }
    let alive = Mutex::new((0, 0));
    let mut outcomes = Vec::new();
    let done = ensemble.run(
        |_, simulation| {
            let bytes = simulation.session().allocated_bytes();
            let change = |by: i64| {
                let mut alive = alive.lock().expect("not poisoned");
                alive.0 = (alive.0 as i64 + by) as u64;
                alive.1 = alive.1.max(alive.0);
            };
            change(bytes as i64);
            let mut spikes = Vec::new();
            simulation.run_steps(STEPS, 64, |_, new| {
                spikes.extend_from_slice(new);
                ControlFlow::Continue(())
            })?;
            let (digest, state) = (simulation.digest(), simulation.state_digest()?);
            change(-(bytes as i64));
            Ok(Outcome { spikes, digest, state })
        },
        |i, outcome| {
            assert_eq!(i, outcomes.len(), "in the order of the members");
            outcomes.push(outcome);
            ControlFlow::Continue(())
        },
    );
    done.unwrap_or_else(|e| panic!("{e}"));
    (outcomes, alive.into_inner().expect("not poisoned").1)
}

fn options(threads: usize, memory_limit: Option<u64>) -> Options {
    Options { threads: Some(threads), memory_limit, ..Options::default() }
}

fn bytes(network: &Network) -> u64 {
    let measured = Plan::measure(network.clone().into(), &Default::default());
    measured.expect("valid").memory.total_bytes()
}

#[test]
fn together_is_alone() {
    let networks = different();
    let alone: Vec<_> = networks.iter().map(|n| run(n, 1, STEPS, STEPS)).collect();
    assert!(alone.iter().all(|o| !o.spikes.is_empty()));
    for (threads, at_once) in [(1, 8), (2, 8), (3, 2), (8, 8), (5, 1)] {
        let (outcomes, _) = together(&networks, options(threads, None), at_once);
        assert!(outcomes == alone, "{threads} threads, {at_once} at once");
    }
}

#[test]
fn the_budget_holds_and_changes_nothing() {
    let networks = different();
    let sizes: Vec<_> = networks.iter().map(bytes).collect();
    let largest = *sizes.iter().max().expect("some");
    let alone: Vec<_> = networks.iter().map(|n| run(n, 1, STEPS, STEPS)).collect();
    for budget in [largest, largest + largest / 2, sizes.iter().sum()] {
        let (outcomes, most) = together(&networks, options(4, Some(budget)), 8);
        assert!(outcomes == alone, "{budget} bytes");
        assert!(most <= budget && most >= largest, "{most} of {budget} bytes");
    }
}

#[test]
fn errors_name_the_member_before_anything_runs() {
    let mut ensemble = Ensemble::new(options(2, Some(bytes(&balanced(100, "iaf_psc_exp", 1)))));
    ensemble.add("small", balanced(50, "iaf_psc_exp", 1));
    ensemble.add("large", balanced(5_000, "iaf_psc_exp", 1));
    let error = ensemble.run(
        |_, _| -> isospike::Result<()> { panic!("nothing runs") },
        |_, ()| ControlFlow::Continue(()),
    );
    let error = error.expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::MemoryLimit);
    assert!(error.to_string().contains("member: large"), "{error}");

    let none = Ensemble::new(options(0, None));
    let error = none.run(|_, _| Ok(()), |_, ()| ControlFlow::Continue(())).unwrap_err();
    assert!(error.to_string().contains("threads = 0"), "{error}");
}

#[test]
fn what_fails_on_the_way_is_named_after_all_before_it() {
    let mut ensemble = Ensemble::new(options(3, None));
    for i in 0..6 {
        ensemble.add(format!("seed {i}"), balanced(40, "iaf_psc_exp", i));
    }
    let mut seen = 0;
    let error = ensemble.run(
        |i, simulation| {
            // not a multiple of dt
            simulation.run(if i == 4 { 0.05 } else { 1.0 }, |_| ())
        },
        |_, ()| {
            seen += 1;
            ControlFlow::Continue(())
        },
    );
    let error = error.expect_err("no time of a run").to_string();
    assert!(error.contains("0.05") && error.contains("member: seed 4"), "{error}");
    assert_eq!(seen, 4);
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn ensemble(networks in vec(networks(), 1..5), threads in 1usize..5) {
        let (outcomes, _) = together(&networks, options(threads, None), usize::MAX);
        for (network, outcome) in networks.iter().zip(&outcomes) {
            tried(&broken(), "ensemble", network, || {
                prop_assert_eq!(outcome, &run(network, 1, STEPS, STEPS));
                Ok::<(), TestCaseError>(())
            })?;
        }
    }
}
