//! Memory, counted by the allocator: a sink holds as much after 10^8 steps as after half of them.
//! One test in a binary of its own, so that nothing else is counted.

use isospike_backend::Spike;
use isospike_net::Precision;
use isospike_record::stats::{Correlations, Intervals, Psth, Rates, Spectrum, Totals, Welch};
use isospike_record::{
    Bits, Counts, Filter, Header, Population, Probe, Selection, Sink, SpikesNpy, SpikesNpz,
    SpikesSonata,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
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
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Steps that are handed over at once.
const CHUNK: u64 = 100_000;
/// Steps between spikes, each of two neurons; for dense records so many that there is little to
/// store between the holes, which some disks are slow to make and to remove.
const APART: u64 = 5_000;
const DENSE_APART: u64 = 500_000;

fn header() -> Header {
    let population =
        |name: &str, first_id, size| Population { name: name.into(), first_id, size, sign: 0 };
    let populations = vec![population("e", 0, 80), population("i", 80, 20)];
    Header { dt_ms: 0.1, n_steps: 0, batch: 1, populations }
}

/// 100 neurons, two by two, one pair after the other.
fn run(sink: &mut dyn Sink, steps: u64, apart: u64) {
    let mut spikes = Vec::new();
    for reached in (CHUNK..=steps).step_by(CHUNK as usize) {
        spikes.clear();
        for k in (reached - CHUNK).div_ceil(apart)..reached.div_ceil(apart) {
            let id = (k % 50) as u32;
            spikes.push(Spike { step: k * apart, lane: 0, id });
            spikes.push(Spike { step: k * apart, lane: 0, id: id + 50 });
        }
        sink.push(&spikes, reached).expect("room on the disk");
    }
    let _ = sink.finish().expect("room on the disk");
}

/// The most bytes that a sink held during a run.
fn most(make: impl Fn() -> Box<dyn Sink>, selection: &Selection, steps: u64, apart: u64) -> usize {
    let before = LIVE.load(Relaxed);
    MOST.store(before, Relaxed);
    run(&mut Filter::new(selection, make()), steps, apart);
    MOST.load(Relaxed) - before
}

#[test]
fn a_hundred_million_steps_take_no_more_memory_than_half_of_them() {
    let dir = std::env::temp_dir().join(format!("isospike-memory-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory");
    let header = header();
    let all = || Selection::all(&header);
    let rows = || all().every(100).expect("rows");
    let welch = Welch { segment: 1024, overlap: 512 };
    let path = |name: &str| dir.join(name);
    // A sink, what is selected for it, and the most it may hold.
    type Make<'a> = Box<dyn Fn(&Selection) -> Box<dyn Sink> + 'a>;
    fn sink<S: Sink + 'static>(sink: isospike_record::Result<S>) -> Box<dyn Sink> {
        Box::new(sink.expect("made"))
    }
    let cases: Vec<(&str, Selection, usize, Make)> = vec![
        ("events", all(), 350_000, {
            Box::new(|s| sink(SpikesNpz::create(&path("a.npz"), &header, s)))
        }),
        ("records", all(), 100_000, Box::new(|s| sink(SpikesNpy::create(&path("a.npy"), s)))),
        ("counts", all(), 100_000, Box::new(|s| sink(Counts::create(&path("b.npy"), s)))),
        ("bits", all(), 100_000, Box::new(|s| sink(Bits::create(&path("c.npy"), s)))),
        ("sonata", all(), 700_000, {
            Box::new(|s| sink(SpikesSonata::create(&path("d.h5"), &header, s)))
        }),
        ("totals", all(), 50_000, Box::new(|s| Box::new(Totals::new(&header, s)))),
        ("rates", all(), 50_000, Box::new(|s| Box::new(Rates::new(&header, s)))),
        ("intervals", all(), 50_000, Box::new(|s| Box::new(Intervals::new(&header, s)))),
        ("histogram", rows(), 50_000, {
            Box::new(|s| sink(Psth::new(&header, s, 100, Some(1000))))
        }),
        ("correlations", rows(), 150_000, Box::new(|s| Box::new(Correlations::new(s)))),
        ("spectrum", rows(), 100_000, { Box::new(|s| sink(Spectrum::new(&header, s, welch))) }),
    ];
    for (name, selection, limit, make) in &cases {
        let apart = if ["counts", "bits"].contains(name) { DENSE_APART } else { APART };
        let [half, all] = [50_000_000, 100_000_000]
            .map(|steps| most(|| make(selection), selection, steps, apart));
        println!("{name}: {half} bytes at most in 50 million steps, {all} in 100 million");
        assert!(all <= half + 4096 && all < *limit, "{name}: {half} and {all} bytes");
    }
    drop(cases);
    check_files(&dir);
    probe(&dir, &header);
    std::fs::remove_dir_all(&dir).expect("removed");
}

/// The dense records have all their rows, of which almost none are stored.
fn check_files(dir: &Path) {
    for (name, row_bytes) in [("b.npy", 100), ("c.npy", 13)] {
        let bytes = std::fs::metadata(dir.join(name)).expect("there").len();
        assert_eq!(bytes / 128, 100_000_000 * row_bytes / 128 + 1, "{name}");
    }
}

/// Samples of 100 neurons, 10 times as many.
fn probe(dir: &Path, header: &Header) {
    let selection = Selection::all(header).every(10).expect("rows");
    let values = vec![-70.0; 80];
    let most = [1000, 10_000].map(|samples| {
        let before = LIVE.load(Relaxed);
        MOST.store(before, Relaxed);
        let population = &header.populations[0];
        let path = dir.join("v.npy");
        let mut probe = Probe::create(&path, Precision::F32, population, 1, &selection).unwrap();
        (0..samples).for_each(|i| probe.sample(10 * i, &values).unwrap());
        let _ = probe.finish().unwrap();
        MOST.load(Relaxed) - before
    });
    println!("probe: {most:?} bytes at most in 1,000 and 10,000 samples");
    assert!(most[1] <= most[0] + 64);
}
