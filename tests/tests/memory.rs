//! Memory, counted by the allocator: what a plan names is what is allocated, and building it and
//! taking its digest need little more. One test in a binary of its own, so that nothing else is
//! counted.

use isospike::backend::plan::{Peak, PlanOptions};
use isospike::backend::{Device, Session};
use isospike::lane::isa::Isa;
use isospike::net::{Connector, Distribution, Edges, Network, Outside, Shape};
use isospike::{Options, Plan, SessionExt, footprint};
use isospike_conformance::hand::{neurons, one_lane, projection};
use isospike_cpu::{Cpu, CpuDevice};
use isospike_tests::bundled::load;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The system's allocator, counting.
struct Counting;

/// Bytes allocated and not yet freed.
static LIVE: AtomicUsize = AtomicUsize::new(0);
/// The most there were.
static MOST: AtomicUsize = AtomicUsize::new(0);

fn add(bytes: usize) {
    MOST.fetch_max(LIVE.fetch_add(bytes, Relaxed) + bytes, Relaxed);
}

// SAFETY: everything is the system allocator's; counting changes nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(at, layout) }
    }
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(size);
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What names, layout and the like may take beside the plan's buffers, and more for every block and
/// for every projection, of which a plan says what it costs.
const BESIDE: usize = 100_000;
const PER_BLOCK: usize = 4_000;
const PER_PROJECTION: usize = 200;

fn session(device: &CpuDevice, network: Network) -> Box<dyn Session> {
    let options = PlanOptions { blocks: 2, threads: 2, spread: true, ..PlanOptions::default() };
    let plan = Plan::new(Arc::new(network), &options).unwrap_or_else(|e| panic!("{e}"));
    device.compile(Arc::new(plan)).unwrap_or_else(|e| panic!("{e}"))
}

/// Builds a network, runs some steps of it, takes its digest, and counts what stays and the most
/// there was on the way.
fn holds(make: impl Fn() -> Network) {
    let device = CpuDevice::new(Cpu { threads: 2, isa: Isa::detect() }).expect("threads start");
    // What is made once and kept, such as the graphs of models.
    drop(session(&device, make()));
    let before = LIVE.load(Relaxed);
    MOST.store(before, Relaxed);
    let mut session = session(&device, make());
    let plan = session.plan().clone();
    let (blocks, projections) = (plan.layout().blocks.len(), plan.network.projections.len());
    let beside = BESIDE + PER_BLOCK * blocks + PER_PROJECTION * projections;
    let planned = plan.memory.total_bytes() as usize;
    let allowed = planned / 10 * 11 + 50_000_000;
    // The most of each phase is what the plan says of it.
    let peak = |phase: &str, planned: Peak| {
        let most = MOST.load(Relaxed) - before;
        let planned = planned.host_bytes as usize;
        println!("{}: {phase}: {most} bytes of {planned}", plan.network.name);
        assert!(most <= planned + beside, "{}: {phase}: {most} of {planned}", plan.network.name);
        assert!(most <= allowed, "{}: {phase}: {most} of {allowed}", plan.network.name);
        MOST.store(LIVE.load(Relaxed), Relaxed);
    };
    peak("build", plan.phases.build);
    session.run(20).expect("finite");
    peak("run", plan.phases.run);
    let mut spikes = Vec::new();
    session.drain_spikes(&mut spikes).expect("finite");
    peak("record", plan.phases.record);
    drop(spikes);
    MOST.store(LIVE.load(Relaxed), Relaxed);
    let digest = session.state_digest().expect("readable");
    drop(digest);
    let (live, most) = (LIVE.load(Relaxed) - before, MOST.load(Relaxed) - before);
    let name = &plan.network.name;
    println!("{name}: planned {planned}, live {live}, most {most} bytes");
    assert_eq!(session.allocated_bytes() as usize, planned, "{name}");
    assert!((planned..planned + beside).contains(&live), "{name}: {live} live, {planned} planned");
    assert!(most <= allowed, "{name}: {most} bytes while it was digested, {planned} planned");
}

/// Each neuron to so many others, all edges given.
fn explicit(neurons_in_it: u32, degree: u32) -> Network {
    let n = neurons_in_it;
    let pre: Vec<u32> = (0..n).flat_map(|i| (0..degree).map(move |_| i)).collect();
    let post = (0..n).flat_map(|i| (0..degree).map(move |k| (i + k * 7 + 1) % n)).collect();
    let weight = (0..pre.len()).map(|i| 20.0 + (i % 64) as f64 * 0.25).collect();
    let delay_ms = (0..pre.len()).map(|i| 0.1 * (1 + i % 20) as f64).collect();
    let edges = Edges { pre, post, weight: Some(weight), delay_ms: Some(delay_ms) };
    let connector = Connector::Edges(Arc::new(edges));
    let population = neurons("neurons", "iaf_psc_exp", n, &[]);
    one_lane("explicit edges", vec![population], vec![projection(0, 0, connector, 1.0, 0.1)])
}

/// Neurons alone, with random potentials.
fn random_state(n: u32) -> Network {
    Network::build("random state")
        .population("neurons", n, "iaf_psc_alpha", |p| {
            p.initial(
                "V_m",
                Distribution {
                    shape: Shape::Uniform(-70.0, -60.0),
                    min: -70.0,
                    max: -60.0,
                    outside: Outside::Clip,
                },
            )
        })
        .finish()
        .unwrap_or_else(|e| panic!("{e}"))
}

/// What the system counts, first of all, when nothing was freed yet: state is touched while it is
/// built and run, and nothing is that was not planned. A record that is not full is not all there.
fn the_system_counts_it() {
    const SLACK: u64 = 20_000_000;
    let options = Options { threads: Some(2), ..Options::default() };
    let f = footprint(random_state(2_000_000), &options, 20).unwrap_or_else(|e| panic!("{e}"));
    println!("{f:?}");
    let Some(r) = f.resident.filter(|r| r.by_phase) else {
        return println!("the system does not count resident memory by phase");
    };
    // V_m and two slots for each port, f32.
    let state = 2_000_000 * 4 * 5;
    for (phase, seen, planned) in [
        ("build", r.build_bytes, f.phases.build),
        ("run", r.run_bytes, f.phases.run),
        ("record", r.record_bytes, f.phases.record),
    ] {
        let more = seen - r.before_bytes;
        assert!(more >= state, "{phase}: {more} bytes, with {state} of state");
        assert!(more <= planned.host_bytes + SLACK, "{phase}: {more} bytes of {planned:?}");
    }
}

#[test]
fn planned_is_allocated_and_little_more_is_needed() {
    the_system_counts_it();
    holds(|| load("cuba", 1.0, &[]));
    holds(|| load("cobahh", 0.5, &["batch=3", "precision=\"f64\""]));
    holds(|| load("hpc", 0.05, &["variant=plastic", "batch=2"]));
    holds(|| load("microcircuit", 0.1, &[]));
    holds(|| explicit(10_000, 300));
    // Where the state is most of the plan, and where plastic weights are.
    holds(|| load("hpc", 0.2, &["variant=plastic"]));
    holds(|| random_state(2_000_000));
}
