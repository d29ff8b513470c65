//! `update`: one step of each model on one thread; an element is a neuron. The id says model, float
//! format, `each` where every neuron has a current of its own, instruction set and number of
//! neurons; state, sums and spike flags stay in the second-level cache, as in a run.

mod common;

use common::PerElement;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use isospike::lane::isa::Isa;
use isospike::lane::{Draw, Key, Purpose, fill_draws};
use isospike::model::{Block, Column, MODELS, ModelRef, Real, Sign, Sums};
use std::array::from_fn;
use std::time::{Duration, Instant};

/// Neurons.
const LEN: usize = 8192;
/// Steps between two rounds of spikes that arrive. Without any, currents would decay to subnormal
/// numbers, which are slow on some machines and which no live network sees.
const ROUND: u64 = 64;
const DT_MS: f64 = 0.1;
/// Names of constants that follow from `I_e`.
const OF_THE_CURRENT: [&str; 3] = ["i_e", "i_l", "high"];
/// Most ports, state slots or draws of a bundled model.
const MOST: usize = 16;

/// Neurons of one model with its default parameters.
struct Neurons<F: Real> {
    model: ModelRef,
    state: Vec<Vec<F>>,
    consts: Vec<Column<'static, F>>,
    sums: Vec<Vec<i32>>,
    arriving: Vec<Vec<i32>>,
    scale: Vec<F>,
    filtered: Vec<Vec<F>>,
    draws: Vec<Vec<u32>>,
    spiked: Vec<bool>,
}

impl<F: Real> Neurons<F> {
    /// With `each`, constants that follow from the current are given per neuron.
    fn new(model: ModelRef, each: bool) -> Self {
        let params: Vec<f64> = model.params().iter().map(|p| p.default).collect();
        let state = model.from_user(&params, &model.initial(&params));
        let words = |draw: Draw| {
            let mut words = vec![0; LEN];
            fill_draws(Isa::detect(), &mut words, Key(1), 0, draw, 0, 0);
            words
        };
        let arriving = |(port, sign): (usize, &Sign)| {
            let unit = if *sign == Sign::Negative { -1 } else { 1 };
            let words = words(Purpose::User.draw(port as u16));
            words.into_iter().map(|u| unit * (u & 1) as i32).collect()
        };
        let ports = model.ports().len();
        Neurons {
            model,
            state: state.iter().map(|&x| vec![F::from_f64(x); LEN]).collect(),
            consts: model
                .derive(&params, DT_MS)
                .into_iter()
                .zip(model.consts())
                .map(|(x, slot)| match slot.name {
                    // Kept until the process ends, as benches are.
                    name if each && OF_THE_CURRENT.contains(&name) => {
                        Column::Each(vec![F::from_f64(x); LEN].leak())
                    }
                    _ => Column::Uniform(F::from_f64(x)),
                })
                .collect(),
            sums: vec![vec![0; LEN]; ports],
            arriving: model.signs().iter().enumerate().map(arriving).collect(),
            scale: vec![F::from_f64(1.0); ports],
            filtered: vec![vec![F::default(); LEN]; model.filters().len()],
            draws: (0..model.draws()).map(|i| words(Purpose::Update.draw(i as u16))).collect(),
            spiked: vec![false; LEN],
        }
    }

    fn arrive(&mut self) {
        self.sums.clone_from(&self.arriving);
    }

    #[inline(never)]
    fn step(&mut self, isa: Isa) {
        let (slots, ports) = (self.state.len(), self.sums.len());
        let mut state: [&mut [F]; MOST] = from_fn(|_| &mut [][..]);
        state.iter_mut().zip(&mut self.state).for_each(|(part, all)| *part = all);
        let mut sums: [&mut [i32]; MOST] = from_fn(|_| &mut [][..]);
        sums.iter_mut().zip(&mut self.sums).for_each(|(part, all)| *part = all);
        let mut draws: [&[u32]; MOST] = from_fn(|_| &[][..]);
        draws.iter_mut().zip(&self.draws).for_each(|(part, all)| *part = all);
        let mut filtered: [&[F]; MOST] = from_fn(|_| &[][..]);
        filtered.iter_mut().zip(&self.filtered).for_each(|(part, all)| *part = all);
        let block = Block {
            len: LEN,
            state: &mut state[..slots],
            consts: &self.consts,
            sums: Sums::I32(&mut sums[..ports]),
            scale: &self.scale,
            filtered: &filtered[..self.filtered.len()],
            current: Column::Uniform(F::default()),
            draws: &draws[..self.draws.len()],
            spiked: &mut self.spiked,
        };
        F::step(self.model, isa, block);
    }

    fn time(&mut self, isa: Isa, steps: u64) -> Duration {
        let (mut time, mut left) = (Duration::ZERO, steps);
        while left > 0 {
            self.arrive();
            let n = left.min(ROUND);
            let start = Instant::now();
            (0..n).for_each(|_| self.step(isa));
            time += start.elapsed();
            left -= n;
        }
        time
    }
}

fn update(c: &mut Criterion<PerElement>) {
    let mut group = c.benchmark_group("update");
    group.throughput(Throughput::Elements(LEN as u64));
    for model in MODELS {
        for isa in common::instruction_sets() {
            let id = |precision: &str| {
                BenchmarkId::new(format!("{}/{precision}/{}", model.name(), isa.name()), LEN)
            };
            let mut single = Neurons::<f32>::new(*model, false);
            group.bench_function(id("f32"), |b| b.iter_custom(|n| single.time(isa, n)));
            let mut own = Neurons::<f32>::new(*model, true);
            group.bench_function(id("f32 each"), |b| b.iter_custom(|n| own.time(isa, n)));
            let mut double = Neurons::<f64>::new(*model, false);
            group.bench_function(id("f64"), |b| b.iter_custom(|n| double.time(isa, n)));
            let finite = single.state.iter().flatten().all(|x| x.is_finite())
                && double.state.iter().flatten().all(|x| x.is_finite());
            assert!(finite, "{}: a state that is not finite was timed", model.name());
        }
    }
    group.finish();
}

criterion_group! { name = benches; config = common::short(); targets = update }
criterion_main!(benches);
