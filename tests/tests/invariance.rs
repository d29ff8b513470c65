//! What must not change a bit: threads, instruction set, chunks of the run, a snapshot in the
//! middle, the batch.

use isospike::lane::isa::Isa;
use isospike::{Network, Options, Plan, SessionExt, Simulation, Spike};
use isospike_conformance::saved::{self, tried};
use isospike_conformance::strategy::{config, networks};
use isospike_tests::broken;
use isospike_tests::run::{Outcome, advance, build, run};
use isospike_tests::watch;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::sync::Arc;

const STEPS: u64 = 300;

fn with_isa(network: &Network, threads: usize, isa: Isa) -> (Vec<Spike>, String) {
    let mut session = watch::session(network, threads, isa);
    let spikes = watch::advance(&mut *session, STEPS);
    (spikes, session.state_digest().expect("readable"))
}

/// The same bits as with the baseline's instructions, if this machine has the others.
fn like_the_baseline(network: &Network, isa: Isa) -> Result<(), TestCaseError> {
    if !isa.available() {
        let name = isa.name();
        println!("SKIPPED invariance::{name}: this machine has no {name}");
        return Ok(());
    }
    prop_assert_eq!(with_isa(network, 2, isa), with_isa(network, 1, Isa::Baseline));
    Ok(())
}

/// A snapshot after `at` steps resumes elsewhere, and in its own session after that has gone on.
fn resumes(network: &Network, at: u64) -> Result<(), TestCaseError> {
    let whole = run(network, 1, STEPS, STEPS);
    let mut first = build(network, 3);
    let mut spikes = advance(&mut first, at, STEPS);
    let snapshot = first.snapshot().expect("readable");
    let mut second = build(network, 2);
    second.restore(&snapshot).expect("same network");
    prop_assert_eq!(&second.snapshot().expect("readable"), &snapshot);
    // and back in time, in a session that has run on
    advance(&mut first, STEPS - at, STEPS);
    first.restore(&snapshot).expect("same network");
    let again = advance(&mut first, STEPS - at, STEPS);
    prop_assert!(whole.spikes.ends_with(&again));
    spikes.extend(advance(&mut second, STEPS - at, STEPS));
    prop_assert_eq!(&spikes, &whole.spikes);
    prop_assert_eq!(second.state_digest().expect("readable"), whole.state);
    Ok(())
}

#[test]
fn snapshots_of_broken_networks() {
    for (name, network) in saved::all(&broken()) {
        for at in [0, 99, 143, 250] {
            resumes(&network, at).unwrap_or_else(|e| panic!("{name} at {at}: {e}"));
        }
    }
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn threads(network in networks()) {
        tried(&broken(), "threads", &network, || {
            let one = run(&network, 1, STEPS, STEPS);
            for threads in [2, 3, 7] {
                prop_assert_eq!(&run(&network, threads, STEPS, STEPS), &one, "{} threads", threads);
            }
            Ok::<(), TestCaseError>(())
        })?;
    }

    #[test]
    fn avx2(network in networks()) {
        tried(&broken(), "avx2", &network, || {
            like_the_baseline(&network, Isa::Avx2)
        })?;
    }

    #[test]
    fn avx512(network in networks()) {
        tried(&broken(), "avx512", &network, || {
            like_the_baseline(&network, Isa::Avx512)
        })?;
    }

    #[test]
    fn chunks(network in networks()) {
        tried(&broken(), "chunks", &network, || {
            let whole = run(&network, 1, STEPS, STEPS);
            for chunk in [1, 7, 100] {
                prop_assert_eq!(&run(&network, 2, STEPS, chunk), &whole, "chunks of {}", chunk);
            }
            Ok::<(), TestCaseError>(())
        })?;
    }

    #[test]
    fn snapshot_half_way(network in networks(), at in 0..STEPS) {
        tried(&broken(), "snapshot_half_way", &network, || resumes(&network, at))?;
    }

    #[test]
    fn batch(network in networks()) {
        tried(&broken(), "batch", &network, || {
            let all = lanes(&network);
            for (lane, outcome) in all.iter().enumerate() {
                prop_assert_eq!(&lanes(&network.lanes([lane]))[0], outcome, "lane {}", lane);
            }
            let mut back = lanes(&network.lanes((0..all.len()).rev()));
            back.reverse();
            prop_assert_eq!(back, all);
            Ok::<(), TestCaseError>(())
        })?;
    }

    #[test]
    fn planned_is_allocated(network in networks(), threads in 1usize..5) {
        tried(&broken(), "planned_is_allocated", &network, || {
            let mut sim = build(&network, threads);
            let planned = sim.plan().memory.total_bytes();
            prop_assert_eq!(sim.session().allocated_bytes(), planned);
            let options = Options { threads: Some(threads), spread: true, ..Options::default() };
            let (_, options) = options.open().expect("a device");
            let measured = Plan::measure(Arc::new(network.clone()), &options).expect("valid");
            prop_assert_eq!(measured.memory.total_bytes(), planned);
            prop_assert_eq!(measured.n_synapses, sim.plan().n_synapses());
            Ok::<(), TestCaseError>(())
        })?;
    }
}

/// Spikes (step, id) and bits of the final state of a lane.
type Lane = (Vec<(u64, u32)>, Vec<u64>);

/// Each lane of a run.
fn lanes(network: &Network) -> Vec<Lane> {
    let mut sim = build(network, 2);
    let spikes = advance(&mut sim, STEPS, STEPS);
    let states = all_states(&mut sim);
    (0..network.lane_seeds.len())
        .map(|lane| {
            let mine = spikes.iter().filter(|s| s.lane as usize == lane);
            (mine.map(|s| (s.step, s.id)).collect(), states[lane].clone())
        })
        .collect()
}

/// Bits of all state variables, lane by lane.
fn all_states(sim: &mut Simulation) -> Vec<Vec<u64>> {
    let plan = sim.plan().clone();
    let mut lanes = vec![Vec::new(); plan.batch()];
    for p in &plan.populations {
        for slot in p.neurons.iter().flat_map(|n| n.model.state()) {
            let values = sim.values(&p.name, slot.name).expect("a state variable");
            for (lane, bits) in lanes.iter_mut().enumerate() {
                bits.extend(values.column(lane).iter().map(|x| x.to_bits()));
            }
        }
    }
    lanes
}

#[test]
fn outcomes_can_differ() {
    // a test of the tests: another seed gives other spikes
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut different = 0;
    for _ in 0..20 {
        let network = networks().new_tree(&mut runner).expect("a network").current();
        let a: Outcome = run(&network, 1, STEPS, STEPS);
        let other = network.lane_seeds.iter().map(|s| s ^ 1).collect();
        let b = run(&Network { lane_seeds: other, ..network }, 1, STEPS, STEPS);
        different += u32::from(a.digest != b.digest);
    }
    assert!(different > 5, "only {different} of 20 networks noticed another seed");
}
