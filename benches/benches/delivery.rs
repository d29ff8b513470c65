//! `delivery`: what a synaptic event costs on one thread, elements = events. A source of given
//! spikes drives neurons that never fire; all tables are far larger than any cache, and every spike
//! takes another row, as in a run.
//!
//! The time includes the update of the targets, a few percent, since a session cannot deliver
//! without stepping. The id says storage, synapses per row, number of delays, and synapses in all.

mod common;

use common::PerElement;
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use isospike::backend::Session;
use isospike::backend::plan::Synapses;
use isospike::lane::{Key, Purpose, word};
use isospike::net::{Distribution, WeightStorage};
use isospike::{Network, Options, Plan, Precision};
use isospike_benches::synapses::out_degrees;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Synapses of a table: 16 to 48 MB.
const SYNAPSES: u32 = 8_000_000;
/// Neurons; their accumulators take 32 kB.
const TARGETS: u32 = 8192;
const STEPS: u64 = 64;
/// No spike in the last steps, so that all arrive.
const LAST_DELAY: u64 = 40;
/// Synaptic events of a run, about.
const EVENTS: u64 = 4_000_000;

/// How weights are stored.
#[derive(Clone, Copy)]
enum Storage {
    Constant,
    Bits16,
    Bits32,
}

impl Storage {
    fn name(self) -> &'static str {
        match self {
            Storage::Constant => "constant",
            Storage::Bits16 => "16 bit",
            Storage::Bits32 => "32 bit",
        }
    }
    fn weight(self) -> Distribution {
        let mean = 1.0 / 1024.0;
        match self {
            Storage::Constant => Distribution::constant(mean),
            _ => Distribution::uniform(0.5 * mean, mean),
        }
    }
    fn asked(self) -> WeightStorage {
        match self {
            Storage::Bits32 => WeightStorage::Exact,
            _ => WeightStorage::Auto,
        }
    }
    fn is(self, synapses: &Synapses) -> bool {
        match self {
            Storage::Constant => matches!(synapses, Synapses::Constant { .. }),
            Storage::Bits16 => matches!(synapses, Synapses::U16 { .. } | Synapses::I16 { .. }),
            Storage::Bits32 => matches!(synapses, Synapses::I32 { .. }),
        }
    }
}

fn network(storage: Storage, row: u32, delays: u32) -> Network {
    let sources = SYNAPSES / row;
    let steps = STEPS - LAST_DELAY;
    let spikes = EVENTS / u64::from(row);
    let source = |i: u64| {
        let u = word(Key(1), 0, Purpose::User.draw(0), 0, i as u32);
        ((u64::from(u) * u64::from(sources)) >> 32) as u32
    };
    let mut train: Vec<_> = (0..spikes).map(|i| (i * steps / spikes, source(i))).collect();
    train.sort_unstable();
    train.dedup();
    let delay = match delays {
        1 => Distribution::constant(1.0),
        n => Distribution::uniform(0.1, 0.1 * f64::from(n)),
    };
    Network::build("delivery")
        .precision(Precision::F32)
        .spikes("source", sources, train)
        .population("neurons", TARGETS, "iaf_psc_delta", |p| p.param("V_th", 1e9))
        .project("source", "neurons", |c| {
            let c = c.out_degree(row).storage(storage.asked());
            c.weight(storage.weight()).delay(delay)
        })
        .finish()
        .expect("a valid network")
}

fn run(session: &mut dyn Session) -> Duration {
    let mut spikes = Vec::new();
    let (mut left, mut time) = (STEPS, Duration::ZERO);
    while left > 0 {
        let start = Instant::now();
        left -= session.run(left).expect("runs");
        time += start.elapsed();
        session.drain_spikes(&mut spikes).expect("drains");
    }
    time
}

fn delivery(c: &mut Criterion<PerElement>) {
    let mut group = c.benchmark_group("delivery");
    group.sampling_mode(SamplingMode::Flat);
    let options = Options { threads: Some(1), ..Options::default() };
    let (device, options) = options.open().expect("a CPU");
    for storage in [Storage::Constant, Storage::Bits16, Storage::Bits32] {
        for (row, delays) in [(100, 1), (4000, 1), (4000, 40)] {
            let network = Arc::new(network(storage, row, delays));
            let plan = Arc::new(Plan::new(network, &options).expect("a plan"));
            let table = &plan.tables()[0];
            assert!(storage.is(&table.synapses), "{}: stored otherwise", storage.name());
            let degrees = out_degrees(&plan);
            let events: u64 = plan.populations[0].train.iter().map(|s| degrees[s.1 as usize]).sum();
            group.throughput(Throughput::Elements(events));
            let what = format!("{}/row {row}/delays {delays}", storage.name());
            group.bench_function(BenchmarkId::new(what, table.len()), |b| {
                b.iter_custom(|n| {
                    let mut time = Duration::ZERO;
                    for _ in 0..n {
                        let mut session = device.compile(plan.clone()).expect("compiles");
                        time += run(&mut *session);
                    }
                    time
                });
            });
        }
    }
    group.finish();
}

criterion_group! { name = benches; config = common::short(); targets = delivery }
criterion_main!(benches);
