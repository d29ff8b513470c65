//! Throughput of random words and functions on one core: `cargo run --release --example
//! throughput`.

use isospike_lane::isa::{Isa, Kernel, dispatch};
use isospike_lane::poisson::PoissonTable;
use isospike_lane::{
    Float, Key, Lane, Math, Purpose, W, distribution, fill_draws, fill_draws_batch, poisson,
};
use std::hint::black_box;
use std::time::Instant;

const N: usize = 1 << 13;

fn rate(what: &str, isa: Isa, mut f: impl FnMut()) {
    f();
    let mut best = f64::INFINITY;
    for _ in 0..20 {
        let t = Instant::now();
        for _ in 0..10 {
            f();
        }
        best = best.min(t.elapsed().as_secs_f64());
    }
    println!("{what:<24} {:<9} {:8.1} M/s", isa.name(), N as f64 * 10.0 / best * 1e-6);
}

trait Op: Copy {
    fn apply<L: Lane>(self, x: L, u: L::U32) -> L;
}

struct Map<'a, O, F> {
    op: O,
    x: &'a [F],
    u: &'a [u32],
    out: &'a mut [F],
}

impl<O: Op, F: Float> Kernel for Map<'_, O, F> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        let input = self.x.chunks_exact(N).zip(self.u.chunks_exact(N));
        for ((x, u), out) in input.zip(self.out.chunks_exact_mut(N)) {
            self.op.apply(W::<F, N>::load(x), W::load(u)).store(out);
        }
    }
}

fn map<O: Op, F: Float>(name: &str, isa: Isa, op: O, words: &[u32]) {
    let x: Vec<F> = words.iter().map(|&u| distribution::uniform(u)).collect();
    let mut out = vec![F::default(); N];
    rate(&format!("{name} {}", F::NAME), isa, || {
        dispatch(isa, Map { op, x: black_box(&x), u: black_box(words), out: &mut out });
        black_box(&mut out);
    });
}

macro_rules! ops {
    ($isa:ident, $words:ident: $($name:ident |$x:ident, $u:ident| $e:expr;)*) => { $({
        #[derive(Clone, Copy)]
        struct This;
        impl Op for This {
            #[inline(always)]
            #[allow(unused_variables)]
            fn apply<L: Lane>(self, $x: L, $u: L::U32) -> L {
                $e
            }
        }
        map::<_, f32>(stringify!($name), $isa, This, &$words);
        map::<_, f64>(stringify!($name), $isa, This, &$words);
    })* };
}

fn main() {
    let mut words = vec![0u32; N];
    let draw = Purpose::Update.draw(0);
    for isa in Isa::ALL.into_iter().filter(|i| i.available()) {
        rate("fill", isa, || fill_draws(isa, black_box(&mut words), Key(1), 5, draw, 0, 0));
        for lanes in [4, 16, 64] {
            let keys: Vec<Key> = (0..lanes).map(Key).collect();
            rate(&format!("fill, batch of {lanes}"), isa, || {
                fill_draws_batch(isa, black_box(&mut words), &keys, 5, draw, 0, 0);
            });
        }
        ops! { isa, words:
            exp |x, u| x.exp();
            log |x, u| x.log();
            expm1 |x, u| x.expm1();
            tanh |x, u| x.tanh();
            sigmoid |x, u| x.sigmoid();
            sin |x, u| x.sin();
            erfc |x, u| x.erfc();
            pow |x, u| x.pow(x);
            uniform |x, u| distribution::uniform(u);
            normal |x, u| distribution::normal(u);
            exponential |x, u| distribution::exponential(u);
            poisson |x, u| poisson::poisson(x, u);
        }
        let mut counts = vec![0; N];
        for mean in [0.01, 1.8, 20.0, 1000.0] {
            let table = PoissonTable::new(mean).expect("a valid rate");
            let what = format!("poisson table {mean}");
            rate(&what, isa, || table.fill(isa, black_box(&words), &mut counts));
        }
    }
}
