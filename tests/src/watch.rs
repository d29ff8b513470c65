//! Watching sessions side by side: the same network on different threads and instruction sets,
//! state compared after every step, with each other and with the plain backend.

use isospike::backend::plan::PlanOptions;
use isospike::backend::{Device, Session};
use isospike::lane::isa::Isa;
use isospike::{Network, Plan, Spike};
use isospike_conformance::same;
use isospike_cpu::{Cpu, CpuDevice};
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
    same::advance(session, steps, steps)
}

/// Runs a network on 1 and 3 threads, on the weakest and the strongest instruction set, one step at
/// a time and in one go, and on the plain backend: spikes and state equal after every step. Returns
/// the spikes.
pub fn hold(network: &Network, steps: u64) -> Vec<Spike> {
    hold_pushed(network, &[], steps)
}

/// As [`hold`], with spikes that are pushed to the network's sources at the beginning.
pub fn hold_pushed(network: &Network, pushes: &[Spike], steps: u64) -> Vec<Spike> {
    let session = |network: &Network, threads, isa| {
        let mut session = session(network, threads, isa);
        session.push_spikes(pushes).unwrap_or_else(|e| panic!("{}: {e}", network.name));
        session
    };
    let best = Isa::detect();
    let mut first = session(network, 1, Isa::Baseline);
    let others = [(3, best), (1, best), (3, Isa::Baseline)];
    let mut others = others.map(|(threads, isa)| (threads, isa, session(network, threads, isa)));
    let mut reference = same::reference(network);
    reference.push_spikes(pushes).unwrap_or_else(|e| panic!("{}: {e}", network.name));
    let spikes = compare(&mut *first, &mut others, &mut *reference, steps);
    let mut whole = session(network, 3, best);
    assert!(advance(&mut *whole, steps) == spikes, "{}: in one go", network.name);
    same::states(&mut *first, &mut *whole).unwrap_or_else(|e| panic!("{}: {e}", network.name));
    spikes
}

type Other = (usize, Isa, Box<dyn Session>);

fn compare(
    first: &mut dyn Session,
    others: &mut [Other],
    reference: &mut dyn Session,
    steps: u64,
) -> Vec<Spike> {
    let name = first.plan().network.name.clone();
    let mut all = Vec::new();
    for step in 0..steps {
        let spikes = advance(first, 1);
        let mut same = |what: &str, other: &mut dyn Session| {
            assert_eq!(advance(other, 1), spikes, "{name}, step {step}, {what}: spikes");
            same::states(first, other).unwrap_or_else(|e| panic!("{name}, {what}: {e}"));
        };
        for (threads, isa, other) in others.iter_mut() {
            same(&format!("{threads} threads, {}", isa.name()), &mut **other);
        }
        same("the plain backend", reference);
        all.extend(spikes);
    }
    all
}
