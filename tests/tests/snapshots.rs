//! Snapshots and slots: what they hold, what they refuse, and that a refusal changes nothing.

use isospike::backend::plan::{Slot, Synapses};
use isospike::backend::{Session, Snapshot};
use isospike::lane::isa::Isa;
use isospike::net::{Connector, Network, Plasticity, Projection};
use isospike::{ErrorKind, Options, SessionExt, Simulation, Spike};
use isospike_conformance::hand::{Edge, edges, network, neurons, projection, set_param, source};
use isospike_tests::watch::{advance, session};

const LANES: u32 = 2;

/// A source of three, of which the first may fire twice in a step, to neurons that fire at regular
/// intervals, connected among themselves by plastic and static synapses; and a second population
/// beside them with synapses of shorter delay.
fn everything() -> Network {
    let mut first = neurons("first", "iaf_psc_exp", 20, &[("t_ref", 0.5)]);
    set_param(&mut first, "I_e", (0..20).map(|i| 900.0 + 40.0 * f64::from(i)).collect());
    let second = neurons("second", "iaf_psc_exp", 5, &[("I_e", 900.0)]);
    let given = source("source", 3, vec![(5, 1), (12, 0), (12, 0), (300, 2)]);
    let list: Vec<Edge> = (0..60).map(|i| (i % 3, i % 20, 30.0, i % 25)).collect();
    let plastic = |from, to, delay_ms| Projection {
        plasticity: Some(Plasticity::pair(40.0)),
        ..projection(from, to, Connector::AllToAll, 10.0, delay_ms)
    };
    let own: Vec<Edge> = (0..20).map(|i| (i, (i * 7 + 1) % 20, -20.0, 1 + i % 9)).collect();
    let projections =
        vec![edges(2, 0, &list), plastic(0, 0, 1.7), plastic(0, 1, 0.4), edges(0, 0, &own)];
    let lane_seeds = (0..LANES.into()).collect();
    Network { lane_seeds, ..network(vec![first, second, given], projections) }
}

fn start(network: &Network, threads: usize) -> Box<dyn Session> {
    session(network, threads, Isa::detect())
}

fn digest(s: &mut dyn Session) -> String {
    s.state_digest().expect("readable")
}

/// A spike of the source.
fn push(s: &mut dyn Session, step: u64, neuron: u32, lane: u32) {
    let id = s.plan().populations[2].first_id + neuron;
    s.push_spikes(&[Spike { step, lane, id }]).expect("it may fire");
}

#[test]
fn pushed_spikes_are_part_of_a_snapshot() {
    let network = everything();
    let mut s = start(&network, 2);
    push(&mut *s, 22, 0, 1); // under way at the snapshot
    push(&mut *s, 40, 1, 0); // to come
    advance(&mut *s, 30);
    let snapshot = s.snapshot().expect("readable");
    let expected = advance(&mut *s, 100);
    let end = digest(&mut *s);
    let mut silent = start(&network, 1);
    advance(&mut *silent, 30);
    assert_ne!(digest(&mut *start_at(&network, &snapshot)), digest(&mut *silent));
    assert_ne!(advance(&mut *silent, 100), expected, "they matter");

    let mut elsewhere = start_at(&network, &snapshot);
    assert_eq!(elsewhere.snapshot().expect("readable"), snapshot);
    assert!(advance(&mut *elsewhere, 100) == expected, "in another session");
    assert_eq!(digest(&mut *elsewhere), end);

    // back in the same session, where others were pushed since
    s.restore(&snapshot).expect("its own");
    push(&mut *s, 33, 2, 0);
    push(&mut *s, 140, 2, 1);
    advance(&mut *s, 50);
    s.restore(&snapshot).expect("its own");
    assert!(advance(&mut *s, 100) == expected, "what was pushed later must not come back");
    assert_eq!(digest(&mut *s), end);
}

fn start_at(network: &Network, snapshot: &Snapshot) -> Box<dyn Session> {
    let mut s = start(network, 3);
    s.restore(snapshot).expect("the same network");
    s
}

#[test]
fn pushed_spikes_are_counted_and_do_not_pile_up() {
    let mut s = start(&everything(), 1);
    let planned = s.plan().memory.total_bytes();
    let mut most = 0;
    for step in 0..400 {
        push(&mut *s, step + 3, 1, 0);
        assert!(s.allocated_bytes() > planned, "pushed spikes are counted");
        most = most.max(s.allocated_bytes() - planned);
        advance(&mut *s, 1);
    }
    // 12 bytes each, for the longest delay, what is to come, and what just went
    assert!(most <= 12 * (24 + 3 + 2), "{most} bytes");
}

#[test]
fn a_source_fires_no_more_often_than_it_may() {
    let mut s = start(&everything(), 1);
    let spike = |step, lane| Spike { step, lane, id: 25 };
    let plain = digest(&mut *s);
    s.push_spikes(&[spike(12, 0)]).expect_err("its own train fires twice already");
    s.push_spikes(&[spike(13, 0); 3]).expect_err("three times");
    assert_eq!(digest(&mut *s), plain, "nothing was pushed");
    s.push_spikes(&[spike(13, 1), spike(13, 0), spike(13, 0)]).expect("twice in a lane");
    let e = s.push_spikes(&[spike(13, 0)]).expect_err("a third");
    assert!(e.to_string().contains("neuron 0 of source fires 3 times in step 13"), "{e}");
    let fired = advance(&mut *s, 14).iter().filter(|s| s.id == 25 && s.step == 13).count();
    assert_eq!(fired, 3);
}

/// Contents that a slot cannot have.
fn spoilt(slot: Slot, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![[bytes, &[0]].concat()];
    if !bytes.is_empty() {
        all.push(bytes[..bytes.len() - 1].to_vec());
    }
    let record = |words: &[u32]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
    let twice = |words: &[u32]| record(words).repeat(2);
    match slot {
        Slot::InFlight { .. } => all.extend([
            record(&[0, 0, 0]),
            record(&[18, 0, 0]),
            record(&[1, 20, 0]),
            record(&[1, 0, LANES]),
            twice(&[1, 0, 0]),
            [record(&[2, 0, 0]), record(&[1, 0, 0])].concat(),
        ]),
        Slot::Pushed { .. } => all.extend([
            record(&[7, 0, 0, 0]), // long arrived
            record(&[90, 0, 3, 0]),
            record(&[90, 0, 0, LANES]),
            record(&[90, 0, 0, 0]).repeat(3),
            [record(&[90, 0, 0, 0]), record(&[89, 0, 0, 0])].concat(),
        ]),
        Slot::PostHistory { .. } => {
            let with = |at: usize, x: u64| {
                let mut b = bytes.to_vec();
                b[at..at + 8].copy_from_slice(&x.to_le_bytes());
                b
            };
            // count, first time of the first neuron
            all.extend([with(0, 1 << 40), with(0, 1000), with(8, 0), with(8, 10_000)]);
        }
        Slot::PreTrace { .. } => {
            all.push([&u64::MAX.to_le_bytes(), &bytes[8..]].concat());
            all.push([&bytes[..8], &f64::NAN.to_le_bytes(), &bytes[16..]].concat());
        }
        Slot::Weights { .. } | Slot::State { .. } | Slot::Past { .. } => {
            all.push([&f64::INFINITY.to_le_bytes(), &bytes[8..]].concat());
        }
        Slot::Pending { .. } => all.push([&i64::MIN.to_le_bytes(), &bytes[8..]].concat()),
        Slot::Clock => {}
    }
    all
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let network = everything();
    let mut s = start(&network, 3);
    push(&mut *s, 85, 2, 1);
    advance(&mut *s, 80);
    let snapshot = s.snapshot().expect("readable");
    // away from there, so that a half restore would show
    advance(&mut *s, 33);
    let (step, before) = (s.step(), digest(&mut *s));
    let slots = s.plan().slots();
    for (i, (name, slot)) in slots.iter().enumerate() {
        for bytes in spoilt(*slot, &snapshot.slots[i].1) {
            let mut wrong = snapshot.clone();
            wrong.slots[i].1 = bytes;
            let e = s.restore(&wrong).expect_err(name);
            assert_eq!((e.kind(), s.step()), (ErrorKind::Invalid, step), "{name}: {e}");
            assert_eq!(digest(&mut *s), before, "{name}: {e}");
        }
    }
    s.restore(&snapshot).expect("unspoilt");
    assert_eq!(s.snapshot().expect("readable"), snapshot);
    let before = digest(&mut *s);
    for (i, (name, slot)) in slots.iter().enumerate() {
        for bytes in spoilt(*slot, &snapshot.slots[i].1) {
            let e = s.write(*slot, &bytes).expect_err(name);
            assert_eq!(digest(&mut *s), before, "{name}: {e}");
        }
    }
}

#[test]
fn slots_the_plan_does_not_have_are_refused() {
    let mut s = start(&everything(), 1);
    let plan = s.plan().clone();
    let of_kind = |plastic| {
        let is = |t: &isospike::backend::plan::Table| {
            matches!(t.synapses, Synapses::Plastic { .. }) == plastic
        };
        plan.tables().iter().position(is).expect("a table")
    };
    let (fixed, table) = (of_kind(false), of_kind(true));
    assert!(s.read(Slot::Weights { table }).is_ok());
    for slot in [
        Slot::Weights { table: fixed },
        Slot::PreTrace { table: fixed },
        Slot::Weights { table: 99 },
        Slot::State { population: 0, slot: 99 },
        Slot::State { population: 2, slot: 0 },
        Slot::State { population: 99, slot: 0 },
        Slot::InFlight { population: 2 },
        Slot::InFlight { population: 1 }, // sends nothing
        Slot::Pushed { population: 0 },
        Slot::Pending { population: 2 },
        Slot::PostHistory { rule: 1, population: 0 },
        Slot::PostHistory { rule: 0, population: 2 },
    ] {
        assert_eq!(s.read(slot).expect_err("not there").kind(), ErrorKind::Invalid, "{slot:?}");
        assert_eq!(s.write(slot, &[]).expect_err("not there").kind(), ErrorKind::Invalid);
    }
}

#[test]
fn a_snapshot_fits_its_own_network_only() {
    let network = everything();
    let mut s = start(&network, 1);
    advance(&mut *s, 20);
    let snapshot = s.snapshot().expect("readable");
    // the same slots and sizes, other weights
    let mut other = network.clone();
    other.projections[1].weight = isospike::net::Distribution::constant(11.0);
    let mut other = Simulation::new(other, &Options::default()).expect("valid");
    other.run(3.0, |_| ()).expect("runs");
    let (spikes, state) = (other.digest(), other.state_digest().expect("readable"));
    let e = other.restore(&snapshot).expect_err("another network");
    assert!(e.to_string().contains("another network"), "{e}");
    assert_eq!((other.digest(), other.state_digest().expect("readable")), (spikes, state));
    assert_eq!(other.step(), 30);
}

#[test]
fn another_time_forgets_what_was_under_way() {
    // one block, two populations with plastic synapses of different delay: going back in time must
    // clear what the longer delay left in the ring of accumulators
    let network = everything();
    let mut s = start(&network, 1);
    for back in [1, 3, 8, 20] {
        let mut fresh = start(&network, 1);
        let snapshot = fresh.snapshot().expect("readable");
        s.restore(&snapshot).expect("the same network");
        assert!(advance(&mut *s, 150) == advance(&mut *fresh, 150), "from the start");
        assert_eq!(digest(&mut *s), digest(&mut *fresh));
        let snapshot = s.snapshot().expect("readable");
        let expected = advance(&mut *s, 60);
        advance(&mut *s, back);
        s.restore(&snapshot).expect("its own");
        assert!(advance(&mut *s, 60) == expected, "{back} more steps before going back");
    }
    // writing the clock alone does what it says
    let clock = 7u64.to_le_bytes();
    s.write(Slot::Clock, &clock).expect("a clock");
    assert_eq!(s.step(), 7);
    for (name, slot) in s.plan().slots() {
        let bytes = s.read(slot).expect("readable");
        match slot {
            Slot::Clock => assert_eq!(bytes, clock),
            Slot::State { .. } | Slot::Weights { .. } => {}
            _ => assert!(bytes.iter().all(|b| *b == 0), "{name}"),
        }
    }
}
