//! Sessions of `isospike-gpu` on a device that is watched: what becomes of them when it refuses,
//! and what pushed spikes cost.

use crate::watched::Watched;
use isospike_backend::{
    ErrorKind, Plan, PlanOptions, Result, Session, SessionExt, Slot, Spike, memory::Buffers,
};
use isospike_gpu::GpuSession;
use isospike_net::{Distribution, Half, Network, Plasticity};
use std::sync::Arc;

/// Two sources, of which the first has these spikes, and neurons that learn from it.
fn network(spikes: Vec<(u64, u32)>) -> Arc<Network> {
    let delay = || Distribution::uniform(0.1, 1.0);
    let network = Network::build("small")
        .batch(2)
        .spikes("given", 4, spikes)
        .spikes("silent", 3, Vec::new())
        .population("n", 40, "iaf_psc_exp", |p| p.param("I_e", 500.0).poisson(9_000.0, 30.0))
        .project("given", "n", |c| {
            let rule = Plasticity::pair(900.0);
            c.all_to_all().weight(400.0).delay(delay()).plasticity(rule)
        })
        .project("silent", "n", |c| c.all_to_all().weight(300.0).delay(delay()))
        .project("n", "n", |c| c.in_degree(5).weight(-20.0).delay(delay()));
    Arc::new(network.finish().unwrap_or_else(|e| panic!("{e}")))
}

/// None of the second neuron, which is left for what is pushed.
fn spikes() -> Vec<(u64, u32)> {
    (0..200u64).step_by(3).map(|t| (t, [0, 2, 3][t as usize % 7 % 3])).collect()
}

fn session(driver: &Arc<Watched>, network: &Arc<Network>) -> Result<GpuSession<Watched>> {
    let options = PlanOptions { buffers: Buffers::Device, ..PlanOptions::default() };
    let plan = Plan::new(network.clone(), &options).unwrap_or_else(|e| panic!("{e}"));
    GpuSession::new(driver.clone(), Arc::new(plan))
}

/// Spikes of a source population that may be pushed.
fn pushed(s: &GpuSession<Watched>, population: usize, steps: &[u64]) -> Vec<Spike> {
    let first = s.plan().populations[population].first_id;
    steps.iter().map(|&step| Spike { step, lane: (step % 2) as u32, id: first + 1 }).collect()
}

type Use = fn(&mut GpuSession<Watched>) -> Result<()>;

/// Everything that a session does with its device.
fn uses() -> [(&'static str, Use); 6] {
    [
        ("push", |s| {
            let new = pushed(s, 1, &[s.step() + 1, s.step() + 2]);
            s.push_spikes(&new)
        }),
        ("run", |s| s.run(300).map(|_| ())),
        ("drain", |s| s.drain_spikes(&mut Vec::new())),
        ("snapshot", |s| s.snapshot().map(|_| ())),
        ("digest", |s| s.state_digest().map(|_| ())),
        ("restore", |s| {
            let now = s.snapshot()?;
            s.restore(&now)
        }),
    ]
}

#[test]
fn a_session_outlives_its_device() {
    let Some(driver) = Watched::first("trouble::a_session_outlives_its_device") else { return };
    let network = network(spikes());
    // lost while it is built
    drop(session(&driver, &network).expect("nothing is refused"));
    for call in 0..driver.calls() {
        driver.refuse(call..u64::MAX);
        match session(&driver, &network) {
            Err(e) => assert_eq!(e.kind(), ErrorKind::Device, "call {call}: {e}"),
            // the calls of before were one more: the wait in `drop`
            Ok(_) => assert_eq!(call, driver_calls(&driver, &network)),
        }
    }
    // lost while it is used
    for call in 0.. {
        driver.refuse(0..0);
        let mut s = session(&driver, &network).expect("nothing is refused");
        driver.refuse(call..u64::MAX);
        let failed = uses().into_iter().find_map(|(name, f)| Some((name, f, f(&mut s).err()?)));
        let Some((name, again, e)) = failed else {
            assert!(call > 50, "{call} calls are all there were");
            break;
        };
        assert_eq!(e.kind(), ErrorKind::Device, "{name}, call {call}: {e}");
        let e = again(&mut s).expect_err(name);
        assert_eq!(e.kind(), ErrorKind::Device, "{name} again, call {call}: {e}");
    }
}

/// Calls that building a session takes.
fn driver_calls(driver: &Arc<Watched>, network: &Arc<Network>) -> u64 {
    driver.refuse(0..0);
    let before = driver.calls();
    let session = session(driver, network).expect("nothing is refused");
    let calls = driver.calls() - before;
    drop(session);
    calls
}

#[test]
fn where_there_is_no_room_for_spikes_nothing_changes() {
    const TEST: &str = "trouble::where_there_is_no_room_for_spikes_nothing_changes";
    let Some(driver) = Watched::first(TEST) else { return };
    let network = network(spikes());
    let finish = |mut s: GpuSession<Watched>| {
        let mut out = Vec::new();
        s.run(100).expect("it runs");
        s.drain_spikes(&mut out).expect("it runs");
        (out, s.snapshot().expect("readable"))
    };
    let begun = || {
        let mut s = session(&driver, &network).expect("nothing is refused");
        s.run(20).expect("it runs");
        s
    };
    let steps: Vec<u64> = (20..60).collect();
    let undisturbed = finish(begun());
    let mut with_spikes = begun();
    with_spikes.push_spikes(&pushed(&with_spikes, 0, &steps)).expect("nothing is refused");
    let with_spikes = finish(with_spikes);
    for call in 0.. {
        let mut s = begun();
        let bytes = s.allocated_bytes();
        driver.refuse(call..call + 1);
        let refused = s.push_spikes(&pushed(&s, 0, &steps));
        driver.refuse(0..0);
        match refused {
            Ok(()) => {
                assert!(call > 8, "heaps and kernels: {call} calls");
                assert_eq!(finish(s), with_spikes);
                break;
            }
            Err(e) => assert_eq!(e.kind(), ErrorKind::Device, "{e}"),
        }
        assert_eq!(s.allocated_bytes(), bytes);
        if call % 2 == 0 {
            assert_eq!(finish(s), undisturbed, "call {call}");
        } else {
            s.push_spikes(&pushed(&s, 0, &steps)).expect("nothing is refused");
            assert_eq!(finish(s), with_spikes, "call {call}");
        }
    }
}

#[test]
fn pushed_spikes_cost_what_is_new() {
    let Some(driver) = Watched::first("trouble::pushed_spikes_cost_what_is_new") else { return };
    let network = network(spikes());
    let mut s = session(&driver, &network).expect("nothing is refused");
    s.run(10).expect("it runs");
    let (calls, planned) = (driver.calls(), s.allocated_bytes());
    s.push_spikes(&[]).expect("nothing is refused");
    assert_eq!(driver.calls(), calls, "nothing is pushed");
    s.push_spikes(&pushed(&s, 1, &[11, 12, 13, 14])).expect("nothing is refused");
    // room for as many again
    assert_eq!(s.allocated_bytes(), planned + 8 * 12);
    let (bound, written) = (driver.bound(), driver.written());
    s.push_spikes(&pushed(&s, 1, &[15, 16])).expect("nothing is refused");
    assert_eq!(driver.bound(), bound, "no kernel is bound again");
    assert_eq!(driver.written() - written, 2 * 12 + 2 * 16, "two spikes, and where trains begin");
    assert_eq!(s.allocated_bytes(), planned + 8 * 12);
}

/// A train that is pushed bit by bit does what it does when it is given.
#[test]
fn pushed_spikes_do_what_given_ones_do() {
    const TEST: &str = "trouble::pushed_spikes_do_what_given_ones_do";
    let Some(driver) = Watched::first(TEST) else { return };
    let outcome = |mut s: GpuSession<Watched>, given: &[(u64, u32)]| {
        let mut out = Vec::new();
        for step in (0..200).step_by(20) {
            let first = s.plan().populations[0].first_id;
            let now = given.iter().filter(|spike| (step..step + 20).contains(&spike.0));
            let of =
                |&(step, id): &(u64, u32)| [0, 1].map(|lane| Spike { step, lane, id: first + id });
            s.push_spikes(&now.flat_map(of).collect::<Vec<_>>()).expect("valid");
            s.run(20).expect("it runs");
            s.drain_spikes(&mut out).expect("it runs");
        }
        (out, s.state_digest().expect("readable"))
    };
    // some are given, some pushed before, between and behind them
    let (given, rest): (Vec<_>, Vec<_>) = spikes().into_iter().partition(|s| s.0 % 4 == 1);
    let all = session(&driver, &network(spikes())).expect("nothing is refused");
    let (expected, _) = outcome(all, &[]);
    let some = session(&driver, &network(given)).expect("nothing is refused");
    let (found, _) = outcome(some, &rest);
    assert!(expected.len() > 200, "{}", expected.len());
    assert_eq!(found, expected);
}

/// What admission compares with the device's limit is what is allocated.
#[test]
fn the_largest_buffer_is_the_plans() {
    let Some(driver) = Watched::first("trouble::the_largest_buffer_is_the_plans") else { return };
    let learning = network(spikes());
    let many = Network::build("many")
        .batch(3)
        .population("a", 900, "iaf_psc_exp", |p| p.poisson(vec![900.0; 900], 3.0))
        .population("b", 300, "hh_cond_exp_traub", |p| p.state(Half::F16));
    let states = many.finish().unwrap_or_else(|e| panic!("{e}"));
    for network in [learning, Arc::new(states)] {
        let before = driver.largest();
        let s = session(&driver, &network).expect("nothing is refused");
        let (heap, bytes) = s.plan().memory.largest_heap().expect("there are some");
        assert!(driver.largest() > before, "larger than the one before");
        assert_eq!(driver.largest(), bytes, "{}: {heap}", network.name);
    }
}

/// Between two looks for NaN slots can be read, but not as a snapshot, which nobody would take.
#[test]
fn what_is_not_finite_is_no_snapshot() {
    let Some(driver) = Watched::first("trouble::what_is_not_finite_is_no_snapshot") else { return };
    let network = Network::build("wild").population("n", 5, "iaf_psc_exp", |p| {
        p.param("C_m", 1e-3).param("I_e", vec![0.0, 0.0, 0.0, -1e38, 0.0])
    });
    let network = Arc::new(network.finish().unwrap_or_else(|e| panic!("{e}")));
    let mut s = session(&driver, &network).expect("nothing is refused");
    assert!(s.snapshot().is_ok());
    s.run(100).expect("it has not looked yet");
    assert!(s.state_digest().is_ok());
    let e = s.snapshot().expect_err("the potential overflowed");
    assert_eq!(e.kind(), ErrorKind::NotFinite, "{e}");
    assert!(e.to_string().contains("V_m[3] is"), "{e}");
}

/// Slots that are given out in pieces are what they are when they are written whole.
#[test]
fn long_slots_come_in_pieces() {
    let Some(driver) = Watched::first("trouble::long_slots_come_in_pieces") else { return };
    let network = Network::build("long")
        .batch(2)
        .spikes("source", 4, (0..20).map(|t| (t, t as u32 % 4)).collect())
        .population("n", 40_000, "iaf_psc_exp", |p| p.param("I_e", vec![9_000.0; 40_000]))
        .project("source", "n", |c| {
            let (weight, delay) =
                (Distribution::uniform(0.0, 30.0), Distribution::uniform(0.1, 1.0));
            c.all_to_all().weight(weight).delay(delay).plasticity(Plasticity::pair(30.0))
        });
    let network = Arc::new(network.finish().unwrap_or_else(|e| panic!("{e}")));
    let mut s = session(&driver, &network).expect("nothing is refused");
    s.run(30).expect("it runs");
    for (name, slot) in s.plan().clone().slots() {
        let mut pieces = 0;
        s.stream(slot, &mut |_| pieces += 1).expect("readable");
        let long = !matches!(
            slot,
            Slot::Clock | Slot::InFlight { .. } | Slot::Pushed { .. } | Slot::PreTrace { .. }
        );
        assert_eq!(pieces > 1, long, "{name}: {pieces}");
    }
    let snapshot = s.snapshot().expect("readable");
    let mut other = session(&driver, &network).expect("nothing is refused");
    other.restore(&snapshot).expect("the same network");
    assert!(other.snapshot().expect("readable") == snapshot);
}
