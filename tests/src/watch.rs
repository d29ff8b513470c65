//! Watching sessions side by side: the same network on different threads and instruction sets,
//! state compared after every step, with each other and with the slow reference.

use crate::slow::{self, Slow, Synaptome};
use isospike::backend::plan::{PlanOptions, Slot};
use isospike::backend::{Device, Session};
use isospike::lane::isa::Isa;
use isospike::{Network, Plan, SessionExt, Spike};
use isospike_cpu::{Cpu, CpuDevice};
use std::ops::ControlFlow;
use std::sync::Arc;

/// A session with this many threads, each with a block of its own, on an instruction set.
pub fn session(network: &Network, threads: usize, isa: Isa) -> Box<dyn Session> {
    let device = CpuDevice::new(Cpu { threads, isa }).expect("threads start");
    let options = PlanOptions { blocks: threads, spread: true, threads, ..PlanOptions::default() };
    let plan = Plan::new(Arc::new(network.clone()), &options).unwrap_or_else(|e| panic!("{e}"));
    device.compile(Arc::new(plan)).unwrap_or_else(|e| panic!("{e}"))
}

/// Goes on for some steps; returns the spikes.
pub fn advance(session: &mut dyn Session, steps: u64) -> Vec<Spike> {
    let mut spikes = Vec::new();
    let run = session.run_steps(steps, steps, |_, new| {
        spikes.extend_from_slice(new);
        ControlFlow::Continue(())
    });
    run.unwrap_or_else(|e| panic!("{e}"));
    spikes
}

/// Runs a network on 1 and 3 threads, on the weakest and the strongest instruction set, one step at
/// a time and in one go, and on the slow reference: spikes and state equal after every step.
/// Returns the spikes.
pub fn hold(network: &Network, steps: u64) -> Vec<Spike> {
    let lanes: Vec<usize> = (0..network.lane_seeds.len()).collect();
    hold_lanes(network, steps, &lanes)
}

/// As [`hold`], with the slow reference for some lanes only.
pub fn hold_lanes(network: &Network, steps: u64, lanes: &[usize]) -> Vec<Spike> {
    let best = Isa::detect();
    let mut first = session(network, 1, Isa::Baseline);
    let others = [(3, best), (1, best), (3, Isa::Baseline)];
    let mut others = others.map(|(threads, isa)| (threads, isa, session(network, threads, isa)));
    let plan = first.plan().clone();
    let mut slow = Vec::new();
    if !lanes.is_empty() {
        let synapses = Arc::new(Synaptome::new(&plan));
        slow.extend(lanes.iter().map(|&lane| (lane, slow::lane(&plan, &synapses, lane))));
    }
    let spikes = compare(&mut *first, &mut others, steps, &mut slow);
    let mut whole = session(network, 3, best);
    assert!(advance(&mut *whole, steps) == spikes, "{}: in one go", network.name);
    let same = whole.state_digest().expect("readable") == first.state_digest().expect("readable");
    assert!(same, "{} in one go: {}", network.name, first_difference(&mut *first, &mut *whole));
    spikes
}

type Other = (usize, Isa, Box<dyn Session>);

fn compare(
    first: &mut dyn Session,
    others: &mut [Other],
    steps: u64,
    slow: &mut [(usize, Box<dyn Slow>)],
) -> Vec<Spike> {
    let name = first.plan().network.name.clone();
    let mut all = Vec::new();
    for step in 0..steps {
        let spikes = advance(first, 1);
        let digest = first.state_digest().expect("readable");
        for (threads, isa, other) in others.iter_mut() {
            let what = format!("{name}, step {step}, {threads} threads, {}", isa.name());
            assert_eq!(advance(&mut **other, 1), spikes, "{what}: spikes");
            let same = other.state_digest().expect("readable") == digest;
            assert!(same, "{what}: {}", first_difference(first, &mut **other));
        }
        for (lane, reference) in slow.iter_mut() {
            let mine: Vec<_> =
                spikes.iter().filter(|s| s.lane as usize == *lane).copied().collect();
            assert_eq!(mine, reference.step(), "{name}, step {step}, lane {lane}: reference");
            states_agree(first, *lane, &**reference, &format!("{name}, step {step}"));
        }
        all.extend(spikes);
    }
    all
}

/// Every state variable of a lane equals the reference to the bit.
fn states_agree(session: &mut dyn Session, lane: usize, reference: &dyn Slow, what: &str) {
    let plan = session.plan().clone();
    for (name, slot) in plan.slots() {
        if let Slot::State { population, slot: k } = slot {
            let values = session.read_values(slot).expect("readable");
            let mine = values.iter().skip(lane).step_by(plan.batch());
            for (i, (a, b)) in mine.zip(reference.state(population, k)).enumerate() {
                let same = a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
                assert!(same, "{what}, lane {lane}: {name}[{i}] = {a:e}, the reference has {b:e}");
            }
        }
    }
}

fn first_difference(a: &mut dyn Session, b: &mut dyn Session) -> String {
    let (a, b) = (a.snapshot().expect("readable"), b.snapshot().expect("readable"));
    let differ = a.slots.iter().zip(&b.slots).find(|(a, b)| a != b);
    differ.map_or("NaN payloads only".into(), |(a, _)| format!("{} differs", a.0))
}
