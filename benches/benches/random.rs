//! Random numbers and functions, elements = numbers made: `philox` fills words; `poisson_table`
//! counts for a fixed rate, and lane functions (distributions, `exp`, `log`, ...) map words to
//! floats. The id says float format, instruction set and how many at a time.

mod common;

use common::PerElement;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use isospike::lane::distribution::{exponential, normal, uniform};
use isospike::lane::isa::{Isa, Kernel, dispatch};
use isospike::lane::poisson::poisson;
use isospike::lane::{
    Float, Key, Lane, Math, PoissonTable, Purpose, W, fill_draws, fill_draws_batch,
};
use std::hint::black_box;
use std::marker::PhantomData;

const LEN: usize = 4096;

fn words() -> Vec<u32> {
    let mut words = vec![0; LEN];
    fill_draws(Isa::detect(), &mut words, Key(1), 0, Purpose::User.draw(0), 0, 0);
    words
}

fn philox(c: &mut Criterion<PerElement>) {
    let mut group = c.benchmark_group("philox");
    group.throughput(Throughput::Elements(LEN as u64));
    let draw = Purpose::Update.draw(0);
    let mut out = vec![0; LEN];
    for isa in common::instruction_sets() {
        let mut step = 0;
        group.bench_function(BenchmarkId::new(isa.name(), LEN), |b| {
            b.iter(|| {
                step += 1;
                fill_draws(isa, black_box(&mut out), Key(1), step, draw, 0, 0);
            });
        });
        for lanes in [4, 16, 64] {
            let keys: Vec<Key> = (0..lanes).map(Key).collect();
            let id = BenchmarkId::new(format!("batch {lanes}/{}", isa.name()), LEN);
            group.bench_function(id, |b| {
                b.iter(|| {
                    step += 1;
                    fill_draws_batch(isa, black_box(&mut out), &keys, step, draw, 0, 0);
                });
            });
        }
    }
    group.finish();
}

fn poisson_table(c: &mut Criterion<PerElement>) {
    let mut group = c.benchmark_group("poisson_table");
    group.throughput(Throughput::Elements(LEN as u64));
    let (words, mut counts) = (words(), vec![0; LEN]);
    for rate in [0.01, 0.8, 2.0, 20.0, 200.0, 1000.0] {
        let table = PoissonTable::new(rate).expect("a rate in range");
        for isa in common::instruction_sets() {
            let id = BenchmarkId::new(format!("rate {rate}/{}", isa.name()), LEN);
            group.bench_function(id, |b| {
                b.iter(|| table.add(isa, black_box(&words), 1, black_box(&mut counts)));
            });
        }
    }
    group.finish();
}

/// A function from words to floats on any lane.
trait Function {
    const NAME: &'static str;
    fn of<L: Lane + Math>(word: L::U32) -> L;
}

macro_rules! functions {
    ($($ty:ident = $name:literal, |$u:ident| $body:expr;)*) => {
        $(struct $ty;
        impl Function for $ty {
            const NAME: &'static str = $name;
            #[inline(always)]
            fn of<L: Lane + Math>($u: L::U32) -> L {
                $body
            }
        })*
    };
}
functions! {
    Normal = "normal", |u| normal::<L>(u);
    Exponential = "exponential", |u| exponential::<L>(u);
    PoissonLow = "poisson rate 2", |u| poisson::<L>(L::lit(2.0), u);
    PoissonHigh = "poisson rate 20", |u| poisson::<L>(L::lit(20.0), u);
    Exp = "exp of [-10, 10)", |u| around::<L>(u, 10.0).exp();
    Log = "log of [0.5, 1.5)", |u| (uniform::<L>(u) + L::lit(0.5)).log();
    Expm1 = "expm1 of [-1, 1)", |u| around::<L>(u, 1.0).expm1();
    Tanh = "tanh of [-3, 3)", |u| around::<L>(u, 3.0).tanh();
    Sigmoid = "sigmoid of [-10, 10)", |u| around::<L>(u, 10.0).sigmoid();
    Sin = "sin of [-10, 10)", |u| around::<L>(u, 10.0).sin();
    Erfc = "erfc of [-3, 3)", |u| around::<L>(u, 3.0).erfc();
    Pow = "pow of [0, 3)", |u| pow::<L>(uniform::<L>(u) * L::lit(3.0));
}

/// Uniform in [-half, half).
#[inline(always)]
fn around<L: Lane>(word: L::U32, half: f64) -> L {
    uniform::<L>(word) * L::lit(2.0 * half) - L::lit(half)
}

#[inline(always)]
fn pow<L: Lane + Math>(x: L) -> L {
    x.pow(x)
}

struct Map<'a, F, G> {
    words: &'a [u32],
    out: &'a mut [F],
    function: PhantomData<G>,
}

impl<F: Float, G: Function> Kernel for Map<'_, F, G> {
    type Output = ();
    #[inline(always)]
    fn run<const N: usize>(self) {
        for (u, x) in self.words.chunks_exact(N).zip(self.out.chunks_exact_mut(N)) {
            G::of::<W<F, N>>(W::load(u)).store(x);
        }
    }
}

fn lane_function<F: Float, G: Function>(c: &mut Criterion<PerElement>) {
    let mut group = c.benchmark_group(G::NAME);
    group.throughput(Throughput::Elements(LEN as u64));
    let (words, mut out) = (words(), vec![F::default(); LEN]);
    for isa in common::instruction_sets() {
        group.bench_function(BenchmarkId::new(format!("{}/{}", F::NAME, isa.name()), LEN), |b| {
            b.iter(|| {
                let (words, out) = (black_box(&words[..]), black_box(&mut out[..]));
                dispatch(isa, Map::<F, G> { words, out, function: PhantomData });
            });
        });
    }
    group.finish();
}

fn both<G: Function>(c: &mut Criterion<PerElement>) {
    lane_function::<f32, G>(c);
    lane_function::<f64, G>(c);
}

criterion_group! {
    name = benches;
    config = common::short();
    targets = philox, poisson_table, both::<Normal>, both::<Exponential>, both::<PoissonLow>,
        both::<PoissonHigh>, both::<Exp>, both::<Log>, both::<Expm1>, both::<Tanh>, both::<Sigmoid>,
        both::<Sin>, both::<Erfc>, both::<Pow>
}
criterion_main!(benches);
