//! Throughput of random words and functions on one core: `cargo run --release --example throughput`.

use isospike_lane::isa::Isa;
use isospike_lane::{Key, Purpose, fill_draws, fill_draws_batch};
use std::hint::black_box;
use std::time::Instant;

fn rate(what: &str, isa: Isa, n: usize, mut f: impl FnMut()) {
    f();
    let mut best = f64::INFINITY;
    for _ in 0..30 {
        let t = Instant::now();
        for _ in 0..10 {
            f();
        }
        best = best.min(t.elapsed().as_secs_f64());
    }
    println!("{what:<24} {:<9} {:8.1} M/s", isa.name(), n as f64 * 10.0 / best * 1e-6);
}

fn main() {
    const N: usize = 1 << 14;
    let mut words = vec![0u32; N];
    let draw = Purpose::Update.draw(0);
    for isa in Isa::ALL.into_iter().filter(|i| i.available()) {
        rate("fill", isa, N, || fill_draws(isa, black_box(&mut words), Key(1), 5, draw, 0, 0));
        for lanes in [4, 16, 64] {
            let keys: Vec<Key> = (0..lanes).map(Key).collect();
            let what = format!("fill, batch of {lanes}");
            rate(&what, isa, N, || {
                fill_draws_batch(isa, black_box(&mut words), &keys, 5, draw, 0, 0);
            });
        }
    }
}
