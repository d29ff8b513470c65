//! Handwritten digits: 64 pixels, 128 and 10 neurons, 8 steps.
//!
//! `cargo run --release -p isospike-train --example digits [FOLDER]` trains on 1,347 of smartcore's
//! 1,797 digits of 8 x 8 pixels (those of scikit-learn) with three seeds, prints how many of the
//! other 450 are recognised, and draws the course of training into FOLDER/digits.png (`out/digits`
//! if none is given). Pixels are constant currents; losses are squares of rates, optimised by Adam.

mod picture;

use isospike_cpu::{Cpu, CpuDevice};
use isospike_lane::{Key, Purpose, word};
use isospike_layer::compute::Computer;
use isospike_layer::{Layer, LayerError, Rule, neurons::Lif};
use isospike_train::{Adam, Network, Tensor, TrainError, loss, loss::Readout};
use smartcore::dataset::digits;
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

const STEPS: usize = 8;
const BATCH: usize = 64;
const EPOCHS: usize = 30;
const TRAINED: usize = 1347;

/// Digits, a row of pixels between 0 and 1 each, and what they are.
struct Digits {
    pixels: Vec<f32>,
    labels: Vec<usize>,
}

impl Digits {
    fn all() -> Digits {
        let set = digits::load_dataset();
        let pixels = set.data.iter().map(|x| x / 16.0).collect();
        Digits { pixels, labels: set.target.iter().map(|y| *y as usize).collect() }
    }

    fn some(&self, which: &[usize]) -> Result<(Tensor<f32>, Vec<usize>), TrainError> {
        let pixels: Vec<f32> =
            which.iter().flat_map(|&i| &self.pixels[i * 64..][..64]).copied().collect();
        let x = Tensor::repeated(STEPS, which.len(), &[64], &pixels)?;
        Ok((x, which.iter().map(|&i| self.labels[i]).collect()))
    }
}

/// The numbers below n in an order that a seed and a round decide.
fn shuffled(n: usize, seed: u64, round: u64) -> Vec<usize> {
    let mut all: Vec<usize> = (0..n).collect();
    let draw = |i: usize| word(Key(seed), round, Purpose::Training.draw(16), 0, i as u32);
    for i in (1..n).rev() {
        all.swap(i, ((u64::from(draw(i)) * (i as u64 + 1)) >> 32) as usize);
    }
    all
}

fn network(on: &Computer<f32>, seed: u64) -> Result<Network<f32>, TrainError> {
    let rule = Rule { detach: true, ..Rule::default() };
    let lif = || -> Result<Layer, LayerError> { Layer::new(&Lif::<false>).rule(rule) };
    Network::new(on, &[64], seed).linear(128)?.neurons(lif()?)?.linear(10)?.neurons(lif()?)
}

/// The part of some digits that is recognised.
fn recognised(
    network: &mut Network<f32>,
    digits: &Digits,
    which: &[usize],
) -> Result<f64, TrainError> {
    let (x, labels) = digits.some(which)?;
    network.reset();
    let spikes = network.infer(&x)?;
    let found = Readout::Count.classes(&spikes);
    let right = found.iter().zip(&labels).filter(|(a, b)| a == b).count();
    Ok(right as f64 / which.len() as f64)
}

/// Loss and part recognised of the others, epoch by epoch.
type Course = Vec<(f64, f64)>;

fn train(on: &Computer<f32>, digits: &Digits, seed: u64) -> Result<Course, TrainError> {
    let order = shuffled(digits.labels.len(), 0, 0);
    let (trained, others) = order.split_at(TRAINED);
    let (mut network, mut adam) = (network(on, seed)?, Adam::default());
    let mut course = Vec::new();
    for epoch in 0..EPOCHS {
        let order = shuffled(TRAINED, seed, 1 + epoch as u64);
        let mut sum = 0.0;
        for batch in order.chunks(BATCH) {
            let which: Vec<_> = batch.iter().map(|&i| trained[i]).collect();
            let (x, labels) = digits.some(&which)?;
            network.reset();
            let spikes = network.forward(&x)?;
            let (loss, by_spikes) = loss::rate_mse(&spikes, &labels)?;
            network.backward(&by_spikes)?;
            network.step(&mut adam, 5e-3)?;
            sum += f64::from(loss) * batch.len() as f64;
        }
        let right = recognised(&mut network, digits, others)?;
        course.push((sum / TRAINED as f64, right));
    }
    Ok(course)
}

fn main() -> Result<(), Box<dyn Error>> {
    let on = CpuDevice::new(Cpu::default())?.computer();
    let digits = Digits::all();
    let mut courses = Vec::new();
    for seed in 0..3 {
        let start = Instant::now();
        let course = train(&on, &digits, seed)?;
        let (loss, right) = course[course.len() - 1];
        println!(
            "seed {seed}: loss {loss:.5}, {:.1} % recognised, {:.2} s",
            100.0 * right,
            start.elapsed().as_secs_f64()
        );
        assert!(right >= 0.97, "at least 97 % are recognised");
        courses.push(course);
    }
    let folder = std::env::args_os().nth(1).map_or("out/digits".into(), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("digits.png");
    picture::draw(&file, &courses)?;
    println!("{}", file.display());
    Ok(())
}
